"""Measuring visits needs nobody else: what a browser on the public pages calls, and what the server behind them calls."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client
from playwright.sync_api import Browser, Page, Request
from pytest_django.live_server_helper import LiveServer

from api.reference import pages
from ground import agents
from public.models import View
from public.rules.pages import MEASURED
from tests.plugins import loopback

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOWN = {"document", "stylesheet", "script", "font", "image", "manifest", "other"}
"""What a page is made of. "fetch", "xhr", "ping", "websocket" and "eventsource" would tell somebody something."""


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


def addresses() -> list[str]:
    """Every page of the four kinds that are measured, and the other public ones."""
    return [
        *("/", "/pricing/", "/agents/", *(f"/agents/{agent.key}/" for agent in agents.agents())),
        *("/docs/api/", *(f"/docs/api/{noun.slug}/" for noun in pages.nouns()), "/docs/tools/"),
        *("/privacy/", "/terms/", "/dpa/", "/trust/", "/sub-processors/", "/example/", "/sign-in/"),
    ]


_listening = False
_asked: list[Any] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if _listening and event in ("socket.getaddrinfo", "socket.sendto", "socket.connect"):
        _asked.append(arguments[0] if event == "socket.getaddrinfo" else arguments[1])


@contextmanager
def server_egress() -> Iterator[list[Any]]:
    """Every name that this process looks up, and every address that it connects or sends to, within the block."""
    global _listening
    _asked.clear()
    _listening = True
    try:
        with loopback.recorded():
            yield _asked
    finally:
        _listening = False


@pytest.fixture(scope="module", autouse=True)
def _ears() -> None:
    sys.addaudithook(_hear)


def visited(page: Page, base: str, paths: list[str]) -> list[Request]:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    for path in paths:
        answer = page.goto(base + path)
        assert answer is not None
        assert answer.status == 200, path
    page.goto("about:blank")  # what a script sends when somebody leaves is sent now
    return sent


@pytest.mark.promise("S-138")
def test_neither_browser_nor_server_calls_anybody(live_server: LiveServer, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(20_000)
    try:
        with server_egress() as egress:
            sent = visited(page, live_server.url, addresses())
        assert egress == []
        ours = urlsplit(live_server.url).netloc
        assert {urlsplit(request.url).netloc for request in sent if not request.url.startswith("data:")} == {ours}
        assert {request.method for request in sent} == {"GET"}
        assert {request.resource_type for request in sent} <= SHOWN
        counted = set(View.objects.values_list("page", flat=True))
        assert counted == set(MEASURED.values()), "the control: all the while visits were counted"
        scripts = {urlsplit(request.url).path for request in sent if request.resource_type == "script"}
        assert scripts
        for path in scripts:
            text = requests.get(live_server.url + path, timeout=5).text
            for word in ("sendBeacon", "analytics", "gtag", "fingerprint", "document.referrer", "new Image"):
                assert word not in text, (path, word)
    finally:
        context.close()


@pytest.mark.promise("S-138")
def test_the_same_ears_hear_a_third_party_and_a_call_of_the_server(chromium: Browser, live_server: LiveServer) -> None:
    """The positive control of the test above."""
    context = chromium.new_context()
    page = context.new_page()
    heard: list[str] = []
    page.on("request", lambda request: heard.append(f"{urlsplit(request.url).hostname} {request.resource_type}"))
    try:
        page.set_content('<img src="http://third.localhost:1/pixel.png"><script src="http://third.localhost:1/a.js"></script>')
        page.evaluate("navigator.sendBeacon('http://third.localhost:1/beacon', 'x')")
        assert {"third.localhost image", "third.localhost script", "third.localhost ping"} <= set(heard)
    finally:
        context.close()
    with server_egress() as egress:
        requests.get(f"{live_server.url}/healthz", timeout=5)
    assert any("127.0.0.1" in str(one) or "localhost" in str(one) for one in egress)
    assert Client().get("/").status_code == 200
