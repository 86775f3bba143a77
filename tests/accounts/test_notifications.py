"""What a person chose to be told: off at first, one event per change, and nothing by SMS without a verified number."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from accounts.flows import preferring
from accounts.models import AuditEvent, Choice, User
from accounts.notices import essential, optional
from ground import clock

pytestmark = pytest.mark.django_db
PAGE = "/settings/notifications/"


@pytest.fixture
def verified(alice: User) -> User:
    alice.sms_number, alice.sms_verified_at = "+12025550143", clock.now()
    alice.save()
    return alice


def ticked(client: Client) -> set[str]:
    page = client.get(PAGE).content.decode()
    return set(re.findall(r"value=\"([a-z._]+:[a-z]+)\"\s+checked", page))


@pytest.mark.promise("S-019")
def test_each_preference_is_off_at_first_and_reads_back_as_it_was_set(as_alice: Client, verified: User) -> None:
    assert ticked(as_alice) == set()
    pairs = [f"{notice.kind}:{channel}" for notice in optional() for channel in notice.channels]
    assert len(pairs) >= 4
    for pair in pairs:
        assert as_alice.post(PAGE, {"wanted": [pair]}).status_code == 303
        assert ticked(as_alice) == {pair}
    as_alice.post(PAGE, {"wanted": pairs})
    assert ticked(as_alice) == set(pairs)
    as_alice.post(PAGE, {})
    assert ticked(as_alice) == set()
    assert not Choice.objects.exists()


def test_each_save_that_changes_something_is_one_event(as_alice: Client, verified: User) -> None:
    as_alice.post(PAGE, {"wanted": ["run.completed:email"]})
    as_alice.post(PAGE, {"wanted": ["run.completed:email"]})
    as_alice.post(PAGE, {"wanted": ["run.failed:email", "run.failed:sms"]})
    told = AuditEvent.objects.order_by("at", "id").values_list("action", "label", "actor")
    assert list(told) == [
        ("notices.changed", "run.completed by email on", verified.pk),
        ("notices.changed", "2 on, 1 off", verified.pk),
    ]


def test_sms_needs_a_verified_number_and_nothing_is_half_saved(as_alice: Client, alice: User) -> None:
    as_alice.post(PAGE, {"wanted": ["run.completed:email", "run.completed:sms"]})
    page = as_alice.get(PAGE).content.decode()
    assert "SMS go to a verified number only." in page
    assert ticked(as_alice) == set()
    as_alice.post(PAGE, {"wanted": ["run.completed:email"]})
    assert ticked(as_alice) == {"run.completed:email"}


def test_what_is_not_on_offer_cannot_be_chosen(as_alice: Client, verified: User) -> None:
    as_alice.post(PAGE, {"wanted": ["incident:email", "run.completed:post", "x", "signup.welcome:email"]})
    assert not Choice.objects.exists()
    assert preferring.offered().isdisjoint({("incident", "email"), ("signup.welcome", "email")})


@pytest.mark.promise("S-132")
def test_the_page_says_what_is_always_sent_and_why(as_alice: Client, alice: User) -> None:
    page = as_alice.get(PAGE).content.decode()
    always = essential()
    assert {"deletion.done", "export.ready", "policy.change", "incident"} <= {notice.kind for notice in always}
    for notice in always:
        assert notice.title in page
        assert notice.about
        assert notice.about in page
    assert "no switch" in page
    assert "Codes you ask for are sent too." in page


def test_one_persons_choice_is_not_the_next_ones(as_alice: Client, verified: User, charlie: User) -> None:
    as_alice.post(PAGE, {"wanted": ["run.completed:email"]})
    assert preferring.chosen(charlie) == set()


def test_the_page_asks_for_sign_in(client: Client) -> None:
    assert client.get(PAGE).headers["Location"].startswith("/sign-in/")
    assert client.post(PAGE, {"wanted": []}).headers["Location"].startswith("/sign-in/")
