"""Report a problem, from any page; and Settings, Bug reports: what became of it."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import see_other
from accounts.flows import reporting
from accounts.forms import ReportForm
from accounts.models import BugReport, User
from ground.errors import SpecStepError

SHOWN_REPORTS = 100


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """The form; ``from`` names the page that the person was on."""
    assert isinstance(request.user, User)
    if request.method != "POST":
        route = reporting.route_of(request.GET.get("from", ""))
        return _form(request, ReportForm(initial={"came_from": route}), route)
    form = ReportForm(request.POST)
    route = reporting.route_of(request.POST.get("came_from", ""))
    if not form.is_valid():
        return _form(request, form, route, status=422)
    try:
        reporting.file(
            request.user,
            title=form.cleaned_data["title"],
            description=form.cleaned_data["description"],
            severity=form.cleaned_data["severity"],
            came_from=route,
            user_agent=request.headers.get("User-Agent", ""),
        )
    except SpecStepError as error:
        form.add_error(None, str(error))
        return _form(request, form, route, status=422)
    messages.success(request, "Thank you. Your report is filed; its state is shown here.")
    return see_other("accounts:reports")


@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    reports = BugReport.objects.visible_to(request.user)[:SHOWN_REPORTS]
    return render(request, "accounts/reports.html", {"reports": reports, "here": "settings"})


def _form(request: HttpRequest, form: ReportForm, route: str, *, status: int = 200) -> HttpResponse:
    context = {"form": form, "route": route, "severities": BugReport.Severity.choices, "browser": _browser(request)}
    return render(request, "accounts/report.html", context, status=status)


def _browser(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")[:300]
