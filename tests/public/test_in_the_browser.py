"""No page scrolls sideways on a phone: public pages as a crawl finds them, and every page of Settings."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from accounts.templatetags.settings_pages import GROUPS
from tests.public.test_crawl import crawled

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDE = (
    "/example/files/docs/architecture.md",
    "/example/files/docs/requirements.md",
    "/example/files/features/booking.feature",
    "/example/files/backlog/backlog.csv",
    "/example/files/diagrams/context.mmd",
    "/example/files/quality/findings.sarif",
    "/example/files/trace/matrix.md",
    "/pricing/",
    "/nowhere/",
)
"""Files of each kind of the example, and what a crawl does not meet."""


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    yield context.new_page()
    context.close()


def too_wide(page: Page, addresses: list[str]) -> list[str]:
    """The addresses whose page is wider than a phone, by how many pixels, at 390 and at 320."""
    found = []
    for address in addresses:
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(address)
        for width in (390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            over = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
            if over > 0:
                found.append(f"{address} by {over} at {width}")
    return found


def test_no_public_page_scrolls_sideways_on_a_phone(django_db_setup: None, live_server: LiveServer, phone: Page) -> None:
    found = [page.path for page in crawled(Client())]
    alike = {path for kind in ("/agents/", "/docs/api/") for path in [path for path in found if path.startswith(kind)][3:]}
    paths = {*found, *WIDE} - alike
    assert len(paths) > 30
    assert too_wide(phone, [f"{live_server.url}{path}" for path in sorted(paths)]) == []


def test_no_page_of_settings_scrolls_sideways_on_a_phone(
    django_db_setup: None, live_server: LiveServer, phone: Page, alice: User, settings: Settings
) -> None:
    settings.SITE_URL = live_server.url
    client = Client()
    client.force_login(alice)
    phone.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    paths = [reverse(page.route) for group in GROUPS for page in group.pages]
    assert too_wide(phone, [f"{live_server.url}{path}" for path in paths]) == []
