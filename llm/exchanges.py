"""Questions under a key: who asks, who waits, what was answered. The rows make it impossible to pay twice.

A claim is one short transaction: it finds the answer, or another asker whose lease lasts, or takes the question over. The purse
is asked and the ledger row opened in the same transaction, so what is in flight always counts against the caps. What several
threads claim or end at one moment stands in one transaction (``ground.together``).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from ground import clock, crashpoints, processes
from ground.leases import Heart
from ground.statements import TEXT, UUID, Each, Select, insert, write_each
from ground.together import Together
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


@dataclass(frozen=True)
class _Wish:
    """Of one who wants to ask."""

    question: Question
    open_entry: Callable[[], ModelCall]
    estimate_usd: Decimal | None


def claim(question: Question, *, open_entry: Callable[[], ModelCall], estimate_usd: Decimal | None) -> Answered | Held | Claimed:
    """Find the answer, find that somebody else asks, or take the question. Raises ``OutOfCredit`` from the purse, having written
    nothing. What several threads of a workspace want at one moment is done together."""
    for _ in range(10):
        try:
            return _claims(_Wish(question, open_entry, estimate_usd))
        except IntegrityError:
            # Somebody made the row in between; the next turn finds it.
            if not question.key or not _rows(question).exists():
                raise
    return Held()


# Rows of exchanges before those of calls, and in the order of their keys, here and when they end: two processes must not lock
# crosswise.
_KEPT = Select(
    lambda workspace, keys: Exchange.objects.select_for_update().filter(workspace_id=workspace, key__in=keys).order_by("key"),
    workspace=UUID,
    keys=Each(TEXT),
)


def _claim(wishes: Sequence[_Wish]) -> list[Answered | Held | Claimed]:
    workspace_id = wishes[0].question.purse.workspace_id
    keys = {wish.question.key for wish in wishes} - {""}
    with transaction.atomic():
        found = _KEPT(workspace=workspace_id, keys=keys)
        taking = _Taking(workspace_id, {row.key: row for row in found})
        ends = [taking.look(wish) for wish in wishes]
        taking.write()
    return ends


class _Taking:
    """Questions that are taken in one transaction, the rows that tell of them, and the purses that are asked for all together."""

    def __init__(self, workspace_id: uuid.UUID, rows: dict[str, Exchange]) -> None:
        self._workspace_id, self._rows = workspace_id, rows
        self._new: list[Exchange] = []
        self._again: list[Exchange] = []
        self._opened: list[tuple[Purse, ModelCall]] = []

    def look(self, wish: _Wish) -> Answered | Held | Claimed:
        question = wish.question
        row = self._rows.get(question.key)
        same = row is not None and row.prompt_sha256 == question.digest
        if row is not None and same and row.output is not None:
            return Answered(row.output)
        now = clock.now()
        if (
            row is not None
            and row.owner
            and row.lease_until
            and row.lease_until > now
            and not processes.is_surely_dead(row.owner)
        ):
            return Held()
        before, entry = row.call if row is not None else None, wish.open_entry()
        # Only the vendor that writes an answer can be asked for it, not one that it stood in for.
        bought = row.response_id if row is not None and same and before is not None and before.provider == entry.provider else ""
        if row is not None and bought and before is not None and before.state == ModelCall.State.ASKED:
            # Bought by somebody who died: the same purchase goes on, nothing new is authorized.
            _take(row, before)
            self._again.append(row)
            return Claimed(before, row.pk, bought)
        if before is not None and before.state == ModelCall.State.ASKED:
            # Before the purse is asked: it must not hold money for a call that nobody waits for. What that cost is not known.
            before.cost_usd = Decimal(0) if before.provider == "offline" else None
            end(before, ModelCall.Outcome.LOST)
            before.save()
        entry.estimate_usd = wish.estimate_usd
        self._opened.append((question.purse, entry))
        if not question.key:
            return Claimed(entry, None)
        if row is None:
            row = self._rows[question.key] = Exchange(workspace_id=self._workspace_id, key=question.key)
            self._new.append(row)
        else:
            self._again.append(row)
        row.prompt_sha256, row.output, row.response_id = question.digest, None, bought
        _take(row, entry)
        return Claimed(entry, row.pk, bought)

    def write(self) -> None:
        """Ask the purses, then write. Raises ``OutOfCredit`` when one of them refuses."""
        before: list[Decimal | None] = []
        for purse, entries in _by_purse(self._opened):
            # What the others here may cost is held too, though their rows are not written yet.
            before += [entry.estimate_usd for entry in entries]
            purse.authorize(call=entries[0].call, estimate_usd=_sum(before))
        insert([entry for _, entry in self._opened])
        insert(self._new)
        for row in self._again:
            row.save()


def _by_purse(opened: Sequence[tuple[Purse, ModelCall]]) -> list[tuple[Purse, list[ModelCall]]]:
    found: list[tuple[Purse, list[ModelCall]]] = []
    for purse, entry in opened:
        same = next((entries for other, entries in found if other == purse), None)
        if same is None:
            found.append((purse, [entry]))
        else:
            same.append(entry)
    return found


def _sum(estimates: Sequence[Decimal | None]) -> Decimal | None:
    known = [estimate for estimate in estimates if estimate is not None]
    return sum(known, Decimal(0)) if len(known) == len(estimates) else None


_claims: Together[_Wish, Answered | Held | Claimed] = Together(_claim, by=lambda wish: wish.question.purse.workspace_id)


def _take(row: Exchange, entry: ModelCall) -> None:
    row.owner, row.lease_until, row.call = processes.this_process(), clock.now() + _lease(), entry


def forget(question: Question) -> None:
    """Drop an answer that is of no more use."""
    _rows(question).filter(prompt_sha256=question.digest).update(output=None)


def note_response(claimed: Claimed, response_id: str) -> None:
    """Commit the vendor's id of a response before anybody waits for it; an empty one says that it is of no more use."""
    if claimed.exchange_id is not None:
        crashpoints.reached("exchange.response")
        _responses((claimed, response_id))
        crashpoints.reached("exchange.response-committed")


