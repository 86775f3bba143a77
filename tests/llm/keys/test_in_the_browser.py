"""The page of keys in a browser: no barriers, and revoking asks first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from ground import vault
from llm import keys
from llm.models import OwnKey
from tests.llm.keys.conftest import OPENAI_KEY
from tests.plugins.browser import to_settings

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_an_owner_reads_tries_and_revokes(
    django_db_setup: None,
    live_server: LiveServer,
    chromium: Browser,
    no_barriers: Callable[[Page], None],
    as_alice: Client,
    developer: User,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    row = OwnKey(workspace=developer.workspace, provider="openai", last_four=OPENAI_KEY[-4:])
    row.sealed = vault.seal(OPENAI_KEY, purpose=keys.PURPOSE, row=row.pk)
    row.save(force_insert=True)
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": as_alice.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    try:
        page.goto(f"{live_server.url}/settings/")
        to_settings(page, "Model keys")
        no_barriers(page)
        page.get_by_label("Key", exact=True).fill("no key at all")
        page.get_by_role("button", name="Check and save the key").click()
        page.get_by_text("This is not the form of a key").wait_for()
        assert page.get_by_label("Key", exact=True).input_value() == ""
        no_barriers(page)
        page.get_by_role("button", name="Revoke the key of OpenAI").click()
        page.get_by_role("button", name="Keep it").click()
        assert OwnKey.objects.exists()
        page.get_by_role("button", name="Revoke the key of OpenAI").click()
        page.get_by_role("dialog").get_by_role("button", name="Revoke the key").click()
        page.get_by_text("is revoked and deleted").wait_for()
        assert not OwnKey.objects.exists()
        no_barriers(page)
    finally:
        context.close()
