"""The event streams of pages: what an entry of a log changes, as HTML. Programs follow the same logs (``api``)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.models import Session
from accounts.sessions import row_of
from accounts.zones import zone
from generation.models import Run
from generation.views import run_fragment
from ground import following
from ground.following import Told, released
from interviews.models import Interview
from interviews.views import interview_fragment


@require_safe
async def interview_events(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The events of one interview."""

    def opened() -> tuple[str, Told]:
        interview = get_object_or_404(Interview.objects.visible_to(request.user), pk=pk)
        return interview.stream, lambda entry: _on_their_clock(request, partial(interview_fragment, request, pk, entry))

    return await _opened(request, opened)


@require_safe
async def run_events(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The events of one run."""

    def opened() -> tuple[str, Told]:
        run = get_object_or_404(Run.objects.visible_to(request.user), pk=pk)
        return run.stream, lambda entry: _on_their_clock(request, partial(run_fragment, request, pk, entry))

    return await _opened(request, opened)


async def _opened(request: HttpRequest, opened: Callable[[], tuple[str, Told]]) -> HttpResponseBase:
    if not await released(lambda: request.user.is_authenticated):
        return HttpResponse(status=401)
    name, fragment = await released(opened)
    return following.answer(following.follow(name, following.place(request), fragment, permitted=partial(_is_signed_in, request)))


def _is_signed_in(request: HttpRequest) -> bool:
    """Whether the session that opened the stream still stands: not ended, not run out, its account not switched off."""
    row = row_of(request)
    return row is not None and Session.objects.alive().filter(pk=row).exists()


def _on_their_clock(request: HttpRequest, fragment: Callable[[], str]) -> str:
    """Pieces of a page are written long after the middleware has set the person's time zone for the request."""
    with timezone.override(zone(request.user)):
        return fragment()
