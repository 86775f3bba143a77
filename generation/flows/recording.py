"""The run's row as a whole: its lock, its news, what becomes ready, its end.

Everything here wants a transaction around it that holds the lock of the run's row: whoever writes on a run's stream takes it
first.
"""

from __future__ import annotations

import uuid

from django.db.models import Count, Q

from generation.flows import accounting, ringing, telling
from generation.models import Run, Step
from generation.rules import graph
from generation.signals import run_finished
from ground import clock, stream


def locked(run_id: uuid.UUID) -> Run | None:
    """The run's row, locked until the transaction ends; without its large evidence. None when it was deleted.

    On SQLite there is no lock of a row: its immediate transactions come one after the other anyway.
    """
    return Run.objects.select_for_update().defer("evidence").filter(pk=run_id).first()


def make_ready(run: Run) -> None:
    """Set ready every waiting step whose needs are all done, and ring for it unless the run is over."""
    rows = list(run.steps.order_by("position").values_list("pk", "key", "state", "needs"))
    done = {key for _, key, state, _ in rows if state == Step.State.DONE}
    waiting = {key: needs for _, key, state, needs in rows if state == Step.State.WAITING}
    keys = set(graph.ready(waiting, done))
    ids = [pk for pk, key, _, _ in rows if key in keys]
    if ids:
        Step.objects.filter(pk__in=ids, state=Step.State.WAITING).update(state=Step.State.READY)
    if not run.is_over:
        ringing.ring_on_commit(ids)


def end(run: Run, state: Run.State, trouble: str = "") -> None:
    """End the run, and tell its owner and the floors above."""
    run.state, run.finished_at, run.trouble = state, clock.now(), short(trouble)
    run.save(update_fields=["state", "finished_at", "trouble"])
    stream.append_alone(run.stream, "over", state=state.value, trouble=run.trouble)
    telling.tell_the_owner(run)
    run_finished.send(sender=Run, run=run)


def tell(run: Run, step_id: uuid.UUID) -> None:
    """Say on the run's stream how a step stands now."""
    told = ("key", "lane", "title", "state", "progress", "note", "attempt", "trouble")
    stream.append_alone(run.stream, "step", **Step.objects.values(*told).get(pk=step_id))


def meter(run: Run) -> None:
    """Say on the run's stream how many steps are done, and what was used so far; the cost is None where a price is not known."""
    counts = run.steps.aggregate(total=Count("pk"), done=Count("pk", filter=Q(state=Step.State.DONE)))
    used = accounting.meter_of(run)
    stream.append_alone(
        run.stream,
        "meter",
        done=counts["done"],
        total=counts["total"],
        percent=100 * counts["done"] // max(counts["total"], 1),
        tokens=used.tokens,
        cost_usd=None if used.usd is None else str(used.usd),
    )


def short(sentence: str) -> str:
    """A sentence that fits its column."""
    return sentence if len(sentence) <= 300 else sentence[:299] + "…"
