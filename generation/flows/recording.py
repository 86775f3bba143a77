"""The run's row as a whole: its lock, its news, what becomes ready, its end.

Everything here wants a transaction around it that holds the lock of the run's row: whoever writes on a run's stream takes it
first.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Q

from accounts import audit
from accounts.flows import reporting
from accounts.models import User
from billing.flows import metering
from generation.flows import accounting, ringing, telling
from generation.models import Run, Step
from generation.rules import faults, graph
from generation.signals import run_finished
from ground import clock, stream
from ground.statements import UUID, Each, Select, Update

TOLD = ("key", "lane", "title", "state", "progress", "note", "attempt", "trouble")
"""What the run's stream says of a step."""
READ = ("pk", "run_id", "kind", "needs", "tries", "not_before", *TOLD)
"""What is read of a step to end one and begin others: not its result, which may be large."""


_LOCKED = Select(lambda run: Run.objects.select_for_update().defer("evidence").filter(pk=run).order_by(), run=UUID)
_STEPS = Select(lambda run: Step.objects.filter(run_id=run).order_by("position").values(*READ), run=UUID)
_READY = Update(
    lambda steps: (Step.objects.filter(pk__in=steps, state=Step.State.WAITING), {"state": Step.State.READY}), steps=Each(UUID)
)


def locked(run_id: uuid.UUID) -> Run | None:
    """The run's row, locked until the transaction ends; without its large evidence. None when it was deleted.

    On SQLite there is no lock of a row: its immediate transactions come one after the other anyway.
    """
    return _LOCKED.first(run=run_id)


def locked_of(step_ids: Collection[uuid.UUID]) -> list[Run]:
    """The same of the runs that steps belong to, always in one order: two processes must not lock crosswise."""
    runs = Step.objects.filter(pk__in=step_ids).values("run")
    return list(Run.objects.select_for_update().defer("evidence").filter(pk__in=runs).order_by("pk"))


def read(run: Run) -> list[dict[str, Any]]:
    """The run's steps in the order of their places."""
    return _STEPS(run=run.pk)


def make_ready(run: Run) -> None:
    """Set ready every waiting step whose needs are all done, and ring for it unless the run is over."""
    set_ready(run, ready_now(read(run)))


def ready_now(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of a run's steps those that wait although all they need is done."""
    rows = list(rows)
    done = {row["key"] for row in rows if row["state"] == Step.State.DONE}
    keys = set(graph.ready({row["key"]: row["needs"] for row in rows if row["state"] == Step.State.WAITING}, done))
    return [row for row in rows if row["key"] in keys]


def set_ready(run: Run, rows: Sequence[dict[str, Any]]) -> None:
    """Set these steps ready and ring for them, unless the run is over."""
    if not rows:
        return
    ids = [row["pk"] for row in rows]
    _READY(steps=ids)
    for row in rows:
        row["state"] = Step.State.READY
    if not run.is_over:
        ringing.ring_on_commit(ids)


def tell_done(
    run: Run, rows: Sequence[Mapping[str, Any]], done: Iterable[Mapping[str, Any]], *, begun: Iterable[Mapping[str, Any]]
) -> None:
    """Say on the run's stream which steps were done and what came out, how the run stands, and which steps were begun."""
    entries: list[stream.Entry] = []
    for row in done:
        entries.append(_entry(row))
        if row["note"]:
            entries.append(("news", {"step": row["key"], "text": row["note"]}))
    entries.append(("meter", _metered(run, sum(row["state"] == Step.State.DONE for row in rows), len(rows))))
    stream.append_alone(run.stream, *entries, *(_entry(row) for row in begun))


ENDS = {
    Run.State.DONE: audit.Action.RUN_COMPLETED,
    Run.State.FAILED: audit.Action.RUN_FAILED,
    Run.State.CANCELLED: audit.Action.RUN_CANCELLED,
}


def end(
    run: Run,
    state: Run.State,
    trouble: str = "",
    *,
    error: str = "",
    actor: User | None = None,
    means: audit.Means | None = None,
) -> None:
    """End the run, note how it ended (S-108), tell its owner and the floors above. ``actor`` is who ended it, None for us.

    A failed run files its own bug report, with the class of the ``error`` (S-079), and is given back to the plan of its owner
    unless the reason is the owner's own.
    """
    run.state, run.finished_at, run.trouble = state, clock.now(), short(trouble)
    run.save(update_fields=["state", "finished_at", "trouble"])
    audit.record(run.workspace, ENDS[state], actor=actor, means=means, about=run.pk)
    stream.append_alone(run.stream, ("over", {"state": state.value, "trouble": run.trouble}))
    if state == Run.State.DONE:
        metering.note_done(run.pk)
    if state == Run.State.FAILED:
        if faults.is_ours(error, own_key=run.own_key):
            metering.give_back(run.pk)
        reporting.file_failed_run(run.workspace_id, run=run.pk, interview=run.project, error=error)
    telling.tell_the_owner(run)
    run_finished.send(sender=Run, run=run)


def tell(run: Run, step_id: uuid.UUID) -> None:
    """Say on the run's stream how a step stands now."""
    tell_read(run, Step.objects.values(*TOLD).get(pk=step_id))


def tell_read(run: Run, *rows: Mapping[str, Any]) -> None:
    """The same, for a writer that has just read the steps: each row has at least ``TOLD``."""
    stream.append_alone(run.stream, *map(_entry, rows))


def _entry(row: Mapping[str, Any]) -> stream.Entry:
    return "step", {name: row[name] for name in TOLD}


def meter(run: Run) -> None:
    """Say on the run's stream how many steps are done, and what was used so far; the cost is None where a price is not known."""
    counts = run.steps.aggregate(total=Count("pk"), done=Count("pk", filter=Q(state=Step.State.DONE)))
    stream.append_alone(run.stream, ("meter", _metered(run, counts["done"], counts["total"])))


def _metered(run: Run, done: int, total: int) -> dict[str, Any]:
    used = accounting.meter_of(run)
    return {
        "done": done,
        "total": total,
        "percent": 100 * done // max(total, 1),
        "tokens": used.tokens,
        "cost_usd": None if used.usd is None else str(used.usd),
    }


def short(sentence: str) -> str:
    """A sentence that fits its column."""
    return sentence if len(sentence) <= 300 else sentence[:299] + "…"
