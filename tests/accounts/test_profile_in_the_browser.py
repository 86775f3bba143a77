"""Profile and notices in a browser: a number is verified, notices are chosen, no barriers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Choice, User
from tests.accounts.test_phone import code_in, wrong
from tests.plugins.browser import to_settings
from tests.plugins.carriers import CarrierPeer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_person_verifies_a_number_and_chooses_what_is_sent(
    django_db_setup: None,
    live_server: LiveServer,
    chromium: Browser,
    no_barriers: Callable[[Page], None],
    as_alice: Client,
    alice: User,
    acs: CarrierPeer,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": as_alice.cookies[name].value, "url": live_server.url}])
    page = context.new_page()

    def look(name: str) -> None:
        no_barriers(page)
        if folder := os.environ.get("SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{scheme}.png", full_page=True)

    try:
        page.goto(f"{live_server.url}/settings/")
        page.get_by_label("Time zone").fill("berlin")
        page.get_by_label("Contact phone").fill("call me")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Write a phone number").wait_for()
        look("refused")
        page.get_by_label("Contact phone").fill("+49 30 1234567")
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Your profile is saved.").wait_for()
        expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
        page.get_by_label("Number of a mobile phone").fill("0151 23456789")
        page.get_by_role("button", name="Send a code").click()
        page.get_by_text("Begin with + and the country code").wait_for()
        page.get_by_label("Number of a mobile phone").fill("+49 1511 2345678")
        page.get_by_role("button", name="Send a code").click()
        page.get_by_text("Waits for its code").wait_for()
        code = code_in(acs)
        look("code")
        page.get_by_label("Code from the SMS").fill(wrong(code))
        page.get_by_role("button", name="Verify the number").click()
        page.get_by_text("This is not the code. 4 more tries.").wait_for()
        assert code not in page.content()
        page.get_by_label("Code from the SMS").fill(code)
        page.get_by_role("button", name="Verify the number").click()
        page.get_by_text("The number is verified.").wait_for()
        look("verified")
        to_settings(page, "Notifications")
        page.get_by_label("Email: A package is ready").check()
        page.get_by_label("SMS: A generation failed").check()
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Your choice is saved.").wait_for()
        expect(page.get_by_label("SMS: A generation failed")).to_be_checked()
        expect(page.get_by_label("SMS: A package is ready")).not_to_be_checked()
        look("notifications")
    finally:
        context.close()
    assert set(Choice.objects.values_list("kind", "channel")) == {("run.completed", "email"), ("run.failed", "sms")}
