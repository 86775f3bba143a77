"""What Stripe knows and what happens there: customers, subscriptions, pages, invoices, events, on a clock of its own.

Read for it: docs.stripe.com, "Subscriptions: lifecycle" and "Test clocks". What it shows is larger than what we may keep: names,
addresses and cards are canaries.
"""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from billing.rules.periods import months_after

VERSION = "2026-10-28.endive"
CANARIES = ("Canary-Holder", "canary-visa", "7391", "Canary-Street 5", "CANARYVAT77", "+4915-canary")
"""Name and number of a card, address, tax id and phone: Stripe knows them, and we never may."""
TRIES = 4
"""Of a payment before Stripe gives up and ends the subscription."""
START = dt.datetime(2026, 11, 10, 9, tzinfo=dt.UTC)


@dataclass
class Customer:
    id: str
    email: str = ""
    card_works: bool = True
    country: str = "DE"


@dataclass
class Sub:
    """A subscription as Stripe has it."""

    id: str
    customer: str
    price: str
    created: dt.datetime
    anchor: dt.datetime
    start: dt.datetime
    end: dt.datetime
    number: int = 1
    """Which period since the anchor."""
    status: str = "active"
    cancel_at_period_end: bool = False
    tries: int = 0

    @property
    def is_over(self) -> bool:
        return self.status in ("canceled", "incomplete_expired")


@dataclass
class Session:
    id: str
    customer: str
    params: dict[str, Any]
    expires_at: dt.datetime
    status: str = "open"


@dataclass
class Invoice:
    id: str
    customer: str
    subscription: str
    price: str
    amount: int
    created: dt.datetime
    status: str = "paid"


