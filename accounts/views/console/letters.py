"""What both kinds of letters share: the list, the draft, its preview, and the typed word that sends it."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.doors import see_other
from accounts.flows import mailing
from accounts.forms import IncidentForm, PolicyForm
from accounts.models import MailOut
from accounts.rules import letters
from accounts.views.console.entering import OperatorRequest
from accounts.views.console.words import typed
from ground import clock
from ground.errors import SpecStepError

FORMS: dict[str, type[PolicyForm] | type[IncidentForm]] = {"policy": PolicyForm, "incident": IncidentForm}
LISTS = {"policy": "policies", "incident": "incidents"}


def listed(request: OperatorRequest, kind: str) -> HttpResponse:
    rows = MailOut.objects.filter(kind=kind).order_by("-created_at")
    return render(request, "console/letters.html", _context(request, kind) | {"rows": [(row, _due(row)) for row in rows]})


def written(request: OperatorRequest, kind: str, pk: uuid.UUID | None = None) -> HttpResponse:
    """The form of a draft, new or begun."""
    row = _letter(kind, pk) if pk else MailOut(kind=kind, made_by=request.user)
    if row.state != MailOut.State.DRAFT:
        messages.error(request, mailing.STARTED)
        return see_other(_address(row))
    form = FORMS[kind](request.POST if request.method == "POST" else None, instance=row, initial=_initial(row, kind))
    if request.method == "POST" and form.is_valid():
        try:
            return see_other(_address(mailing.draft(form.save(commit=False), named=form.cleaned_data.get("named", ""))))
        except SpecStepError as error:
            form.add_error("named" if "named" in form.fields else None, str(error))
    status = 422 if request.method == "POST" else 200
    context = _context(request, kind) | {"form": form, "row": row if pk else None, "days": letters.NOTICE_DAYS}
    return render(request, "console/letter_form.html", context, status=status)


def shown(request: OperatorRequest, kind: str, pk: uuid.UUID) -> HttpResponse:
    """The letter as it will be read, how many get it, and how far it is."""
    row = _letter(kind, pk)
    progress = mailing.progress(row)
    context = _context(request, kind) | {
        "row": row,
        "due": _due(row),
        "count": mailing.addressed(row).count(),
        "missing": mailing.missing(row).count(),
        "progress": [(label, progress[state]) for state, label in row.messages.model.State.choices if state in progress],
        "in_force": mailing.may_take_effect(row),
    }
    return render(request, "console/letter.html", context)


def started(request: OperatorRequest, kind: str, pk: uuid.UUID) -> HttpResponse:
    row = _letter(kind, pk)
    typed(request, "send")
    mailing.start(row, actor=request.user)
    messages.success(request, "The letter is being sent. This page shows how far it is.")
    return see_other(_address(row))


def discarded(request: OperatorRequest, kind: str, pk: uuid.UUID) -> HttpResponse:
    mailing.discard(_letter(kind, pk))
    messages.success(request, "The draft is deleted.")
    return see_other(f"console:{LISTS[kind]}")


def _letter(kind: str, pk: uuid.UUID) -> MailOut:
    return get_object_or_404(MailOut, kind=kind, pk=pk)


def _address(row: MailOut) -> str:
    return f"/console/{LISTS[row.kind]}/{row.pk}/"


def _due(row: MailOut) -> Any:
    return letters.due(row.known_at) if row.known_at else None


def _initial(row: MailOut, kind: str) -> dict[str, Any]:
    if kind == "policy":
        return {}
    if row._state.adding:
        # Nobody is told by a slip: who writes an incident says whom it concerns.
        return {"known_at": clock.now(), "to_everyone": False}
    return {"named": "\n".join(str(pk) for pk in row.recipients.values_list("pk", flat=True))}


def _context(request: OperatorRequest, kind: str) -> dict[str, Any]:
    return {"operator": request.operator, "kind": kind, "list": LISTS[kind], "now": clock.now(), "hours": letters.INCIDENT_HOURS}
