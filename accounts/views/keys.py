"""Settings, API keys: make one, see it once, revoke it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import says_why, see_other
from accounts.flows import keying
from accounts.forms import KeyForm
from accounts.models import ApiKey, User
from ground.errors import BadInput, SpecStepError
from ground.rows import new_id

ONCE = "accounts.KeyForm"
GOOD_FOR = 24 * 3600
"""Seconds in which a form can be sent."""


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_variables("made")
def keys(request: HttpRequest) -> HttpResponse:
    """The page, and the door for a new key. The answer to the form is the only page that ever shows it."""
    assert isinstance(request.user, User)
    if request.method != "POST":
        return _page(request, KeyForm())
    form = KeyForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=422)
    try:
        row_id = _opened(form.cleaned_data["once"], request.user)
        made = keying.make(
            request.user, name=form.cleaned_data["name"], days=form.cleaned_data["days"], row_id=row_id, actor=request.user
        )
    except SpecStepError as error:
        return _page(request, form, refused=str(error), status=409)
    return _page(request, KeyForm(), made=made)


@login_required
@require_POST
@says_why
def revoke(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    key = get_object_or_404(ApiKey.objects.visible_to(request.user), pk=pk)
    keying.revoke(key, actor=request.user)
    messages.success(request, f"The key “{key.name}” is revoked and deleted. It does not work any more.")
    return see_other("accounts:keys")


@login_required
@require_POST
@says_why
def resume(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    assert isinstance(request.user, User)
    key = get_object_or_404(ApiKey.objects.visible_to(request.user), pk=pk)
    keying.resume(key, actor=request.user)
    messages.success(request, f"The key “{key.name}” works again.")
    return see_other("accounts:keys")


@sensitive_variables("made")
def _page(
    request: HttpRequest, form: KeyForm, *, made: keying.Made | None = None, refused: str = "", status: int = 200
) -> HttpResponse:
    assert isinstance(request.user, User)
    rows = ApiKey.objects.visible_to(request.user).annotate(calls=Sum("days__calls")).order_by("-created_at")
    context = {"form": form, "keys": rows, "made": made, "refused": refused, "once": _sealed(request.user), "here": "settings"}
    context |= {"base": settings.SITE_URL}
    response = render(request, "accounts/keys.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


def _sealed(user: User) -> str:
    """The id of the key that this form will make, signed for this person."""
    return signing.dumps({"row": str(new_id()), "user": str(user.pk)}, salt=ONCE)


def _opened(once: str, user: User) -> uuid.UUID:
    """Raises ``BadInput`` where the form is another person's, changed, or of yesterday."""
    try:
        held = signing.loads(once, salt=ONCE, max_age=GOOD_FOR)
    except signing.BadSignature:
        held = {}
    if held.get("user") != str(user.pk):
        raise BadInput("This form is too old or not yours. No key was made. Send it again.")
    return uuid.UUID(held["row"])
