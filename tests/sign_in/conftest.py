"""The three providers on loopback, and a person with a browser who signs in through them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from django.test import Client
from pytest_django.fixtures import Settings

from tests.sign_in import peer as providers
from tests.sign_in.peer import OBJECT, Peer

SignIn = Callable[..., Any]


@pytest.fixture
def peer(settings: Settings) -> Iterator[Peer]:
    """Every request that breaks a provider's rules fails the test at its end."""
    peer, server = providers.start()
    settings.SIGN_IN_APPS = dict.fromkeys(("google", "github", "microsoft"), (providers.CLIENT_ID, providers.CLIENT_SECRET))
    settings.GOOGLE_OAUTH_URL, settings.GOOGLE_AUTHORIZE_URL = f"{peer.url}/google", f"{peer.url}/google/authorize"
    settings.GOOGLE_TOKEN_URL = f"{peer.url}/google/token"
    settings.GITHUB_URL, settings.GITHUB_API_URL = f"{peer.url}/github", f"{peer.url}/github-api"
    settings.MICROSOFT_LOGIN_URL, settings.GRAPH_URL = f"{peer.url}/microsoft", f"{peer.url}/graph"
    settings.EGRESS_ALLOW = [peer.url.removeprefix("http://")]
    settings.SIGN_IN_ATTEMPTS = 1_000_000
    peer.google = {"sub": "g-1", "email": "ada@example.org", "email_verified": True, "name": "Ada Byron"}
    peer.github = {"id": 7001, "login": "ada", "name": "Ada Byron", "email": "public@example.org"}
    peer.emails = [{"email": "ada@example.org", "primary": True, "verified": True, "visibility": None}]
    peer.microsoft = {"sub": "pairwise", "oid": OBJECT, "email": "ada@example.org", "name": "Ada Byron", "xms_edov": True}
    yield peer
    server.shutdown()
    server.server_close()
    assert not peer.complaints, f"Requests broke a provider's rules: {peer.complaints}"


@pytest.fixture
def sign_in(peer: Peer, db: None) -> SignIn:
    """``sign_in("google")``: from the button to the way back, in a fresh browser or ``client``. The answer to the latter."""

    def go(provider: str, client: Client | None = None, process: str = "login", after: str = "/packages/") -> Any:
        browser = client or Client()
        there = browser.post(f"/accounts/{provider}/login/?process={process}&next={after}")
        assert there.status_code == 302, there.content
        back = requests.get(there.headers["Location"], allow_redirects=False, timeout=5)
        assert back.status_code == 302, back.text
        answer: Any = browser.get(back.headers["Location"])
        answer.browser = browser
        return answer

    return go
