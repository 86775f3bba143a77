"""Twelve exchanges of one code at one moment, on both databases: one token."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from api.oauth import doors
from tests.api.oauth.at_once import tried
from tests.billing.test_many_at_once import told_by


def one_token_for_each_code(told: dict[str, Any]) -> None:
    assert told["ends"] == [{"200 token": 1, "400 invalid_grant": 11}] * 2
    assert (told["tokens"], told["codes"], told["events"]) == (2, 0, 2)
    assert told["seen"] == ["++", "-+", "-+"]  # the first of them is revoked in between
    assert told["used"] == 1


@pytest.mark.django_db(transaction=True)
def test_on_a_laptop() -> None:
    doors._strangers.cache_clear()
    one_token_for_each_code(tried())


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    one_token_for_each_code(told_by("tests.api.oauth.at_once", folder=tmp_path, DATABASE_URL=postgres_url))
