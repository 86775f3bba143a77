"""Rate limits on both stores: never more than the capacity at once, filled again with time."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.db import connections
from pytest_django import Settings

from ground import clock, limits
from ground.models import Bucket

NOON = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)


@pytest.fixture(params=["database", "redis"])
def store(request: pytest.FixtureRequest, settings: Settings, transactional_db: None) -> str:
    if request.param == "redis":
        settings.REDIS_URL = request.getfixturevalue("redis_url")
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    return str(request.param)


def test_a_bucket_gives_its_capacity_and_no_more(store: str) -> None:
    with clock.frozen(NOON):
        taken = [limits.take("api:one", capacity=3, seconds=60) for _ in range(4)]
    assert [one.allowed for one in taken] == [True, True, True, False]
    assert [one.remaining for one in taken] == [2, 1, 0, 0]
    assert (taken[-1].retry_after, taken[-1].reset, taken[-1].limit) == (20, 60, 3)


def test_time_fills_it_again_up_to_the_brim(store: str) -> None:
    with clock.frozen(NOON):
        for _ in range(3):
            limits.take("api:two", capacity=3, seconds=60)
    with clock.frozen(NOON + dt.timedelta(seconds=21)):
        assert limits.take("api:two", capacity=3, seconds=60).allowed
        assert not limits.take("api:two", capacity=3, seconds=60).allowed
    with clock.frozen(NOON + dt.timedelta(hours=9)):
        assert limits.take("api:two", capacity=3, seconds=60).remaining == 2


def test_buckets_do_not_share(store: str) -> None:
    with clock.frozen(NOON):
        assert not limits.take("a", capacity=1, seconds=60, cost=2).allowed
        assert limits.take("a", capacity=1, seconds=60).allowed
        assert limits.take("b", capacity=1, seconds=60).allowed
        limits.forget("a")
        assert limits.take("a", capacity=1, seconds=60).allowed


def test_many_at_once_get_no_more_than_there_is(store: str) -> None:
    gate, taken = threading.Barrier(8), []

    def ask() -> None:
        gate.wait()
        try:
            taken.append(limits.take("crowd", capacity=5, seconds=3600).allowed)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 3 + [True] * 5


@pytest.mark.django_db
def test_full_buckets_are_swept() -> None:
    with clock.frozen(NOON):
        limits.take("old", capacity=1, seconds=60)
    with clock.frozen(NOON + dt.timedelta(days=1)):
        assert limits.sweep() == 0
    with clock.frozen(NOON + dt.timedelta(days=1, minutes=2)):
        assert limits.sweep() == 1
    assert not Bucket.objects.exists()


def test_a_network_of_ipv6_is_one_stranger() -> None:
    strangers = limits.Strangers(capacity=2, seconds=60)
    assert [strangers.take(f"2001:db8:1:2::{number:x}").allowed for number in range(3)] == [True, True, False]
    assert strangers.take("2001:db8:1:3::1").allowed
    assert [strangers.take(f"{before}198.51.100.7").allowed for before in ("", "::ffff:", "")] == [True, True, False]


def test_strangers_are_counted_and_forgotten() -> None:
    with clock.frozen(NOON):
        strangers = limits.Strangers(capacity=2, seconds=60, at_most=3)
        assert [strangers.take("198.51.100.7").allowed for _ in range(3)] == [True, True, False]
        assert strangers.take("198.51.100.8").allowed
        assert not any(b"198" in name for name in strangers._held)
        for number in range(9):
            strangers.take(f"203.0.113.{number}")
        assert len(strangers._held) == 3
    with clock.frozen(NOON + dt.timedelta(seconds=61)):
        assert strangers.take("198.51.100.7").remaining == 1
        assert len(strangers._held) == 1
