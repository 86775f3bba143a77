"""First sign-ins at one moment make one account, and parallel requests keep their session: on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.billing.test_many_at_once import told_by
from tests.sign_in.at_once import CALLERS


def one_account_each(told: dict[str, Any]) -> None:
    subject, address, unverified = told["one subject"], told["one address"], told["unverified"]
    calm = {"answered": CALLERS, "faults": {}}
    assert subject == calm | {"accounts answered": 1, "accounts": 1, "identities": 1, "made": 1, "told": 0}
    assert address == calm | {"accounts answered": 1, "accounts": 1, "identities": 3, "made": 1, "told": 2}
    # What nobody verified joins nobody.
    assert unverified["accounts"] == unverified["identities"] == CALLERS
    stays = {"signed in": CALLERS, "answered": CALLERS, "new keys": 1, "the new one is in": True, "rows": 1}
    assert told["sessions"] == stays


def test_at_one_moment_on_a_laptop(tmp_path: Path) -> None:
    one_account_each(told_by("tests.sign_in.at_once", folder=tmp_path))


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_at_one_moment_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    one_account_each(told_by("tests.sign_in.at_once", folder=tmp_path, DATABASE_URL=postgres_url))
