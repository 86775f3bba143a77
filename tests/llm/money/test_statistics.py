"""The anonymised statistic: groups of at least five workspaces, and nothing that says whose."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import io
import uuid

import pytest
from django.core.management import call_command

from accounts.flows import consenting
from accounts.models import User
from llm import statistics
from tests.llm.money.ledger import entry
from tests.llm.money.ledger import person as anybody

JUNE = dt.datetime(2026, 6, 10, 12, tzinfo=dt.UTC)
pytestmark = pytest.mark.django_db


def person(number: int) -> User:
    """One of many, who lets their calls be counted."""
    user = anybody(number)
    consenting.switch(user, consenting.STATISTICS, on=True)
    return user


def test_a_group_of_five_workspaces_is_one_line_with_its_sums() -> None:
    for number in range(5):
        entry(person(number).workspace.pk, at=JUNE)
    assert statistics.lines() == [
        statistics.Line(dt.date(2026, 6, 1), "generation.vision", "claude-opus-5", "answered", 5, 5 * 1_340, 5 * 200)
    ]


@pytest.mark.promise("S-077")
def test_nothing_in_it_leads_to_an_account_and_small_groups_are_not_shown() -> None:
    canary, people = uuid.uuid4(), [person(number) for number in range(5)]
    for one in people:
        entry(one.workspace.pk, at=JUNE, subject=canary, part=f"prose:{canary}")
    for one in people[:4]:
        for _ in range(40):
            entry(one.workspace.pk, at=JUNE, call="generation.risks")
    entry(people[0].workspace.pk, at=JUNE, outcome="refused", state="failed")
    out = io.StringIO()
    call_command("usage_statistics", stdout=out)
    header, *rows = csv.reader(io.StringIO(out.getvalue()))
    assert header == ["month", "call", "model", "outcome", "calls", "tokens_in", "tokens_out"]
    assert rows == [["2026-06-01", "generation.vision", "claude-opus-5", "answered", "5", "6700", "1000"]], (
        "four workspaces with many calls are a small group, and so is one with a rare outcome"
    )
    for one in people:
        for trace in (one.email, str(one.pk), str(one.workspace.pk), one.workspace.pk.hex, str(canary)):
            assert trace not in out.getvalue()


@pytest.mark.promise("S-077", "S-167", "N-44")
def test_who_switched_it_off_is_in_no_sum_from_then_on() -> None:
    people = [person(number) for number in range(6)]
    for one in [*people, anybody(6)]:
        entry(one.workspace.pk, at=JUNE)
    assert [line.calls for line in statistics.lines()] == [6], "off until it is chosen: the seventh is not counted"
    consenting.switch(people[0], consenting.STATISTICS, on=False)
    assert [line.calls for line in statistics.lines()] == [5]
    consenting.switch(people[1], consenting.STATISTICS, on=False)
    assert statistics.lines() == []


def test_its_columns_are_a_closed_list() -> None:
    assert {field.name: field.type for field in dataclasses.fields(statistics.Line)} == {
        "month": "dt.date",
        "call": "str",
        "model": "str",
        "outcome": "str",
        "calls": "int",
        "tokens_in": "int",
        "tokens_out": "int",
    }


def test_months_and_models_are_apart_and_calls_under_way_are_not_in_it() -> None:
    for number in range(5):
        mine = person(number).workspace.pk
        entry(mine, at=JUNE)
        entry(mine, at=JUNE, model="claude-sonnet-5")
        entry(mine, at=JUNE + dt.timedelta(days=30))
        entry(mine, at=JUNE, state="asked", outcome="", call="generation.tests")
    assert [(line.month.month, line.model, line.calls) for line in statistics.lines()] == [
        (6, "claude-opus-5", 5),
        (6, "claude-sonnet-5", 5),
        (7, "claude-opus-5", 5),
    ]
