"""Settings, Sign-in, in a browser: no barriers, and unlinking says first what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session, User
from accounts.sessions import digest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_person_reads_ends_a_session_and_unlinks(
    django_db_setup: None,
    live_server: LiveServer,
    chromium: Browser,
    no_barriers: Callable[[Page], None],
    settings: Settings,
    as_alice: Client,
    alice: User,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    settings.SIGN_IN_APPS = dict.fromkeys(("google", "github", "microsoft"), ("client-1", "a secret"))
    for provider in ("google", "github"):
        said = {"email": alice.email, "email_verified": provider == "google"}
        SocialAccount.objects.create(user=alice, provider=provider, uid="1", extra_data=said)
    Client().force_login(alice)
    here = digest(as_alice.cookies["sessionid"].value)
    Session.objects.exclude(session_key=here).update(device="Firefox on Windows")
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    context.add_cookies([{"name": "sessionid", "value": as_alice.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    try:
        page.goto(f"{live_server.url}/settings/sign-in/")
        no_barriers(page)
        page.get_by_role("button", name="Sign out Firefox on Windows").first.click()
        page.get_by_text("Firefox on Windows is signed out.").wait_for()
        assert Session.objects.count() == 1
        page.get_by_role("button", name="Unlink GitHub").click()
        no_barriers(page)
        page.get_by_role("button", name="Keep it").click()
        assert SocialAccount.objects.count() == 2
        page.get_by_role("button", name="Unlink GitHub").click()
        page.get_by_role("dialog").get_by_role("button", name="Unlink it").click()
        page.get_by_text("GitHub is unlinked.").wait_for()
        page.get_by_text("This is the only way into your account").wait_for()
        no_barriers(page)
        assert page.get_by_role("button", name="Link Microsoft").is_visible()
    finally:
        context.close()
