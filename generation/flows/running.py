"""Steps are claimed, worked on and finished. The step rows are the truth; whoever holds the lease of one may write its result.

A worker claims a step by a conditional update that gives it the next attempt number and a lease. A heartbeat extends the lease
while it works. The result is written only where the attempt number is still the worker's own (fencing), in one transaction with
the steps that it makes ready and with the end of the run. No transaction is held while the work itself goes on. Who changes a
run's steps takes the lock of the run's row first, so that two steps that end at once cannot both believe the other is at work.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import logging
import time
import uuid
from collections.abc import Collection, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F, Q, QuerySet

from billing.purses import purse_for
from generation import steps
from generation.flows import recording, ringing
from generation.models import Run, Step
from generation.rules import patience
from generation.rules.content import Evidence
from generation.steps import Bench, Result, Work
from ground import clock, crashpoints, processes, stream
from ground.errors import SpecStepError
from ground.leases import Heart
from llm.errors import Parked, Stopped
from llm.loop import Stop
from llm.purse import OutOfCredit, Purse

log = logging.getLogger(__name__)

WORKER_DIED = "The process that worked on this stopped {tries} times before it was done. Try again; if it stops again, ask us."
OUR_FAULT = "A fault on our side stopped this step. It is recorded with its time. Try again; if it stops again, ask us."
SHORTEST_PARKING = 2.0
"""Seconds."""
CREDIT_LOOK_SECONDS = 15.0
"""How long a step waits for calls under way to give back what they hold of a limit."""
LOOK_SECONDS = 0.25
"""How often a driver looks for what others did meanwhile; what its own threads did wakes it at once."""
DATABASE_AWAY = "The database did not answer. The step is tried again by itself."


@dataclass(frozen=True)
class Claim:
    """The right to write the result of one step, for as long as nobody has taken the step over."""

    step_id: uuid.UUID
    run_id: uuid.UUID
    key: str
    kind: str
    attempt: int
    tries: int


def work(
    step_id: str | uuid.UUID,
    *,
    purse: Purse | None = None,
    works: Mapping[str, Work] | None = None,
    patience: float | None = None,
) -> bool:
    """Do one step, if it is still to be done and nobody else does it. Returns whether it was claimed here.

    ``patience`` is how many seconds it may stand aside for a vendor, by default ``settings.STEP_PATIENCE_SECONDS``.
    """
    claimed = claim(step_id)
    if claimed is None:
        return False
    _do(
        claimed,
        purse=purse,
        works=steps.WORKS if works is None else works,
        patience=settings.STEP_PATIENCE_SECONDS if patience is None else patience,
    )
    return True


def drive(
    run: Run,
    *,
    purse: Purse | None = None,
    at_once: int = 1,
    works: Mapping[str, Work] | None = None,
    patience: float | None = None,
) -> Run:
    """Do the run's steps in this process until it is over; returns the run as it then stands.

    Other workers may help: what they hold is waited for, and taken over when their lease ends. ``at_once`` is the number of steps
    worked on side by side, for providers that answer slowly.
    """
    with ringing.silence():
        if at_once == 1:
            while not _refreshed(run).is_over:
                if not any(work(step_id, purse=purse, works=works, patience=patience) for step_id in due(run)[:1]):
                    time.sleep(0.05)
        else:
            _drive_side_by_side(run, purse=purse, at_once=at_once, works=works, patience=patience)
    return run


def due(run: Run) -> list[uuid.UUID]:
    """The steps of this run that may be claimed now, in the order of their places."""
    return list(Step.objects.filter(claimable(), run=run).order_by("position").values_list("pk", flat=True))


def claimable() -> Q:
    """Ready and not told to wait, or at work under a lease that has ended."""
    now = clock.now()
    return Q(state=Step.State.READY) & (Q(not_before=None) | Q(not_before__lte=now)) | Q(
        state=Step.State.RUNNING, lease_until__lte=now
    )


def claim(step_id: str | uuid.UUID) -> Claim | None:
    """Take a step: None when it is done, not ready, held by another, or its run is over."""
    with transaction.atomic():
        run = recording.locked_of(step_id)
        if run is None or run.is_over:
            return None
        now = clock.now()
        # Conditions on the row itself only: PostgreSQL looks again at the row it had to wait for, but not at a joined one.
        won = Step.objects.filter(claimable(), pk=step_id).update(
            state=Step.State.RUNNING,
            attempt=F("attempt") + 1,
            tries=F("tries") + 1,
            lease_until=now + _lease(),
            owner=processes.this_process(),
            started_at=now,
            finished_at=None,
            trouble="",
        )
        if not won:
            return None
        step = Step.objects.values("pk", "kind", "tries", *recording.TOLD).get(pk=step_id)
        claimed = Claim(step["pk"], run.pk, step["key"], step["kind"], step["attempt"], step["tries"])
        if claimed.tries > settings.STEP_MAX_ATTEMPTS:
            _fail(run, claimed, WORKER_DIED.format(tries=claimed.tries - 1), error="WorkerDied")
            return None
        if run.state == Run.State.WAITING:
            run.state, run.started_at = Run.State.RUNNING, now
            run.save(update_fields=["state", "started_at"])
        recording.tell_read(run, step)
        crashpoints.reached("claim.before-commit")
    crashpoints.reached("claim.committed")
    return claimed


def finish(claimed: Claim, the_work: Work, bench: Bench, result: Result) -> bool:
    """Write the result, make ready what waited for it, and end the run with its last step.

    Returns False, having written nothing, when the step is no longer this worker's: it was taken over, or its run was ended or
    deleted in the meantime.
    """
    note = the_work.note(result)[:200]
    crashpoints.reached("finish.before")
    with transaction.atomic():
        run = recording.locked(claimed.run_id)
        if run is None or not _mine(claimed).update(
            state=Step.State.DONE,
            result=result,
            input_sha256=bench.input_sha256,
            progress=100,
            note=note,
            lease_until=None,
            not_before=None,
            owner="",
            finished_at=clock.now(),
        ):
            return False
        the_work.keep(run, bench, result)
        crashpoints.reached("finish.written")
        if recording.advance(run, claimed.step_id, news=note):
            recording.end(run, Run.State.DONE)
        crashpoints.reached("finish.before-commit")
    crashpoints.reached("finish.committed")
    return True


def put_off(claimed: Claim, trouble: str, *, error: str = "") -> bool:
    """Let the step be tried again after a while, or fail it when it was tried often enough. False when it is no longer ours.

    ``error`` is the class of what happened, for the bug report of a run that fails; so below.
    """
    with transaction.atomic():
        run = recording.locked(claimed.run_id)
        if run is None or not _mine(claimed).exists():
            return False
        if claimed.tries >= settings.STEP_MAX_ATTEMPTS:
            return _fail(run, claimed, trouble, error=error)
        again_at = clock.now() + dt.timedelta(seconds=patience.wait_before(claimed.tries))
        _mine(claimed).update(
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
        step = _mine(claimed).only("parked_since").first()
        if run is None or step is None:
            return False
        now = clock.now()
        since = step.parked_since or now
        if now + dt.timedelta(seconds=seconds) - since > dt.timedelta(seconds=patience):
            return _fail(run, claimed, trouble, error=error)
        _mine(claimed).update(
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


def extend(claimed: Claim) -> bool:
    """Extend the lease. False when the step is no longer ours."""
    return bool(_mine(claimed).update(lease_until=clock.now() + _lease()))


# --- the work of one step ------------------------------------------------------------------------------------------------


def _do(claimed: Claim, *, purse: Purse | None, works: Mapping[str, Work], patience: float) -> None:
    stop = Stop()
    with heart.holding(claimed, lost=stop.set):
        try:
            the_work = works[claimed.kind]
            bench = _bench(claimed, the_work, purse, stop)
            _release_connection()
            crashpoints.reached("work.before")
            result = the_work.do(bench)
            crashpoints.reached("work.done")
            if not finish(claimed, the_work, bench, result) and not Run.objects.filter(pk=claimed.run_id).exists():
                the_work.drop(result)  # deleted while we worked: nobody else would find what was left
        except (Run.DoesNotExist, Step.DoesNotExist):
            log.info("The run of step %s was deleted while it was at work.", claimed.key)
        except Stopped:
            log.info("Step %s is no longer wanted here; its model call was stopped.", claimed.key)
        except Parked as error:
            seconds = max(error.retry_after or 0.0, SHORTEST_PARKING)
            park(claimed, str(error), seconds=seconds, patience=patience, error=type(error).__name__)
        except OutOfCredit as error:
            if error.permanent:
                give_up(claimed, str(error), error=type(error).__name__)
            else:  # calls under way hold what is left; when they end there may be room again
                park(claimed, str(error), seconds=CREDIT_LOOK_SECONDS, patience=patience, error=type(error).__name__)
        except SpecStepError as error:
            (give_up if error.permanent else put_off)(claimed, str(error), error=type(error).__name__)
        except (OperationalError, InterfaceError) as fault:
            log.warning("The database did not answer during step %s.", claimed.key, exc_info=True)
            put_off(claimed, DATABASE_AWAY, error=type(fault).__name__)
        except Exception as fault:
            log.exception("Step %s of run %s stopped unexpectedly.", claimed.key, claimed.run_id)
            give_up(claimed, OUR_FAULT, error=type(fault).__name__)


def _bench(claimed: Claim, the_work: Work, purse: Purse | None, stop: Stop) -> Bench:
    """What the step works from."""
    step = Step.objects.select_related("run").only("needs", "run").get(pk=claimed.step_id)
    run = step.run
    rows = Step.objects.filter(run=run, key__in=step.needs).values_list("key", "result") if step.needs else ()
    grounds = {
        "evidence": run.evidence_sha256,
        "results": {key: result or {} for key, result in rows},
        "version": the_work.version,
        "key": claimed.key,
    }
    canonical = _canonical(grounds)

    def say(text: str) -> None:
        if _mine(claimed).exists():
            with transaction.atomic():
                if recording.locked(claimed.run_id) is not None:
                    stream.append_alone(run.stream, ("news", {"step": claimed.key, "text": text}))

    return Bench(
        run_id=run.pk,
        key=claimed.key,
        evidence=Evidence.model_validate_json(_canonical(run.evidence)),
        results=json.loads(canonical)["results"],
        purse=purse or purse_for(run.workspace_id, subject=run.pk, own_key=run.own_key),
        provider=run.provider,
        input_sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        say=say,
        stop=stop,
    )


def _canonical(value: object) -> str:
    """JSON with its keys in order: PostgreSQL keeps them in an order of its own, and a package must be the same everywhere."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _extend(held: Collection[Claim]) -> None:
    # A claim that somebody else took over has another owner by now.
    Step.objects.filter(
        pk__in=[claimed.step_id for claimed in held], owner=processes.this_process(), state=Step.State.RUNNING
    ).update(lease_until=clock.now() + _lease())


