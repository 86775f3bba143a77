"""Settings, Retention: within what the plan allows, with effect at the next nightly run."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from accounts.flows import retaining
from accounts.models import User, Workspace
from accounts.rules.retention import Bounds, fault, window
from accounts.tasks import sweep_bins
from generation.models import Package
from ground import clock
from interviews.models import Interview
from tests.generation.bin.sketch import sketched

DAY = dt.timedelta(days=1)


@pytest.fixture
def small_plan() -> Iterator[None]:
    """A plan that keeps packages for 30 days and at most 90."""
    before = retaining._bounds
    retaining.declare_bounds(lambda workspace: Bounds(default=30, most=90))
    yield
    retaining.declare_bounds(before)


days = st.none() | st.integers(1, 40_000)


@given(chosen=days, default=days, most=days, kept=st.booleans())
def test_never_longer_than_the_plan_allows(chosen: int | None, default: int | None, most: int | None, kept: bool) -> None:
    held = window(chosen, Bounds(default, most), kept_by_default=kept)
    if most is not None and not (kept and chosen is None):
        assert held is not None
        assert held <= most
    if chosen is not None and not fault(chosen, Bounds(default, most)):
        assert held == chosen


@pytest.mark.django_db
def test_a_package_goes_to_the_bin_when_its_window_is_over(alice: User, small_plan: None) -> None:
    package = sketched(alice)
    retaining.choose(alice.workspace, {"packages": 7}, actor=alice)
    second = dt.timedelta(seconds=1)
    with clock.frozen(package.created_at + 7 * DAY - second):
        sweep_bins()
    assert Package.objects.get().deleted_at is None
    with clock.frozen(package.created_at + 7 * DAY):
        sweep_bins()
    assert Package.objects.get().deleted_because == "policy"
    assert Interview.objects.get().deleted_at is None


@pytest.mark.django_db
def test_the_plans_own_window_holds_where_nothing_was_chosen(alice: User, small_plan: None) -> None:
    package = sketched(alice)
    with clock.frozen(package.created_at + 31 * DAY):
        sweep_bins()
    assert Package.objects.get().deleted_at is not None
    assert Interview.objects.get().deleted_at is None, "interviews are kept until somebody chooses otherwise"


@pytest.mark.django_db
def test_without_a_plan_everything_is_kept(alice: User) -> None:
    package = sketched(alice)
    with clock.frozen(package.created_at + 2000 * DAY):
        sweep_bins()
    assert Package.objects.get().deleted_at is None


@pytest.mark.django_db
def test_an_interview_counts_from_its_last_answer(alice: User) -> None:
    sketched(alice)
    interview = Interview.objects.get()
    retaining.choose(alice.workspace, {"interviews": 5}, actor=alice)
    said = interview.answers.get()
    said.created_at += 3 * DAY
    said.save()
    with clock.frozen(interview.created_at + 6 * DAY):
        sweep_bins()
        assert Interview.objects.get().deleted_at is None
    with clock.frozen(said.created_at + 5 * DAY):
        sweep_bins()
        assert Interview.objects.get().deleted_because == "policy"


@pytest.mark.django_db
@pytest.mark.promise("S-156")
def test_the_page_says_how_many_a_change_touches_before_it_is_saved(as_alice: Client, alice: User, small_plan: None) -> None:
    package = sketched(alice)
    assert "It allows up to 90" in as_alice.get("/settings/retention/").content.decode()
    with clock.frozen(package.created_at + 10 * DAY):
        as_alice.force_login(alice)
        asked = as_alice.post("/settings/retention/", {"packages": "5", "interviews": ""})
        assert "Nothing is saved yet" in asked.content.decode()
        assert "1 package" in asked.content.decode()
        assert Workspace.objects.filter(retention=None).count() == 1
        assert as_alice.post("/settings/retention/", {"packages": "5", "interviews": "", "sure": "1"}).status_code == 303
        assert Package.objects.get().deleted_at is None, "it acts in the night"
        sweep_bins()
    assert Package.objects.get().deleted_because == "policy"


@pytest.mark.django_db
@pytest.mark.promise("S-156")
@pytest.mark.parametrize("given_days", ["91", "0", "-3", "soon", "99999999999"])
def test_what_the_plan_does_not_allow_is_refused(as_alice: Client, alice: User, small_plan: None, given_days: str) -> None:
    answer = as_alice.post("/settings/retention/", {"packages": given_days, "interviews": "", "sure": "1"})
    assert answer.status_code == 422
    assert [one.chosen for one in retaining.windows(alice.workspace)] == [None, None]
    assert as_alice.post("/settings/retention/", {"packages": "90", "interviews": "400"}).status_code == 303
    assert sorted(one.days or 0 for one in retaining.windows(alice.workspace)) == [90, 400]


@pytest.mark.django_db
@pytest.mark.promise("S-155")
def test_an_account_that_idles_for_five_years_is_all_there(as_alice: Client, alice: User) -> None:
    sketched(alice)
    with clock.moved(5 * 365 * DAY):
        sweep_bins()
    assert User.objects.get(pk=alice.pk).is_active
    assert Interview.objects.get().deleted_at is None
    assert Package.objects.get().deleted_at is None
