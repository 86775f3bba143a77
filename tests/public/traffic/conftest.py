from __future__ import annotations

import datetime as dt

import pytest
import redis
from django.test import Client
from pytest_django import Settings

NOON = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
DOCS = "/docs/api/"
AGENT = "Mozilla/5.0 (Kestrel7)"


@pytest.fixture
def store(request: pytest.FixtureRequest, settings: Settings) -> str:
    """Where the salt lies: in the database, unless a test asks for Redis."""
    kind = str(getattr(request, "param", "database"))
    if kind == "redis":
        settings.REDIS_URL = request.getfixturevalue("redis_url")
        settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
        redis.Redis.from_url(settings.REDIS_URL).delete("test:traffic:salt")
    return kind


@pytest.fixture
def visitor(db: None, settings: Settings, store: str) -> Client:
    settings.ROOT_URLCONF = "tests.public.traffic.addresses"
    return Client(headers={"User-Agent": AGENT}, REMOTE_ADDR="203.0.113.77")
