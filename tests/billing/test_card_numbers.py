"""Numbers of cards have no place here: wherever somebody writes one, it is neither stored nor logged."""

from __future__ import annotations

import logging
import re
import uuid
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from interviews.flows import opening
from interviews.models import Interview
from llm.redaction import find_secrets
from tests.billing.shop import HOOK, Shop
from tests.llm.keys.dump import dump
from tests.specstep.test_authorisation import ANYBODY, KEYED, OWNED, SECRET, SIGNED_IN

CARD = "4242 4242 4242 4242"
FORMS = (CARD, CARD.replace(" ", ""), CARD.replace(" ", "-"))
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def fields() -> dict[str, str]:
    """Every field that any form has, with a card in it, and those that a form for cards would have."""
    names = {name for path in TEMPLATES.rglob("*.html") for name in re.findall(r'name="([a-z_]+)"', path.read_text())}
    return dict.fromkeys(names | {"card", "number", "cvc", "card_number", "iban", "payment_method"}, CARD)


@pytest.mark.promise("S-128")
@pytest.mark.django_db(transaction=True)
def test_a_card_number_that_is_posted_anywhere_is_neither_stored_nor_logged(
    as_alice: Client, alice: User, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("django.db.backends", "stripe", "urllib3"):
        logging.getLogger(name).setLevel(logging.WARNING)
    interview = opening.open_interview(workspace=alice.workspace, title="Desk")
    question = interview.questions.get()
    ids = {"interview": interview.pk, "question": question.pk}
    everything = fields()
    for address in sorted(ANYBODY | SECRET | KEYED | SIGNED_IN | OWNED.keys()):
        if "stripe" not in address and not address.endswith(("events/", "end-others/", "sign-out/", "delete/")):
            pk = ids.get(OWNED.get(address, ""), uuid.uuid4())
            where = "/" + address.replace("<uuid:pk>", str(pk)).replace("<int:pk>", "1").replace("<path:path>", "x.md")
            as_alice.post(where, everything)
    valid: dict[str, dict[str, Any]] = {
        "/interviews/new/": {
            "title": f"Shop {CARD}",
            "brief": f"I pay with {CARD}",
            "text": CARD,
            "depth": "quick",
            "profile": "lean",
        },
        f"/interviews/{interview.pk}/answers/": {"text": f"Take {CARD}, please.", "question": question.pk, "client_id": "a"},
        f"/interviews/{interview.pk}/draft/": {"text": f"Take {CARD}", "question": question.pk},
        f"/interviews/questions/{question.pk}/later/": {"owner": CARD, "trigger": CARD, "question": question.pk},
        "/settings/": {"display_name": CARD, "contact_phone": CARD, "time_zone": "UTC", "language": "en"},
        "/settings/api-keys/": {"name": f"mine {CARD}", "days": "90", "once": "x"},
        "/settings/webhooks/": {"url": f"https://hooks.example.org/{FORMS[1]}", "events": ["run.completed"]},
        "/report/": {"title": f"Paid {CARD}", "description": f"With {CARD}", "severity": "minor", "came_from": f"/{FORMS[1]}/"},
        "/settings/plan/checkout/": everything | {"plan": "pro"},
        "/settings/plan/portal/": everything | {"errand": "manage"},
    }
    answers: dict[str, int] = {}
    with shop.now():
        as_alice.force_login(alice)
        for where, form in valid.items():
            answers[where] = as_alice.post(where, form, headers={"User-Agent": f"Browser {CARD}"}).status_code
        file = SimpleUploadedFile("notes.md", f"# Cards\n\nThe card is {CARD}.\n".encode())
        as_alice.post(f"/interviews/{interview.pk}/references/", {"file": file})
        Client().post(
            HOOK, data=f'{{"card": "{CARD}"}}', content_type="application/json", headers={"Stripe-Signature": "t=1,v1=x"}
        )
    assert answers["/settings/plan/checkout/"] == 303
    assert Interview.objects.count() >= 2, "the control: what was written beside the number is stored"
    stored = dump()
    assert "[[SECRET:payment-card:" in stored
    for number in FORMS:
        assert number not in stored, re.findall(f"(?s).{{300}}{re.escape(number)}.{{20}}", stored)[:3]
        assert number not in caplog.text, re.findall(f"(?s).{{100}}{re.escape(number)}.{{20}}", caplog.text)[:3]
    assert not [params for _, params in shop.peer.log if any(form in str(params) for form in FORMS)]
    columns = {field.name for model in apps.get_models() for field in model._meta.get_fields()}
    assert not columns & {"card", "card_number", "last4", "cvc", "iban", "account_number", "payment_method", "expiry"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("My card is 4242 4242 4242 4242, thanks", "4242 4242 4242 4242"),
        ("Amex 3782 822463 10005.", "3782 822463 10005"),
        ("number=5555555555554444&cvc=123", "5555555555554444"),
        ("2223-0031-2200-3222", "2223-0031-2200-3222"),
        ("UnionPay 6200000000000005", "6200000000000005"),
    ],
)
def test_numbers_of_cards_are_found(text: str, found: str) -> None:
    assert [text[secret.start : secret.end] for secret in find_secrets(text) if secret.kind == "payment-card"] == [found]


@pytest.mark.parametrize(
    "text",
    [
        "4242 4242 4242 4241",  # the last digit is wrong
        "order-4242424242424242 and 4242424242424242x",
        "6f42424242424242424242",
        "123e4567-e89b-4242-8424-242424242424",
        "at 1764511200000000 and 20261130162655",
        "42 42 42 42 42 42 42 42",
        "4242 42424 242 4242424",
        "4444444444444444",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert not [secret for secret in find_secrets(text) if secret.kind == "payment-card"]
