"""Letters to accounts: policy before it takes effect, incidents within 72 hours, each account once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.flows import mailing, sending, suspending
from accounts.models import AuditEvent, DeletionRequest, MailOut, Message, User
from accounts.rules import letters
from ground import clock
from ground.errors import BadInput, Conflict
from tests.plugins.carriers import CarrierPeer

pytestmark = pytest.mark.django_db
Operator = Callable[..., Client]
PARTS = {"title": "A breach", "happened": "A disk was lost.", "concerns": "Your name.", "advice": "We closed it."}


def in_days(days: float) -> dt.datetime:
    return clock.now() + dt.timedelta(days=days)


def policy(**given: Any) -> MailOut:
    return mailing.draft(MailOut(kind="policy", **PARTS | {"effective_at": in_days(31)} | given))


def sent(letter: MailOut, *, size: int = 2) -> MailOut:
    while mailing.send_batch(letter.pk, size=size):
        pass
    letter.refresh_from_db()
    return letter


def told(letter: MailOut) -> list[str]:
    return sorted(letter.messages.values_list("user__email", flat=True))


def arrived(letter: MailOut) -> None:
    letter.messages.update(state=Message.State.SENT)


def test_a_change_of_policy_goes_to_every_active_account_once_whatever_was_chosen(alice: User, charlie: User, ruth: User) -> None:
    leaving = User.objects.create_user("leaving@example.org")
    DeletionRequest.objects.create(user=leaving)
    suspending.suspend(charlie, reason="terms", actor=None)
    letter = policy()
    assert not mailing.send_batch(letter.pk), "a draft is not sent"
    mailing.start(letter, actor=alice)
    sent(letter, size=1)
    assert letter.state == MailOut.State.SENT
    assert told(letter) == ["alice@example.org", "ruth@example.org"]
    assert set(letter.messages.values_list("kind", "channel")) == {("policy.change", "email")}
    assert not mailing.send_batch(letter.pk)
    assert len(told(letter)) == 2
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(user=alice, kind="policy.change", channel="email", mail_out=letter)


def test_a_change_is_told_30_days_before(alice: User) -> None:
    for letter in (policy(effective_at=in_days(29)), policy(effective_at=None)):
        with pytest.raises(BadInput, match="30 days before"):
            mailing.start(letter, actor=alice)
    with clock.frozen(clock.now()):
        mailing.start(policy(effective_at=in_days(30)), actor=alice)


def test_nothing_takes_effect_without_its_letter(alice: User) -> None:
    assert not mailing.may_take_effect(None)
    letter = policy()
    after = dt.timedelta(days=32)
    with clock.moved(after):
        assert not mailing.may_take_effect(letter), "a draft"
    mailing.start(letter, actor=alice)
    with clock.moved(after):
        assert not mailing.may_take_effect(letter), "not written to everybody"
    sent(letter)
    with clock.moved(after):
        assert not mailing.may_take_effect(letter), "still waiting to leave"
    arrived(letter)
    assert not mailing.may_take_effect(letter), "its date has not come"
    with clock.moved(after):
        assert mailing.may_take_effect(letter)


def test_a_letter_that_was_sent_too_late_puts_nothing_in_force(alice: User) -> None:
    letter = policy()
    mailing.start(letter, actor=alice)
    with clock.moved(dt.timedelta(days=32)):
        sent(letter)
        arrived(letter)
        assert not mailing.may_take_effect(letter)


def test_who_comes_after_the_letter_and_before_the_change_gets_it_too(alice: User) -> None:
    letter = policy()
    mailing.start(letter, actor=alice)
    sent(letter)
    User.objects.create_user("new@example.org")
    assert mailing.sweep() == 1
    sent(letter)
    assert told(letter) == ["alice@example.org", "new@example.org"]
    assert mailing.sweep() == 0
    with clock.moved(dt.timedelta(days=32)):
        User.objects.create_user("later@example.org")
        assert mailing.sweep() == 0
        sent(letter)
    assert "later@example.org" not in told(letter)


def test_a_lost_bell_is_rung_again(alice: User) -> None:
    letter = policy()
    mailing.start(letter, actor=alice)
    assert mailing.sweep() == 1
    sent(letter)
    assert mailing.sweep() == 0


def test_what_was_started_stays_as_it_is(alice: User) -> None:
    letter = policy()
    mailing.start(letter, actor=alice)
    letter.title = "Another"
    for act in (lambda: mailing.draft(letter), lambda: mailing.discard(letter), lambda: mailing.start(letter, actor=alice)):
        with pytest.raises(Conflict):
            act()
    letter.refresh_from_db()
    assert letter.title == PARTS["title"]


@pytest.mark.promise("S-181")
def test_an_incident_is_told_to_chosen_accounts_whatever_their_preferences_and_recorded(
    operator: Operator, alice: User, charlie: User, ruth: User, acs: CarrierPeer
) -> None:
    """Nobody here chose any notice, and Charlie is suspended; both are told all the same."""
    client = operator("security")
    suspending.suspend(charlie, reason="compromise", actor=None)
    form = PARTS | {"known_at": f"{clock.now():%Y-%m-%dT%H:%M}", "named": f"{ruth.email.upper()}\n{charlie.pk}\n{ruth.pk}"}
    answer = client.post("/console/incidents/new/", form)
    assert answer.status_code == 303
    letter = MailOut.objects.get()
    page = client.get(answer.headers["Location"]).content.decode()
    assert "2 accounts" in page
    assert all(text in page for text in PARTS.values())
    assert "To be told in 2 d 23 h" in page
    send = f"/console/incidents/{letter.pk}/send/"
    client.post(send, {"word": "no"})
    letter.refresh_from_db()
    assert letter.state == MailOut.State.DRAFT
    assert client.post(send, {"word": "send"}).status_code == 303
    assert told(sent(letter)) == ["charlie@example.org", "ruth@example.org"]
    assert set(letter.messages.values_list("kind", "channel")) == {("incident", "email")}
    for message in letter.messages.all():
        sending.send(message.pk)
    mails = {mail["recipients"]["to"][0]["address"]: mail["content"] for mail in acs.mails}
    assert mails.keys() == {"charlie@example.org", "ruth@example.org"}
    for content in mails.values():
        assert all(PARTS[name] in content["plainText"] for name in ("happened", "concerns", "advice"))
    assert set(letter.messages.values_list("state", flat=True)) == {"sent"}
    event = AuditEvent.objects.get(action="operator.wrote")
    assert (event.about, event.actor, event.label) == (
        letter.pk,
        User.objects.get(email="security@operators.example"),
        "Incident notice",
    )
    assert "To be told" not in client.get(f"/console/incidents/{letter.pk}/").content.decode()


def test_the_72_hours_are_shown_until_everybody_is_told(operator: Operator, ruth: User) -> None:
    client = operator("owner")
    letter = mailing.draft(MailOut(kind="incident", **PARTS, known_at=clock.now()))
    with clock.moved(dt.timedelta(hours=7)):
        page = client.get("/console/").content.decode()
        assert "has to be told in 2 d 16 h" in page or "has to be told in 2 d 17 h" in page
    MailOut.objects.update(known_at=clock.now() - dt.timedelta(hours=74))
    assert "should have been told 2 h ago" in client.get("/console/").content.decode()
    assert "The 72 hours are over" in client.get(f"/console/incidents/{letter.pk}/").content.decode()
    mailing.start(letter, actor=ruth)
    sent(letter)
    assert "should have been told" not in client.get("/console/").content.decode()


def test_an_unknown_account_stops_the_draft_and_is_named(operator: Operator, ruth: User) -> None:
    client = operator("security")
    form = PARTS | {"known_at": "2026-11-20T10:00"}
    for named, sentence in {
        "": "one address or account id on each line",
        f"{ruth.email}\nnobody@example.org": "There is no account for: nobody@example.org",
    }.items():
        answer = client.post("/console/incidents/new/", form | {"named": named})
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
        assert PARTS["happened"] in answer.content.decode()
    assert not MailOut.objects.exists()


def test_a_policy_letter_is_written_changed_previewed_and_thrown_away(operator: Operator, ruth: User) -> None:
    client = operator("owner")
    form = PARTS | {"effective_at": f"{in_days(40):%Y-%m-%dT%H:%M}"}
    assert client.post("/console/policies/new/", form | {"advice": ""}).status_code == 422
    address = client.post("/console/policies/new/", form).headers["Location"]
    assert f'value="{form["effective_at"]}"' in client.get(f"{address}edit/").content.decode()
    client.post(f"{address}edit/", form | {"title": "New terms"})
    page = client.get(address).content.decode()
    assert "New terms" in page
    assert f"{User.objects.count()} accounts" in page
    assert client.post(f"{address}discard/").status_code == 303
    assert client.get(address).status_code == 404
    assert not MailOut.objects.exists()


def test_lists_of_accounts_are_read_however_they_are_parted(ruth: User) -> None:
    ids, addresses = letters.named(f" a@x.org, B@x.org;\n{ruth.pk}\t{ruth.pk.hex} a@x.org\x00")
    assert (ids, addresses) == ([ruth.pk], ["a@x.org", "b@x.org"])


def test_times_are_utc_whatever_the_operators_own_time_zone_is(operator: Operator, ruth: User) -> None:
    client = operator("security")
    with timezone.override("Asia/Tokyo"):
        form = PARTS | {"known_at": "2026-11-20T10:00", "to_everyone": "on"}
        address = client.post("/console/incidents/new/", form).headers["Location"]
        assert "20 November 2026, 10:00 UTC" in client.get(address).content.decode()
        assert 'value="2026-11-20T10:00"' in client.get(f"{address}edit/").content.decode()
    assert MailOut.objects.get().known_at == dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
