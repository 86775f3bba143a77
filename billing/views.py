"""Settings, Usage and Plan, the pricing page, and the door that Stripe tells its events to."""

from __future__ import annotations

import csv
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import says_why, see_other
from accounts.models import User
from billing import catalogue, vendor
from billing.flows import buying, hearing, limiting, synchronising
from billing.forms import LimitsForm
from billing.models import Subscription
from billing.pages import charts, plans
from billing.pages import usage as pages
from ground import clock
from ground.errors import SpecStepError

MOST_BYTES = 1024 * 1024
"""Of an event; Stripe's are far smaller."""
INVOICES = 24
"""How many of the newest are listed; Stripe's own page has all."""


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def usage(request: HttpRequest) -> HttpResponse:
    """The page, and the door for the owner's limits."""
    assert isinstance(request.user, User)
    page = pages.usage_page(request.user)
    if request.method != "POST":
        limit = page.limit
        form = LimitsForm(initial={"run_usd": limit and limit.run_usd, "month_usd": limit and limit.month_usd})
        return _usage(request, page, form)
    form = LimitsForm(request.POST)
    if not form.is_valid():
        return _usage(request, page, form, status=422)
    limiting.set_limits(request.user.workspace, **form.cleaned_data)
    messages.success(request, "Your limits are saved. They hold from the next model call on.")
    return see_other("billing:usage")


@login_required
@require_safe
def usage_csv(request: HttpRequest) -> HttpResponse:
    """Every call that is kept, as a table."""
    assert isinstance(request.user, User)
    name = f"usage-{clock.today():%Y-%m-%d}.csv"
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    csv.writer(answer).writerows(charts.rows_of(request.user))
    return answer


@require_safe
def pricing(request: HttpRequest) -> HttpResponse:
    """What can be had here. Open to everybody."""
    context = {"offers": plans.offers(request.user), "is_sold": catalogue.is_on(), "here": "pricing"}
    return _leads_to_stripe(render(request, "billing/pricing.html", context))


@login_required
@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    return _plan(request, waiting=False)


@login_required
@require_safe
def returned(request: HttpRequest) -> HttpResponse:
    """The way back from Stripe. It grants nothing: it has Stripe asked, and shows what is known until then."""
    assert isinstance(request.user, User)
    row = Subscription.objects.visible_to(request.user).exclude(customer="").first()
    if row is None:
        return see_other("billing:plan")
    synchronising.ring_on_commit(row.pk)
    row.refresh_from_db()
    return see_other("billing:plan") if row.known.is_live else _plan(request, waiting=True)


@login_required
@require_POST
@says_why
def checkout(request: HttpRequest) -> HttpResponse:
    """To Stripe's page for buying a plan, or for confirming the change to it."""
    _sold()
    assert isinstance(request.user, User)
    return see_other(buying.buy(request.user, request.POST.get("plan", "")))


@login_required
@require_POST
@says_why
def portal(request: HttpRequest) -> HttpResponse:
    """To Stripe's page for managing what was bought."""
    _sold()
    assert isinstance(request.user, User)
    return see_other(buying.manage(request.user, request.POST.get("errand", "")))


@login_required
@require_safe
def invoices(request: HttpRequest) -> HttpResponse:
    """The invoices, read from Stripe for this page and kept nowhere."""
    _sold()
    row = Subscription.objects.visible_to(request.user).exclude(customer="").first()
    context: dict[str, Any] = {"invoices": [], "trouble": "", "here": "settings"}
    try:
        context["invoices"] = vendor.invoices_of(row.customer, newest=INVOICES) if row else []
    except SpecStepError as error:
        context["trouble"] = str(error)
    return render(request, "billing/invoices.html", context)


@csrf_exempt
@require_POST
def stripe_events(request: HttpRequest) -> HttpResponse:
    """Take one event: believed by its signature, noted by its id, answered at once. Its body is neither kept nor logged."""
    if not catalogue.is_on() or not settings.STRIPE_WEBHOOK_SECRETS:
        raise Http404
    body = request.read(MOST_BYTES + 1)
    try:
        if len(body) > MOST_BYTES:
            raise hearing.NotBelieved("This is more than one megabyte.")
        hearing.hear(body, request.headers.get("Stripe-Signature", ""))
    except hearing.NotBelieved as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    return HttpResponse(status=200)


def _sold() -> None:
    if not catalogue.is_on():
        raise Http404


def _plan(request: HttpRequest, *, waiting: bool) -> HttpResponse:
    assert isinstance(request.user, User)
    context = {"page": plans.plan_page(request.user), "waiting": waiting, "here": "settings"}
    return _leads_to_stripe(render(request, "billing/plan.html", context))


def _leads_to_stripe(answer: HttpResponse) -> HttpResponse:
    """Browsers hold the policy's form-action against the redirect to Stripe too."""
    if catalogue.is_on():
        places = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, settings.STRIPE_PAGES)}
        answer.forms_lead_to = tuple(sorted(places))  # type: ignore[attr-defined]
    return answer


def _usage(request: HttpRequest, page: pages.UsagePage, form: LimitsForm, status: int = 200) -> HttpResponse:
    return render(request, "billing/usage.html", {"page": page, "form": form, "here": "settings"}, status=status)
