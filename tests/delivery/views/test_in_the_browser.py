"""A channel in a browser: set up, looked at, confirmed, delivered, removed; without barriers, wide and light, small and dark."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from delivery.flows import delivering
from delivery.models import Channel, Delivery
from interviews.models import Interview
from tests.delivery.conftest import make_package
from tests.delivery.shelf import KEY, Shelf

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.mark.parametrize(("width", "scheme", "script"), [(1280, "light", True), (390, "dark", False)])
def test_an_owner_adds_a_channel_and_sees_what_became_of_a_package(
    django_db_setup: None,
    live_server: LiveServer,
    chromium: Browser,
    no_barriers: Callable[[Page], None],
    as_alice: Client,
    alice: User,
    shelf: Shelf,
    width: int,
    scheme: Literal["light", "dark"],
    script: bool,
) -> None:
    package = make_package(Interview.objects.create(workspace=alice.workspace, title="Booking desk"))
    context = chromium.new_context(
        viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce", java_script_enabled=script
    )
    context.add_cookies([{"name": "sessionid", "value": as_alice.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    # axe needs scripts of its own, so barriers are looked for where scripts run, at both widths.
    looking = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    looking.add_cookies([{"name": "sessionid", "value": as_alice.cookies["sessionid"].value, "url": live_server.url}])
    beside = looking.new_page()

    def look() -> None:
        beside.goto(page.url)
        no_barriers(beside)

    try:
        page.goto(f"{live_server.url}/settings/delivery/")
        look()
        page.get_by_role("link", name="Set up Another git server").click()
        look()
        page.get_by_label("Name", exact=True).fill("Team shelf")
        page.get_by_label("Folder", exact=True).fill(str(shelf.folder))
        page.get_by_label("Key of the shelf").fill(KEY)
        page.get_by_role("button", name="Save and look").click()
        page.get_by_role("heading", name="Look before the first delivery").wait_for()
        assert page.get_by_role("link", name="docs/requirements.md").is_visible()
        assert KEY not in page.content()
        look()
        page.get_by_role("button", name="Deliver this package and every later one").click()
        page.get_by_text("The package is on its way.").wait_for()
        assert shelf.calls == []
        delivering.work(Delivery.objects.get().pk)
        page.goto(f"{live_server.url}{package.get_absolute_url()}")
        went = page.get_by_role("region", name="Where it went")
        went.get_by_text("Delivered").wait_for()
        look()
        went.get_by_role("link", name="Team shelf").click()
        page.get_by_role("button", name="Test the connection").click()
        page.get_by_text("The shelf is there.").wait_for()
        look()
        if script:
            page.get_by_role("button", name="Remove", exact=True).click()
            page.get_by_role("dialog").get_by_role("button", name="Remove the channel").click()
        else:
            page.get_by_role("button", name="Remove at once").click()
        page.get_by_text("is removed, with its credential").wait_for()
        assert not Channel.objects.exists()
    finally:
        context.close()
        looking.close()
