"""Steps are claimed, worked on and finished. The step rows are the truth; whoever holds the lease of one may write its result.

A worker claims a step (``claiming``), works on it while a heartbeat extends the lease, and writes its result (``finishing``). No
transaction is held while the work itself goes on.
"""

from __future__ import annotations

import hashlib
import json
import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from billing.purses import purse_for
from generation import steps
from generation.flows import recording, ringing
from generation.flows.claiming import Claim, claim, due, extend, heart, held
from generation.flows.finishing import NO_ROOM, finish, finish_and_take, give_up, park, put_off
from generation.models import Run, Step
from generation.rules.content import Evidence
from generation.steps import Bench, Result, Work
from ground import crashpoints, stream
from ground.connections import release_connections
from ground.errors import SpecStepError
from ground.statements import TEXT, UUID, Each, Select
from ground.together import Together
from llm.errors import Parked, Stopped
from llm.loop import Stop
from llm.purse import OutOfCredit, Purse

__all__ = ["Claim", "claim", "drive", "due", "extend", "finish", "give_up", "park", "put_off", "work"]

log = logging.getLogger(__name__)

OUR_FAULT = "A fault on our side stopped this step. It is recorded with its time. Try again; if it stops again, ask us."
SHORTEST_PARKING = 2.0
"""Seconds."""
CREDIT_LOOK_SECONDS = 15.0
"""How long a step waits for calls under way to give back what they hold of a limit."""
LOOK_SECONDS = 0.25
"""How often a driver looks for what others did meanwhile; what its own threads did wakes it at once."""
DATABASE_AWAY = "The database did not answer. The step is tried again by itself."
LEDGERS_KEPT = 8
"""Frozen ledgers that are kept read: every step of a run works from the same one."""


@dataclass(frozen=True)
class _How:
    """What is the same for all steps that are worked on here."""

    works: Mapping[str, Work]
    purse: Purse | None
    patience: float

    @classmethod
    def of(cls, works: Mapping[str, Work] | None, purse: Purse | None, patience: float | None) -> _How:
        return cls(
            steps.WORKS if works is None else works, purse, settings.STEP_PATIENCE_SECONDS if patience is None else patience
        )


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
    _do(claimed, _How.of(works, purse, patience))
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
    how = _How.of(works, purse, patience)
    with ringing.silence():
        if at_once == 1:
            _drive_alone(run, how)
        else:
            _drive_side_by_side(run, how, at_once)
    return run


# --- the work of one step ------------------------------------------------------------------------------------------------


def _do(claimed: Claim, how: _How, places: _Places | None = None) -> Sequence[Claim]:
    """Work on a step to its end, whatever that is, in one of the places. Returns the next steps, claimed for the free places."""
    stop, seat = Stop(), _Seat(places)
    with heart.holding(claimed, lost=stop.set):
        try:
            the_work = how.works[claimed.kind]
            bench = _bench(claimed, the_work, how.purse, stop)
            release_connections()
            crashpoints.reached("work.before")
            result = the_work.do(bench)
            crashpoints.reached("work.done")
            seat.leave()
            finished = finish_and_take(claimed, the_work, bench, result, room=places or NO_ROOM)
            if not finished.kept and not Run.objects.filter(pk=claimed.run_id).exists():
                the_work.drop(result)  # deleted while we worked: nobody else would find what was left
            return finished.taken
        except (Run.DoesNotExist, Step.DoesNotExist):
            log.info("The run of step %s was deleted while it was at work.", claimed.key)
        except Stopped:
            log.info("Step %s is no longer wanted here; its model call was stopped.", claimed.key)
        except Parked as error:
            seconds = max(error.retry_after or 0.0, SHORTEST_PARKING)
            park(claimed, str(error), seconds=seconds, patience=how.patience, error=type(error).__name__)
        except OutOfCredit as error:
            if error.permanent:
                give_up(claimed, str(error), error=type(error).__name__)
            else:  # calls under way hold what is left; when they end there may be room again
                park(claimed, str(error), seconds=CREDIT_LOOK_SECONDS, patience=how.patience, error=type(error).__name__)
        except SpecStepError as error:
            (give_up if error.permanent else put_off)(claimed, str(error), error=type(error).__name__)
        except (OperationalError, InterfaceError) as fault:
            log.warning("The database did not answer during step %s.", claimed.key, exc_info=True)
            put_off(claimed, DATABASE_AWAY, error=type(fault).__name__)
        except Exception as fault:
            log.exception("Step %s of run %s stopped unexpectedly.", claimed.key, claimed.run_id)
            give_up(claimed, OUR_FAULT, error=type(fault).__name__)
        finally:
            seat.leave()
    return ()


def _bench(claimed: Claim, the_work: Work, purse: Purse | None, stop: Stop) -> Bench:
    """What the step works from. Raises ``Run.DoesNotExist`` when its run was deleted."""
    found = _grounds(claimed)
    grounds = {
        "evidence": claimed.evidence_sha256,
        "results": found.results,
        "version": the_work.version,
        "key": claimed.key,
    }
    canonical = _canonical(grounds)

    def say(text: str) -> None:
        if held(claimed).exists():
            with transaction.atomic():
                run = recording.locked(claimed.run_id)
                if run is not None:
                    stream.append_alone(run.stream, ("news", {"step": claimed.key, "text": text}))

    return Bench(
        run_id=claimed.run_id,
        key=claimed.key,
        evidence=_evidence(claimed),
        results=json.loads(canonical)["results"],
        purse=purse or found.purse,
        provider=claimed.provider,
        input_sha256=hashlib.sha256(canonical.encode()).hexdigest(),
        say=say,
        stop=stop,
    )


