"""Behind a proxy each caller is counted alone, at every door that counts strangers."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from api import authenticating
from api.mcp.serving import Agents
from api.oauth import doors
from specstep.asgi import Site

PROXY = "10.0.0.9"


@pytest.fixture(autouse=True)
def few(settings: Settings) -> None:
    settings.TRUSTED_PROXIES = 1
    settings.API_STRANGER_CALLS = settings.TOOL_REGISTRATIONS = settings.SIGN_IN_ATTEMPTS = 2
    settings.SECURE_SSL_REDIRECT = False
    authenticating._strangers.cache_clear()
    doors._strangers.cache_clear()


def asked(site: Site, method: str, path: str, forwarded: str) -> int:
    scope: dict[str, Any] = {
        "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b"", "scheme": "https",
        "http_version": "1.1", "root_path": "", "client": (PROXY, 4711), "server": ("testserver", 443),
        "headers": [(b"host", b"testserver"), (b"x-forwarded-for", forwarded.encode())],
    }  # fmt: skip
    statuses: list[int] = []
    over = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not over.is_set():
            over.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.sleep(3600)
        raise AssertionError

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    asyncio.run(asyncio.wait_for(site(scope, receive, send), 20))
    return statuses[0]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/account"),
        ("POST", "/mcp"),
        ("POST", "/oauth/register"),
        ("POST", "/oauth/token"),
        ("GET", "/accounts/github/login/callback/"),
    ],
)
def test_one_stranger_does_not_use_up_what_another_may_try(settings: Settings, method: str, path: str) -> None:
    settings.SIGN_IN_APPS = {"github": ("id", "secret")}
    site = Site(Agents())
    first = [asked(site, method, path, f"203.0.113.{number}, 198.51.100.7") for number in range(3)]
    assert first[0] == first[1] != 429
    assert first[2] == 429, "what stands further left was written by the caller and makes nobody new"
    assert asked(site, method, path, "198.51.100.8") == first[0]
