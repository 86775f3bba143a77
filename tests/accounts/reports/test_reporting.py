"""Bug reports: what is stored of a page, what is not, and what the service files by itself."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.core import serializers
from django.db.models import F
from django.test import Client

from accounts.flows import reporting
from accounts.models import BugReport, User
from generation.models import Run
from ground import clock, guarding
from ground.errors import Conflict
from interviews.models import Interview

pytestmark = pytest.mark.django_db
SECRET = "sk-" + "live" + "x7" * 16


@pytest.fixture
def interview(alice: User) -> Interview:
    return Interview.objects.create(workspace=alice.workspace, title="Booking desk CANARY-TITLE")


@pytest.fixture
def run(alice: User, interview: Interview) -> Run:
    return Run.objects.create(
        workspace=alice.workspace, interview=interview, number=1, evidence={}, evidence_sha256="0" * 64, frozen_at=clock.now()
    )


def written(**given: str) -> dict[str, str]:
    return {"title": "It stops", "description": "I pressed Stop and nothing came.", "severity": "high", **given}


def filed(user: User, **given: str) -> BugReport:
    usual = {"title": "It stops", "description": "", "severity": "low", "came_from": "/packages/", "user_agent": "Firefox"}
    return reporting.file(user, **usual | given)


@pytest.mark.promise("S-078")
def test_exactly_these_fields_are_stored(as_alice: Client, alice: User, run: Run) -> None:
    as_alice.cookies["canary"] = "CANARY-COOKIE"
    answer = as_alice.post(
        "/report/?CANARY-QUERY-2=1",
        written(came_from=f"/runs/{run.pk}/?token=CANARY-QUERY#CANARY-FRAGMENT", page="CANARY-PAGE"),
        headers={"User-Agent": "Firefox 140", "X-Extra": "CANARY-HEADER", "Referer": "https://x.example/CANARY-REFERER"},
        REMOTE_ADDR="203.0.113.77",
    )
    assert answer.status_code == 303
    report = BugReport.objects.get()
    assert {field.name: getattr(report, field.name) for field in report._meta.concrete_fields} == {
        "id": report.pk,
        "created_at": report.created_at,
        "workspace": alice.workspace,
        "reporter": alice,
        "automatic": False,
        "title": "It stops",
        "description": "I pressed Stop and nothing came.",
        "severity": "high",
        "route": f"/runs/{run.pk}/",
        "user_agent": "Firefox 140",
        "run": run.pk,
        "interview": run.interview_id,
        "error_class": "",
        "state": "open",
        "received_at": None,
        "triaged_at": None,
        "timeline_at": None,
        "resolved_at": None,
    }
    dump = serializers.serialize("json", BugReport.objects.all())
    assert "CANARY" not in dump
    assert "203.0.113.77" not in dump
    assert as_alice.cookies["sessionid"].value not in dump


@pytest.mark.promise("S-078")
def test_the_ids_are_only_those_the_reporter_may_see(charlie: User, run: Run, interview: Interview) -> None:
    for address in (f"/runs/{run.pk}/", f"/interviews/{interview.pk}/", f"/interviews/facts/{interview.pk}/", "/packages/"):
        report = filed(charlie, came_from=address)
        assert (report.route, report.run, report.interview) == (address, None, None)


def test_a_page_of_an_interview_gives_its_id(alice: User, interview: Interview) -> None:
    assert filed(alice, came_from=f"/interviews/{interview.pk}/review/").interview == interview.pk
    assert filed(alice, came_from=f"/interviews/{interview.pk}/write/").interview == interview.pk


@pytest.mark.parametrize(
    "address",
    [
        "",
        "packages/",
        "//elsewhere.example/",
        "https://elsewhere.example/packages/",
        "/no/such/page/",
        "/packages/\x00",
        "http://[x",
    ],
)
def test_only_paths_of_ours_are_kept(address: str) -> None:
    assert reporting.route_of(address) == ""


def test_a_long_path_and_a_long_browser_are_cut(alice: User) -> None:
    report = filed(alice, came_from="/example/files/" + "x" * 400, user_agent="M" * 900)
    assert (len(report.route), len(report.user_agent)) == (200, 300)


@pytest.mark.promise("S-078")
def test_secrets_are_taken_out_before_anything_is_stored(alice: User) -> None:
    report = filed(alice, title=f"My key {SECRET} fails", description=f"I typed {SECRET} here.")
    report.refresh_from_db()
    assert SECRET not in report.title + report.description
    assert "[[SECRET:" in report.title
    assert "[[SECRET:" in report.description


def test_nothing_is_stored_when_the_search_for_secrets_fails(as_alice: Client) -> None:
    def broken(workspace: uuid.UUID, text: str) -> str:
        raise RuntimeError(text)

    from llm.guarding import cleaned

    guarding.register(broken)
    try:
        answer = as_alice.post("/report/", written())
    finally:
        guarding.register(cleaned)
    assert answer.status_code == 422
    assert "this was not stored" in answer.content.decode()
    assert "I pressed Stop and nothing came." in answer.content.decode()
    assert not BugReport.objects.exists()


def test_without_a_searcher_nothing_is_cleaned(alice: User) -> None:
    held, guarding._cleaner[:] = list(guarding._cleaner), []
    try:
        with pytest.raises(guarding.NotSearched):
            filed(alice)
    finally:
        guarding._cleaner[:] = held


def test_an_account_files_so_many_an_hour_and_no_more(alice: User, charlie: User) -> None:
    at = clock.now()
    with clock.frozen(at):
        for _ in range(reporting.REPORTS_AN_HOUR):
            filed(alice)
        with pytest.raises(reporting.TooMany):
            filed(alice)
        filed(charlie)
    with clock.frozen(at + dt.timedelta(hours=1)):
        filed(alice)


def test_the_form_says_what_is_wrong_and_keeps_the_words(as_alice: Client) -> None:
    answer = as_alice.post("/report/", written(title=""))
    assert answer.status_code == 422
    assert 'id="title-error"' in answer.content.decode()
    assert "I pressed Stop and nothing came." in answer.content.decode()
    assert as_alice.post("/report/", written(severity="worst")).status_code == 422


def test_every_signed_in_page_offers_it_with_its_path_and_no_signed_out_page_does(as_alice: Client, interview: Interview) -> None:
    for address in ("/interviews/", "/settings/", f"/interviews/{interview.pk}/", "/packages/"):
        assert f"/report/?from={address}" in as_alice.get(address).content.decode()
    stranger = Client()
    for address in ("/", "/example/", "/sign-in/"):
        assert "/report/" not in stranger.get(address).content.decode()
    assert stranger.get("/report/").status_code == 302


def test_the_reporter_sees_own_reports_and_their_state(as_alice: Client, alice: User, charlie: User) -> None:
    filed(alice, title="Mine")
    filed(charlie, title="Not mine")
    page = as_alice.get("/settings/reports/").content.decode()
    assert "Mine" in page
    assert "Not looked at yet" in page
    assert "Not mine" not in page


def test_a_failed_run_has_one_report_however_often_it_fails(alice: User, charlie: User, run: Run) -> None:
    def fail(error: str) -> BugReport:
        return reporting.file_failed_run(alice.workspace.pk, run=run.pk, interview=run.project, error=error)

    report = fail("RateLimited")
    assert fail("BadKey") == report
    reporting.move(report, to="triaged", actor=charlie)
    reporting.move(report, to="resolved", actor=charlie)
    fail("BadKey")
    report.refresh_from_db()
    assert (report.state, report.error_class, report.resolved_at) == ("triaged", "BadKey", None)
    assert BugReport.objects.count() == 1


def test_states_follow_one_another(alice: User, charlie: User) -> None:
    report = filed(alice)
    with pytest.raises(Conflict):
        reporting.move(report, to="resolved", actor=charlie)
    reporting.move(report, to="triaged", actor=charlie)
    reporting.move(report, to="declined", actor=charlie)
    with pytest.raises(Conflict):
        reporting.move(report, to="triaged", actor=charlie)


@pytest.mark.promise("S-081")
def test_words_of_a_closed_report_go_after_30_days_and_open_ones_stay_for_ever(alice: User, charlie: User, run: Run) -> None:
    from specstep.celery import NIGHTLY, REGULARLY, app

    def sweep_everything(*, after: dt.timedelta) -> None:
        """Every sweep there is, with the reports as old as if ``after`` had passed."""
        for name in ("created_at", "triaged_at", "resolved_at"):
            BugReport.objects.update(**{name: F(name) - after})
        app.loader.import_default_modules()
        for name in (*NIGHTLY, *REGULARLY):
            app.tasks[name].apply(throw=True)

    still_open = filed(alice, title="Still open")
    looked_at = filed(alice, title="Looked at")
    automatic = reporting.file_failed_run(alice.workspace.pk, run=run.pk, interview=run.project, error="BadKey")
    closed = [filed(alice, title="Resolved", came_from=f"/runs/{run.pk}/"), filed(alice, title="Declined")]
    for report in (looked_at, *closed):
        reporting.move(report, to="triaged", actor=charlie)
    reporting.move(closed[0], to="resolved", actor=charlie)
    reporting.move(closed[1], to="declined", actor=charlie)
    sweep_everything(after=dt.timedelta(days=29, hours=23))
    assert set(BugReport.objects.values_list("title", flat=True)) >= {"Resolved", "Declined"}
    sweep_everything(after=dt.timedelta(hours=1))
    for report in closed:
        report.refresh_from_db()
        assert (report.title, report.description, report.route, report.user_agent) == ("", "", "", "")
        assert (report.run, report.interview, report.reporter, report.workspace) == (None, None, None, None)
        assert report.severity
        assert report.resolved_at
    sweep_everything(after=dt.timedelta(days=3650))
    for report, title in ((still_open, "Still open"), (looked_at, "Looked at"), (automatic, reporting.FAILED_RUN)):
        report.refresh_from_db()
        assert (report.title, report.workspace) == (title, alice.workspace)
    assert BugReport.objects.count() == 5