@dataclass(frozen=True)
class _Grounds:
    """What a step is worked on with."""

    results: Mapping[str, Result]
    purse: Purse


_RESULTS = Select(
    lambda run, keys: Step.objects.filter(run_id=run, key__in=keys).order_by().values_list("key", "result"),
    run=UUID,
    keys=Each(TEXT),
)


def _read_grounds(claims: Sequence[Claim]) -> list[_Grounds]:
    """For steps of one run."""
    first, keys = claims[0], {key for claimed in claims for key in claimed.needs}
    results = {key: result or {} for key, result in _RESULTS(run=first.run_id, keys=keys)}
    if results.keys() != keys:
        raise Run.DoesNotExist
    purse = purse_for(first.workspace_id, subject=first.run_id, own_key=first.own_key)
    return [_Grounds({key: results[key] for key in claimed.needs}, purse) for claimed in claims]


_grounds: Together[Claim, _Grounds] = Together(_read_grounds, by=lambda claimed: claimed.run_id)
_ledgers: OrderedDict[tuple[uuid.UUID, str], Evidence] = OrderedDict()
_ledgers_lock = threading.Lock()


def _evidence(claimed: Claim) -> Evidence:
    """The frozen ledger of the run; it never changes, so it is read once. Nobody may write in it."""
    which = (claimed.run_id, claimed.evidence_sha256)
    with _ledgers_lock:
        found = _ledgers.get(which)
        if found is None:
            frozen = Run.objects.values_list("evidence", flat=True).get(pk=claimed.run_id)
            found = _ledgers[which] = Evidence.model_validate_json(_canonical(frozen))
        _ledgers.move_to_end(which)
        while len(_ledgers) > LEDGERS_KEPT:
            _ledgers.popitem(last=False)
    return found


def _canonical(value: object) -> str:
    """JSON with its keys in order: PostgreSQL keeps them in an order of its own, and a package must be the same everywhere."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


# --- driving -----------------------------------------------------------------------------------------------------------


class _Places:
    """How many steps are worked on side by side here."""

    def __init__(self, places: int) -> None:
        self._free, self._lock = places, threading.Lock()

    def reserve(self) -> int:
        """All that are free."""
        with self._lock:
            free, self._free = self._free, 0
        return free

    def give_back(self, places: int = 1) -> None:
        with self._lock:
            self._free += places


class _Seat:
    """The place of one step. It is free from the moment its result is written: what becomes ready then can have it."""

    def __init__(self, places: _Places | None) -> None:
        self._places = places

    def leave(self) -> None:
        if self._places is not None:
            self._places.give_back()
            self._places = None


def _drive_alone(run: Run, how: _How) -> None:
    places = _Places(1)
    mine: Sequence[Claim] = ()
    while mine or not _refreshed(run).is_over:
        if not mine and (claimed := next(filter(None, map(claim, due(run)[:1])), None)) is not None:
            mine = [claimed]
        if not mine:
            time.sleep(0.05)
            continue
        places.reserve()
        mine = _do(mine[0], how, places)


class _Crew:
    """The threads that work on a run. Who ends a step goes on with one that became ready by it, and hands the others out."""

    def __init__(self, how: _How, places: _Places, pool: ThreadPoolExecutor) -> None:
        self._how, self._places, self._pool = how, places, pool
        self.opened: set[BaseDatabaseWrapper] = set()
        self.at_work: set[Future[None]] = set()
        self._count, self._lock, self._idle = 0, threading.Lock(), threading.Event()

    def begin(self, claimed: Claim) -> None:
        """In a place that was reserved."""
        with self._lock:
            self._count += 1
        future = self._pool.submit(self._work, claimed)
        self.at_work.add(future)
        future.add_done_callback(self._left)

    def watch(self, seconds: float) -> None:
        """Wait until nobody is at work, but no longer than this. Raises what a thread raised."""
        self._idle.wait(seconds if self.at_work else 0.05)
        self._idle.clear()
        for future in [future for future in tuple(self.at_work) if future.done()]:
            self.at_work.discard(future)
            future.result()

    def _left(self, _: Future[None]) -> None:
        with self._lock:
            self._count -= 1
            if not self._count:
                self._idle.set()

    def _work(self, claimed: Claim) -> None:
        mine: Claim | None = claimed
        try:
            with ringing.silence():
                while mine is not None:
                    following = _do(mine, self._how, self._places)
                    for other in following[1:]:
                        self.begin(other)
                    mine = following[0] if following else None
        finally:
            release_connections()
            self.opened.add(connections[connection.alias])


def _drive_side_by_side(run: Run, how: _How, at_once: int) -> None:
    places = _Places(at_once)
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        crew = _Crew(how, places, pool)
        try:
            while not _refreshed(run).is_over:
                free = places.reserve()
                found = [claimed for step_id in due(run)[:free] if (claimed := claim(step_id)) is not None] if free else []
                places.give_back(free - len(found))
                for claimed in found:
                    crew.begin(claimed)
                crew.watch(LOOK_SECONDS)
            while crew.at_work:
                crew.watch(LOOK_SECONDS)
        finally:
            pool.shutdown()
            for each in crew.opened:  # of threads that are over
                each.inc_thread_sharing()
                each.close()


_STANDING = ("state", "trouble", "started_at", "finished_at")
_STANDS = Select(lambda run: Run.objects.filter(pk=run).order_by().values(*_STANDING), run=UUID)


def _refreshed(run: Run) -> Run:
    """The run as it stands now. Raises ``Run.DoesNotExist`` when it was deleted."""
    found = _STANDS.first(run=run.pk)
    if found is None:
        raise Run.DoesNotExist
    for name, value in found.items():
        setattr(run, name, value)
    return run