def _note_responses(given: Sequence[tuple[Claimed, str]]) -> list[None]:
    rows = ({"id": claimed.exchange_id, "call": claimed.entry.pk, "response_id": response_id} for claimed, response_id in given)
    with transaction.atomic():
        write_each(Exchange, rows, where=["id", "call"])
    return [None] * len(given)


_responses: Together[tuple[Claimed, str], None] = Together(_note_responses)


@dataclass(frozen=True)
class _End:
    """Of one call."""

    claimed: Claimed
    question: Question
    output: Any
    secrets: Mapping[str, int]
    kept: str


def settle(
    claimed: Claimed,
    question: Question,
    outcome: ModelCall.Outcome,
    *,
    output: Any = None,
    secrets: Mapping[str, int],
    kept: str = "",
) -> None:
    """Write the end of a call: ledger, counts, sums of the month, purse and answer, in one transaction.

    ``kept`` is the vendor's id of an answer that was bought and could not be fetched: the next asker fetches it.
    """
    crashpoints.reached("exchange.settle")
    end(claimed.entry, outcome)
    _ends(_End(claimed, question, output, secrets, kept))
    crashpoints.reached("exchange.settled")


def _settle(ends: Sequence[_End]) -> list[None]:
    from llm import usage

    entries = [one.claimed.entry for one in ends]
    kept = sorted((one for one in ends if one.claimed.exchange_id is not None), key=lambda one: one.question.key)
    with transaction.atomic():
        # Only where it is still ours: who took it over after our lease ended writes its own answer.
        write_each(
            Exchange,
            (
                {
                    "id": one.claimed.exchange_id,
                    "call": one.claimed.entry.pk,
                    "output": one.output,
                    "owner": "",
                    "lease_until": None,
                    "response_id": one.kept,
                }
                for one in kept
            ),
            where=["id", "call"],
        )
        write_each(
            ModelCall, ({"id": entry.pk, **{name: getattr(entry, name) for name in ENDED}} for entry in entries), where=["id"]
        )
        insert(
            [
                RedactionCount(call=one.claimed.entry, kind=kind, count=count)
                for one in ends
                for kind, count in one.secrets.items()
            ]
        )
        usage.book(*(entry for entry in entries if entry.provider != "offline"))
        for one in ends:
            if one.claimed.entry.provider != "offline":
                one.question.purse.spend(call=one.claimed.entry.call, cost_usd=one.claimed.entry.cost_usd)
        crashpoints.reached("exchange.settle-before-commit")
    return [None] * len(ends)


_ends: Together[_End, None] = Together(_settle, by=lambda one: one.question.purse.workspace_id)
ENDED = (
    *("model", "state", "outcome", "attempts", "dropped"),
    *("tokens_in", "tokens_out", "tokens_cached", "tokens_cache_written", "cost_usd", "finished_at"),
)
"""What the end of a call says in its ledger row."""


def end(entry: ModelCall, outcome: ModelCall.Outcome) -> None:
    """Say in a ledger row how the call ended; the caller writes it."""
    good = outcome in {ModelCall.Outcome.ANSWERED, ModelCall.Outcome.REPAIRED}
    entry.state = ModelCall.State.ANSWERED if good else ModelCall.State.FAILED
    entry.outcome, entry.finished_at = outcome, clock.now()


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
