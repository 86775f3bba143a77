"""What the audit trail says of a run: that it began and how it ended, once each and in the same transaction."""

from __future__ import annotations

import pytest
from django.db import transaction
from django.test import Client

from accounts import audit
from accounts.models import AuditEvent, User
from generation.flows import cancelling, recording, running, starting
from generation.models import Run
from generation.steps import Bench, Result, Work
from ground.errors import SpecStepError
from interviews.models import Interview
from tests.packages import written

pytestmark = pytest.mark.django_db


def told(run: Run) -> list[tuple[str, object, str]]:
    return list(AuditEvent.objects.filter(about=run.pk).order_by("at", "id").values_list("action", "actor", "means"))


@pytest.mark.promise("S-108")
def test_a_real_run_is_started_and_completed_in_this_order(alice: User) -> None:
    run = written(alice).run
    assert [action for action, _, _ in told(run)] == ["run.started", "run.completed"]
    assert AuditEvent.objects.visible_to(alice).filter(about=run.pk).count() == 2


@pytest.mark.promise("S-108")
def test_a_failing_run_does_not_read_as_completed_and_a_retry_is_not_a_second_start(
    run: Run, works: dict[str, Work], alice: User
) -> None:
    audit.record(run.workspace, audit.Action.RUN_STARTED, actor=alice, about=run.pk)

    def fails(bench: Bench) -> Result:
        raise SpecStepError("The vendor refused this.", permanent=True)

    running.drive(run, works={"add": Work(1, fails)})
    assert [action for action, _, _ in told(run)] == ["run.started", "run.failed"]
    running.drive(starting.retry(run), works=works)
    assert [action for action, _, _ in told(run)] == ["run.started", "run.failed", "run.completed"]


def test_the_person_who_stops_a_run_is_named_and_the_service_where_it_ends_by_itself(
    run: Run, works: dict[str, Work], as_alice: Client, alice: User
) -> None:
    as_alice.post(f"/runs/{run.pk}/stop/")
    assert told(run) == [("run.cancelled", alice.pk, "session")]
    running.drive(starting.retry(run), works=works)
    assert told(run)[-1] == ("run.completed", None, "system")


def test_the_person_who_starts_a_run_is_named(as_alice: Client, alice: User) -> None:
    interview = Interview.objects.get(pk=written(alice).project)
    as_alice.post(f"/interviews/{interview.pk}/write/")
    run = interview.runs.latest("number")
    assert told(run)[0] == ("run.started", alice.pk, "session")


def test_an_end_that_is_undone_leaves_no_event(run: Run) -> None:
    with transaction.atomic():
        locked = recording.locked(run.pk)
        assert locked is not None
        recording.end(locked, Run.State.DONE)
        transaction.set_rollback(True)
    assert not told(run)


def test_stopping_twice_is_noted_once(run: Run, alice: User) -> None:
    cancelling.cancel(run, actor=alice)
    with pytest.raises(SpecStepError):
        cancelling.cancel(run, actor=alice)
    assert len(told(run)) == 1
