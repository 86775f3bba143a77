"""First sign-ins at one moment make one account, and parallel requests keep their session: on both databases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.billing.test_many_at_once import told_by
from tests.sign_in.at_once import CALLERS
from tests.sign_in.peer import CLIENT_ID, CLIENT_SECRET, Peer


def one_account_each(told: dict[str, Any]) -> None:
    both = {"signed in as": ["ada@example.org"] * 2, "faults": {}}
    assert told["two browsers"] == both | {"accounts": 1, "workspaces": 1, "identities": 1, "made": 1}
    subject, address, unverified = told["one subject"], told["one address"], told["unverified"]
    calm = {"answered": CALLERS, "faults": {}}
    assert subject == calm | {"accounts answered": 1, "accounts": 1, "identities": 1, "made": 1, "told": 0}
    assert address == calm | {"accounts answered": 1, "accounts": 1, "identities": 3, "made": 1, "told": 2}
    # What nobody verified joins nobody.
    assert unverified["accounts"] == unverified["identities"] == CALLERS
    stays = {"signed in": CALLERS, "answered": CALLERS, "new keys": 1, "the new one is in": True, "rows": 1}
    assert told["sessions"] == stays


def reaching(peer: Peer) -> dict[str, str]:
    """What a program needs in order to send people to the peer."""
    peer.back = "http://localhost"
    return {
        "GOOGLE_CLIENT_ID": CLIENT_ID,
        "GOOGLE_CLIENT_SECRET": CLIENT_SECRET,
        "GOOGLE_OAUTH_URL": f"{peer.url}/google",
        "GOOGLE_AUTHORIZE_URL": f"{peer.url}/google/authorize",
        "GOOGLE_TOKEN_URL": f"{peer.url}/google/token",
        "SPECSTEP_EGRESS_ALLOW": peer.url.removeprefix("http://"),
    }


@pytest.mark.promise("S-016")
def test_at_one_moment_on_a_laptop(tmp_path: Path, peer: Peer) -> None:
    one_account_each(told_by("tests.sign_in.at_once", folder=tmp_path, **reaching(peer)))


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
@pytest.mark.promise("S-016")
def test_at_one_moment_on_postgres(tmp_path: Path, postgres_url: str, peer: Peer) -> None:
    one_account_each(told_by("tests.sign_in.at_once", folder=tmp_path, DATABASE_URL=postgres_url, **reaching(peer)))
