"""The queue of bug reports: filters, states, and two clocks against targets."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.flows import reporting
from accounts.models import AuditEvent, BugReport, User
from accounts.rules import triage
from accounts.targets import targets
from ground import clock

pytestmark = pytest.mark.django_db
Operator = Callable[..., Client]
START = dt.datetime(2026, 11, 2, 9, 0, tzinfo=dt.UTC)


def filed(user: User, title: str, severity: str = "high") -> BugReport:
    return reporting.file(user, title=title, description="", severity=severity, came_from="/packages/", user_agent="F")


@pytest.mark.promise("S-080")
def test_an_operator_lists_both_kinds_and_sets_their_states(operator: Operator, ruth: User) -> None:
    client = operator("support")
    reports = [
        filed(ruth, "Written by Ruth"),
        reporting.file_failed_run(ruth.workspace.pk, run=uuid.uuid4(), interview=uuid.uuid4(), error="VendorOut"),
    ]
    page = client.get("/console/reports/").content.decode()
    assert "Written by Ruth" in page
    assert reporting.FAILED_RUN in page
    for report in reports:
        path = f"/console/reports/{report.pk}/"
        for state, action in (("triaged", "bug_report.triaged"), ("resolved", "bug_report.resolved")):
            assert client.post(path, {"state": state}).status_code == 303
            report.refresh_from_db()
            assert report.state == state
            event = AuditEvent.objects.get(action=action, about=report.pk)
            assert (event.workspace, event.label) == (ruth.workspace, state)
        assert client.post(path, {"state": "open"}).status_code == 303
        report.refresh_from_db()
        assert report.state == "resolved"
    assert "Written by Ruth" not in client.get("/console/reports/").content.decode()
    person = Client()
    person.force_login(ruth)
    assert "Resolved" in person.get("/settings/reports/").content.decode()
    assert person.get("/console/reports/").status_code == 404
    assert person.post(f"/console/reports/{reports[0].pk}/", {"state": "triaged"}).status_code == 404


def test_the_list_is_narrowed_by_state_severity_and_who_filed(operator: Operator, ruth: User) -> None:
    low, high = filed(ruth, "A low one", "low"), filed(ruth, "A high one", "high")
    reporting.file_failed_run(ruth.workspace.pk, run=uuid.uuid4(), interview=uuid.uuid4(), error="VendorOut")
    reporting.move(high, to="triaged", actor=ruth)
    client = operator("support")
    for query, titles in {
        "": {"A low one", "A high one", reporting.FAILED_RUN},
        "state=triaged": {"A high one"},
        "severity=low": {"A low one"},
        "kind=automatic": {reporting.FAILED_RUN},
        "kind=person&severity=high": {"A high one"},
        "state=nonsense&severity=%27&kind=x&page=-4": {"A low one", "A high one", reporting.FAILED_RUN},
    }.items():
        page = client.get(f"/console/reports/?{query}").content.decode()
        assert {title for title in ("A low one", "A high one", reporting.FAILED_RUN) if title in page} == titles, query
    assert low.state == "open"


def test_both_clocks_run_from_the_filing_and_stop_at_their_ends(ruth: User) -> None:
    high = targets().by_severity["high"]
    with clock.frozen(START):
        report = filed(ruth, "It stops")
    with clock.frozen(START + dt.timedelta(hours=high.triage - 1)):
        looked, resolved = reporting.clocks(report)
        assert (looked.left, looked.late, looked.stopped) == (dt.timedelta(hours=1), False, False)
        assert not resolved.stopped
        reporting.move(report, to="triaged", actor=ruth)
    with clock.frozen(START + dt.timedelta(hours=high.resolution + 5)):
        looked, resolved = reporting.clocks(report)
        assert (looked.took, looked.late, looked.stopped) == (dt.timedelta(hours=high.triage - 1), False, True)
        assert (resolved.left, resolved.late, resolved.stopped) == (dt.timedelta(hours=-5), True, False)
        reporting.move(report, to="resolved", actor=ruth)
    with clock.frozen(START + dt.timedelta(days=900)):
        _, resolved = reporting.clocks(report)
        assert (resolved.took, resolved.late, resolved.stopped) == (dt.timedelta(hours=high.resolution + 5), True, True)


def test_the_pages_show_the_clocks_and_how_many_are_late(operator: Operator, ruth: User) -> None:
    with clock.frozen(clock.now()):
        client = operator("support")
        filed(ruth, "It stops", "critical")
        with clock.moved(dt.timedelta(minutes=1)):
            assert "3 h 59 min left" in client.get("/console/reports/").content.decode()
            assert "late" not in client.get("/console/").content.decode()
        with clock.moved(dt.timedelta(hours=6)):
            assert "late by 2 h" in client.get("/console/reports/").content.decode()
            assert "1 late" in client.get("/console/").content.decode()


def test_every_severity_has_targets_and_a_file_that_is_not_whole_is_refused() -> None:
    assert set(targets().by_severity) == set(BugReport.Severity.values)
    with pytest.raises(ValueError, match="not before triage"):
        triage.read({"kept_days_after_resolution": 30, "severities": {"low": {"triage_hours": 9, "resolution_hours": 2}}})
    with pytest.raises(KeyError):
        triage.read({"severities": {}})


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "0 min"), (59, "59 min"), (60, "1 h"), (1440, "1 d"), (1501, "1 d 1 h"), (-61, "1 h 1 min")]
)
def test_lengths_of_time_are_said_in_words(minutes: int, words: str) -> None:
    assert triage.in_words(dt.timedelta(minutes=minutes)) == words


def test_a_weakness_that_came_by_mail_runs_two_clocks(operator: Operator) -> None:
    """Acknowledged within 24 hours, its timeline told within 72 (P1-062)."""
    client = operator("security")
    received = clock.now() - dt.timedelta(hours=20)
    form = {
        "title": "Session fixed",
        "description": "See mail.",
        "severity": "weakness",
        "received_at": f"{received:%Y-%m-%dT%H:%M}",
    }
    assert client.post("/console/reports/new/", form | {"received_at": "2199-01-01T00:00"}).status_code == 422
    address = client.post("/console/reports/new/", form).headers["Location"]
    report = BugReport.objects.get()
    acknowledged, told = reporting.clocks(report)
    assert (acknowledged.target, told.target) == (dt.timedelta(hours=24), dt.timedelta(hours=72))
    assert acknowledged.left < dt.timedelta(hours=4, minutes=2)
    queue = client.get("/console/reports/").content.decode()
    assert "3 h" in queue
    assert "to tell its timeline" in queue
    client.post(address, {"timeline": "told"})
    report.refresh_from_db()
    assert not reporting.clocks(report)[1].stopped, "first it is acknowledged"
    client.post(address, {"state": "triaged"})
    assert client.post(address, {"timeline": "told"}).status_code == 303
    report.refresh_from_db()
    assert all(one.stopped and not one.late for one in reporting.clocks(report))
    BugReport.objects.update(timeline_at=None, received_at=clock.now() - dt.timedelta(hours=73))
    report.refresh_from_db()
    assert [one.late for one in reporting.clocks(report)] == [True, True]
