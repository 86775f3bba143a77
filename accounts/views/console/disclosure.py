"""Disclosure: an account's data as a zip, for a legal reason; streamed and stored nowhere."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from accounts.flows import disclosing
from accounts.models import User
from accounts.rules.disclosure import REASONS
from accounts.views.console.entering import OperatorRequest, screen
from accounts.views.console.words import typed


@screen("disclosure")
@require_http_methods(["GET", "HEAD", "POST"])
def disclosure(request: OperatorRequest, pk: uuid.UUID) -> HttpResponseBase:
    account = get_object_or_404(User, pk=pk)
    if request.method == "POST":
        typed(request, "disclose")
        pieces = disclosing.disclose(
            account,
            reason=request.POST.get("reason", ""),
            reference=request.POST.get("reference", "").strip(),
            actor=request.user,
        )
        return _streamed(pieces, f"disclosure-{account.pk}.zip")
    request.operator.looks_at(account, about=account.pk)
    context = {"operator": request.operator, "account": account, "reasons": REASONS.items()}
    return render(request, "console/disclosure.html", context)


def _streamed(pieces: Iterator[bytes], name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        _one_by_one(pieces),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Accel-Buffering": "no"},
    )


async def _one_by_one(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The server is asynchronous: it would gather an ordinary iterator whole before the first byte leaves."""
    while (piece := await sync_to_async(_next)(pieces)) is not None:
        if piece:
            yield piece


def _next(pieces: Iterator[bytes]) -> bytes | None:
    return next(pieces, None)
