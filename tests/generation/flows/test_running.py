"""Claim, lease, fence, retry and the end of a run."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from django.conf import settings
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.test.utils import CaptureQueriesContext

from generation.flows import cancelling, claiming, finishing, running, starting, sweeping
from generation.models import Run, Step
from generation.signals import run_finished
from generation.steps import Bench, Result, Work
from ground import clock, processes, stream
from ground.errors import Conflict, SpecStepError
from llm.errors import Parked
from llm.loop import Stop

Works = dict[str, Work]


def step(run: Run, key: str) -> Step:
    return run.steps.get(key=key)


def claimed(run: Run, key: str) -> running.Claim:
    claim = running.claim(step(run, key).pk)
    assert claim is not None
    return claim


def lease_over() -> dt.timedelta:
    return dt.timedelta(seconds=settings.STEP_LEASE_SECONDS + 1)


def test_it_does_every_step_once_in_the_order_of_needs(run: Run, works: Works) -> None:
    running.drive(run, works=works)
    assert run.state == Run.State.DONE
    assert dict(run.steps.values_list("key", "attempt")) == {"first": 1, "left": 1, "right": 1, "last": 1}
    assert step(run, "last").result == {"sum": 5}
    assert step(run, "last").note == "sum 5"


def test_it_tells_the_stream_how_far_it_is_and_that_it_is_over(run: Run, works: Works) -> None:
    running.drive(run, works=works)
    entries = stream.after(run.stream)
    assert [entry.payload["percent"] for entry in entries if entry.kind == "meter"] == [25, 50, 75, 100]
    assert (entries[-1].kind, entries[-1].payload["state"]) == ("over", "done")


def test_a_step_costs_few_statements(run: Run, works: Works) -> None:
    """They stand between an answer and the next question. More of them is a decision, not an accident."""
    first = step(run, "first")
    with CaptureQueriesContext(connection) as asked:
        assert running.work(first.pk, works=works)
    said = [query["sql"] for query in asked if query["sql"].startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))]
    assert len(said) <= 16, "\n".join(said)


@pytest.mark.django_db(transaction=True)
def test_threads_that_drive_leave_no_connection_open(run: Run, works: Works) -> None:
    opened: list[BaseDatabaseWrapper] = []

    def note(connection: BaseDatabaseWrapper, **_: object) -> None:
        opened.append(connection)

    connection_created.connect(note)
    try:
        running.drive(run, works=works, at_once=2)
    finally:
        connection_created.disconnect(note)
    assert run.state == Run.State.DONE
    assert opened, "each thread has a connection of its own"
    assert all(each.connection is None for each in opened if each is not connections["default"])


def test_a_step_is_claimed_by_one_only(run: Run) -> None:
    assert running.claim(step(run, "first").pk) is not None
    assert running.claim(step(run, "first").pk) is None


def test_a_step_whose_needs_are_not_done_is_not_claimed(run: Run) -> None:
    assert running.claim(step(run, "last").pk) is None


def test_a_step_is_taken_over_when_its_lease_has_ended(run: Run) -> None:
    claimed(run, "first")
    with clock.moved(lease_over()):
        assert claimed(run, "first").attempt == 2


def test_a_heartbeat_keeps_the_step(run: Run) -> None:
    mine = claimed(run, "first")
    with clock.moved(lease_over() / 2):
        assert running.extend(mine)
    with clock.moved(lease_over()):
        assert running.claim(mine.step_id) is None


def test_the_result_of_a_worker_thought_dead_is_dropped(run: Run, works: Works) -> None:
    zombie = claimed(run, "first")
    bench = running._bench(zombie, works["add"], None, Stop())
    with clock.moved(lease_over()):
        successor = claimed(run, "first")
        assert not running.finish(zombie, works["add"], bench, {"sum": -1})
        assert not running.extend(zombie)
        assert running.finish(successor, works["add"], bench, {"sum": 1})
    assert step(run, "first").result == {"sum": 1}


def test_a_cancelled_run_takes_no_late_result(run: Run, works: Works) -> None:
    mine = claimed(run, "first")
    bench = running._bench(mine, works["add"], None, Stop())
    cancelling.cancel(run)
    assert not running.finish(mine, works["add"], bench, {"sum": 1})
    assert run.state == Run.State.CANCELLED
    assert set(run.steps.values_list("state", flat=True)) == {"cancelled"}


def test_a_run_that_is_over_cannot_be_cancelled(run: Run, works: Works) -> None:
    running.drive(run, works=works)
    with pytest.raises(Conflict, match="already over"):
        cancelling.cancel(run)


def test_a_deleted_run_takes_no_late_result(run: Run, works: Works) -> None:
    mine = claimed(run, "first")
    bench = running._bench(mine, works["add"], None, Stop())
    run.delete()
    assert not running.finish(mine, works["add"], bench, {"sum": 1})


def test_a_passing_fault_is_tried_again_after_a_wait(run: Run, works: Works) -> None:
    def busy(bench: Bench) -> Result:
        raise SpecStepError("The vendor is busy.")

    assert running.work(step(run, "first").pk, works={"add": Work(1, busy)})
    assert (step(run, "first").state, step(run, "first").trouble) == ("ready", "The vendor is busy.")
    assert running.claim(step(run, "first").pk) is None
    with clock.moved(dt.timedelta(seconds=3)):
        running.drive(run, works=works)
    assert run.state == Run.State.DONE


def test_a_passing_fault_that_does_not_pass_fails_the_run(run: Run) -> None:
    def busy(bench: Bench) -> Result:
        raise SpecStepError("The vendor is busy.")

    for _ in range(settings.STEP_MAX_ATTEMPTS):
        Step.objects.filter(run=run).update(not_before=None)
        running.work(step(run, "first").pk, works={"add": Work(1, busy)})
    run.refresh_from_db()
    assert (run.state, run.trouble) == ("failed", "The vendor is busy.")


def test_a_step_that_kills_its_worker_again_and_again_fails(run: Run) -> None:
    for times in range(settings.STEP_MAX_ATTEMPTS + 1):
        with clock.moved(times * lease_over()):
            running.claim(step(run, "first").pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert f"stopped {settings.STEP_MAX_ATTEMPTS} times" in run.trouble


@pytest.mark.parametrize("error", [SpecStepError("No key is set.", permanent=True), ValueError("a bug")])
def test_a_lasting_fault_fails_at_once_and_a_retry_keeps_what_is_done(run: Run, works: Works, error: Exception) -> None:
    def break_left(bench: Bench) -> Result:
        if bench.key == "left":
            raise error
        return works["add"].do(bench)

    running.drive(run, works={"add": Work(1, break_left)})
    assert run.state == Run.State.FAILED
    assert run.trouble
    starting.retry(run)
    assert run.state == Run.State.WAITING
    running.drive(run, works=works)
    assert run.state == Run.State.DONE
    assert dict(run.steps.values_list("key", "attempt")) == {"first": 1, "left": 2, "right": 1, "last": 1}


def test_the_floors_above_hear_once_that_it_is_over(run: Run, works: Works) -> None:
    heard: list[str] = []

    def listen(sender: object, run: Run, **_: object) -> None:
        heard.append(run.state)

    run_finished.connect(listen)
    try:
        running.drive(run, works=works)
    finally:
        run_finished.disconnect(listen)
    assert heard == ["done"]


def test_the_sweep_rings_for_what_no_bell_woke(run: Run) -> None:
    assert sweeping.sweep() == 1
    assert sweeping.sweep() == 0
    with clock.moved(sweeping.RING_AGAIN_AFTER):
        assert sweeping.sweep() == 1


def test_the_sweep_lets_go_of_what_a_dead_process_of_this_machine_held(run: Run) -> None:
    mine = claimed(run, "first")
    assert sweeping.sweep() == 0
    host = processes.this_process().split("/")[0]
    Step.objects.filter(pk=mine.step_id).update(owner=f"{host}/999999999/1")
    assert sweeping.sweep() == 1
    assert claimed(run, "first").attempt == 2


# --- standing aside for a vendor --------------------------------------------------------------------------------------------


def _limited(bench: Bench) -> Result:
    raise Parked("The model vendor asks us to wait 600 seconds.", retry_after=600)


def test_a_step_stands_aside_for_a_vendor_without_that_counting_as_a_try(run: Run) -> None:
    assert running.work(step(run, "first").pk, works={"add": Work(1, _limited)})
    aside = step(run, "first")
    assert (aside.state, aside.tries, aside.owner, aside.lease_until) == ("ready", 0, "", None)
    assert aside.trouble == "The model vendor asks us to wait 600 seconds."
    assert running.due(run) == [], "nobody takes it up before its time"
    with clock.moved(dt.timedelta(seconds=601)):
        assert running.due(run) == [aside.pk]
        assert sweeping.sweep(anew=True) == 1, "and then the sweep rings for it"


def test_a_step_stands_aside_as_often_as_needed_but_not_for_ever(run: Run) -> None:
    start = dt.timedelta()
    for number in range(settings.STEP_MAX_ATTEMPTS + 3):
        with clock.moved(start + dt.timedelta(seconds=700 * number)):
            assert running.work(step(run, "first").pk, works={"add": Work(1, _limited)})
    assert step(run, "first").state == "ready"
    with clock.moved(dt.timedelta(seconds=settings.STEP_PATIENCE_SECONDS + 1)):
        running.work(step(run, "first").pk, works={"add": Work(1, _limited)})
    run.refresh_from_db()
    assert (step(run, "first").state, run.state) == ("failed", "failed")
    assert run.trouble == "The model vendor asks us to wait 600 seconds."


def test_who_sits_before_a_command_waits_less(run: Run) -> None:
    running.work(step(run, "first").pk, works={"add": Work(1, _limited)}, patience=300.0)
    assert step(run, "first").state == "failed"


def test_the_heart_notices_what_is_no_longer_wanted(run: Run) -> None:
    mine = claimed(run, "first")
    assert claiming._lost([mine]) == []
    cancelling.cancel(run)
    assert claiming._lost([mine]) == [mine]


class Places:
    """So many free places, and how many were given back."""

    def __init__(self, free: int) -> None:
        self.free = free

    def reserve(self) -> int:
        free, self.free = self.free, 0
        return free

    def give_back(self, places: int) -> None:
        self.free += places


@pytest.mark.parametrize(("free", "taken"), [(0, []), (1, ["left"]), (5, ["left", "right"])])
def test_who_has_room_takes_what_became_ready(run: Run, works: Works, free: int, taken: list[str]) -> None:
    mine, places = claimed(run, "first"), Places(free)
    bench = running._bench(mine, works["add"], None, Stop())
    finished = finishing.finish_and_take(mine, works["add"], bench, {"sum": 1}, room=places)
    assert finished.kept
    assert [claim.key for claim in finished.taken] == taken
    assert places.free == free - len(taken)
    states = {key: "running" if key in taken else "ready" for key in ("left", "right")}
    assert dict(run.steps.values_list("key", "state")) == {"first": "done", "last": "waiting", **states}
    assert all(running.extend(claim) for claim in finished.taken)


def test_steps_that_end_at_one_moment_end_together(run: Run, works: Works) -> None:
    running.work(step(run, "first").pk, works=works)
    claims = [claimed(run, key) for key in ("left", "right")]
    ends = [
        finishing._End(claim, works["add"], running._bench(claim, works["add"], None, Stop()), {"sum": 2}, "", finishing.NO_ROOM)
        for claim in claims
    ]
    stale = dataclasses.replace(ends[1], claimed=dataclasses.replace(claims[1], attempt=7))
    assert [one.kept for one in finishing._finish([ends[0], stale])] == [True, False]
    assert step(run, "last").state == "waiting"
    assert finishing._finish(ends[1:])[0].kept
    assert step(run, "last").state == "ready"


def test_a_cancelled_run_gives_out_no_more_steps(run: Run, works: Works) -> None:
    mine, places = claimed(run, "first"), Places(4)
    bench = running._bench(mine, works["add"], None, Stop())
    cancelling.cancel(run)
    finished = finishing.finish_and_take(mine, works["add"], bench, {"sum": 1}, room=places)
    assert (finished.kept, finished.taken, places.free) == (False, (), 4)
