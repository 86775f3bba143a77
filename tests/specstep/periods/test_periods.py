"""Every stated period has a running job behind it (S-157): an item on each side of its limit, the real jobs, the clock moved.

The table is the register's: a period that is stated and not declared, or declared and not shown here, fails.
"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.flows.sweeping import years_before
from accounts.models import User
from accounts.policies import shipped
from ground import clock, register
from ground.register import Period
from specstep.celery import JOBS
from tests.schedule import run
from tests.specstep.periods.seeds import SEEDS

START = dt.datetime(2018, 3, 1, tzinfo=dt.UTC)
"""Long ago: the database refuses to delete an event of the audit before its time, by its own clock."""
STATED = re.compile(r"\b(\d+|an?) (minute|hour|day|month|year)s?\b")
DOC = Path(__file__).resolve().parents[3] / "docs" / "retention.md"


@pytest.fixture(autouse=True)
def own_store(settings: Settings, tmp_path: Path) -> None:
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path / "blobs")}}}
    settings.EMAIL_BACKEND = settings.EMAIL_BACKEND  # a seed may break it
    settings.GOOGLE_REVOKE_URL = settings.GOOGLE_REVOKE_URL
    settings.EGRESS_ALLOW = list(settings.EGRESS_ALLOW)


def end_of(period: Period, since: dt.datetime) -> dt.datetime:
    return years_before(since, -period.years) if period.years else since + period.length


@pytest.mark.django_db
@pytest.mark.promise("S-157")
@pytest.mark.parametrize("period", register.periods(), ids=lambda period: period.name)
def test_it_stands_until_its_time_is_over_and_then_its_job_takes_it(period: Period, alice: User) -> None:
    with clock.frozen(START):
        seed = SEEDS[period.name](alice)
        assert seed.left() == seed.whole, "the control: it is there"
    limit = end_of(period, seed.since or START)
    if seed.early is not None:
        with clock.frozen(limit - seed.early):
            run()
            assert seed.left() == seed.whole
    with clock.frozen(limit + seed.late if seed.early else limit - dt.timedelta(hours=1)):
        run(period.job)
        assert seed.left() == 0


@pytest.mark.promise("S-157")
def test_every_period_is_shown_above_and_has_a_job_on_the_schedule() -> None:
    assert {period.name for period in register.periods()} == set(SEEDS)
    assert {period.job for period in register.periods()} <= set(JOBS)


@pytest.mark.promise("S-157")
def test_a_class_of_data_that_states_a_period_declares_it() -> None:
    for data in register.declared():
        stated = {in_one_form(*found) for found in STATED.findall(data.kept)}
        # Two kinds of bound are no limits of keeping: at most a day to an hour, never the other way round.
        declared = {period.in_words for period in data.periods}
        assert stated <= declared | {"7 years"} if "tax" in data.kept else stated <= declared, data.name


CONDUCT = {
    "24 hours": "acknowledging a weakness",
    "72 hours": "telling of an incident, and the timeline of a weakness",
    "30 days": "notice of a change",
    "16 years": "the age of people it is for",
    "1 years": "how often an audit may be asked for, and liability",
}
"""Periods on the policies that say when something is done, and not how long something is kept."""


@pytest.mark.promise("S-157")
@pytest.mark.parametrize("document", ["privacy", "dpa", "terms"])
def test_a_policy_states_no_period_that_is_not_declared(document: str) -> None:
    declared = {period.in_words for period in register.periods()}
    stated = {in_one_form(*found) for found in STATED.findall(shipped(document)[0].text)}
    assert stated <= declared | set(CONDUCT)


def test_the_page_of_the_documentation_is_the_register() -> None:
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \| `(.+?)` \|$", DOC.read_text(), re.M)
    assert rows == [(period.name, period.in_words, period.since, period.job) for period in register.periods()]


def in_one_form(number: str, unit: str) -> str:
    count = 1 if number.startswith("a") else int(number)
    if unit == "day" and count == 1:
        return "24 hours"
    return f"{count} {unit}s"
