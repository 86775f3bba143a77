"""Overview: what waits for this operator."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.flows import mailing, reporting, reviewing
from accounts.models import BugReport
from accounts.views.console.entering import OperatorRequest, screen
from ground import clock


@screen("home")
@require_safe
def home(request: OperatorRequest) -> HttpResponse:
    operator = request.operator
    context = {"operator": operator, "now": clock.now()}
    if operator.may("reports"):
        waiting = BugReport.objects.filter(state__in=[BugReport.State.OPEN, BugReport.State.TRIAGED])
        context["reports"] = waiting.count()
        context["late"] = sum(any(one.late for one in reporting.clocks(report)) for report in waiting)
    if operator.may("incidents"):
        context["clocks"] = mailing.running_clocks()
    if operator.may("review"):
        context["overdue"] = sum(row.overdue for row in reviewing.rows())
    return render(request, "console/home.html", context)
