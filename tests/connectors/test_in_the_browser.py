"""The whole way in a browser: connect, choose, read, disconnect."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from interviews.flows import fetching, opening
from interviews.models import FolderReading
from tests.connectors.microsoft import Microsoft

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SPECSTEP_SHOTS", "")
"""A folder for pictures of every page, to look at."""
HELD_AGAINST_AXE = {"integrations-empty", "add", "choose-inside", "listed", "done", "connection"}


@pytest.fixture(scope="module", autouse=True)
def unlocked() -> Iterator[None]:
    """Playwright's loop runs in this thread, and Django takes it for an async one."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def signed_in(browser: Browser, server: LiveServer, user: User, *, width: int, scheme: str) -> Page:
    client = Client()
    client.force_login(user)
    context = browser.new_context(
        base_url=server.url,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        ignore_https_errors=True,
        reduced_motion="reduce",
    )
    morsel = client.cookies["sessionid"]
    context.add_cookies([{"name": "sessionid", "value": morsel.value, "url": server.url}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    return page


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_from_the_button_to_the_documents(
    alice: User,
    microsoft: Microsoft,
    settings: Settings,
    chromium: Browser,
    live_server: LiveServer,
    no_barriers: Callable[[Page], None],
    width: int,
    scheme: str,
) -> None:
    settings.SITE_URL = live_server.url
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    microsoft.decoys()
    for number in range(6):
        microsoft.world.file(
            microsoft.chosen, f"Rules of the harbour, part {number}, as agreed with the pilots.md", b"# A rule\n"
        )
    interview = opening.open_interview(workspace=alice.workspace, title="Harbour booking")
    page = signed_in(chromium, live_server, alice, width=width, scheme=scheme)
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)

    def look(name: str) -> None:
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)
        assert not faults, faults
        if name in HELD_AGAINST_AXE:
            no_barriers(page)
            faults.clear()  # what axe brings about is not the page's

    page.goto(f"/interviews/{interview.pk}/folders/")
    look("folders-empty")
    page.get_by_role("link", name="Connect a folder").click()
    look("integrations-empty")
    page.get_by_role("link", name="Set up OneDrive").click()
    look("add")
    page.get_by_role("button", name="Go to Microsoft").click()
    expect(page.get_by_role("heading", name="One folder, chosen once")).to_be_visible()
    look("choose")
    page.get_by_role("link", name="Harbour", exact=True).click()
    look("choose-inside")
    page.get_by_role("button", name="Choose this folder").click()
    expect(page).to_have_url(f"{live_server.url}/interviews/{interview.pk}/folders/")
    look("folders")
    page.get_by_role("button", name="Look into it").click()
    expect(page.get_by_text("Looking into the folder")).to_be_visible()
    look("looking")
    reading = FolderReading.objects.get()
    fetching.work(reading.pk)
    # The page notices by itself.
    expect(page.get_by_role("heading", name="Choose what to read")).to_be_visible()
    look("listed")
    page.get_by_role("checkbox", name="brief.txt").check()
    page.get_by_role("button", name="Read the chosen files").click()
    expect(page.get_by_text("Reading: 0 of 1 done.")).to_be_visible()
    look("reading")
    fetching.work(reading.pk)
    expect(page.get_by_text("What you chose is read.")).to_be_visible()
    look("done")
    page.goto("/settings/integrations/")
    look("integrations")
    page.get_by_role("link", name="Harbour", exact=True).click()
    look("connection")
    page.get_by_role("button", name="Disconnect the folder").click()
    expect(page.get_by_text("The permission still stands at Microsoft")).to_be_visible()
    look("disconnected")
    assert not faults
    page.context.close()
