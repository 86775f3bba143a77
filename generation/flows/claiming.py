"""A step is claimed by whoever takes it first: a conditional update gives it the next attempt number and a lease."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet

from generation.flows import recording, ringing
from generation.models import Run, Step
from ground import clock, crashpoints, processes
from ground.leases import Heart
from ground.statements import MOMENT, TEXT, UUID, Each, Select, Update
from ground.together import Together

WORKER_DIED = "The process that worked on this stopped {tries} times before it was done. Try again; if it stops again, ask us."


@dataclass(frozen=True)
class Claim:
    """The right to write the result of one step, for as long as nobody has taken the step over, and what its run is like."""

    step_id: uuid.UUID
    run_id: uuid.UUID
    key: str
    kind: str
    attempt: int
    tries: int
    needs: tuple[str, ...]
    workspace_id: uuid.UUID
    provider: str
    own_key: bool
    evidence_sha256: str


def due(run: Run) -> list[uuid.UUID]:
    """The steps of this run that may be claimed now, in the order of their places."""
    return _DUE(run=run.pk, now=clock.now())


def claimable(now: Any = None) -> Q:
    """Ready and not told to wait, or at work under a lease that has ended. ``now`` is the time, or its place in a statement."""
    now = now or clock.now()
    return Q(state=Step.State.READY) & (Q(not_before=None) | Q(not_before__lte=now)) | Q(
        state=Step.State.RUNNING, lease_until__lte=now
    )


_DUE = Select(
    lambda run, now: Step.objects.filter(claimable(now), run_id=run).order_by("position").values_list("pk", flat=True),
    run=UUID,
    now=MOMENT,
)
_CLAIMED = Select(
    lambda steps, runs, now: (
        Step.objects.filter(claimable(now), pk__in=steps, run__pk__in=runs).order_by("position").values(*recording.READ)
    ),
    steps=Each(UUID),
    runs=Each(UUID),
    now=MOMENT,
)


def claim(step_id: str | uuid.UUID) -> Claim | None:
    """Take a step: None when it is done, not ready, held by another, or its run is over.

    What several threads claim at one moment is claimed together.
    """
    claimed = _claims(uuid.UUID(str(step_id)))
    if claimed is not None:
        crashpoints.reached("claim.committed")
    return claimed


def _claim(step_ids: Sequence[uuid.UUID]) -> list[Claim | None]:
    with transaction.atomic():
        runs = {run.pk: run for run in recording.locked_of(step_ids) if not run.is_over}
        rows = _CLAIMED(steps=step_ids, runs=runs, now=clock.now())
        claims: dict[uuid.UUID, Claim] = {}
        for run in runs.values():
            mine = [row for row in rows if row["run_id"] == run.pk]
            worn = [row for row in mine if row["tries"] >= settings.STEP_MAX_ATTEMPTS]
            if worn:
                _wear_out(run, worn[0])
                continue
            taken = take(run, mine)
            recording.tell_read(run, *mine)
            claims |= {claimed.step_id: claimed for claimed in taken}
        if claims:
            crashpoints.reached("claim.before-commit")
    # A step that was named twice has one owner: the first who asked.
    return [claims.pop(step_id, None) for step_id in step_ids]


_claims: Together[uuid.UUID, Claim | None] = Together(_claim, by=lambda step_id: ringing.is_silent())


_TAKEN = Update(
    lambda steps, now, until, owner: (
        Step.objects.filter(pk__in=steps),
        {
            "state": Step.State.RUNNING,
            "attempt": F("attempt") + 1,
            "tries": F("tries") + 1,
            "lease_until": until,
            "owner": owner,
            "started_at": now,
            "finished_at": None,
            "trouble": "",
        },
    ),
    steps=Each(UUID),
    now=MOMENT,
    until=MOMENT,
    owner=TEXT,
)


def take(run: Run, rows: Sequence[dict[str, Any]]) -> list[Claim]:
    """Claim these steps of a run whose row is locked, as they were read (``recording.READ``), and bring ``rows`` up to date."""
    if not rows:
        return []
    now = clock.now()
    _TAKEN(steps=[row["pk"] for row in rows], now=now, until=now + lease(), owner=processes.this_process())
    for row in rows:
        row |= {"state": Step.State.RUNNING, "attempt": row["attempt"] + 1, "tries": row["tries"] + 1, "trouble": ""}
    if run.state == Run.State.WAITING:
        run.state, run.started_at = Run.State.RUNNING, now
        run.save(update_fields=["state", "started_at"])
    return [_claim_of(run, row) for row in rows]


def _claim_of(run: Run, row: Mapping[str, Any]) -> Claim:
    return Claim(
        step_id=row["pk"],
        run_id=run.pk,
        key=row["key"],
        kind=row["kind"],
        attempt=row["attempt"],
        tries=row["tries"],
        needs=tuple(row["needs"]),
        workspace_id=run.workspace_id,
        provider=run.provider,
        own_key=run.own_key,
        evidence_sha256=run.evidence_sha256,
    )


def _wear_out(run: Run, row: Mapping[str, Any]) -> None:
    """Fail a step, and with it the run, whose workers died again and again."""
    trouble = WORKER_DIED.format(tries=row["tries"])
    Step.objects.filter(pk=row["pk"]).update(
        state=Step.State.FAILED, lease_until=None, owner="", finished_at=clock.now(), trouble=recording.short(trouble)
    )
    recording.tell(run, row["pk"])
    recording.end(run, Run.State.FAILED, trouble, error="WorkerDied")


def extend(claimed: Claim) -> bool:
    """Extend the lease. False when the step is no longer ours."""
    return bool(held(claimed).update(lease_until=clock.now() + lease()))


def held(claimed: Claim) -> QuerySet[Step]:
    """The step, if it is still this worker's."""
    return Step.objects.filter(pk=claimed.step_id, attempt=claimed.attempt, state=Step.State.RUNNING)


def lease() -> dt.timedelta:
    """For how long a claim holds without a heartbeat."""
    return dt.timedelta(seconds=settings.STEP_LEASE_SECONDS)


def _extend(claims: Collection[Claim]) -> None:
    # A claim that somebody else took over has another owner by now.
    Step.objects.filter(pk__in=_ids(claims), owner=processes.this_process(), state=Step.State.RUNNING).update(
        lease_until=clock.now() + lease()
    )


def _lost(claims: Collection[Claim]) -> list[Claim]:
    """Those that were cancelled, taken over or deleted: their work is no longer wanted."""
    rows = Step.objects.filter(pk__in=_ids(claims), state=Step.State.RUNNING)
    attempts = dict(rows.values_list("pk", "attempt"))
    return [claimed for claimed in claims if attempts.get(claimed.step_id) != claimed.attempt]


def _ids(claims: Iterable[Claim]) -> list[uuid.UUID]:
    return [claimed.step_id for claimed in claims]


heart: Heart[Claim] = Heart(
    "steps",
    look=_lost,
    extend=_extend,
    look_seconds=lambda: settings.STEP_LOOK_SECONDS,
    extend_seconds=lambda: settings.STEP_HEARTBEAT_SECONDS,
)
