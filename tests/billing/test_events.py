"""Stripe's events: believed by their signature, noted once, answered at once, and never more than a bell."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import random
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from billing import vendor
from billing.flows import leasing, reconciling, synchronising
from billing.models import StripeEvent, Subscription
from ground import clock
from tests.billing.shop import HOOK, NEXT_SECRET, SECRET, Shop
from tests.billing.stripe_life import CANARIES
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db


@pytest.mark.promise("S-126")
@pytest.mark.django_db(transaction=True)
def test_the_state_follows_created_renewed_failed_and_canceled(alice: User, shop: Shop) -> None:
    shop.peer.deliver = lambda event: None
    sub = shop.buy(alice, "team", told=False)
    states = []

    def fail() -> None:
        shop.peer.new_card(sub.customer, works=False)
        shop.peer.advance(days=30)

    acts: tuple[Callable[[], None], ...] = (
        lambda: None,
        lambda: shop.peer.advance(days=31),
        fail,
        lambda: shop.peer.end(sub),
    )
    for happens in acts:
        happens()
        for event in shop.peer.events:
            assert shop.tell(event) == 200
        shop.peer.events.clear()
        _work(shop)
        row = shop.row(alice)
        states.append((row.state, row.plan, row.period_start == sub.start))
    assert states == [("active", "team", True), ("active", "team", True), ("past_due", "team", True), ("canceled", "", True)]


@pytest.mark.promise("S-126")
def test_what_is_not_signed_rightly_changes_nothing(alice: User, shop: Shop) -> None:
    shop.buy(alice, told=False)
    event = shop.peer.events[-1]
    assert shop.tell(event, secret="whsec_of_somebody_else") == 400
    for off in (-301, 301, 9_999, -9_999):
        assert shop.tell(event, off=off) == 400, f"{off} seconds from now"
    body = json.dumps(event)
    for header in ("", "nonsense", "t=1,v1=", "t=1", f"t={int(clock.now().timestamp())},v1=é", "t=1,t=2,v1=x"):
        answer = Client().post(HOOK, data=body, content_type="application/json", headers={"Stripe-Signature": header})
        assert answer.status_code == 400, header
    for raw in (b"\xff\xfe", b"[]", b"{}", b"null", b"[" * 5_000):
        assert _raw(shop, raw) == 400
    assert not StripeEvent.objects.exists()
    assert shop.row(alice).state == ""
    for off in (-299, 299):
        assert shop.tell(event, off=off) == 200


def test_another_mode_another_account_and_an_unknown_customer_change_nothing(alice: User, shop: Shop, settings: Settings) -> None:
    shop.buy(alice, told=False)
    event = shop.peer.events[-1]
    assert shop.tell(event | {"livemode": True}) == 400
    assert shop.tell(event | {"account": "acct_other"}) == 400
    assert not StripeEvent.objects.exists()
    stranger = event | {"data": {"object": event["data"]["object"] | {"customer": "cus_unknown"}}}
    assert shop.tell(stranger) == 200
    assert StripeEvent.objects.get().customer == ""
    assert "cus_unknown" not in dump()
    settings.STRIPE_SECRET_KEY = ""
    assert shop.tell(event) == 404


def test_two_secrets_hold_while_one_is_replaced(alice: User, shop: Shop, settings: Settings) -> None:
    shop.buy(alice, told=False)
    first, second = shop.peer.events[:2]
    settings.STRIPE_WEBHOOK_SECRETS = [NEXT_SECRET, SECRET]
    assert shop.tell(first, secret=SECRET) == 200
    assert shop.tell(second, secret=NEXT_SECRET) == 200
    settings.STRIPE_WEBHOOK_SECRETS = [NEXT_SECRET]
    assert shop.tell(first, secret=SECRET) == 400


def test_an_event_is_answered_before_stripe_is_asked(alice: User, shop: Shop) -> None:
    shop.buy(alice, told=False)
    shop.peer.faults = [500] * 50
    before = len(shop.peer.log)
    assert shop.tell(shop.peer.events[-1]) == 200
    assert len(shop.peer.log) == before
    assert len(shop.peer.faults) == 50


@pytest.mark.promise("S-126")
@pytest.mark.parametrize("seed", range(3))
def test_events_twice_and_in_any_order_lead_to_the_same_end(alice: User, shop: Shop, seed: int) -> None:
    sub = shop.buy(alice, "team", told=False)
    shop.peer.advance(days=40)
    shop.peer.change(sub, "price_pro")
    shop.peer.cancel_later(sub)
    told = shop.peer.events * 2
    random.Random(seed).shuffle(told)
    for event in told:
        assert shop.tell(event) == 200
        if random.Random(event["id"]).random() < 0.4:
            _work(shop)
    _work(shop)
    row = shop.row(alice)
    assert (row.state, row.plan, row.ends_at) == ("active", "pro", sub.end)
    assert StripeEvent.objects.count() == len({event["id"] for event in told if not event["type"].startswith("charge.")})
    assert not StripeEvent.objects.exclude(customer="").exists()


def test_what_stripe_says_late_is_not_written_over_what_it_said_since(alice: User, shop: Shop) -> None:
    """A worker that took too long loses its turn: somebody else looked later and knows more."""
    shop.buy(alice, "team")
    row = shop.row(alice)
    with shop.now():
        seen = vendor.subscriptions_of(row.customer)
        Subscription.objects.filter(pk=row.pk).update(turn=row.turn + 1, state="canceled")
        assert leasing.still_mine(row) is None
    assert seen[0].state == "active"


def test_an_event_that_comes_while_stripe_is_asked_is_looked_at_too(alice: User, shop: Shop) -> None:
    sub = shop.buy(alice, "team")
    asked = shop.peer._subscriptions
    later = list[int]()

    def answering(method: str, rest: list[str], params: dict[str, Any]) -> Any:
        answer = asked(method, rest, params)
        if not later:
            later.append(1)
            shop.peer.change(sub, "price_pro")
            # What our door would write; the peer's thread has another connection to the database.
            waiting.append(shop.peer.events[-1]["id"])
        return answer

    waiting = list[str]()
    shop.peer._subscriptions = answering  # type: ignore[method-assign]
    StripeEvent.objects.create(id="evt_before", customer=sub.customer)
    with shop.now():
        synchronising.synchronise(shop.row(alice).pk)
        StripeEvent.objects.create(id=waiting[0], customer=sub.customer)
        reconciling.sweep()
    assert shop.row(alice).plan == "pro"


@pytest.mark.promise("S-127")
def test_only_the_four_data_are_kept_and_no_body_is_stored_or_logged(
    as_alice: Client, alice: User, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("stripe").setLevel(logging.WARNING)
    sub = shop.buy(alice, "team", told=False)
    shop.peer.advance(days=31)
    for event in shop.peer.events:
        assert shop.tell(event) == 200
        assert shop.tell(event | {"livemode": True}) == 400
    shop.peer.faults = [400, 402, 500, 500, 500, 0, 0, 0]
    for _ in range(4):
        _work(shop)
    with shop.now():
        reconciling.reconcile()
        as_alice.get("/settings/plan/invoices/")
    rows, lines = dump(), caplog.text
    assert sub.customer in rows
    assert sub.id in rows
    for canary in CANARIES:
        assert canary not in rows, canary
        assert canary not in lines, canary
    assert {field.name for field in StripeEvent._meta.get_fields()} == {"id", "customer", "heard_at"}
    theirs = {"customer", "subscription", "state", "period_start", "period_end", "ends_at"}
    ours = {
        "id",
        "created_at",
        "workspace",
        "plan",
        "failed_since",
        "lapse_told_at",
        "gave_developer_access",
        "turn",
        "lease_until",
    }
    assert {field.name for field in Subscription._meta.get_fields()} == theirs | ours


def test_stripes_library_says_nothing_of_its_answers_in_the_log(settings: Settings) -> None:
    assert settings.LOGGING["loggers"]["stripe"]["level"] == "WARNING"


def test_what_leaves_for_stripe_does_not_describe_our_machine(alice: User, shop: Shop) -> None:
    shop.buy(alice)
    assert all("X-Stripe-Client-User-Agent" not in headers for headers in shop.peer.headers)
    assert all("X-Stripe-Client-Telemetry" not in headers for headers in shop.peer.headers)


@pytest.mark.promise("S-129")
def test_a_plan_that_changed_without_a_word_is_found_at_night(as_alice: Client, alice: User, charlie: User, shop: Shop) -> None:
    sub, other = shop.buy(alice, "team"), shop.buy(charlie, "team")
    sub.price = "price_pro"
    shop.peer.end(other)
    with shop.now():
        assert reconciling.reconcile() == 2
        assert reconciling.reconcile() == 0
        assert "25 generations a month" in as_alice.get("/settings/plan/").content.decode()
        priced = as_alice.get("/pricing/").content.decode()
    held = shop.held(alice).plan
    assert (held.key, held.generations, shop.held(charlie).plan.key) == ("pro", 25, "free")
    card = priced[priced.index("<h3>Pro</h3>") : priced.index("<h3>Team</h3>")]
    assert "25 generations a month" in card
    assert "Your plan" in card


def test_the_list_of_stripe_is_read_to_its_end(alice: User, shop: Shop) -> None:
    shop.buy(alice)
    for _ in range(230):
        shop.peer.subscribe("cus_000001", "price_pro")
    with shop.now():
        assert len(list(vendor.subscriptions())) == 231


def test_ids_of_events_go_after_35_days(alice: User, shop: Shop) -> None:
    shop.buy(alice, told=False)
    shop.tell(shop.peer.events[0])
    shop.peer.now += reconciling.EVENTS_KEPT * 2
    with shop.now():
        StripeEvent.objects.create(id="evt_new")
        StripeEvent.objects.exclude(pk="evt_new").update(heard_at=clock.now() - reconciling.EVENTS_KEPT * 1.01)
        reconciling.trim()
    assert StripeEvent.objects.get().pk == "evt_new"


def _work(shop: Shop) -> None:
    """What a worker does when a bell or the sweep wakes it."""
    with shop.now():
        reconciling.sweep()


def _raw(shop: Shop, body: bytes) -> int:
    with shop.now():
        signed = int(clock.now().timestamp())
        mac = hmac.new(SECRET.encode(), f"{signed}.".encode() + body, hashlib.sha256).hexdigest()
        header = {"Stripe-Signature": f"t={signed},v1={mac}"}
        return Client().post(HOOK, data=body, content_type="application/json", headers=header).status_code
