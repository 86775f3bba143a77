"""A key that looks misused is suspended, its owner is told and decides; a stranger cannot bring that about."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client

from accounts import audit
from accounts.flows import authenticating, keying
from accounts.models import ApiKey, AuditEvent, KeyDay, Message, User
from accounts.rules import keys
from ground import clock

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 30, 12, tzinfo=dt.UTC)
AGENT = "nightly-sync/1.2"


@pytest.fixture
def made(alice: User) -> keying.Made:
    with clock.frozen(NOON - dt.timedelta(days=200)):
        return keying.make(alice, name="Nightly sync")


def use(made: keying.Made, *, agent: str = AGENT) -> None:
    authenticating.note_use(authenticating.authenticate(made.raw), user_agent=agent)


def with_a_wrong_rest(raw: str, number: int) -> str:
    """What somebody tries who holds the beginning of the key."""
    body = raw[:14] + f"{number:028}"
    return body + keys.checksum(body)


def fails(raw: str) -> None:
    with pytest.raises(authenticating.Unrecognised):
        authenticating.authenticate(raw)


def suspended(made: keying.Made) -> str:
    row = ApiKey.objects.get(pk=made.row.pk)
    return row.suspended_because if row.suspended_at else ""


def test_a_burst_of_wrong_rests_by_who_holds_a_piece_suspends_and_tells_the_owner(alice: User, made: keying.Made) -> None:
    with clock.frozen(NOON):
        for number in range(19):
            fails(with_a_wrong_rest(made.raw, number))
        assert not suspended(made)
        use(made)
        fails(with_a_wrong_rest(made.raw, 19))
        assert suspended(made) == "failures"
        with pytest.raises(authenticating.Suspended):
            authenticating.authenticate(made.raw)
        fails(with_a_wrong_rest(made.raw, 20))
    event = AuditEvent.objects.get(action=audit.Action.API_KEY_SUSPENDED)
    assert (event.actor, event.means, event.about, event.label) == (None, "system", made.row.pk, "Nightly sync")
    message = Message.objects.get()
    assert (message.user, message.kind, message.channel) == (alice, "api_key.suspended", "email")
    assert message.about == {"key": str(made.row.pk), "because": "failures"}


def test_slow_failures_as_of_one_program_with_a_broken_copy_do_not_suspend(made: keying.Made) -> None:
    for number in range(40):
        with clock.frozen(NOON + dt.timedelta(seconds=31 * number)):
            fails(with_a_wrong_rest(made.raw, number))
    assert not suspended(made)


def test_whoever_knows_the_prefix_alone_cannot_lock_the_owner_out(made: keying.Made) -> None:
    """The prefix stands in lists and on screens; the ticket behind it does not. Odds to guess one: one in 57 billion."""
    with clock.frozen(NOON):
        for number in range(200):
            body = made.row.prefix + f"{number:06}" + f"{number:028}"
            fails(body + keys.checksum(body))
            fails(made.row.prefix + "x" * number)
        use(made)
    assert not suspended(made)
    assert not AuditEvent.objects.filter(action=audit.Action.API_KEY_SUSPENDED).exists()


def test_many_kinds_of_clients_within_an_hour_suspend(made: keying.Made) -> None:
    with clock.frozen(NOON):
        for number in range(8):
            for version in (1, 2):
                use(made, agent=f"client{number * 'x'}/{version}")
        with pytest.raises(authenticating.Suspended):
            use(made, agent="one-more")
    assert suspended(made) == "pattern"


def test_as_many_kinds_over_a_day_do_not(made: keying.Made) -> None:
    for hour in range(12):
        with clock.frozen(NOON + dt.timedelta(hours=hour)):
            use(made, agent=f"client{hour * 'x'}")
    assert not suspended(made)


def test_a_burst_after_a_long_sleep_suspends(made: keying.Made) -> None:
    KeyDay.objects.create(key=made.row, day=NOON.date() - dt.timedelta(days=95), calls=40)
    KeyDay.objects.create(key=made.row, day=NOON.date(), calls=98)
    with clock.frozen(NOON):
        use(made)
        with pytest.raises(authenticating.Suspended):
            use(made)
    assert suspended(made) == "pattern"


def test_a_key_in_daily_use_may_go_on(made: keying.Made) -> None:
    for ago in range(1, 20):
        KeyDay.objects.create(key=made.row, day=NOON.date() - dt.timedelta(days=ago), calls=400)
    KeyDay.objects.create(key=made.row, day=NOON.date(), calls=2_999)
    with clock.frozen(NOON):
        use(made)
    assert not suspended(made)
    assert KeyDay.objects.get(day=NOON.date()).calls == 3_000


def test_use_is_noted_by_day_and_count_only(made: keying.Made) -> None:
    for day in (0, 0, 1):
        with clock.frozen(NOON + dt.timedelta(days=day, hours=3)):
            use(made)
    made.row.refresh_from_db()
    assert made.row.last_used_on == NOON.date() + dt.timedelta(days=1)
    assert list(KeyDay.objects.order_by("day").values_list("calls", flat=True)) == [2, 1]


def test_the_owner_reads_why_and_lets_it_in_again_for_the_day(as_alice: Client, made: keying.Made) -> None:
    keying.suspend(made.row, because="pattern")
    page = as_alice.get("/settings/api-keys/").content.decode()
    assert "It was used quite unlike before" in page
    as_alice.post(f"/settings/api-keys/{made.row.pk}/resume/")
    assert not suspended(made)
    for number in range(12):
        use(made, agent=f"client{number * 'x'}")  # what was meant is not suspended again on the same day
    assert AuditEvent.objects.get(action=audit.Action.API_KEY_RESUMED).label == "Nightly sync"


def test_what_an_operator_suspended_its_owner_cannot_let_in(as_alice: Client, made: keying.Made) -> None:
    keying.suspend(made.row, because="operator")
    assert "Let in again" not in as_alice.get("/settings/api-keys/").content.decode()
    as_alice.post(f"/settings/api-keys/{made.row.pk}/resume/")
    assert suspended(made) == "operator"
