"""Stripe. Everything that is asked of it, and of its answers only what is needed: no object of its library leaves this module.

Its library is imported when it is first used, and calls through the one way out of this service (``ground.egress``). What it
raises is turned into our failures without its words, which may quote a person.

Source: docs.stripe.com/api, version 2026-10-28.endive: periods stand on the items of a subscription, and an invoice names its
subscription in ``parent``.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings

from billing.rules.subscriptions import Seen
from ground import egress
from ground.egress import Party, host_of
from ground.errors import NotConfigured, SpecStepError

if TYPE_CHECKING:
    from stripe import StripeClient

log = logging.getLogger(__name__)

PARTY = Party(
    name="Stripe",
    purposes=("plans and payment",),
    data="Your email address when you buy a plan. Cards and postal addresses you give to Stripe yourself; we never see them.",
    hosts=lambda: [host_of(settings.STRIPE_API_URL)] if settings.STRIPE_SECRET_KEY else [],
    country="United States, Ireland",
)
RETRIES = 2
"""Of one call by Stripe's library, each with the same idempotency key."""


class StripeAway(SpecStepError):
    """Stripe did not answer, or not so that we can go on. Nothing is lost: it is tried again."""

    detail = "Stripe does not answer at the moment, so nothing was changed. Try again in a few minutes."


@dataclass(frozen=True)
class Price:
    """A price as Stripe has it."""

    amount: int | None
    currency: str
    every: str
    active: bool


@dataclass(frozen=True)
class OpenPage:
    """A page for buying that was opened and not finished."""

    id: str
    url: str
    plan: str


@dataclass(frozen=True)
class Invoice:
    """One line of the list of invoices. Never stored."""

    number: str
    created: dt.datetime
    amount: int
    currency: str
    state: str
    url: str
    """The page at Stripe that shows it."""


@dataclass(frozen=True)
class Paid:
    """What a paid invoice says to the books: nothing of who paid."""

    price: str
    currency: str
    country: str
    state: str
    amount: int
    tax: int


# --- customers and subscriptions ----------------------------------------------------------------------------------------------


def create_customer(email: str, *, key: str) -> str:
    """A new customer; the id. ``key`` makes it one customer however often it is asked."""
    with _asking() as client:
        params: Any = {"email": email} if email else {}
        return str(client.v1.customers.create(params=params, options={"idempotency_key": key}).id)


def subscriptions_of(customer: str) -> list[Seen]:
    """All that the customer has and had."""
    with _asking() as client:
        found = client.v1.subscriptions.list(params={"customer": customer, "status": "all", "limit": 100})
        return [_seen(one) for one in found.auto_paging_iter()]


def subscriptions() -> Iterator[Seen]:
    """All of all customers, page by page."""
    with _asking() as client:
        for one in client.v1.subscriptions.list(params={"status": "all", "limit": 100}).auto_paging_iter():
            yield _seen(one)


def cancel(subscription: str) -> None:
    """End it at once. One that is over already, or unknown, is as good as ended."""
    with _asking(gone_is_fine=True) as client:
        client.v1.subscriptions.cancel(subscription)


def price(price_id: str) -> Price:
    """The price of that id."""
    with _asking() as client:
        found = client.v1.prices.retrieve(price_id)
        every = found.recurring.interval if found.recurring and found.recurring.interval_count == 1 else ""
        return Price(found.unit_amount, found.currency, every, bool(found.active))


def add_to_next_invoice(customer: str, subscription: str, *, amount: int, currency: str, what: str, key: str) -> None:
    """Put one more line on the next invoice of the subscription; ``key`` makes it one line however often it is asked."""
    with _asking() as client:
        params: Any = {
            "customer": customer,
            "subscription": subscription,
            "amount": amount,
            "currency": currency,
            "description": what,
        }
        client.v1.invoice_items.create(params=params, options={"idempotency_key": key})


# --- pages at Stripe ------------------------------------------------------------------------------------------------------------


def open_pages(customer: str) -> list[OpenPage]:
    """Pages for buying that the customer may still use."""
    with _asking() as client:
        found = client.v1.checkout.sessions.list(params={"customer": customer, "status": "open", "limit": 100})
        return [OpenPage(one.id, one.url or "", _plan_named_by(one)) for one in found.data]


def close_page(session: str) -> None:
    """Make the page useless. One that is finished or closed stays as it is."""
    with _asking(gone_is_fine=True) as client:
        client.v1.checkout.sessions.expire(session)


def checkout(params: dict[str, Any], *, key: str) -> str:
    """Open a page for buying; its address. ``key`` makes it one page however often it is asked."""
    with _asking() as client:
        given: Any = params
        return _page(client.v1.checkout.sessions.create(params=given, options={"idempotency_key": key}).url)


def portal(params: dict[str, Any]) -> str:
    """Open a page for managing a subscription; its address."""
    with _asking() as client:
        if settings.STRIPE_PORTAL_CONFIGURATION:
            params = params | {"configuration": settings.STRIPE_PORTAL_CONFIGURATION}
        given: Any = params
        return _page(client.v1.billing_portal.sessions.create(params=given).url)


# --- invoices -------------------------------------------------------------------------------------------------------------------


def invoices_of(customer: str, *, newest: int) -> list[Invoice]:
    """The newest invoices of a customer, without drafts."""
    with _asking() as client:
        found = client.v1.invoices.list(params={"customer": customer, "limit": newest})
        return [
            Invoice(
                one.number or "", _moment(one.created), one.total, one.currency, one.status or "", _page(one.hosted_invoice_url)
            )
            for one in found.data
            if one.status != "draft" and one.hosted_invoice_url
        ]


