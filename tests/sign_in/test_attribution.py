"""A sign-up is counted for the page that was read on the same day: from the page through the provider to the account (S-152)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings as service
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import User
from ground import clock
from public.models import SignUps, View
from tests.llm.keys.dump import dump
from tests.sign_in.conftest import SignIn
from tests.sign_in.peer import Peer

NOON = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
pytestmark = [pytest.mark.django_db, pytest.mark.promise("S-152", "N-04")]


def reader() -> Client:
    """Somebody's browser that has read the prices."""
    browser = Client(headers={"User-Agent": "Mozilla/5.0 (Kestrel7)"}, REMOTE_ADDR="203.0.113.77")
    assert browser.get("/pricing/").status_code == 200
    return browser


def counted() -> dict[tuple[dt.date, str], int]:
    return {(row.day, row.page): row.count for row in SignUps.objects.all()}


@pytest.mark.parametrize("provider", ["google", "github", "microsoft"])
def test_who_signs_up_on_the_same_day_is_counted_for_the_page(sign_in: SignIn, provider: str) -> None:
    with clock.frozen(NOON):
        browser = reader()
        brought = browser.cookies[service.VISIT_COOKIE_NAME].value
    with clock.frozen(NOON + dt.timedelta(hours=11, minutes=59)):
        sign_in(provider, browser)
        ada = User.objects.get()
        assert browser.session[SESSION_KEY] == str(ada.pk)
        assert counted() == {(NOON.date(), "pricing"): 1}
        sign_in(provider, browser)
        assert counted() == {(NOON.date(), "pricing"): 1}, "who comes back has not signed up again"
    held = dump()
    assert held.count(brought) == View.objects.count() == 1, "the hash stands with the view and nowhere else"


def test_the_next_day_is_not_counted(sign_in: SignIn) -> None:
    with clock.frozen(NOON):
        browser = reader()
        kept_for = browser.cookies[service.VISIT_COOKIE_NAME]["max-age"]
    assert kept_for == 12 * 3600, "a browser drops it at midnight; this one does not"
    with clock.frozen(NOON + dt.timedelta(hours=12)):
        sign_in("google", browser)
        assert User.objects.count() == 1
        assert counted() == {}


@pytest.mark.parametrize("forged", ["0" * 64, "pricing", "", "'; --", "the genuine one backwards"])
def test_a_forged_cookie_is_not_counted(sign_in: SignIn, forged: str) -> None:
    with clock.frozen(NOON):
        browser = reader()
        genuine = browser.cookies[service.VISIT_COOKIE_NAME].value
        browser.cookies[service.VISIT_COOKIE_NAME] = genuine[::-1] if "backwards" in forged else forged
        sign_in("google", browser)
        assert User.objects.count() == 1
        assert counted() == {}


def test_who_read_nothing_or_refuses_is_not_counted(sign_in: SignIn, peer: Peer) -> None:
    with clock.frozen(NOON):
        sign_in("google", Client())
        peer.google |= {"sub": "g-2", "email": "bea@example.org"}
        refusing = Client(headers={"DNT": "1"})
        refusing.get("/pricing/")
        sign_in("google", refusing)
        assert User.objects.count() == 2
        assert counted() == {}
