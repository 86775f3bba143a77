"""Stripe tells of something. The event is believed if it is signed, noted once, and answered at once; a worker looks later.

Of its body two things are read: whom it is about, and its id. Nothing of it is logged.
"""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.db import transaction

from billing import vendor
from billing.flows import synchronising
from billing.models import StripeEvent, Subscription
from billing.rules import signatures
from ground import clock
from ground.errors import SpecStepError

KINDS = ("checkout.session.", "customer.subscription.", "invoice.")
"""Kinds of events after which it is worth looking; others are answered and forgotten."""


class NotBelieved(SpecStepError):
    detail = "This is no event of Stripe's: signature, time or form is wrong."


def hear(body: bytes, header: str) -> bool:
    """Take one event by its raw body. Whether it is to be looked at: it is about a customer of ours.

    Raises ``NotBelieved``; then nothing is changed.
    """
    _verify(body, header)
    event = _parsed(body)
    if event["livemode"] != vendor.live() or event.get("account"):
        raise NotBelieved("This event belongs to another account or mode of Stripe.")
    if not event["type"].startswith(KINDS):
        return False
    customer = _customer(event)
    row = Subscription.objects.filter(customer=customer).first() if customer else None
    with transaction.atomic():
        # What concerns nobody here is noted without a customer, so that it leads to nobody. An id that is there stays as it is.
        StripeEvent.objects.bulk_create([StripeEvent(id=event["id"], customer=customer if row else "")], ignore_conflicts=True)
        if row is None or not StripeEvent.objects.filter(pk=event["id"]).exclude(customer="").exists():
            return False
        synchronising.ring_on_commit(row.pk)
    return True


def _verify(body: bytes, header: str) -> None:
    import stripe  # slow to import

    signed = signatures.signed_at(header)
    if signed is None or not signatures.is_timely(signed, clock.now().timestamp()):
        raise NotBelieved
    for secret in settings.STRIPE_WEBHOOK_SECRETS:
        try:
            # Without its tolerance: it knows one side only, and its clock is not ours.
            stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None)
        except (stripe.SignatureVerificationError, UnicodeDecodeError, TypeError):
            continue  # perhaps the other secret, while one is replaced
        return
    raise NotBelieved


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise NotBelieved from None
    wanted = {"id": str, "type": str, "livemode": bool, "data": dict}
    if not isinstance(event, dict) or not all(isinstance(event.get(name), kind) for name, kind in wanted.items()):
        raise NotBelieved
    if not 0 < len(event["id"]) <= 255 or event.get("object") != "event":
        raise NotBelieved
    return event


def _customer(event: dict[str, Any]) -> str:
    about = event["data"].get("object")
    customer = about.get("customer") if isinstance(about, dict) else None
    return customer if isinstance(customer, str) and 0 < len(customer) <= 255 else ""
