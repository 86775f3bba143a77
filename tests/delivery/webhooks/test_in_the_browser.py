"""The pages of webhooks in a browser: no barriers, the secret once, a test, the log, and removing asks first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from delivery.models import Endpoint
from tests.delivery.webhooks.conftest import work_all
from tests.delivery.webhooks.receiver import Receiver

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_an_owner_adds_tests_reads_and_removes(
    django_db_setup: None,
    live_server: LiveServer,
    chromium: Browser,
    no_barriers: Callable[[Page], None],
    as_alice: Client,
    receiver: Receiver,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": as_alice.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    try:
        page.goto(f"{live_server.url}/settings/")
        if width < 800:
            page.get_by_text("All settings").click()
        page.get_by_role("link", name="Webhooks").click()
        page.get_by_role("button", name="Add the webhook").click()
        page.get_by_text("Choose at least one event.").wait_for()
        no_barriers(page)
        page.get_by_label("Address").fill(f"{receiver.url}/hook")
        page.get_by_label("A generation failed").check()
        page.get_by_role("button", name="Add the webhook").click()
        receiver.secrets["/hook"] = page.locator("#whsec").inner_text().strip()
        no_barriers(page)
        page.get_by_role("link", name="I have it").click()
        page.get_by_role("button", name="Send a test").click()
        page.get_by_text("A test is on its way").wait_for()
        assert work_all() == 1
        assert receiver.kinds() == ["test"]
        page.reload()
        page.get_by_role("heading", name="A test that you asked for").click()
        page.get_by_text("Taken: it answered 200.").first.wait_for()
        no_barriers(page)
        page.get_by_role("button", name="Send it again").click()
        page.get_by_text("It is sent again, with the same id.").wait_for()
        assert work_all() == 1
        assert len({one.id for one in receiver.got}) == 1
        page.get_by_role("button", name="Remove").click()
        no_barriers(page)
        page.get_by_role("button", name="Keep it").click()
        assert Endpoint.objects.exists()
        page.get_by_role("button", name="Remove", exact=True).click()
        page.get_by_role("button", name="Remove the webhook").click()
        page.get_by_text("are removed").wait_for()
        assert not Endpoint.objects.exists()
        no_barriers(page)
    finally:
        context.close()
