"""Settings, Usage: what was used, what it cost, and how far it may go."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.doors import see_other
from accounts.models import User
from billing import pages
from billing.flows import limiting
from billing.forms import LimitsForm


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def usage(request: HttpRequest) -> HttpResponse:
    """The page, and the door for the owner's limits."""
    assert isinstance(request.user, User)
    page = pages.usage_page(request.user)
    if request.method != "POST":
        limit = page.limit
        form = LimitsForm(initial={"run_usd": limit and limit.run_usd, "month_usd": limit and limit.month_usd})
        return _shown(request, page, form)
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return _shown(request, page, form, status=422)
    limiting.set_limits(request.user.workspace, **form.cleaned_data)
    messages.success(request, "Your limits are saved. They hold from the next model call on.")
    return see_other("billing:usage")


def _shown(request: HttpRequest, page: pages.UsagePage, form: LimitsForm, status: int = 200) -> HttpResponse:
    return render(request, "billing/usage.html", {"page": page, "form": form, "here": "settings"}, status=status)
