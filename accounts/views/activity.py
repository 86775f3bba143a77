"""Settings, Activity: what happened in the account, 90 days back, to look through and to take along."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from accounts.flows import retracing
from accounts.forms import SearchForm
from accounts.models import User
from ground import clock

KINDS = {"csv": "text/csv; charset=utf-8", "json": "application/json"}


@login_required
@require_safe
def activity(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = SearchForm(request.GET)
    asked = form.is_valid()
    search = form.search if asked else retracing.Search()
    page = retracing.page_of(request.user, search, after=request.GET.get("after", ""))
    kept = {name: value for name, value in request.GET.items() if name != "after" and value}
    context = {
        "form": form,
        "page": page,
        "searched": bool(kept),
        "first": not request.GET.get("after"),
        "older": f"?{urlencode(kept | {'after': page.next})}" if page.next else "",
        "newest": f"?{urlencode(kept)}" if kept else "?",
        "here": "settings",
    }
    return render(request, "accounts/activity.html", context, status=200 if asked else 422)


@never_cache
@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = request.POST.get("form", "")
    if form not in KINDS:
        raise Http404
    text = retracing.export(request.user, "csv" if form == "csv" else "json")
    response = HttpResponse(text, content_type=KINDS[form])
    response.headers["Content-Disposition"] = f'attachment; filename="specstep-activity-{clock.today():%Y-%m-%d}.{form}"'
    return response
