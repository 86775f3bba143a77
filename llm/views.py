"""Settings, model keys: whose key writes, and what may happen when a vendor cannot answer."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import says_why, see_other
from accounts.models import User
from ground.errors import SpecStepError
from llm.flows import bringing
from llm.flows.bringing import NoDeveloperAccess
from llm.forms import FailoverForm, OwnKeyForm
from llm.keys import VENDORS, provider_for, stand_in_for
from llm.models import OwnKey


@sensitive_post_parameters("key")
@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: HttpRequest) -> HttpResponse:
    """The page, and the door for a new key."""
    if request.method != "POST":
        return _page(request, OwnKeyForm())
    assert isinstance(request.user, User)
    form = OwnKeyForm(request.POST)
    if not request.user.developer_access:
        form = OwnKeyForm()
        return _page(request, form, refused=NoDeveloperAccess.detail, status=403)
    if not form.is_valid():
        return _page(request, form, status=422)
    provider = form.cleaned_data["provider"]
    try:
        bringing.add(request.user.workspace, provider=provider, key=form.cleaned_data["key"], actor=request.user)
    except NoDeveloperAccess as error:
        return _page(request, OwnKeyForm(), refused=str(error), status=403)
    except SpecStepError as error:
        form.add_error("key", str(error))
        return _page(request, form, status=422)
    messages.success(request, f"Your key of {VENDORS[provider]} is checked and kept. It is used from now on.")
    return see_other("llm:keys")


@login_required
@require_POST
@says_why
def revoke(request: HttpRequest, pk: UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    row = get_object_or_404(OwnKey.objects.visible_to(request.user), pk=pk)
    bringing.revoke(row, actor=request.user)
    messages.success(request, f"Your key of {VENDORS[row.provider]} is revoked and deleted.")
    return see_other("llm:keys")


@login_required
@require_POST
@says_why
def failover(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = FailoverForm(request.POST)
    allowed = form.is_valid() and form.cleaned_data["failover"]
    bringing.allow_failover(request.user.workspace, allowed=allowed, actor=request.user)
    messages.success(
        request, "If one vendor cannot answer, the other is asked." if allowed else "Only one vendor is asked from now on."
    )
    return see_other("llm:keys")


def _page(request: HttpRequest, form: OwnKeyForm, *, refused: str = "", status: int = 200) -> HttpResponse:
    assert isinstance(request.user, User)
    workspace = request.user.workspace
    writer = provider_for(workspace.pk)
    own = [(VENDORS[row.provider], row) for row in OwnKey.objects.visible_to(request.user).order_by("provider")]
    return render(
        request,
        "llm/keys.html",
        {
            "form": form,
            "refused": refused,
            "own": own,
            "vendors": VENDORS,
            "may_add": request.user.developer_access,
            "writer": writer,
            "stand_in": VENDORS.get(stand_in_for(workspace.pk, writer.provider), ""),
            "failover": bringing.failover_allowed(workspace.pk),
            "here": "settings",
        },
        status=status,
    )
