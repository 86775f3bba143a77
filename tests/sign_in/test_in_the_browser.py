"""The way in and Settings, Sign-in, in a browser: no barriers, and unlinking says first what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from accounts.models import Session, User
from tests.sign_in.peer import Peer

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_person_signs_in_links_ends_a_session_and_unlinks(
    django_db_setup: None,
    live_server: LiveServer,
    chromium: Browser,
    no_barriers: Callable[[Page], None],
    peer: Peer,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    peer.back = live_server.url
    peer.emails[0]["verified"] = False
    context = chromium.new_context(viewport={"width": width, "height": 844}, color_scheme=scheme, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(20_000)
    try:
        # Browsers hold the policy's form-action against the redirect to the provider too: only a browser shows that it is let go.
        page.goto(f"{live_server.url}/sign-in/?next=/settings/sign-in/")
        no_barriers(page)
        page.get_by_role("button", name="Continue with Google").click()
        page.get_by_role("heading", name="Accounts you sign in with").wait_for()
        page.get_by_text("This is the only way into your account").wait_for()
        no_barriers(page)
        page.get_by_role("button", name="Link GitHub").click()
        page.get_by_text("You can sign in with GitHub too.").wait_for()
        ada = User.objects.get()
        Client().force_login(ada)
        Session.objects.exclude(device__startswith="Chrome").update(device="Firefox on Windows")
        page.reload()
        no_barriers(page)
        page.get_by_role("button", name="Sign out Firefox on Windows").click()
        page.get_by_text("Firefox on Windows is signed out.").wait_for()
        assert Session.objects.get(user=ada).device.startswith("Chrome on")
        page.get_by_role("button", name="Unlink GitHub").click()
        no_barriers(page)
        page.get_by_role("button", name="Keep it").click()
        assert SocialAccount.objects.count() == 2
        page.get_by_role("button", name="Unlink GitHub").click()
        page.get_by_role("dialog").get_by_role("button", name="Unlink it").click()
        page.get_by_text("GitHub is unlinked.").wait_for()
        assert SocialAccount.objects.count() == 1
    finally:
        context.close()
