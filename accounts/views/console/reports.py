"""Bug reports: the list with its clocks, one report, and its states."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import see_other
from accounts.flows import reporting
from accounts.forms import MailedReportForm
from accounts.models import BugReport
from accounts.rules import triage
from accounts.targets import targets
from accounts.views.console.entering import OperatorRequest, screen
from ground import clock
from ground.errors import SpecStepError

ON_A_PAGE = 50
KINDS = (("person", "From people"), ("automatic", "From the service"))


@screen("reports")
@require_safe
def reports(request: OperatorRequest) -> HttpResponse:
    chosen = {
        "state": _one_of(request.GET.get("state", ""), BugReport.State.values),
        "severity": _one_of(request.GET.get("severity", ""), BugReport.Severity.values),
        "kind": _one_of(request.GET.get("kind", ""), [kind for kind, _ in KINDS]),
    }
    found = BugReport.objects.order_by("created_at")
    # Without a choice: what waits.
    found = found.filter(state=chosen["state"]) if chosen["state"] else found.filter(resolved_at=None)
    if chosen["severity"]:
        found = found.filter(severity=chosen["severity"])
    if chosen["kind"]:
        found = found.filter(automatic=chosen["kind"] == "automatic")
    page = Paginator(found, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "operator": request.operator,
        "page": page,
        "rows": [(report, *reporting.clocks(report)) for report in page],
        "chosen": chosen,
        "states": BugReport.State.choices,
        "severities": BugReport.Severity.choices,
        "kinds": KINDS,
        "targets": targets().by_severity,
    }
    return render(request, "console/reports.html", context)


@screen("reports")
@require_http_methods(["GET", "HEAD", "POST"])
def new_report(request: OperatorRequest) -> HttpResponse:
    """What came by mail, so that its clocks run where the others do."""
    initial = {"severity": BugReport.Severity.WEAKNESS, "received_at": clock.now()}
    form = MailedReportForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("title", "description", "severity", "received_at")}
        try:
            found = reporting.file_from_mail(**given, actor=request.user)
        except SpecStepError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "Filed. Its clocks run from the time it was received.")
            return see_other(f"/console/reports/{found.pk}/")
    context = {"operator": request.operator, "form": form, "severities": BugReport.Severity.choices}
    return render(request, "console/report_form.html", context, status=422 if request.method == "POST" else 200)


@screen("reports")
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: OperatorRequest, pk: uuid.UUID) -> HttpResponse:
    found = get_object_or_404(BugReport.objects.select_related("reporter", "workspace__owner"), pk=pk)
    if request.method == "POST" and request.POST.get("timeline"):
        reporting.tell_timeline(found, actor=request.user)
        messages.success(request, "Noted: the reporter knows the timeline.")
        return see_other(f"/console/reports/{found.pk}/")
    if request.method == "POST":
        reporting.move(found, to=request.POST.get("state", ""), actor=request.user)
        messages.success(request, f"Noted. The report says now: {found.get_state_display()}.")
        return see_other(f"/console/reports/{found.pk}/")
    owner = found.workspace.owner if found.workspace else None
    request.operator.looks_at(owner, about=found.pk)
    following = [(state, BugReport.State(state).label) for state in triage.NEXT[found.state]]
    clocks = zip(reporting.clock_names(found), reporting.clocks(found), strict=True)
    context = {
        "operator": request.operator,
        "report": found,
        "owner": owner,
        "following": following,
        "clocks": clocks,
        "may_tell_timeline": found.severity == BugReport.Severity.WEAKNESS and found.triaged_at and not found.timeline_at,
    }
    return render(request, "console/report.html", context)


def _one_of(given: str, known: Iterable[str]) -> str:
    return given if given in known else ""
