"""An account is deleted: the subscription ends at Stripe, nothing here leads to the customer, and the books stay."""

from __future__ import annotations

import datetime as dt

import pytest

from accounts.flows import erasing
from accounts.models import AuditEvent, User
from billing.flows import buying, parting, reconciling, totalling
from billing.models import Parting, RevenueMonth
from ground import clock
from ground.errors import Conflict
from tests.billing.shop import Shop
from tests.billing.stripe_life import CANARIES
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db


def delete(user: User, shop: Shop) -> None:
    with shop.now():
        assert erasing.erase_now(erasing.request_deletion(user).pk)


@pytest.mark.promise("S-169")
def test_the_subscription_ends_and_the_link_to_the_customer_is_gone(alice: User, shop: Shop) -> None:
    sub = shop.buy(alice, "team")
    shop.tell(shop.peer.events[-1])
    delete(alice, shop)
    assert sub.status == "active", "nobody has asked Stripe yet"
    assert sub.customer not in dump()
    assert sub.id not in dump()
    with shop.now():
        reconciling.sweep()
    assert sub.status == "canceled"
    assert not Parting.objects.exists()
    for event in shop.peer.events:
        assert shop.tell(event) == 200
    with shop.now():
        reconciling.reconcile()
    assert sub.customer not in dump()
    kept = AuditEvent.objects.filter(action="subscription.created").values_list("workspace", "actor", "about", "label", "kept")
    assert [[str(value) for value in row] for row in kept] == [["None", "None", "None", "", "billing"]]
    again = User.objects.create_user("alice@example.org", "Alice Moreau")
    assert shop.held(again).plan.key == "free"


def test_it_is_tried_until_stripe_answers(alice: User, shop: Shop) -> None:
    sub = shop.buy(alice, "team")
    delete(alice, shop)
    for tries in range(1, 4):
        shop.peer.faults = [503]
        with shop.now():
            assert parting.carry_out_due() == 0
            assert parting.carry_out_due() == 0, "not again at once"
        assert Parting.objects.get().tries == tries
        shop.peer.now += dt.timedelta(hours=1)
    assert not shop.peer.faults
    with shop.now():
        assert parting.carry_out_due() == 1
    assert sub.status == "canceled"


def test_a_page_that_is_open_at_stripe_is_closed_too(alice: User, shop: Shop) -> None:
    with shop.now():
        buying.buy(alice, "pro")
    delete(alice, shop)
    with shop.now():
        reconciling.sweep()
    assert [one.status for one in shop.peer.sessions.values()] == ["expired"]


def test_who_deletes_the_account_while_a_page_is_opened_is_not_sent_there(alice: User, shop: Shop) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    with shop.now():
        with pytest.raises(Conflict, match="being deleted"):
            buying.buy(alice, "pro")
        reconciling.sweep()
    assert [one.status for one in shop.peer.sessions.values()] == ["expired"]


@pytest.mark.promise("S-169")
def test_the_books_survive_and_lead_to_nobody(alice: User, charlie: User, shop: Shop) -> None:
    for person, country in ((alice, "DE"), (charlie, "FR")):
        sub = shop.buy(person, "team")
        shop.peer.customers[sub.customer].country = country
    with shop.now():
        totalling.total_open_months()
    before = books()
    assert before == [
        (dt.date(2026, 11, 1), "team", "usd", "DE", 1, 9900, 1580),
        (dt.date(2026, 11, 1), "team", "usd", "FR", 1, 9900, 0),
    ]
    delete(alice, shop)
    with shop.now():
        reconciling.reconcile()
    assert books() == before
    assert not any(field.is_relation for field in RevenueMonth._meta.get_fields())
    assert {field.name for field in RevenueMonth._meta.get_fields()} == {
        "id", "month", "plan", "currency", "region", "invoices", "amount", "tax",
    }  # fmt: skip
    assert not [canary for canary in CANARIES if canary in dump()]


def test_months_are_written_anew_while_they_are_open_and_kept_seven_years(alice: User, shop: Shop) -> None:
    shop.buy(alice, "team")
    shop.peer.advance(days=31)
    with shop.now():
        for _ in range(2):
            totalling.total_open_months()
    assert [(row[0], row[4], row[5]) for row in books()] == [(dt.date(2026, 12, 1), 1, 9900), (dt.date(2026, 11, 1), 1, 9900)]
    shop.peer.now = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
    shop.peer.invoices.clear()
    with shop.now():
        totalling.total_open_months()
    assert len(books()) == 2, "a month that is closed is not touched any more"
    with clock.frozen(dt.datetime(2033, 11, 30, tzinfo=dt.UTC)):
        totalling.trim()
        assert len(books()) == 2
    with clock.frozen(dt.datetime(2033, 12, 1, 1, tzinfo=dt.UTC)):
        totalling.trim()
        assert [row[0] for row in books()] == [dt.date(2026, 12, 1)]


def books() -> list[tuple[object, ...]]:
    return list(RevenueMonth.objects.values_list("month", "plan", "currency", "region", "invoices", "amount", "tax"))