def _lost(held: Collection[Claim]) -> list[Claim]:
    """Those that were cancelled, taken over or deleted: their work is no longer wanted."""
    rows = Step.objects.filter(pk__in=[claimed.step_id for claimed in held], state=Step.State.RUNNING)
    attempts = dict(rows.values_list("pk", "attempt"))
    return [claimed for claimed in held if attempts.get(claimed.step_id) != claimed.attempt]


heart: Heart[Claim] = Heart(
    "steps",
    look=_lost,
    extend=_extend,
    look_seconds=lambda: settings.STEP_LOOK_SECONDS,
    extend_seconds=lambda: settings.STEP_HEARTBEAT_SECONDS,
)


def _release_connection() -> None:
    """Give the connection back: a model call may take minutes, and a pool has fewer connections than a worker has threads.

    SQLite has no pool and no server; opening its file anew costs more than a step's other statements together.
    """
    if not connection.in_atomic_block and connection.vendor != "sqlite":
        connection.close()


# --- driving -----------------------------------------------------------------------------------------------------------


def _drive_side_by_side(
    run: Run, *, purse: Purse | None, at_once: int, works: Mapping[str, Work] | None, patience: float | None
) -> None:
    opened: set[BaseDatabaseWrapper] = set()

    def one(step_id: uuid.UUID) -> None:
        try:
            with ringing.silence():
                work(step_id, purse=purse, works=works, patience=patience)
        finally:
            _release_connection()
            opened.add(connections[connection.alias])

    at_work: dict[Future[None], uuid.UUID] = {}
    try:
        with ThreadPoolExecutor(max_workers=at_once) as pool:
            while not _refreshed(run).is_over:
                held = set(at_work.values())
                for step_id in due(run):
                    if step_id not in held and len(at_work) < at_once:
                        at_work[pool.submit(one, step_id)] = step_id
                finished, _ = wait(at_work, timeout=LOOK_SECONDS, return_when=FIRST_COMPLETED)
                for future in finished:
                    del at_work[future]
                    future.result()
                if not at_work:
                    time.sleep(0.05)
    finally:
        for each in opened:  # of threads that are over
            each.inc_thread_sharing()
            each.close()


def _refreshed(run: Run) -> Run:
    run.refresh_from_db(fields=["state", "trouble", "started_at", "finished_at"])
    return run


def _lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.STEP_LEASE_SECONDS)


def _mine(claimed: Claim) -> QuerySet[Step]:
    return Step.objects.filter(pk=claimed.step_id, attempt=claimed.attempt, state=Step.State.RUNNING)


def _fail(run: Run, claimed: Claim, trouble: str, *, error: str) -> bool:
    failed = _mine(claimed).update(
        state=Step.State.FAILED, lease_until=None, owner="", finished_at=clock.now(), trouble=recording.short(trouble)
    )
    if failed:
        recording.tell(run, claimed.step_id)
        if not run.is_over:
            recording.end(run, Run.State.FAILED, trouble, error=error)
    return bool(failed)
