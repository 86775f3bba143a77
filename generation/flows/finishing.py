"""A claimed step ends: with its result, put off, set aside for a vendor, or failed.

The result is written only where the attempt number is still the worker's own (fencing), in one transaction with the steps that
it makes ready and with the end of the run. Who changes a run's steps takes the lock of the run's row first, so that two steps
that end at once cannot both believe the other is at work. Steps that end at one moment end together, and whoever has room for
more work takes what became ready in the same transaction.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.db.models import F

from generation.flows import claiming, recording, ringing
from generation.flows.claiming import Claim, held
from generation.models import Run, Step
from generation.rules import patience as waits
from generation.steps import Bench, Result, Work
from ground import clock, crashpoints
from ground.statements import write_each
from ground.together import Together


class Room(Protocol):
    """Of a process that works on a run: how many more steps it can take."""

    def reserve(self) -> int:
        """All there is; nobody else is given any of it meanwhile."""

    def give_back(self, places: int) -> None:
        """What was reserved and is not used."""


class _NoRoom:
    def reserve(self) -> int:
        return 0

    def give_back(self, places: int) -> None: ...


NO_ROOM = _NoRoom()


@dataclass(frozen=True)
class Finished:
    """What became of a result."""

    kept: bool
    """False, and nothing was written, when the step was no longer this worker's: it was taken over, or its run was ended or
    deleted in the meantime."""
    taken: tuple[Claim, ...] = ()
    """The next steps, claimed for the caller to do. Of results that were written together only one has them."""


@dataclass(frozen=True)
class _End:
    claimed: Claim
    work: Work
    bench: Bench
    result: Result
    note: str
    room: Room


def finish(claimed: Claim, the_work: Work, bench: Bench, result: Result) -> bool:
    """Write the result, make ready what waited for it, and end the run with its last step. Returns whether it was kept."""
    return finish_and_take(claimed, the_work, bench, result, room=NO_ROOM).kept


def finish_and_take(claimed: Claim, the_work: Work, bench: Bench, result: Result, *, room: Room) -> Finished:
    """The same, and claim of what is ready as many steps as there is room for."""
    crashpoints.reached("finish.before")
    finished = _ends(_End(claimed, the_work, bench, result, the_work.note(result)[:200], room))
    crashpoints.reached("finish.committed")
    return finished


def _finish(ends: Sequence[_End]) -> list[Finished]:
    room = ends[0].room
    places, taken = room.reserve(), list[Claim]()
    try:
        with transaction.atomic():
            run = recording.locked(ends[0].claimed.run_id)
            rows = recording.read(run) if run is not None else []
            attempts = {row["pk"]: row["attempt"] for row in rows if row["state"] == Step.State.RUNNING}
            mine = [one for one in ends if attempts.get(one.claimed.step_id) == one.claimed.attempt]
            if run is not None and mine:
                taken = _keep(run, rows, mine, places)
                crashpoints.reached("finish.before-commit")
    except BaseException:
        room.give_back(places)
        raise
    room.give_back(places - len(taken))
    ours = {one.claimed.step_id for one in mine}
    kept = [Finished(one.claimed.step_id in ours) for one in ends]
    return [Finished(kept[0].kept, tuple(taken)), *kept[1:]]


def _keep(run: Run, rows: list[dict[str, Any]], ends: Sequence[_End], places: int) -> list[Claim]:
    now, of = clock.now(), {row["pk"]: row for row in rows}
    write_each(
        Step,
        (
            {
                "id": one.claimed.step_id,
                "attempt": one.claimed.attempt,
                "state": Step.State.DONE,
                "result": one.result,
                "input_sha256": one.bench.input_sha256,
                "progress": 100,
                "note": one.note,
                "lease_until": None,
                "not_before": None,
                "owner": "",
                "finished_at": now,
            }
            for one in ends
        ),
        where=["id", "attempt"],
    )
    for one in ends:
        of[one.claimed.step_id] |= {"state": Step.State.DONE, "progress": 100, "note": one.note}
        one.work.keep(run, one.bench, one.result)
    crashpoints.reached("finish.written")
    taken = _go_on(run, rows, places)
    recording.tell_done(run, rows, [of[one.claimed.step_id] for one in ends], begun=[of[claimed.step_id] for claimed in taken])
    if all(row["state"] == Step.State.DONE for row in rows):
        recording.end(run, Run.State.DONE)
    return taken


def _go_on(run: Run, rows: list[dict[str, Any]], places: int) -> list[Claim]:
    """Claim of what is ready now as many steps as there are places, and ring for the others that have just become it."""
    ready = recording.ready_now(rows)
    if run.is_over:
        places = 0
    waiting = [row for row in rows if row["state"] == Step.State.READY and row["not_before"] is None]
    free = [row for row in rows if row in ready or (row in waiting and row["tries"] < settings.STEP_MAX_ATTEMPTS)]
    mine = free[:places]
    recording.set_ready(run, [row for row in ready if row not in mine])
    return claiming.take(run, mine)


_ends: Together[_End, Finished] = Together(_finish, by=lambda one: (one.claimed.run_id, id(one.room), ringing.is_silent()))


def put_off(claimed: Claim, trouble: str, *, error: str = "") -> bool:
    """Let the step be tried again after a while, or fail it when it was tried often enough. False when it is no longer ours.

    ``error`` is the class of what happened, for the bug report of a run that fails; so below.
    """
    with transaction.atomic():
        run = recording.locked(claimed.run_id)
        if run is None or not held(claimed).exists():
            return False
        if claimed.tries >= settings.STEP_MAX_ATTEMPTS:
            return _fail(run, claimed, trouble, error=error)
        again_at = clock.now() + dt.timedelta(seconds=waits.wait_before(claimed.tries))
        held(claimed).update(
            state=Step.State.READY, not_before=again_at, lease_until=None, owner="", trouble=recording.short(trouble)
        )
        recording.tell(run, claimed.step_id)
    return True


def park(claimed: Claim, trouble: str, *, seconds: float, patience: float, error: str = "") -> bool:
    """Put the step aside until a vendor has time for us. That is no failure and does not count as a try, but ends with our
    patience.

    False when it is no longer ours.
    """
    with transaction.atomic():
        run = recording.locked(claimed.run_id)
        step = held(claimed).only("parked_since").first()
        if run is None or step is None:
            return False
        now = clock.now()
        since = step.parked_since or now
        if now + dt.timedelta(seconds=seconds) - since > dt.timedelta(seconds=patience):
            return _fail(run, claimed, trouble, error=error)
        held(claimed).update(
            state=Step.State.READY,
            tries=F("tries") - 1,
            not_before=now + dt.timedelta(seconds=seconds),
            parked_since=since,
            lease_until=None,
            owner="",
            trouble=recording.short(trouble),
        )
        recording.tell(run, claimed.step_id)
    return True


def give_up(claimed: Claim, trouble: str, *, error: str = "") -> bool:
    """Fail the step and with it the run. False when the step is no longer ours."""
    with transaction.atomic():
        run = recording.locked(claimed.run_id)
        return run is not None and _fail(run, claimed, trouble, error=error)


def _fail(run: Run, claimed: Claim, trouble: str, *, error: str) -> bool:
    failed = held(claimed).update(
        state=Step.State.FAILED, lease_until=None, owner="", finished_at=clock.now(), trouble=recording.short(trouble)
    )
    if failed:
        recording.tell(run, claimed.step_id)
        if not run.is_over:
            recording.end(run, Run.State.FAILED, trouble, error=error)
    return bool(failed)
