"""The run's row as a whole: its lock, its news, what becomes ready, its end.

Everything here wants a transaction around it that holds the lock of the run's row: whoever writes on a run's stream takes it
first.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
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

TOLD = ("key", "lane", "title", "state", "progress", "note", "attempt", "trouble")
"""What the run's stream says of a step."""


def locked(run_id: uuid.UUID) -> Run | None:
    """The run's row, locked until the transaction ends; without its large evidence. None when it was deleted.

    On SQLite there is no lock of a row: its immediate transactions come one after the other anyway.
    """
    return Run.objects.select_for_update().defer("evidence").filter(pk=run_id).first()


def locked_of(step_id: str | uuid.UUID) -> Run | None:
    """The same of the run that a step belongs to."""
    return Run.objects.select_for_update(of=("self",)).defer("evidence").filter(steps__pk=step_id).first()


def make_ready(run: Run) -> None:
    """Set ready every waiting step whose needs are all done, and ring for it unless the run is over."""
    _make_ready(run, run.steps.order_by("position").values("pk", "key", "state", "needs"))


def advance(run: Run, step_id: uuid.UUID, *, news: str = "") -> bool:
    """After a step was done: make ready what waited for it, and say on the run's stream how step and run stand now.

    Returns whether every step of the run is done. The steps are read once and the entries written together, because this stands
    between every answer and the next question.
    """
    rows = list(run.steps.order_by("position").values("pk", "needs", *TOLD))
    _make_ready(run, rows)
    told = next(row for row in rows if row["pk"] == step_id)
    done = sum(row["state"] == Step.State.DONE for row in rows)
    entries: list[stream.Entry] = [_entry(told), ("meter", _metered(run, done, len(rows)))]
    if news:
        entries.append(("news", {"step": told["key"], "text": news}))
    stream.append_alone(run.stream, *entries)
    return bool(done == len(rows))


def _make_ready(run: Run, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    done = {row["key"] for row in rows if row["state"] == Step.State.DONE}
    waiting = {row["key"]: row["needs"] for row in rows if row["state"] == Step.State.WAITING}
    keys = set(graph.ready(waiting, done))
    ids = [row["pk"] for row in rows if row["key"] in keys]
    if ids:
        Step.objects.filter(pk__in=ids, state=Step.State.WAITING).update(state=Step.State.READY)
    if not run.is_over:
        ringing.ring_on_commit(ids)


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


def tell_read(run: Run, row: Mapping[str, Any]) -> None:
    """The same, for a writer that has just read the step: ``row`` has at least ``TOLD``."""
    stream.append_alone(run.stream, _entry(row))


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
