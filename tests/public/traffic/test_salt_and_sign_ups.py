"""The salt of one day, what it makes impossible, and the counter of sign-ups."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import sys
import threading
from typing import Any

import pytest
import redis
from django.apps import apps
from django.conf import settings as service
from django.db import connections
from django.test import Client, RequestFactory
from pytest_django import Settings

from accounts.flows import recognising
from accounts.models import User
from accounts.rules.claims import Claims
from accounts.signals import account_made
from ground import clock, redis_server
from public.flows import counting, salting
from public.models import Figure, Salt, SignUps, View
from specstep.celery import MINUTELY
from tests.ground.test_register import leads_to_a_user
from tests.llm.keys.dump import dump
from tests.public.traffic.conftest import AGENT, DOCS, NOON

DAY = dt.timedelta(days=1)
BOTH = pytest.mark.parametrize("store", ["database", "redis"], indirect=True)


def in_redis() -> str:
    """Everything Redis holds, as hexadecimal and as it reads."""
    if not service.REDIS_URL:
        return ""
    server = redis.Redis.from_url(service.REDIS_URL)
    held: list[Any] = []
    for key in server.scan_iter("test:*"):
        kind = server.type(key)
        held.append((key, server.hgetall(key) if kind == b"hash" else server.get(key) if kind == b"string" else kind))
    raw = [part for _, value in held if isinstance(value, dict) for pair in value.items() for part in pair]
    return f"{held!r} {' '.join(part.hex() for part in raw)}"


@BOTH
@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("S-141", "N-03")
def test_all_processes_use_one_salt_until_midnight(store: str) -> None:
    gate, found = threading.Barrier(6), []

    def ask() -> None:
        gate.wait()
        try:
            found.append(salting.today().value)
        finally:
            connections.close_all()

    with clock.frozen(NOON):
        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        [salt] = set(found)
        assert len(salt) == 32
        redis_server.client.cache_clear()
        assert salting.today().value == salt, "after a restart it is unchanged"
    last = dt.datetime(2026, 11, 30, 23, 59, 59, tzinfo=dt.UTC)
    with clock.frozen(last):
        assert salting.today().value == salt
    with clock.frozen(last + dt.timedelta(seconds=1)):
        fresh = salting.today()
        assert fresh.value != salt
        assert fresh.day == dt.date(2026, 12, 1)
    with clock.frozen(last):
        assert salting.today() == fresh, "a clock that is behind gets the newer one, never the earlier day's"
    assert "public.rotate" in MINUTELY, "also where nobody visits"


@BOTH
@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("S-142")
def test_a_hash_of_yesterday_can_not_be_made_again(visitor: Client) -> None:
    with clock.frozen(NOON):
        visitor.get("/")
        gone = salting.today().value
    yesterday = View.objects.get().visitor
    with clock.frozen(NOON + DAY):
        visitor.get("/")
        assert View.objects.filter(visitor=yesterday).count() == 1, "a fresh visitor"
        everything = dump() + in_redis()
        current = salting.today().value
    assert gone.hex() not in everything
    assert repr(gone)[2:-1] not in everything
    if service.REDIS_URL:
        ends = redis.Redis.from_url(service.REDIS_URL).pttl("test:traffic:salt")
        assert 0 < ends <= 86_400_000
    secrets = [current, service.SECRET_KEY.encode(), service.VAULT_KEYS.encode(), b""]
    for key in [*secrets, *(hmac.digest(one, b"2026-11-30", "sha256") for one in secrets)]:
        for text in (f"203.0.113.77\0{AGENT}", f"2026-11-30203.0.113.77\0{AGENT}"):
            assert hmac.new(key, text.encode(), hashlib.sha256).hexdigest() != yesterday


@pytest.mark.django_db
@pytest.mark.promise("S-152", "N-04")
def test_a_sign_up_counts_for_the_page_of_the_same_day_and_is_forgotten(visitor: Client) -> None:
    def signs_up(cookie: str, **headers: str) -> None:
        request = RequestFactory().get("/accounts/google/login/callback/", headers=headers)
        request.COOKIES[service.VISIT_COOKIE_NAME] = cookie
        account_made.send(sender=User, request=request)

    with clock.frozen(NOON):
        visitor.get("/")
        cookie = visitor.get(DOCS).cookies[service.VISIT_COOKIE_NAME].value
        signs_up(cookie)
        assert list(SignUps.objects.values_list("day", "page", "count")) == [(NOON.date(), "api-docs", 1)]
        for forged in ("", "0" * 64, cookie[:-1], cookie.upper(), "'; --", cookie[::-1]):
            signs_up(forged)
        signs_up(cookie, DNT="1")
        assert SignUps.objects.get().count == 1
    with clock.frozen(NOON + DAY):
        signs_up(cookie)
        assert SignUps.objects.get().count == 1, "not the next day"
    names = {field.name for field in SignUps._meta.get_fields()}
    assert names == {"id", "day", "page", "count"}


@pytest.mark.django_db
@pytest.mark.promise("S-152")
def test_a_first_sign_in_raises_the_counter_and_later_ones_do_not(visitor: Client, settings: Settings) -> None:
    visitor.get("/")
    for _ in range(2):
        visitor.post("/accounts/dummy/authenticate/", {"id": "7", "email": "kestrel@example.org", "action": "login"})
        visitor.post("/sign-out/")
    claims = Claims(provider="google", subject="s-1", email="a@example.org", email_verified=True)
    assert recognising.recognise(claims).new
    assert not recognising.recognise(claims).new
    assert not recognising.recognise(Claims(provider="github", subject="s-2", email="a@example.org", email_verified=True)).new


@pytest.mark.django_db
@pytest.mark.promise("S-147", "S-148", "S-149")
def test_days_are_added_up_for_good_and_views_go_after_30_days(visitor: Client) -> None:
    other = Client(headers={"User-Agent": "Other"}, REMOTE_ADDR="203.0.113.99")
    with clock.frozen(NOON):
        for client, path in ((visitor, "/"), (visitor, "/"), (visitor, DOCS), (other, "/")):
            client.get(path)
        SignUps.objects.create(day=NOON.date(), page="home", count=1)
        live = counting.days(NOON.date(), 1)
        assert counting.sweep() == 0
        assert Figure.objects.count() == 0, "a day is added up when it is over"
    raw = counting.totals(NOON.date())
    assert {key: (total.visitors, total.views) for key, total in raw.items()} == {
        ("*", "*"): (2, 4),
        ("home", "*"): (2, 3),
        ("api-docs", "*"): (1, 1),
        ("home", ""): (2, 3),
        ("api-docs", ""): (1, 1),
        ("*", ""): (2, 4),
    }
    for age, left in ((29, 4), (31, 0)):
        with clock.frozen(NOON + age * DAY):
            counting.sweep()
            assert View.objects.count() == left
    with clock.frozen(NOON + 3653 * DAY):
        counting.sweep()
        kept = {(row.page, row.country): counting.Total(row.visitors, row.views) for row in Figure.objects.all()}
        assert kept == raw
        assert counting.days(NOON.date(), 1) == live
        assert live[0].share == 50
        assert counting.by_page(NOON.date(), 1) == [("home", 3, 1), ("api-docs", 1, 0)]
        assert counting.by_country(NOON.date(), 1) == [("", 4)]
    assert {field.name for field in Figure._meta.get_fields()} == {"id", "day", "page", "country", "visitors", "views"}
    assert not any(leads_to_a_user(model) for model in apps.get_app_config("public").get_models())
    fields = [field for model in apps.get_models() for field in model._meta.get_fields()]
    assert not [field for field in fields if field.related_model in (View, SignUps, Figure)], "nor a way back"


@BOTH
@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("S-145")
def test_nothing_leaves_over_views_rotation_and_adding_up(visitor: Client) -> None:
    calls: list[Any] = []
    near = redis.Redis.from_url(service.REDIS_URL).connection_pool.connection_kwargs["port"] if service.REDIS_URL else None
    listening = [True]

    def hears(event: str, arguments: tuple[Any, ...]) -> None:
        if listening[0] and event in ("socket.connect", "socket.sendto", "socket.getaddrinfo"):
            calls.append(arguments[1] if event != "socket.getaddrinfo" else arguments[:2])

    sys.addaudithook(hears)
    try:
        for later in (0, 1, 32):
            with clock.frozen(NOON + later * DAY):
                visitor.get("/")
                salting.rotate()
                counting.sweep()
    finally:
        listening[0] = False
    assert [call for call in calls if near is None or call[1] != near] == []
    assert Figure.objects.count() > 0


@pytest.mark.django_db
def test_a_store_that_is_away_costs_the_count_and_not_the_page(visitor: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    answer = visitor.get("/")
    assert answer.status_code == 200
    assert service.VISIT_COOKIE_NAME not in answer.cookies
    assert (View.objects.count(), Salt.objects.count()) == (0, 0)
