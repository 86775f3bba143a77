"""A service that sells plans, and Stripe beside it on loopback."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import stripe
from django.test import Client

from accounts.models import User
from billing.flows import buying, synchronising
from billing.flows.entitling import Entitlement, entitlement_of
from billing.models import Subscription
from ground import clock
from tests.billing.stripe_life import Sub
from tests.billing.stripe_peer import KEY, Peer

SECRET, NEXT_SECRET = "whsec_first_of_nobody", "whsec_second_of_nobody"
PRICES = {"STRIPE_PRICE_PRO": "price_pro", "STRIPE_PRICE_TEAM": "price_team", "STRIPE_PRICE_FOUNDING": "price_founding"}
AT_STRIPE = {
    "price_pro": (2900, "usd", "month"),
    "price_team": (9900, "usd", "month"),
    "price_founding": (1900, "usd", "month"),
}
HOOK = "/hooks/stripe/"


def settings_of(peer: Peer) -> dict[str, Any]:
    """What is set where plans are sold."""
    return {
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_WEBHOOK_SECRETS": [SECRET],
        "STRIPE_API_URL": peer.url,
        "STRIPE_PAGES": [peer.url],
        "STRIPE_PRICES": dict(PRICES),
        "EGRESS_ALLOW": [peer.url.removeprefix("http://")],
    }


class Shop:
    """Stripe, and what a person does with it."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    @contextmanager
    def now(self) -> Iterator[None]:
        """Our clock shows what Stripe's does."""
        with clock.frozen(self.peer.now):
            yield

    def buy(self, user: User, plan: str = "pro", *, card_works: bool = True, told: bool = True) -> Sub:
        """From the button to the paid page; ``told``: our service has asked Stripe since."""
        with self.now():
            page = buying.buy(user, plan)
        sub = self.peer.pay(page.rpartition("/")[2], card_works=card_works)
        if told:
            self.look(user)
        return sub

    def look(self, user: User) -> None:
        with self.now():
            assert synchronising.synchronise(self.row(user).pk)

    def row(self, user: User) -> Subscription:
        return Subscription.objects.get(workspace=user.workspace)

    def held(self, user: User) -> Entitlement:
        with self.now():
            return entitlement_of(user.workspace.pk)

    def tell(self, event: dict[str, Any], *, client: Client | None = None, secret: str = SECRET, off: float = 0) -> int:
        """Bring an event to the door, signed ``off`` seconds from now by our clock. The status of the answer."""
        body = json.dumps(event)
        with self.now():
            signed = int((clock.now() + dt.timedelta(seconds=off)).timestamp())
            header = stripe.WebhookSignature.generate_signature_header(body, secret, signed)
            answer = (client or Client()).post(
                HOOK, data=body, content_type="application/json", headers={"Stripe-Signature": header}
            )
        return answer.status_code
