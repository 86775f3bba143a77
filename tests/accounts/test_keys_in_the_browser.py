"""API keys, Activity and Delete account in a browser, from the first key to the goodbye."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import Browser, Error, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.flows import authenticating, keying
from accounts.models import ApiKey, AuditEvent, User
from tests.plugins.browser import to_settings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


def shot(page: Page, name: str) -> None:
    """For a person's eyes, where a folder is named."""
    if folder := os.environ.get("SPECSTEP_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_key_is_seen_once_everything_is_in_the_trail_and_the_account_goes(
    django_db_setup: None,
    live_server: LiveServer,
    chromium: Browser,
    no_barriers: Callable[[Page], None],
    as_alice: Client,
    alice: User,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    keying.suspend(keying.make(alice, name="Priya’s laptop", days=30, actor=alice).row, because="pattern")
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": as_alice.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    name = f"{width}-{scheme}"
    try:
        page.goto(f"{live_server.url}/settings/")
        to_settings(page, "API keys")
        page.get_by_role("button", name="Make the key").click()
        page.get_by_text("Give the key a name").wait_for()
        no_barriers(page)
        shot(page, f"keys-refused-{name}")
        page.get_by_label("Name").fill("Nightly sync")
        page.get_by_label("It works for").select_option("90")
        page.get_by_role("button", name="Make the key").click()
        raw = page.locator("[data-once]").inner_text()
        assert authenticating.authenticate(raw).name == "Nightly sync"
        no_barriers(page)
        shot(page, f"keys-made-{name}")

        to_settings(page, "Activity")
        page.get_by_role("heading", name="What happened").wait_for()
        with pytest.raises(Error, match="ERR_CACHE_MISS"):
            page.go_back()  # the browser kept nothing and asks whether to send the form again
        page = context.new_page()
        page.goto(f"{live_server.url}/settings/api-keys/")
        assert raw[8:] not in page.content()
        page.get_by_role("button", name="Let Priya’s laptop in again").click()
        page.get_by_text("works again").wait_for()
        page.get_by_role("button", name="Revoke Nightly sync").click()
        shot(page, f"keys-dialog-{name}")
        page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
        page.get_by_text("is revoked and deleted").wait_for()
        assert list(ApiKey.objects.values_list("name", flat=True)) == ["Priya’s laptop"]
        no_barriers(page)
        shot(page, f"keys-list-{name}")

        to_settings(page, "Activity")
        page.get_by_label("What", exact=True).select_option("api-keys")
        page.get_by_role("button", name="Search").click()
        expect(page.locator("tbody tr")).to_have_count(5)
        no_barriers(page)
        shot(page, f"activity-{name}")
        with page.expect_download() as waiting:
            page.get_by_role("button", name="As a table").click()
        assert "Nightly sync" in waiting.value.path().read_text()

        to_settings(page, "Delete account")
        no_barriers(page)
        shot(page, f"delete-{name}")
        page.get_by_role("button", name="Delete my account").click()
        page.get_by_text("Nothing was deleted").wait_for()
        no_barriers(page)
        page.get_by_label("Type delete to go on").fill("delete")
        page.get_by_role("button", name="Delete my account").click()
        page.get_by_role("heading", name="Your account is being deleted").wait_for()
        no_barriers(page)
        shot(page, f"deleted-{name}")
        alice.refresh_from_db()
        assert not alice.is_active
        assert AuditEvent.objects.filter(action="account.deletion_requested").count() == 1
    finally:
        context.close()
