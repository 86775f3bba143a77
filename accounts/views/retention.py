"""Settings, Retention: how long packages and interviews are kept."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.doors import says_why, see_other
from accounts.flows import retaining
from accounts.forms import RetentionForm
from accounts.models import User
from ground.errors import BadInput


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@says_why
def retention(request: HttpRequest) -> HttpResponse:
    """First the days, then how many things that touches, then the change."""
    assert isinstance(request.user, User)
    workspace = request.user.workspace
    windows = retaining.windows(workspace)
    if request.method != "POST":
        start = {one.kind.setting: one.chosen for one in windows}
        return _page(request, RetentionForm(initial=start), windows)
    form = RetentionForm(request.POST)
    if not form.is_valid():
        return _page(request, form, windows, status=422)
    chosen = {one.kind.setting: form.cleaned_data[one.kind.setting] for one in windows}
    touched = [(one.kind, retaining.touched(workspace, one.kind.setting, chosen[one.kind.setting])) for one in windows]
    touched = [(kind, count) for kind, count in touched if count]
    try:
        if touched and "sure" not in request.POST:
            retaining.check(workspace, chosen)
            return _page(request, form, windows, touched=touched)
        retaining.choose(workspace, chosen, actor=request.user)
    except BadInput as error:
        return _page(request, form, windows, refused=str(error), status=422)
    messages.success(request, "Saved. It acts at the next nightly run.")
    return see_other("accounts:retention")


def _page(
    request: HttpRequest,
    form: RetentionForm,
    windows: list[retaining.Window],
    *,
    touched: Sequence[tuple[object, int]] = (),
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    fields = [(one, form[one.kind.setting]) for one in windows]
    context = {"fields": fields, "touched": touched, "refused": refused, "here": "settings"}
    return render(request, "accounts/retention.html", context, status=status)
