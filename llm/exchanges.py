"""Questions under a key: who asks, who waits, what was answered. The rows make it impossible to pay twice.

A claim is one short transaction: it finds the answer, or another asker whose lease lasts, or takes the question over. The purse
is asked and the ledger row opened in the same transaction, so what is in flight always counts against the caps.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction

from ground import clock, crashpoints, processes
from ground.leases import Heart
from llm.models import Exchange, ModelCall, RedactionCount
from llm.purse import Purse


@dataclass(frozen=True)
class Answered:
    """The question was answered before; nothing is to be sent."""

    output: Any


@dataclass(frozen=True)
class Held:
    """Somebody else asks just now."""


@dataclass(frozen=True)
class Claimed:
    """The question is ours to ask."""

    entry: ModelCall
    exchange_id: uuid.UUID | None
    response_id: str = ""
    """What an asker before us has bought and not fetched."""


@dataclass(frozen=True)
class Question:
    """What decides whether two askers ask the same."""

    purse: Purse
    key: str
    """Empty: no other asker can ask the same, and nothing is kept."""
    digest: str
    """SHA-256 of everything that decides the answer."""


def claim(question: Question, *, open_entry: Callable[[], ModelCall], estimate_usd: Decimal | None) -> Answered | Held | Claimed:
    """Find the answer, find that somebody else asks, or take the question. Raises ``OutOfCredit`` from the purse, having written
    nothing."""
    for _ in range(10):
        try:
            with transaction.atomic():
                return _claim(question, open_entry, estimate_usd)
        except IntegrityError:
            # Somebody made the row in between; the next turn finds it.
            if not question.key or not _rows(question).exists():
                raise
    return Held()


def _claim(question: Question, open_entry: Callable[[], ModelCall], estimate_usd: Decimal | None) -> Answered | Held | Claimed:
    row = _rows(question).select_for_update().first() if question.key else None
    same = row is not None and row.prompt_sha256 == question.digest
    if row is not None and same and row.output is not None:
        return Answered(row.output)
    now = clock.now()
    if row is not None and row.owner and row.lease_until and row.lease_until > now and not processes.is_surely_dead(row.owner):
        return Held()
    before, entry = row.call if row is not None else None, open_entry()
    # Only the vendor that writes an answer can be asked for it, not one that it stood in for.
    bought = row.response_id if row is not None and same and before is not None and before.provider == entry.provider else ""
    if row is not None and bought and before is not None and before.state == ModelCall.State.ASKED:
        # Bought by somebody who died: the same purchase goes on, nothing new is authorized.
        _take(row, before)
        return Claimed(before, row.pk, bought)
    if before is not None and before.state == ModelCall.State.ASKED:
        # Before the purse is asked: it must not hold money for a call that nobody waits for. What that cost is not known.
        before.cost_usd = Decimal(0) if before.provider == "offline" else None
        end(before, ModelCall.Outcome.LOST)
    question.purse.authorize(call=entry.call, estimate_usd=estimate_usd)
    entry.estimate_usd = estimate_usd
    entry.save(force_insert=True)
    if not question.key:
        return Claimed(entry, None)
    if row is None:
        row = Exchange(workspace_id=question.purse.workspace_id, key=question.key)
    row.prompt_sha256, row.output, row.response_id = question.digest, None, bought
    _take(row, entry)
    return Claimed(entry, row.pk, bought)


def _take(row: Exchange, entry: ModelCall) -> None:
    row.owner, row.lease_until, row.call = processes.this_process(), clock.now() + _lease(), entry
    row.save()


def forget(question: Question) -> None:
    """Drop an answer that is of no more use."""
    _rows(question).filter(prompt_sha256=question.digest).update(output=None)


def note_response(claimed: Claimed, response_id: str) -> None:
    """Commit the vendor's id of a response before anybody waits for it; an empty one says that it is of no more use."""
    if claimed.exchange_id is not None:
        crashpoints.reached("exchange.response")
        Exchange.objects.filter(pk=claimed.exchange_id, call=claimed.entry).update(response_id=response_id)
        crashpoints.reached("exchange.response-committed")


def settle(
    claimed: Claimed,
    question: Question,
    outcome: ModelCall.Outcome,
    *,
    output: Any = None,
    secrets: dict[str, int],
    kept: str = "",
) -> None:
    """Write the end of a call: ledger, counts, sums of the month, purse and answer, in one transaction.

    ``kept`` is the vendor's id of an answer that was bought and could not be fetched: the next asker fetches it.
    """
    from llm import usage

    entry = claimed.entry
    crashpoints.reached("exchange.settle")
    with transaction.atomic():
        if claimed.exchange_id is not None and connection.features.has_select_for_update:
            # In the order of a claim, so that a successor who takes over at this moment waits and does not lock crosswise.
            Exchange.objects.select_for_update().filter(pk=claimed.exchange_id).first()
        end(entry, outcome)
        RedactionCount.objects.bulk_create(RedactionCount(call=entry, kind=kind, count=count) for kind, count in secrets.items())
        if entry.provider != "offline":
            usage.book(entry)
            question.purse.spend(call=entry.call, cost_usd=entry.cost_usd)
        if claimed.exchange_id is not None:
            # Only where it is still ours: who took it over after our lease ended writes its own answer.
            Exchange.objects.filter(pk=claimed.exchange_id, call=entry).update(
                output=output, owner="", lease_until=None, response_id=kept
            )
        crashpoints.reached("exchange.settle-before-commit")
    crashpoints.reached("exchange.settled")


def end(entry: ModelCall, outcome: ModelCall.Outcome) -> None:
    """End a ledger row."""
    good = outcome in {ModelCall.Outcome.ANSWERED, ModelCall.Outcome.REPAIRED}
    entry.state = ModelCall.State.ANSWERED if good else ModelCall.State.FAILED
    entry.outcome, entry.finished_at = outcome, clock.now()
    entry.save()


def _rows(question: Question) -> Any:
    return Exchange.objects.filter(workspace_id=question.purse.workspace_id, key=question.key)


def _lease() -> dt.timedelta:
    return dt.timedelta(seconds=settings.STEP_LEASE_SECONDS)


# --- leases -----------------------------------------------------------------------------------------------------------------


def _extend(held: Collection[uuid.UUID]) -> None:
    Exchange.objects.filter(pk__in=held, owner=processes.this_process()).update(lease_until=clock.now() + _lease())


def _nothing_lost(held: Collection[uuid.UUID]) -> Collection[uuid.UUID]:
    # An exchange that was taken over is still worth finishing: the answer is paid, and the step's own fence decides.
    return ()


heart: Heart[uuid.UUID] = Heart(
    "exchanges with models",
    look=_nothing_lost,
    extend=_extend,
    look_seconds=lambda: settings.STEP_HEARTBEAT_SECONDS,
    extend_seconds=lambda: settings.STEP_HEARTBEAT_SECONDS,
)
