"""A machine lives through subscriptions: whatever happens at Stripe, and however its events come, at night both say the same."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from accounts.flows import erasing
from accounts.models import AuditEvent, User
from billing import catalogue
from billing.flows import metering, parting, reconciling
from billing.flows.metering import QuotaReached
from billing.models import Parting, QuotaPeriod, StripeEvent, Subscription
from ground.errors import SpecStepError
from ground.rows import new_id
from tests.billing.shop import PRICES, Shop
from tests.billing.stripe_life import START, Sub

PLAN_OF = {"price_pro": "pro", "price_team": "team"}
LIVE = ("active", "trialing", "past_due", "unpaid")


class Life(RuleBasedStateMachine):
    """One person and Stripe. Events wait in a heap; some are told, in any order, some twice, some never."""

    shop: Shop
    """Set by the test; one for all lives."""

    @initialize(gave_up=st.sampled_from(["canceled", "unpaid"]))
    def begin(self, gave_up: str) -> None:
        peer = self.shop.peer
        for known in (peer.subs, peer.sessions, peer.customers, peer.events, peer.invoices, peer.known):
            known.clear()
        peer.gave_up, peer.now, peer.faults = gave_up, START, []
        for model in (Subscription, StripeEvent, Parting, QuotaPeriod):
            model.objects.all().delete()
        self.user: User | None = User.objects.create_user(f"{uuid.uuid4().hex}@example.org", "Ada")
        self.begun: dict[Any, int] = {}

    # --- what happens at Stripe -------------------------------------------------------------------------------------------

    @property
    def sub(self) -> Sub | None:
        return next((one for one in self.shop.peer.subs.values() if not one.is_over), None)

    @precondition(lambda self: self.user is not None and self.sub is None)
    @rule(plan=st.sampled_from(["pro", "team"]))
    def create(self, plan: str) -> None:
        assert self.user is not None
        self.shop.buy(self.user, plan, told=False)

    @precondition(lambda self: self.sub is not None)
    @rule(days=st.integers(1, 45))
    def time_passes(self, days: int) -> None:
        """Renewals, failures, retries and ends, as they fall due."""
        self.shop.peer.advance(days=days)

    @precondition(lambda self: self.sub is not None)
    @rule(works=st.booleans())
    def card_changes(self, works: bool) -> None:
        """The next payment fails, or what failed recovers."""
        self._with_sub(lambda sub: self.shop.peer.new_card(sub.customer, works=works))

    @precondition(lambda self: self.sub is not None)
    @rule(price=st.sampled_from(sorted(PLAN_OF)))
    def up_or_down(self, price: str) -> None:
        self._with_sub(lambda sub: self.shop.peer.change(sub, price))

    @precondition(lambda self: self.sub is not None)
    @rule(how=st.sampled_from(["later", "back", "now", "dispute"]))
    def cancel(self, how: str) -> None:
        peer = self.shop.peer
        acts: dict[str, Callable[[Sub], None]] = {
            "later": peer.cancel_later,
            "back": peer.resume,
            "now": peer.end,
            "dispute": peer.dispute,
        }
        self._with_sub(acts[how])

    @precondition(lambda self: self.user is not None and bool(self.shop.peer.customers))
    @rule(away=st.booleans())
    def delete(self, away: bool) -> None:
        """The account goes; Stripe may be away at that moment."""
        assert self.user is not None
        self.shop.peer.faults = [503] if away else []
        with self.shop.now():
            erasing.erase_now(erasing.request_deletion(self.user).pk)
            parting.carry_out_due()
        self.shop.peer.faults, self.user = [], None

    # --- how events come ----------------------------------------------------------------------------------------------------

    @precondition(lambda self: bool(self.shop.peer.events))
    @rule(seed=st.integers(0, 1_000), looked_at=st.booleans())
    def tell(self, seed: int, looked_at: bool) -> None:
        """Some of them: in any order, some twice; the rest later or never."""
        chance, events = random.Random(seed), list(self.shop.peer.events)
        told = [event for event in events for _ in range(chance.choice([0, 1, 1, 2]))]
        chance.shuffle(told)
        for event in told:
            assert self.shop.tell(event) == 200
        self.shop.peer.events[:] = [event for event in events if chance.random() < 0.3]
        if looked_at:
            with self.shop.now():
                reconciling.sweep()

    @precondition(lambda self: self.user is not None)
    @rule(number=st.integers(1, 12))
    def generate(self, number: int) -> None:
        """Never more than the plan holds in a period, whatever is known of it."""
        assert self.user is not None
        with self.shop.now():
            held = self.shop.held(self.user)
            for _ in range(number):
                try:
                    with transaction.atomic():
                        metering.take(self.user.workspace, new_id(), stored_bytes=0)
                except QuotaReached:
                    break
                self.begun[held.period.starts_at] = self.begun.get(held.period.starts_at, 0) + 1
            assert metering.used_of(self.user.workspace.pk, held) == self.begun.get(held.period.starts_at, 0)

    @rule()
    def night(self) -> None:
        # What Stripe did not answer is tried again within the hour.
        self.shop.peer.advance(hours=1)
        with self.shop.now():
            reconciling.reconcile()
            parting.carry_out_due()
        self._says_the_same()

    # --- what always holds --------------------------------------------------------------------------------------------------

    @invariant()
    def nothing_is_held_for_ever(self) -> None:
        assert not Subscription.objects.exclude(lease_until=None).exists()

    @invariant()
    def an_event_is_noted_once_and_leads_to_nobody_who_is_gone(self) -> None:
        known = set(Subscription.objects.values_list("customer", flat=True))
        assert set(StripeEvent.objects.values_list("customer", flat=True)) <= known | {""}

    def teardown(self) -> None:
        """Whatever was dropped: one night later both say the same."""
        if hasattr(self, "begun"):
            self.night()

    def _says_the_same(self) -> None:
        peer = self.shop.peer
        assert not Parting.objects.exists()
        if self.user is None:
            assert self.sub is None, "an account that is gone pays no more"
            assert not Subscription.objects.exists()
            return
        held, sub = self.shop.held(self.user), self.sub
        newest = max(peer.subs.values(), key=lambda one: (one.created, one.id), default=None)
        if sub is None:
            assert held.plan == catalogue.table().without_subscription
            assert not newest or self.shop.row(self.user).state == newest.status
            return
        row = self.shop.row(self.user)
        assert (row.subscription, row.state, row.plan) == (sub.id, sub.status, PLAN_OF[sub.price])
        assert (row.period_start, row.period_end) == (sub.start, sub.end)
        assert row.ends_at == (sub.end if sub.cancel_at_period_end else None)
        if sub.status in ("active", "trialing"):
            assert held.plan == catalogue.table().plans[PLAN_OF[sub.price]]
            assert (held.period.starts_at, held.period.resets_at) == (sub.start, sub.end)
        if sub.status == "unpaid":
            assert held.plan.key == "free"
        ends = AuditEvent.objects.filter(workspace=self.user.workspace, action="subscription.ended").count()
        begins = AuditEvent.objects.filter(workspace=self.user.workspace, action="subscription.created").count()
        assert begins - ends == (1 if sub.status in LIVE else 0)

    def _with_sub(self, act: Callable[[Sub], None]) -> None:
        assert self.sub is not None
        act(self.sub)


@pytest.mark.django_db
@pytest.mark.promise("S-126", "S-129")
def test_after_every_night_tier_and_quota_are_those_of_stripe(shop: Shop) -> None:
    Life.shop = shop
    assert set(PLAN_OF) < set(PRICES.values())
    assert issubclass(QuotaReached, SpecStepError)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=9, stateful_step_count=14, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        ),
    )  # fmt: skip
