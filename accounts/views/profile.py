"""Settings, Profile: who a person is here, and the number for SMS."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from accounts import zones
from accounts.doors import see_other
from accounts.flows import introducing, verifying
from accounts.forms import LANGUAGES, NumberForm, ProfileForm
from accounts.models import User
from accounts.rules import numbers
from ground.errors import SpecStepError


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    form = ProfileForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if request.method == "POST" and form.is_valid():
        introducing.introduce(request.user, {name: form.cleaned_data[name] for name in form.fields if name in request.POST})
        messages.success(request, "Your profile is saved.")
        return see_other("accounts:settings")
    return _page(request, form=form)


@login_required
@require_http_methods(["GET", "POST"])
def send_code(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    if request.method == "GET":
        # The address stays in the bar where the form was refused.
        return see_other(_number_section())
    form = NumberForm(request.POST)
    if not form.is_valid():
        return _page(request, number_form=form)
    try:
        verifying.start(request.user, form.cleaned_data["number"])
    except SpecStepError as error:
        return _page(request, number_form=form, trouble=str(error))
    return see_other(_number_section())


@login_required
@require_http_methods(["GET", "POST"])
def check_code(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    if request.method == "GET":
        return see_other(_number_section())
    try:
        verifying.check(request.user, request.POST.get("code", "")[:64])
    except SpecStepError as error:
        return _page(request, trouble=str(error))
    messages.success(request, "The number is verified. What is sent there you choose under Notifications.")
    return see_other("accounts:settings")


@login_required
@require_POST
def remove_number(request: HttpRequest) -> HttpResponse:
    assert isinstance(request.user, User)
    verifying.remove(request.user)
    messages.success(request, "The number for SMS is removed.")
    return see_other("accounts:settings")


def _number_section() -> str:
    return f"{reverse('accounts:settings')}#number"


def _page(
    request: HttpRequest, *, form: ProfileForm | None = None, number_form: NumberForm | None = None, trouble: str = ""
) -> HttpResponse:
    assert isinstance(request.user, User)
    user = User.objects.get(pk=request.user.pk)
    code = verifying.waiting(user)
    context = {
        "form": form or ProfileForm(instance=user),
        "number_form": number_form,
        "trouble": trouble,
        "number": numbers.for_people(user.sms_number) if user.sms_number else "",
        "sms_number": user.sms_number,
        "verified": user.sms_verified_at,
        "code": code,
        "code_until": code.created_at + verifying.VALID if code else None,
        "zones": zones.names(),
        "languages": LANGUAGES,
        "here": "settings",
    }
    return render(request, "accounts/profile.html", context)
