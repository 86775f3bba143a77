"""How long packages are kept by the plan that was bought: the window is chosen within its bound, and the night does the rest."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from django.utils.html import escape

from accounts.flows import retaining
from accounts.models import User
from billing import catalogue
from generation.models import Package
from ground import clock
from ground.errors import BadInput
from tests.billing.conftest import shop
from tests.billing.shop import Shop
from tests.generation.bin.sketch import sketched
from tests.schedule import run

__all__ = ["shop"]
pytestmark = pytest.mark.django_db
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


def is_kept(package: Package, shop: Shop, *, after: dt.timedelta) -> bool:
    """Whether the nightly run so long after it was made leaves it where it is."""
    shop.peer.advance(days=(package.created_at + after - shop.peer.now) / DAY)
    with clock.frozen(package.created_at + after):
        run("accounts.sweep_bins")
    package.refresh_from_db()
    return package.deleted_at is None


def made(owner: User, shop: Shop) -> Package:
    with shop.now():
        return sketched(owner)


@pytest.mark.promise("S-085")
@pytest.mark.parametrize(
    ("plan", "chosen", "days"),
    [("free", 7, 7), ("free", None, 30), ("free", 90, 90), ("pro", 91, 91), ("pro", None, 365), ("team", 731, 731)],
)
def test_it_stands_until_its_window_is_over_and_then_lies_in_the_bin(
    as_alice: Client, alice: User, shop: Shop, plan: str, chosen: int | None, days: int
) -> None:
    if plan != "free":
        shop.buy(alice, plan)
    package = made(alice, shop)
    with shop.now():
        as_alice.force_login(alice)
        posted = {"packages": str(chosen or ""), "interviews": "", "sure": "1"}
        assert as_alice.post("/settings/retention/", posted).status_code == 303
    assert is_kept(package, shop, after=days * DAY - SECOND)
    assert not is_kept(package, shop, after=days * DAY)
    assert package.deleted_because == "policy"
    with clock.frozen(package.created_at + days * DAY):
        as_alice.force_login(alice)
        assert escape(package.title) in as_alice.get("/settings/recycle-bin/").content.decode()
        assert as_alice.get(package.get_absolute_url()).status_code == 404


@pytest.mark.promise("S-085")
@pytest.mark.parametrize("plan", ["free", "pro", "team"])
def test_each_plan_has_its_own_bound(alice: User, shop: Shop, plan: str) -> None:
    if plan != "free":
        shop.buy(alice, plan)
    most = catalogue.table().plans[plan].retention_most
    assert most is not None
    with shop.now():
        retaining.choose(alice.workspace, {"packages": most}, actor=alice)
        with pytest.raises(BadInput, match=f"at most {most:,} days"):
            retaining.choose(alice.workspace, {"packages": most + 1}, actor=alice)


@pytest.mark.promise("S-085")
def test_when_the_plan_ends_the_bound_of_the_next_one_holds(alice: User, shop: Shop) -> None:
    sub = shop.buy(alice, "team")
    package = made(alice, shop)
    with shop.now():
        retaining.choose(alice.workspace, {"packages": 2000}, actor=alice)
    assert is_kept(package, shop, after=91 * DAY)
    shop.peer.end(sub)
    shop.look(alice)
    assert not is_kept(package, shop, after=92 * DAY)
