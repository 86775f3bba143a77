"""A raw token becomes a caller, or nobody."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.audit import Means
from accounts.flows import suspending
from accounts.flows.erasing import request_deletion
from accounts.models import User
from api import straight
from api.oauth import recognising
from api.oauth.rules import tokens
from ground import clock
from tests.api.oauth.issued import a_client, a_token


def test_a_token_is_its_owners(alice: User) -> None:
    row, raw = a_token(alice, a_client("Drafting Desk"))
    found = recognising.recognise(raw)
    assert found is not None
    assert (found.token_id, found.user_id, found.client_name) == (row.pk, alice.pk, "Drafting Desk")
    caller = found.caller()
    assert (caller.user, caller.workspace, caller.means) == (alice, alice.workspace, Means.TOOL)


@pytest.mark.parametrize("other", ["", "sst_", "ss_0123456789", "sst_" + "a" * 43, "sst_" + "é" * 43, "x" * 10_000])
def test_another_token_is_nobodys(alice: User, other: str) -> None:
    a_token(alice)
    assert recognising.recognise(other) is None


def test_one_character_makes_another_token(alice: User) -> None:
    _, raw = a_token(alice)
    assert recognising.recognise(raw[:-1] + ("a" if raw[-1] != "a" else "b")) is None
    assert recognising.recognise(raw + "a") is None


@pytest.mark.parametrize("audience", [[], ["https://elsewhere.example/mcp"], ["http://127.0.0.1:8000"], ["a", "b"]])
def test_a_token_for_another_server_is_refused(alice: User, audience: list[str]) -> None:
    _, raw = a_token(alice, resource=audience)
    assert recognising.recognise(raw) is None


def test_a_token_ends_to_the_second_after_ninety_days(alice: User) -> None:
    now = clock.now()
    with clock.frozen(now):
        row, raw = a_token(alice)
    with clock.frozen(now + dt.timedelta(days=90, seconds=-1)):
        assert recognising.recognise(raw) is not None
        assert recognising.still_valid(row.pk)
    with clock.frozen(now + dt.timedelta(days=90)):
        assert recognising.recognise(raw) is None
        assert not recognising.still_valid(row.pk)


def test_a_revoked_token_is_nobodys_at_once(alice: User) -> None:
    row, raw = a_token(alice)
    _, other = a_token(alice)
    row.delete()
    assert recognising.recognise(raw) is None
    assert recognising.recognise(other) is not None


def test_a_suspended_account_lets_no_tool_in(alice: User) -> None:
    row, raw = a_token(alice)
    suspending.suspend(alice, reason="compromise", actor=None)
    assert recognising.recognise(raw) is None
    assert not recognising.still_valid(row.pk)
    suspending.restore(alice, reason="mistake", actor=None)
    assert recognising.recognise(raw) is not None


def test_an_account_that_is_being_deleted_lets_no_tool_in(alice: User) -> None:
    _, raw = a_token(alice)
    request_deletion(alice)
    assert recognising.recognise(raw) is None


def test_the_last_use_is_noted_once_a_minute(alice: User) -> None:
    now = dt.datetime(2026, 5, 4, 10, 30, 20, tzinfo=dt.UTC)
    with clock.frozen(now):
        row, raw = a_token(alice)
        recognising.recognise(raw)
    row.refresh_from_db()
    assert row.last_used_at == now.replace(second=0)
    with clock.frozen(now + dt.timedelta(seconds=30)), CaptureQueriesContext(connection) as asked:
        recognising.recognise(raw)
    assert len(asked) == 1
    with clock.frozen(now + dt.timedelta(seconds=90)):
        recognising.recognise(raw)
    row.refresh_from_db()
    assert row.last_used_at == now.replace(minute=31, second=0)


def test_one_question_to_the_database_is_enough(alice: User) -> None:
    _, raw = a_token(alice)
    recognising.recognise(raw)
    with CaptureQueriesContext(connection) as asked:
        recognising.recognise(raw)
    assert len(asked) == 1


@pytest.mark.django_db(transaction=True)
def test_many_tools_are_recognised_from_one_event_loop() -> None:
    owner = User.objects.create_user("alice@example.org", "Alice Moreau")
    given = [a_token(owner) for _ in range(20)]

    async def all_of_them() -> list[recognising.Grantee | None]:
        known = await asyncio.gather(*(recognising.recognise_async(raw) for _, raw in given))
        assert all(await asyncio.gather(*(recognising.still_valid_async(row.pk) for row, _ in given)))
        assert await recognising.recognise_async(tokens.new(tokens.TOKEN)) is None
        await straight.close()
        return known

    found = asyncio.run(all_of_them())
    assert [grantee.token_id for grantee in found if grantee] == [row.pk for row, _ in given]


def test_its_printed_form_holds_no_token(alice: User) -> None:
    row, raw = a_token(alice)
    found = recognising.recognise(raw)
    assert raw not in repr(found)
    assert raw not in f"{row!r} {row} {vars(row)}"