@dataclass
class Life:
    """What Stripe knows, what it was asked, and how it misbehaves."""

    url: str = ""
    now: dt.datetime = START
    prices: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    """By id: amount, currency, interval."""
    customers: dict[str, Customer] = field(default_factory=dict)
    subs: dict[str, Sub] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    portals: dict[str, dict[str, Any]] = field(default_factory=dict)
    invoices: list[Invoice] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    """Lines for the next invoice."""
    events: list[dict[str, Any]] = field(default_factory=list)
    log: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Operation and typed parameters of every call."""
    headers: list[dict[str, str]] = field(default_factory=list)
    faults: list[int] = field(default_factory=list)
    """Statuses that the next calls are answered with; 0 hangs up."""
    complaints: list[str] = field(default_factory=list)
    deliver: Callable[[dict[str, Any]], None] | None = None
    """Where events go at once; by default they wait in ``events``."""
    gave_up: str = "canceled"
    """What a subscription becomes when nobody can collect: canceled or unpaid."""
    known: dict[str, tuple[str, int, bytes]] = field(default_factory=dict)
    """By idempotency key: what was asked, and what was answered."""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    lock: threading.RLock = field(default_factory=threading.RLock)

    def calls(self, of: str = "") -> list[str]:
        return [operation for operation, _ in self.log if of in operation]

    # --- what people do at Stripe's pages -------------------------------------------------------------------------------

    def pay(self, session_id: str, *, card_works: bool = True) -> Sub:
        """The person fills in the card and presses the button."""
        session = self.sessions[session_id]
        assert session.status == "open", "the page is closed"
        assert self.now < session.expires_at, "the page is over its time"
        session.status = "complete"
        customer = self.customers[session.customer]
        customer.card_works = card_works
        trial = session.params.get("subscription_data", {}).get("trial_period_days", 0)
        sub = self.subscribe(customer.id, session.params["line_items"][0]["price"], trial_days=trial)
        self.emit("checkout.session.completed", self.session_json(session))
        return sub

    def subscribe(self, customer: str, price: str, *, trial_days: int = 0) -> Sub:
        months = 12 if self.prices[price][2] == "year" else 1
        anchor = self.now + dt.timedelta(days=trial_days)
        end = anchor if trial_days else months_after(self.now, months)
        sub = Sub(self.new_id("sub"), customer, price, self.now, anchor, self.now, end, number=0 if trial_days else 1)
        sub.status = "trialing" if trial_days else "active"
        self.subs[sub.id] = sub
        self.emit("customer.subscription.created", self.sub_json(sub))
        if not trial_days:
            self.collect(sub)
        return sub

    def change(self, sub: Sub, price: str) -> None:
        sub.price = price
        self.emit("customer.subscription.updated", self.sub_json(sub))

    def cancel_later(self, sub: Sub) -> None:
        sub.cancel_at_period_end = True
        self.emit("customer.subscription.updated", self.sub_json(sub))

    def resume(self, sub: Sub) -> None:
        sub.cancel_at_period_end = False
        self.emit("customer.subscription.updated", self.sub_json(sub))

    def end(self, sub: Sub, status: str = "canceled") -> None:
        sub.status = status
        kind = "customer.subscription.updated" if status == "unpaid" else "customer.subscription.deleted"
        self.emit(kind, self.sub_json(sub))

    def new_card(self, customer: str, *, works: bool = True) -> None:
        self.customers[customer].card_works = works
        if works:
            for sub in self.subs.values():
                if sub.customer == customer and sub.status in ("past_due", "unpaid"):
                    self.collect(sub)

    def dispute(self, sub: Sub) -> None:
        """The bank takes a payment back; the subscription stays as it is until somebody decides."""
        charge = {"id": self.new_id("dp"), "object": "dispute", "charge": self.new_id("ch"), "status": "needs_response"}
        self.emit("charge.dispute.created", charge)

    # --- time ---------------------------------------------------------------------------------------------------------------

    def advance(self, **by: float) -> None:
        """Move the test clock: what falls due in between happens, in its order."""
        until = self.now + dt.timedelta(**by)
        while due := [sub for sub in self.subs.values() if not sub.is_over and sub.end <= until and sub.status != "unpaid"]:
            sub = min(due, key=lambda one: one.end)
            self.now = max(self.now, sub.end)
            self._renew(sub)
        for sub in [one for one in self.subs.values() if one.status == "past_due"]:
            self.now = max(self.now, min(until, self.now + dt.timedelta(hours=1)))
            self.collect(sub)
        self.now = until
        for session in self.sessions.values():
            if session.status == "open" and session.expires_at <= self.now:
                session.status = "expired"
                self.emit("checkout.session.expired", self.session_json(session))

    def _renew(self, sub: Sub) -> None:
        if sub.cancel_at_period_end:
            self.end(sub)
            return
        months = 12 if self.prices[sub.price][2] == "year" else 1
        sub.number += 1
        sub.start, sub.end = sub.end, months_after(sub.anchor, months * sub.number)
        sub.tries = 0
        self.collect(sub)

    def collect(self, sub: Sub) -> None:
        """Try to take the money of the period."""
        amount = self.prices[sub.price][0]
        invoice = next((one for one in self.invoices if one.subscription == sub.id and one.status == "open"), None)
        if invoice is None:
            invoice = Invoice(self.new_id("in"), sub.customer, sub.id, sub.price, amount, self.now, "open")
            self.invoices.append(invoice)
        if self.customers[sub.customer].card_works:
            invoice.status, sub.status, sub.tries = "paid", "active", 0
            self.emit("invoice.paid", self.invoice_json(invoice))
            self.emit("customer.subscription.updated", self.sub_json(sub))
            return
        sub.tries += 1
        self.emit("invoice.payment_failed", self.invoice_json(invoice))
        if sub.tries >= TRIES:
            self.end(sub, self.gave_up)
        else:
            sub.status = "past_due"
            self.emit("customer.subscription.updated", self.sub_json(sub))

    def emit(self, kind: str, about: dict[str, Any]) -> None:
        event = {
            "id": self.new_id("evt"), "object": "event", "api_version": VERSION, "created": int(self.now.timestamp()),
            "type": kind, "livemode": False, "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None},
            "data": {"object": about},
        }  # fmt: skip
        self.events.append(event)
        if self.deliver is not None:
            self.deliver(event)

    def new_id(self, kind: str) -> str:
        return f"{kind}_{next(self.numbers):06}"

    # --- objects as Stripe shows them ---------------------------------------------------------------------------------------

    def sub_json(self, sub: Sub) -> dict[str, Any]:
        item = {
            "id": f"si_{sub.id}", "object": "subscription_item", "price": self.price_json(sub.price), "quantity": 1,
            "current_period_start": int(sub.start.timestamp()), "current_period_end": int(sub.end.timestamp()),
        }  # fmt: skip
        return {
            "id": sub.id, "object": "subscription", "customer": sub.customer, "status": sub.status, "livemode": False,
            "created": int(sub.created.timestamp()), "cancel_at": None, "cancel_at_period_end": sub.cancel_at_period_end,
            "items": {"object": "list", "data": [item], "has_more": False, "url": "/v1/subscription_items"},
            "default_payment_method": {"id": "pm_1", "card": {"brand": CANARIES[1], "last4": CANARIES[2]}},
            "description": CANARIES[0], "metadata": {},
        }  # fmt: skip

    def price_json(self, price: str) -> dict[str, Any]:
        amount, currency, every = self.prices[price]
        return {
            "id": price, "object": "price", "active": True, "currency": currency, "unit_amount": amount, "livemode": False,
            "recurring": {"interval": every, "interval_count": 1, "usage_type": "licensed"}, "type": "recurring",
        }  # fmt: skip

    def session_json(self, session: Session) -> dict[str, Any]:
        details = {
            "name": CANARIES[0],
            "phone": CANARIES[5],
            "address": {"line1": CANARIES[3]},
            "tax_ids": [{"value": CANARIES[4]}],
        }
        return {
            "id": session.id, "object": "checkout.session", "customer": session.customer, "status": session.status,
            "url": f"{self.url}/c/pay/{session.id}" if session.status == "open" else None, "livemode": False,
            "metadata": session.params.get("metadata", {}), "customer_details": details, "mode": "subscription",
            "expires_at": int(session.expires_at.timestamp()),
        }  # fmt: skip

    def invoice_json(self, invoice: Invoice) -> dict[str, Any]:
        tax = invoice.amount * 19 // 119 if self.customers[invoice.customer].country == "DE" else 0
        line = {
            "object": "line_item",
            "amount": invoice.amount,
            "pricing": {"type": "price_details", "price_details": {"price": invoice.price}},
        }
        return {
            "id": invoice.id, "object": "invoice", "customer": invoice.customer, "customer_name": CANARIES[0],
            "customer_address": {"line1": CANARIES[3], "country": self.customers[invoice.customer].country, "state": None},
            "customer_tax_ids": [{"type": "eu_vat", "value": CANARIES[4]}], "number": invoice.id.upper(), "livemode": False,
            "created": int(invoice.created.timestamp()), "currency": self.prices[invoice.price][1], "status": invoice.status,
            "total": invoice.amount, "amount_paid": invoice.amount if invoice.status == "paid" else 0,
            "post_payment_credit_notes_amount": 0, "total_taxes": [{"amount": tax, "tax_behavior": "inclusive"}],
            "hosted_invoice_url": f"{self.url}/i/{invoice.id}", "lines": {"object": "list", "data": [line], "has_more": False},
            "parent": {"type": "subscription_details", "subscription_details": {"subscription": invoice.subscription}},
        }  # fmt: skip