def paid_invoices(start: dt.datetime, end: dt.datetime) -> Iterator[Paid]:
    """All that were made from ``start`` until before ``end`` and are paid."""
    with _asking() as client:
        span: Any = {"gte": int(start.timestamp()), "lt": int(end.timestamp())}
        for one in client.v1.invoices.list(params={"status": "paid", "created": span, "limit": 100}).auto_paging_iter():
            yield from _paid(one)


def _paid(invoice: Any) -> Iterator[Paid]:
    prices = [
        line.pricing.price_details.price
        for line in invoice.lines.data
        if line.pricing is not None and line.pricing.price_details is not None
    ]
    address = invoice.customer_address
    tax = sum(one.amount for one in invoice.total_taxes or [])
    yield Paid(
        price=str(prices[0]) if prices else "",
        currency=invoice.currency,
        country=(address.country or "") if address else "",
        state=(address.state or "") if address else "",
        amount=invoice.amount_paid - invoice.post_payment_credit_notes_amount,
        tax=tax,
    )


# --- the way there --------------------------------------------------------------------------------------------------------------


def live() -> bool:
    """Whether the key is for real money; one for tests begins with ``sk_test_`` or ``rk_test_``."""
    key: str = settings.STRIPE_SECRET_KEY
    return key.startswith(("sk_live_", "rk_live_"))


@contextmanager
def _asking(*, gone_is_fine: bool = False) -> Iterator[StripeClient]:
    import stripe  # slow to import, and most processes of most services never ask Stripe

    try:
        yield _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_URL, settings.STRIPE_SECONDS, settings.EGRESS_CA)
    except stripe.StripeError as error:
        # From None: its words may quote an address or an id of a person.
        if gone_is_fine and isinstance(error, stripe.InvalidRequestError) and error.http_status in (400, 404):
            return
        log.warning("Stripe answered %s (%s, request %s).", error.http_status, type(error).__name__, error.request_id)
        if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
            raise NotConfigured(
                "Stripe does not accept the key of this service. Nothing was changed; who runs it has to look."
            ) from None
        raise StripeAway(permanent=isinstance(error, stripe.InvalidRequestError)) from None


@lru_cache(maxsize=4)
def _client(key: str, address: str, seconds: float, authorities: str) -> StripeClient:
    """One client per process and set of settings; ``authorities`` is among them because the session is made with them."""
    if not key:
        raise NotConfigured("STRIPE_SECRET_KEY is not set, so there is nothing to buy here.")
    import stripe

    # Nothing is told to Stripe beside the calls, and STRIPE_LOG makes its library print no answers.
    stripe.enable_telemetry = False
    stripe.log = None
    return stripe.StripeClient(
        key,
        base_addresses={"api": address, "connect": address, "files": address, "meter_events": address},
        max_network_retries=RETRIES,
        http_client=_through_egress(seconds),
    )


def _through_egress(seconds: float) -> Any:
    import requests
    import stripe

    class Client(stripe.HTTPClient):
        """The library's calls on our session."""

        name = "requests"

        def request(
            self, method: str, url: str, headers: Any, post_data: Any = None, *, _usage: list[str] | None = None
        ) -> tuple[str, int, Any]:
            # This header describes the machine, its name included.
            told = {name: value for name, value in headers.items() if name != "X-Stripe-Client-User-Agent"}
            try:
                answer = session.request(method, url, headers=told, data=post_data)
                return answer.content.decode("utf-8", "replace"), answer.status_code, answer.headers
            except (requests.RequestException, egress.AnswerTooLarge) as error:
                away: Any = stripe.APIConnectionError
                raise away(type(error).__name__, should_retry=True) from None

        def close(self) -> None:
            session.close()

    session = egress.requests_session(party=PARTY.name, purpose=PARTY.purposes[0], timeout=(egress.CONNECT_SECONDS, seconds))
    return Client()


def _page(address: str | None) -> str:
    """An address at Stripe that people may be sent to. Raises ``StripeAway`` for any other."""
    if address and any(address.startswith(f"{place.rstrip('/')}/") for place in settings.STRIPE_PAGES):
        return address
    log.error("Stripe named a page outside of STRIPE_PAGES; nobody was sent there.")
    raise StripeAway("Stripe named a page that this service does not know, so you were not sent there. Nothing was bought.")


def _seen(one: Any) -> Seen:
    items = one["items"].data
    starts = [item.current_period_start for item in items if item.current_period_start]
    ends = [item.current_period_end for item in items if item.current_period_end]
    end = _moment(max(ends)) if ends else None
    # Until when it runs: a day that was named, or the end of the period.
    ends_at = _moment(one.cancel_at) if one.cancel_at else end if one.cancel_at_period_end else None
    return Seen(
        id=one.id,
        customer=one.customer if isinstance(one.customer, str) else one.customer.id,
        state=one.status,
        period_start=_moment(max(starts)) if starts else None,
        period_end=end,
        ends_at=ends_at,
        prices=tuple((item.id, item.price.id) for item in items),
        created=_moment(one.created),
    )


def _plan_named_by(session: Any) -> str:
    return str(session.metadata["plan"]) if session.metadata is not None and "plan" in session.metadata else ""


def _moment(seconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)
