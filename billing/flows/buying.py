"""A plan is bought, changed and managed at Stripe's own pages; here people are only sent there.

What comes of it is learned from Stripe (``billing.flows.synchronising``), never from the way back.
"""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User, Workspace
from billing import catalogue, vendor
from billing.flows import claiming, leasing, parting
from billing.models import Subscription
from billing.rules import subscriptions
from billing.rules.plans import Plan
from billing.rules.subscriptions import Seen
from ground import clock
from ground.errors import BadInput, Conflict, NotConfigured

log = logging.getLogger(__name__)

BUSY = "A page at Stripe is being opened for you already, or your plan is being looked up. Try again in a moment."
ERRANDS = {"manage": None, "payment": "payment_method_update", "cancel": "subscription_cancel"}
"""What somebody wants to do at the portal, and Stripe's word for it."""


def buy(user: User, key: str) -> str:
    """The address of Stripe's page where ``user`` buys the plan ``key``, or confirms the change to it.

    Raises ``BadInput`` for a plan that is not sold, ``Conflict`` when another page is being opened or no place is left,
    ``NotConfigured`` when the price at Stripe is not that of the table, ``vendor.StripeAway``.
    """
    plan = catalogue.named(key)
    if plan is None or not catalogue.price_of(plan):
        raise BadInput("This plan cannot be bought here. Choose one of the list.")
    workspace = user.workspace
    row, _ = Subscription.objects.get_or_create(workspace=workspace)
    with leasing.leased(row.pk) as mine:
        if mine is None:
            raise Conflict(BUSY)
        _check_price(plan)
        customer = mine.customer or _new_customer(mine, user)
        before = vendor.subscriptions_of(customer)
        running = [one for one in before if not one.is_over and one.state != "incomplete"]
        if plan.claims is not None:
            claiming.hold(workspace, plan)
        if running:
            return _change(customer, plan, subscriptions.governing(running))
        address = _page(mine, customer, plan, trial=not before)
    if not User.objects.filter(pk=user.pk, is_active=True).exists():
        # Closed while the page was being opened, perhaps before the customer stood in our row.
        parting.part_from(customer)
        raise Conflict("This account is being deleted, so nothing can be bought with it.")
    return address


def manage(user: User, errand: str) -> str:
    """The address of Stripe's page for ``errand``, a word of ``ERRANDS``.

    Raises ``BadInput``, ``Conflict`` where there is nothing to manage, ``vendor.StripeAway``.
    """
    if errand not in ERRANDS:
        raise BadInput("There is no such page. Choose a button of Settings, Plan.")
    row = Subscription.objects.filter(workspace=user.workspace).exclude(customer="").first()
    if row is None:
        raise Conflict("You have bought no plan so far, so there is nothing to manage. Choose one first.")
    flow = ERRANDS[errand]
    params: dict[str, Any] = {"customer": row.customer, "return_url": _back()}
    if flow == "subscription_cancel":
        if not row.known.is_live:
            raise Conflict("Your plan has ended already, so there is nothing to cancel.")
        params["flow_data"] = {"type": flow, "subscription_cancel": {"subscription": row.subscription}, **_and_back()}
    elif flow is not None:
        params["flow_data"] = {"type": flow, **_and_back()}
    return vendor.portal(params)


def _new_customer(row: Subscription, user: User) -> str:
    email = user.email if user.email_verified else ""
    # The same call gives the same customer, also when this process dies before it has written who it is.
    key = f"customer-{row.pk}-{hashlib.sha256(email.encode()).hexdigest()[:12]}"
    customer = vendor.create_customer(email, key=key)
    if not Subscription.objects.filter(pk=row.pk, turn=row.turn).update(customer=customer):
        raise Conflict(BUSY)
    row.customer = customer
    return customer


def _check_price(plan: Plan) -> None:
    """What the page says is what is taken: a price that differs at Stripe is not sold."""
    price = vendor.price(catalogue.price_of(plan))
    if (price.amount, price.currency, price.every, price.active) != (plan.amount, plan.currency, plan.every, True):
        log.error("The price of plan %s at Stripe is not that of the table of plans, so it is not sold.", plan.key)
        raise NotConfigured(
            "The price of this plan is not the same here and at Stripe, so it is not sold now. Nothing was bought."
        )


def _page(row: Subscription, customer: str, plan: Plan, *, trial: bool) -> str:
    """Stripe's page for buying. One is open at a time: two of them could both be paid."""
    for one in vendor.open_pages(customer):
        if one.plan == plan.key and one.url:
            return one.url
        vendor.close_page(one.id)
    back = f"{settings.SITE_URL}{reverse('billing:returned')}"
    params: dict[str, Any] = {
        "mode": "subscription",
        "ui_mode": "hosted_page",
        "customer": customer,
        "line_items": [{"price": catalogue.price_of(plan), "quantity": 1}],
        "success_url": f"{back}?session={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{settings.SITE_URL}{reverse('billing:pricing')}",
        "allow_promotion_codes": True,
        "metadata": {"plan": plan.key},
    }
    if trial and plan.trial_days:
        params["subscription_data"] = {"trial_period_days": plan.trial_days}
    if settings.STRIPE_TAX:
        params["automatic_tax"] = {"enabled": True}
        params["tax_id_collection"] = {"enabled": True}
        params["customer_update"] = {"address": "auto", "name": "auto"}
    if plan.claims is not None:
        params["expires_at"] = int((clock.now() + claiming.PAGE_OPEN).timestamp())
    return vendor.checkout(params, key=f"page-{row.pk}-{row.turn}")


def _change(customer: str, plan: Plan, one: Seen | None) -> str:
    """Stripe's page that says what a change costs today, and confirms it."""
    assert one is not None
    target = catalogue.price_of(plan)
    if any(price == target for _, price in one.prices):
        raise Conflict(f"You have the {plan.title} plan already.")
    if one.state not in subscriptions.PAYING:
        return vendor.portal({"customer": customer, "return_url": _back()})
    items = [{"id": one.prices[0][0], "price": target, "quantity": 1}]
    flow = {
        "type": "subscription_update_confirm",
        "subscription_update_confirm": {"subscription": one.id, "items": items},
        **_and_back(),
    }
    return vendor.portal({"customer": customer, "return_url": _back(), "flow_data": flow})


def _back() -> str:
    return f"{settings.SITE_URL}{reverse('billing:plan')}"


def _and_back() -> dict[str, Any]:
    return {
        "after_completion": {"type": "redirect", "redirect": {"return_url": f"{settings.SITE_URL}{reverse('billing:returned')}"}}
    }


def open_checkout_of(workspace: Workspace) -> bool:
    """Whether a page for buying is open at Stripe for this workspace. Raises ``vendor.StripeAway``."""
    row = Subscription.objects.filter(workspace=workspace).exclude(customer="").first()
    return row is not None and bool(vendor.open_pages(row.customer))
