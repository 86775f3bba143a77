"""A key that nobody finds again: not in database, Redis, logs, reports or the page, however it was sent."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from pytest_django import Settings

from accounts.flows import keying
from accounts.models import ApiKey, User
from api import authenticating
from api.authenticating import Caller, for_programs
from specstep.logs import Redacting
from tests.accounts.test_keys import PAGE, shown_in, token_of
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db


@for_programs("GET", "POST")
def falls(request: HttpRequest, caller: Caller) -> HttpResponse:
    held = request.headers["Authorization"]
    raise RuntimeError(f"no luck with {held}")


urlpatterns = [path("falls/", falls), path("", include("specstep.urls"))]


@pytest.fixture(autouse=True)
def _anew(settings: Settings, tmp_path: Path, redis_url: str) -> None:
    settings.ROOT_URLCONF = __name__
    settings.REDIS_URL = redis_url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    authenticating._strangers.cache_clear()


@pytest.fixture
def lines() -> Iterator[dict[str, io.StringIO]]:
    """What the loggers say at the lowest level: before our formatter looks at it ("raw"), and as it is written ("written")."""
    said = {"raw": io.StringIO(), "written": io.StringIO()}
    handlers = [logging.StreamHandler(said["raw"]), logging.StreamHandler(said["written"])]
    handlers[1].setFormatter(Redacting("%(levelname)s %(name)s %(message)s"))
    loggers = [logging.getLogger(name) for name in (None, "django", "accounts", "api")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    for handler in handlers:
        loggers[0].addHandler(handler)
    yield said
    for handler in handlers:
        loggers[0].removeHandler(handler)
    for logger, level in zip(loggers, before, strict=True):
        logger.setLevel(level)


def traces(raw: str, text: str) -> list[str]:
    """Stretches of eight characters behind the prefix that stand in ``text``."""
    return [raw[at : at + 8] for at in range(1, len(raw) - 8) if raw[at : at + 8] in text]


def in_redis(url: str) -> str:
    store = redis.Redis.from_url(url)
    return repr([(name, store.type(name), store.dump(name)) for name in store.scan_iter()])


@pytest.mark.promise("S-089", "S-178")
def test_a_key_leaves_no_trace_however_it_is_sent(
    as_alice: Client, alice: User, settings: Settings, lines: dict[str, io.StringIO], redis_url: str
) -> None:
    page = as_alice.post(PAGE, {"name": "Sync", "once": token_of(as_alice.get(PAGE).content.decode())})
    (raw,) = set(shown_in(page.content.decode()))
    client = Client(raise_request_exception=False)
    bearer = {"Authorization": f"Bearer {raw}"}
    seen = [
        client.get("/api/v1/account", headers=bearer),
        client.get(f"/api/v1/account?key={raw}"),
        client.get(f"/interviews/?key={raw}"),
        client.get("/api/v1/account", headers={"Authorization": f"Bearer {raw}x"}),
        client.get("/falls/", headers=bearer),
        client.post("/falls/", {"key": raw}, headers=bearer),
        as_alice.post(PAGE, {"name": raw, "once": token_of(as_alice.get(PAGE).content.decode())}),
        as_alice.post(PAGE, {"name": "", "days": raw, "once": raw}),
    ]
    assert [answer.status_code for answer in seen] == [200, 400, 302, 401, 500, 500, 422, 422]
    assert "RuntimeError" in lines["written"].getvalue(), "the fall is told of"
    texts = {
        "database": dump(),
        "redis": in_redis(redis_url),
        "log": lines["written"].getvalue(),
        **{f"page {number}": answer.content.decode() for number, answer in enumerate(seen)},
    }
    # The third one sends a visitor to sign in, with the address to come back to: that is the visitor's own.
    assert {name for name, text in texts.items() if traces(raw, text)} == set()
    without_the_fall = lines["raw"].getvalue().replace(f"no luck with Bearer {raw}", "")
    assert not traces(raw, without_the_fall), "only an error that quotes the key has it before the formatter"
    assert "api:" in in_redis(redis_url), "the control: something was counted there"
    assert ApiKey.objects.get().prefix in texts["database"]


@pytest.mark.promise("S-178")
def test_a_report_for_developers_of_a_fall_with_the_key_in_hand_does_not_show_it(alice: User, settings: Settings) -> None:
    settings.DEBUG = True
    raw = keying.make(alice, name="Sync").raw
    client = Client(raise_request_exception=False)
    answer = client.get("/falls/", headers={"Authorization": f"Bearer {raw}"})
    assert answer.status_code == 500
    assert "RuntimeError" in answer.content.decode()
    assert not traces(raw, answer.content.decode())


def test_nothing_that_holds_a_key_prints_it(alice: User) -> None:
    made = keying.make(alice, name="Sync")
    assert made.raw[8:] not in f"{made!r} {made.row!r} {made}"
