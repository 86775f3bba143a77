"""A person lets a tool in, in a browser: sign-in, consent, the tool's own address, and Settings to end it again."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from api.oauth import doors, recognising
from tests.api.oauth.issued import a_client, a_token
from tests.api.oauth.tool import Tool
from tests.plugins.browser import to_settings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def listening() -> Iterator[tuple[int, list[str]]]:
    """The tool's own ear on the person's machine: its port, and what was asked there."""
    heard: list[str] = []

    class Ear(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/callback"):
                heard.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"You may close this page.")

        def log_message(self, *args: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Ear)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield server.server_address[1], heard
    server.shutdown()
    server.server_close()


def shot(page: Page, name: str) -> None:
    """For a person's eyes, where a folder is named."""
    if folder := os.environ.get("SPECSTEP_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


HOSTILE = "</h1><script>alert(1)</script>\u202eksed gnitfarD"


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_person_signs_in_lets_a_tool_in_and_ends_it(
    django_db_setup: None,
    live_server: LiveServer,
    chromium: Browser,
    settings: Settings,
    no_barriers: Callable[[Page], None],
    listening: tuple[int, list[str]],
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    settings.SITE_URL = live_server.url
    doors._strangers.cache_clear()
    (port, heard), name, faults = listening, f"{width}-{scheme}", []
    tool = Tool(name="Quill for VS Code", callback=f"http://127.0.0.1:{port}/callback")
    tool.register()
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: faults.append(str(error)))
    try:
        page.goto(live_server.url + tool.request())
        page.get_by_role("button", name="Use the laptop account").click()
        page.get_by_label("Email").fill("ruth@harbourstreet.example")
        page.get_by_label("First name").fill("Ruth")
        page.get_by_label("Last name").fill("Okafor")
        page.get_by_label("Account number").fill(str(width))
        page.get_by_role("button", name="Sign in").click()

        page.get_by_role("heading", name="Allow “Quill for VS Code” to act as you?").wait_for()
        assert page.get_by_text(f"127.0.0.1:{port}").is_visible()
        no_barriers(page)
        shot(page, f"consent-{name}")
        page.get_by_role("button", name="Refuse").click()
        page.get_by_text("You may close this page.").wait_for()
        assert _told(heard.pop())["error"] == "access_denied"

        page.goto(live_server.url + tool.request())
        page.get_by_role("button", name="Allow full access").click()
        page.get_by_text("You may close this page.").wait_for()
        told = _told(heard.pop())
        assert (told["state"], told["iss"]) == (tool.state, live_server.url)
        raw = tool.exchange(told["code"]).json()["access_token"]
        found = recognising.recognise(raw)
        assert found is not None

        owner = User.objects.get(pk=found.user_id)
        for each in ("Reading Shelf of the harbour street booking desk", "Reading Shelf of the harbour street booking desk"):
            a_token(owner, a_client(each))
        page.goto(f"{live_server.url}/settings/")
        to_settings(page, "Connected tools")
        page.get_by_role("heading", name="Quill for VS Code").wait_for()
        no_barriers(page)
        shot(page, f"tools-{name}")
        page.get_by_role("button", name=f"Revoke {raw[:8]} of Quill for VS Code").click()
        shot(page, f"tools-dialog-{name}")
        page.get_by_role("dialog").get_by_role("button", name="Revoke the token").click()
        page.get_by_text("It does not work any more.").wait_for()
        assert recognising.recognise(raw) is None
        page.get_by_role("button", name="Disconnect Reading Shelf").first.click()
        page.get_by_role("dialog").get_by_role("button", name="Disconnect the tool").click()
        page.get_by_text("is disconnected").wait_for()

        shot_of_the_worst(page, live_server, no_barriers, name)
        assert faults == []
    finally:
        context.close()


def shot_of_the_worst(page: Page, live_server: LiveServer, no_barriers: Callable[[Page], None], name: str) -> None:
    """A name that wants to be markup and to be read backwards, an address that is long, and a request that cannot be."""
    tool = Tool(name=HOSTILE, callback="https://" + "very-long-label-of-a-host." * 4 + "example/callback/" + "p" * 90)
    tool.redirect_uris = [tool.callback]
    tool.register()
    page.goto(live_server.url + tool.request())
    assert (
        page.get_by_role("heading", level=1).inner_text() == "Allow “</h1><script>alert(1)</script>ksed gnitfarD” to act as you?"
    )
    assert page.get_by_text("on your own computer").count() == 0
    no_barriers(page)
    shot(page, f"consent-worst-{name}")
    page.goto(live_server.url + tool.request(redirect_uri="https://elsewhere.example/"))
    page.get_by_role("heading", name="This tool cannot be connected.").wait_for()
    no_barriers(page)
    shot(page, f"cannot-{name}")


def _told(path: str) -> dict[str, Any]:
    return {key: value for key, (value,) in parse_qs(urlsplit(path).query).items()}
