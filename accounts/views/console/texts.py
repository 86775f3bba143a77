"""Policy texts: which version is in force, and how another one replaces it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import see_other
from accounts.flows import publishing
from accounts.forms import PolicyTextForm
from accounts.models import PolicyVersion
from accounts.policies import shipped
from accounts.rules import letters, wording
from accounts.views.console.entering import OperatorRequest, screen
from ground.errors import SpecStepError


@screen("texts")
@require_safe
def texts(request: OperatorRequest) -> HttpResponse:
    documents = [
        (
            key,
            label,
            publishing.in_force(key),
            publishing.announced(key),
            [file for file in shipped(key)[1:] if file.dated not in {version.dated for version in publishing.versions(key)}],
        )
        for key, label in publishing.DOCUMENTS.items()
    ]
    return render(request, "console/texts.html", {"operator": request.operator, "documents": documents})


@screen("texts")
@require_http_methods(["GET", "HEAD", "POST"])
def new_text(request: OperatorRequest, document: str) -> HttpResponse:
    """Write, look at the comparison, type the word."""
    now = _in_force(document)
    proposed = {file.dated.isoformat(): file.text for file in shipped(document)[1:]}
    initial = {"text": proposed.get(request.GET.get("from", ""), now.text), "material": "yes"}
    form = PolicyTextForm(request.POST if request.method == "POST" else None, initial=initial)
    context: dict[str, Any] = {"operator": request.operator, "form": form, "version": now, "days": letters.NOTICE_DAYS}
    if request.method != "POST":
        return render(request, "console/text_form.html", context)
    if form.is_valid():
        given = form.cleaned_data
        if found := wording.faults(given["text"], document=document):
            form.add_error("text", found)
        elif request.POST.get("word", "").strip().lower() == "publish":
            try:
                row = publishing.publish(
                    document,
                    text=given["text"],
                    summary=given["summary"],
                    material=form.is_material,
                    letter=given["letter"],
                    actor=request.user,
                )
            except SpecStepError as error:
                form.add_error(None, str(error))
            else:
                messages.success(request, "Published." if not row.material else "Published: everybody is being told of it.")
                return see_other(f"/console/texts/{row.pk}/")
        else:
            context["changes"] = wording.compared(now.text, given["text"])
            return render(request, "console/text_form.html", context)
    return render(request, "console/text_form.html", context, status=422)


@screen("texts")
@require_safe
def text(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(PolicyVersion, pk=pk)
    every = publishing.versions(row.document)
    place = next(place for place, version in enumerate(every) if version.row == row)
    context = {
        "operator": request.operator,
        "version": every[place],
        "changes": wording.compared(every[place - 1].text, row.text),
        "before": every[place - 1],
    }
    return render(request, "console/text.html", context)


@screen("texts")
@require_POST
def withdraw_text(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    row = get_object_or_404(PolicyVersion, pk=pk)
    publishing.withdraw(row.pk, actor=request.user)
    messages.success(request, "Taken back. The text in force stays. If people were told already, tell them again.")
    return see_other("console:texts")


def _in_force(document: str) -> publishing.Version:
    if document not in publishing.DOCUMENTS:
        raise Http404("There is no such document.")
    return publishing.in_force(document)
