"""A plan is chosen, paid for at Stripe's page, and shown in Settings, in a browser; nothing on our pages takes a card."""

from __future__ import annotations

import datetime as dt
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import requests
import stripe
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

import billing.tasks  # noqa: F401  # the worker's part is done at once here
from accounts.models import User
from ground import clock
from ground.rows import new_id
from llm.models import ModelCall
from tests.billing.shop import HOOK, SECRET, Shop

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SHOTS = os.environ.get("SPECSTEP_SHOTS", "")
"""A folder for pictures of the pages, for people who want to look at them."""


@pytest.fixture(scope="module", autouse=True)
def _with_a_loop_in_the_thread() -> Iterator[None]:
    """Playwright's loop runs in the thread of the test; Django takes that for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.mark.promise("S-125")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_plan_is_chosen_paid_at_stripe_and_then_holds(
    django_db_setup: None,
    live_server: LiveServer,
    chromium: Browser,
    no_barriers: Callable[[Page], None],
    alice: User,
    shop: Shop,
    settings: Settings,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    settings.SITE_URL = live_server.url
    shop.peer.now = clock.now().replace(microsecond=0)
    _calls_of(alice)
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce")
    client = Client()
    client.force_login(alice)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    page = context.new_page()
    page.set_default_timeout(20_000)
    try:
        page.goto(f"{live_server.url}/pricing/")
        no_barriers(page)
        shot(page, "pricing", width, scheme)
        assert page.locator("input:not([type=hidden])").count() == 0, "nothing on the page takes a card"
        page.get_by_role("button", name="Choose Team").click()
        page.get_by_role("heading", name="Stripe").wait_for()
        assert page.url.startswith(f"{shop.peer.url}/c/pay/")
        shop.peer.faults = [503]  # Stripe does not say at once what was bought
        page.get_by_role("button", name="Pay and subscribe").click()
        page.get_by_text("Stripe has not told us yet.").wait_for()
        shot(page, "waiting", width, scheme)
        for event in list(shop.peer.events):
            _bring(live_server.url, event)
        page.get_by_role("heading", name="Team", level=2).wait_for()
        no_barriers(page)
        shot(page, "plan", width, scheme)
        page.get_by_role("button", name="Cancel the plan").click()
        page.get_by_role("button", name="Confirm").click()
        page.get_by_text("Your Team plan ends on").wait_for()
        shot(page, "ending", width, scheme)
        page.get_by_role("link", name="Invoices").click()
        page.get_by_role("link", name="IN_").wait_for()
        no_barriers(page)
        shot(page, "invoices", width, scheme)
        page.goto(f"{live_server.url}/settings/usage/")
        page.get_by_role("img", name="Tokens by day").wait_for()
        no_barriers(page)
        shot(page, "usage", width, scheme)
    finally:
        context.close()


def _bring(address: str, event: dict[str, Any]) -> None:
    raw = json.dumps(event)
    header = stripe.WebhookSignature.generate_signature_header(raw, SECRET, int(time.time()))
    answer = requests.post(f"{address}{HOOK}", data=raw.encode(), headers={"Stripe-Signature": header}, timeout=20)
    assert answer.status_code == 200, answer.text


def _calls_of(user: User) -> None:
    """A month of work, for the charts."""
    first = clock.now().replace(day=1, hour=9)
    for number in range(clock.now().day):
        for call, part, model, tokens in (
            ("generation.requirements", "", "claude-opus-5", 40_000 + 9_000 * (number * 7 % 5)),
            ("generation.prose", "prose:BRIEF.md", "claude-sonnet-5", 12_000),
            ("interviews.note_facts", "", "claude-haiku-4-5", 3_000 * (number % 4)),
            ("generation.review_tester", "review:tester", "claude-opus-5", 9_000),
        ):
            ModelCall.objects.create(
                workspace=user.workspace, call=call, part=part, version=1, subject=new_id(), provider="anthropic", model=model,
                state="answered", outcome="answered", tokens_in=tokens, tokens_out=tokens // 9,
                started_at=first + dt.timedelta(days=number),
            )  # fmt: skip


def shot(page: Page, name: str, width: int, scheme: str) -> None:
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}-{scheme}.png", full_page=True)
