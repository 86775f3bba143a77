"""A run that fails files one report by itself, in the transaction that ends it (S-079)."""

from __future__ import annotations

import pytest
from django.core import serializers
from pytest_django import Settings

from accounts.models import BugReport, User
from billing.purses import UnmeteredPurse
from generation.flows import running, starting
from generation.models import Run
from generation.steps import Bench, Result, Work
from ground.errors import SpecStepError
from interviews.flows import answering, closing, opening
from tests.wire_stub import ANTHROPIC_KEY, WireStub

CANARY = "CANARY the patient said it hurts"


class Refused(SpecStepError):
    """A fault that trying again does not mend."""


def refusing(bench: Bench) -> Result:
    raise Refused(f"{CANARY} {bench.key}", permanent=True)


def broken(bench: Bench) -> Result:
    raise ZeroDivisionError(CANARY)


@pytest.mark.parametrize(("work", "error"), [(refusing, "Refused"), (broken, "ZeroDivisionError")])
def test_it_names_the_class_of_the_error_and_the_ids_and_nothing_anybody_said(run: Run, work: object, error: str) -> None:
    running.drive(run, works={"add": Work(1, work)})  # type: ignore[arg-type]
    assert run.state == Run.State.FAILED
    report = BugReport.objects.get()
    assert (report.automatic, report.reporter, report.run, report.interview) == (True, None, run.pk, run.interview_id)
    assert (report.error_class, report.workspace_id) == (error, run.workspace_id)
    assert "CANARY" not in serializers.serialize("json", [report])


def test_a_run_that_fails_again_after_a_retry_is_still_one_report(run: Run) -> None:
    for _ in range(2):
        running.drive(run, works={"add": Work(1, refusing)})
        assert run.state == Run.State.FAILED
        starting.retry(run)
        run.refresh_from_db()
    assert BugReport.objects.count() == 1


def test_a_run_that_is_done_or_cancelled_files_nothing(run: Run, works: dict[str, Work]) -> None:
    running.drive(run, works=works)
    assert run.state == Run.State.DONE
    assert not BugReport.objects.exists()


@pytest.mark.promise("S-079")
def test_a_model_that_fails_for_good_leaves_one_report_per_run_without_content(
    alice: User, wire_stub: WireStub, settings: Settings
) -> None:
    settings.LLM_FIRST_WAIT_SECONDS = 0.01
    interview = opening.open_interview(workspace=alice.workspace, title="Desk CANARY")
    answering.store_answer(interview.questions.get(), text=f"{CANARY}. Patients book online.")
    answering.reply_now(interview, purse=UnmeteredPurse(alice.workspace.pk), provider="offline")
    closing.close(interview, because="Enough.")
    interview.refresh_from_db()
    wire_stub.always = "401"
    runs = []
    for _ in range(2):
        runs.append(running.drive(starting.start(interview, provider="anthropic")))
        assert runs[-1].state == Run.State.FAILED
    assert wire_stub.seen, "the model was asked"
    reports = BugReport.objects.all()
    assert {report.run for report in reports} == {run.pk for run in runs}
    assert len(reports) == 2
    assert {report.interview for report in reports} == {interview.pk}
    assert {report.error_class for report in reports} == {"VendorOut"}
    dump = serializers.serialize("json", reports)
    prompts = {seen.raw for seen in wire_stub.seen}
    assert "CANARY" in "".join(prompts), "the prompt held the words"
    assert "CANARY" not in dump
    assert ANTHROPIC_KEY not in dump
