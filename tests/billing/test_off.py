"""Without a key of Stripe's nothing is sold, everything is unmetered, and no page speaks of it."""

from __future__ import annotations

import re

import pytest
from django.core import checks
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from billing import catalogue
from billing.checks import plans_are_sold_rightly
from billing.flows import parting, reconciling
from billing.flows.entitling import entitlement_of
from tests.billing.shop import Shop
from tests.specstep.test_authorisation import ANYBODY, SIGNED_IN

pytestmark = pytest.mark.django_db
WORDS = re.compile(
    r"(?i)stripe|pric(?:e|ing)\b(?! of the model)|subscription|subscribe|invoice|payment|checkout|\$\d+ a month|trial|upgrade"
)
CALLS_OF_MODELS = re.compile(
    r"(?i)at a lower price|price of (?:the|a) model|each decision with its price|a product, a price or a law"
)
POLICIES = ("privacy/", "terms/", "dpa/", "sub-processors/", "trust/")
"""Texts that bind the operator name every party that may ever receive data, whether it is set up or not."""


def test_no_page_speaks_of_money_for_the_service(as_alice: Client, alice: User) -> None:
    for address in sorted(ANYBODY | SIGNED_IN):
        if "<" in address or "accounts/" in address or "webhook-events" in address or address.startswith(("example", *POLICIES)):
            continue
        answer = as_alice.get(f"/{address}")
        if answer.status_code == 200 and "html" in answer.headers["Content-Type"] and not answer.streaming:
            text = re.sub(r"<[^>]+>|/pricing/", " ", answer.content.decode())
            assert not WORDS.search(CALLS_OF_MODELS.sub("", text)), (address, WORDS.findall(CALLS_OF_MODELS.sub("", text)))


def test_everything_is_unmetered_and_the_doors_of_the_shop_are_shut(as_alice: Client, alice: User) -> None:
    held = entitlement_of(alice.workspace.pk)
    assert (held.plan.key, held.plan.generations, held.plan.storage_bytes) == ("unmetered", None, None)
    for address in ("checkout", "portal"):
        assert as_alice.post(f"/settings/plan/{address}/", {"plan": "pro", "errand": "manage"}).status_code == 404
    assert as_alice.get("/settings/plan/invoices/").status_code == 404
    assert Client().post("/hooks/stripe/", data=b"{}", content_type="application/json").status_code == 404
    assert "form-action 'self';" in as_alice.get("/pricing/").headers["Content-Security-Policy"]
    assert (reconciling.sweep(), reconciling.reconcile(), parting.carry_out_due()) == (0, 0, 0)


@pytest.mark.promise("S-129", "S-009", "N-37")
def test_pricing_settings_and_the_gate_read_one_table(as_alice: Client, alice: User, shop: Shop) -> None:
    for key in ("free", "pro", "team"):
        if key != "free":
            sub = shop.buy(alice, key)
        plan = catalogue.table().plans[key]
        as_alice.force_login(alice)
        with shop.now():
            as_alice.force_login(alice)
            pricing, settings = (as_alice.get(page).content.decode() for page in ("/pricing/", "/settings/plan/"))
        number = f"{plan.generations} generations a month"
        assert number in pricing[pricing.index(f"<h3>{plan.title}</h3>") :]
        assert f'<h2 id="mine-title">{plan.title}</h2>' in settings
        assert number in settings
        assert shop.held(alice).plan == plan
        if key == "pro":
            shop.peer.end(sub)
            shop.look(alice)


def test_a_shop_that_would_not_hear_of_its_sales_does_not_start(settings: Settings) -> None:
    assert plans_are_sold_rightly(None) == []
    settings.STRIPE_SECRET_KEY = "sk_test_of_nobody"
    settings.STRIPE_PRICES = {}
    assert {found.id for found in plans_are_sold_rightly(None)} == {"billing.E003", "billing.W001"}
    settings.STRIPE_WEBHOOK_SECRETS, settings.STRIPE_PRICES = ["whsec_x"], {"STRIPE_PRICE_PRO": "price_x"}
    assert plans_are_sold_rightly(None) == []
    settings.PLANS_FILE = __file__
    found = plans_are_sold_rightly(None)
    assert [(one.id, one.level) for one in found] == [("billing.E002", checks.ERROR)]
