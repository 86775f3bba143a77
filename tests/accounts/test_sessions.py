"""Sessions: what is stored, when they end, and how the key changes under parallel requests."""

from __future__ import annotations

import datetime as dt

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import Session, User
from accounts.rules.devices import in_words
from accounts.sessions import GRACE, IDLE, KEY_LIVES, LONGEST, SessionStore, digest
from ground import clock
from tests.llm.keys.dump import dump

COOKIE = settings.SESSION_COOKIE_NAME
MINUTE = dt.timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def let_in(client: Client) -> bool:
    return client.get("/settings/").status_code == 200


def with_cookie(value: str) -> Client:
    client = Client()
    client.cookies[COOKIE] = value
    return client


def test_the_table_opens_no_session(as_alice: Client) -> None:
    cookie = as_alice.cookies[COOKIE].value
    row = Session.objects.get()
    assert row.session_key == digest(cookie)
    assert cookie not in dump()
    assert not let_in(with_cookie(row.session_key))
    assert let_in(with_cookie(cookie))


@pytest.mark.parametrize("length", [IDLE, LONGEST])
def test_a_session_ends_when_its_time_is_over(as_alice: Client, length: dt.timedelta) -> None:
    start, hours = clock.now(), 0
    while length == LONGEST and hours + 11 < LONGEST.total_seconds() / 3600:
        hours += 11
        with clock.frozen(start + dt.timedelta(hours=hours)):
            assert let_in(as_alice)
    with clock.frozen(start + length - MINUTE):
        assert Session.objects.alive().exists()
    with clock.frozen(start + length + MINUTE):
        assert not let_in(as_alice)


def test_use_moves_the_end_but_never_beyond_seven_days(as_alice: Client) -> None:
    row = Session.objects.get()
    assert row.signed_in_at is not None
    with clock.frozen(row.signed_in_at + LONGEST - dt.timedelta(hours=1)):
        Session.objects.update(expire_date=clock.now() + MINUTE)
        assert let_in(as_alice)
        assert Session.objects.get().expire_date == row.signed_in_at + LONGEST


def test_a_key_that_came_from_elsewhere_is_never_taken_over(client: Client, alice: User) -> None:
    client.cookies[COOKIE] = "a" * 32
    client.force_login(alice)
    assert client.cookies[COOKIE].value != "a" * 32
    planted = SessionStore()
    planted["before"] = "sign-in"
    planted.save()
    begun = with_cookie(planted.session_key or "")
    begun.force_login(alice)
    assert begun.cookies[COOKIE].value != planted.session_key
    assert not let_in(with_cookie(planted.session_key or ""))


def test_the_key_changes_and_requests_on_their_way_stay_signed_in(as_alice: Client) -> None:
    old = as_alice.cookies[COOKIE].value
    with clock.moved(KEY_LIVES + MINUTE):
        first, second = with_cookie(old), with_cookie(old)
        assert let_in(first)
        assert let_in(second)
        new = first.cookies[COOKIE].value
        assert new != old
        assert second.cookies[COOKIE].value == new
        with clock.moved(GRACE + MINUTE):
            assert not let_in(with_cookie(old))
            assert let_in(with_cookie(new))
    assert Session.objects.count() == 1


def test_a_slow_request_does_not_bring_the_old_key_back(as_alice: Client) -> None:
    slow = SessionStore(as_alice.cookies[COOKIE].value)
    with clock.moved(KEY_LIVES + MINUTE):
        slow["said"] = "before the change"
        assert let_in(as_alice)
        slow.save()
        answer = as_alice.post("/settings/", {"display_name": "Alice"})
        assert COOKIE not in answer.cookies
        assert let_in(as_alice)


def test_an_account_that_is_switched_off_is_out_at_the_next_request(as_alice: Client, alice: User) -> None:
    assert let_in(as_alice)
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert not let_in(as_alice)


def test_a_device_is_kept_in_words_only(client: Client, alice: User) -> None:
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    assert in_words(agent) == "Firefox on Linux"
    assert in_words("curl/8") == "A browser"
    assert all(len(in_words(word + agent)) <= 60 for word in ("", "Edg/1", "iPhone"))


def test_what_has_run_out_is_deleted(as_alice: Client) -> None:
    SessionStore.clear_expired()
    assert Session.objects.count() == 1
    with clock.moved(LONGEST):
        SessionStore.clear_expired()
    assert Session.objects.count() == 0
