"""What a run used and cost, from the ledger of calls: the meter while it is written, the receipt afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Max, Q, QuerySet, Sum, Value

from billing.rules import money
from generation.models import Run
from ground.statements import UUID, Select
from llm import pricing
from llm.keys import VENDORS
from llm.models import ModelCall, RedactionCount
from llm.placeholders import in_words, placeholders

COLUMNS = (
    "step",
    "call",
    "version",
    "vendor",
    "model",
    "own_key",
    "instead_of",
    "outcome",
    "attempts",
    "tokens_in",
    "tokens_cached",
    "tokens_cache_written",
    "tokens_out",
    "cost_usd",
    "redactions",
    "passages_left_out",
    "started_at",
    "finished_at",
)
"""Of the receipt as CSV. ``cost_usd`` is empty where it is not known."""


@dataclass(frozen=True)
class Meter:
    """What a run used so far."""

    tokens: int
    known_usd: Decimal
    unknown: int
    """Calls whose cost is not known and not part of the sum."""
    left_out: int = 0
    """Passages of documents that the model with the smallest window did not see."""

    @property
    def usd(self) -> Decimal | None:
        """What it cost; None when the cost of a call is not known."""
        return None if self.unknown else self.known_usd


@dataclass(frozen=True)
class Line:
    """One call of a run as the receipt shows it."""

    step: str
    """What the step was for, in words."""
    call: ModelCall
    redactions: tuple[tuple[str, int], ...]
    """Kind of secret, and how many were taken out."""

    @property
    def vendor(self) -> str:
        return _name(self.call.provider)

    @property
    def instead_of(self) -> str:
        """The vendor that was asked first and could not answer."""
        return _name(self.call.instead_of)

    @property
    def tokens_read(self) -> int:
        """All that was read, from the cache too."""
        return self.call.tokens_in + self.call.tokens_cached + self.call.tokens_cache_written

    @property
    def cached(self) -> str:
        """ "85%" of what was read came from the vendor's cache; empty where nothing was read."""
        return money.share(self.call.tokens_cached, self.tokens_read)

    @property
    def is_good(self) -> bool:
        return bool(self.call.state == ModelCall.State.ANSWERED)

    @property
    def is_under_way(self) -> bool:
        return bool(self.call.state == ModelCall.State.ASKED)

    @property
    def removed(self) -> int:
        """Secrets that were taken out before it was sent."""
        return sum(count for _, count in self.redactions)


@dataclass(frozen=True)
class Receipt:
    """All calls of a run in the order in which they were made, and their sum."""

    run: Run
    lines: list[Line]

    @property
    def taken_out_before(self) -> str:
        """Secrets that were taken out when they were entered and stand as placeholders in the material, in words."""
        return in_words(placeholders(self.run.evidence))

    @property
    def tokens_read(self) -> int:
        return sum(line.tokens_read for line in self.lines)

    @property
    def tokens_out(self) -> int:
        return sum(line.call.tokens_out for line in self.lines)

    @property
    def cached(self) -> str:
        return money.share(sum(line.call.tokens_cached for line in self.lines), self.tokens_read)

    @property
    def known_usd(self) -> Decimal:
        return sum((line.call.cost_usd for line in self.lines if line.call.cost_usd is not None), Decimal(0))

    @property
    def unknown(self) -> int:
        """Calls whose cost is not known and not part of the sum."""
        return sum(line.call.cost_usd is None for line in self.lines)

    @property
    def usd(self) -> Decimal | None:
        return None if self.unknown else self.known_usd

    @property
    def redactions(self) -> list[tuple[str, int]]:
        """Over all calls by kind, the most frequent first."""
        sums: dict[str, int] = {}
        for kind, count in (pair for line in self.lines for pair in line.redactions):
            sums[kind] = sums.get(kind, 0) + count
        return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))

    def rows(self) -> Iterator[list[str]]:
        """The receipt as rows of text, the names of the columns first. Nothing in it can be taken for a formula."""
        yield list(COLUMNS)
        for line in self.lines:
            call = line.call
            yield [
                _harmless(value)
                for value in (
                    line.step,
                    call.call,
                    str(call.version),
                    call.provider,
                    call.model,
                    "yes" if call.own_key else "no",
                    call.instead_of,
                    call.outcome,
                    str(call.attempts),
                    str(call.tokens_in),
                    str(call.tokens_cached),
                    str(call.tokens_cache_written),
                    str(call.tokens_out),
                    "" if call.cost_usd is None else str(call.cost_usd),
                    " ".join(f"{kind}:{count}" for kind, count in line.redactions),
                    str(call.dropped),
                    call.started_at.isoformat(timespec="seconds"),
                    call.finished_at.isoformat(timespec="seconds") if call.finished_at else "",
                )
            ]


_SUMS = Select(
    lambda workspace, run: (
        ModelCall.objects.filter(workspace_id=workspace, subject=run)
        .order_by()
        .values(all=Value(1))
        .annotate(
            tokens=Sum(F("tokens_in") + F("tokens_cached") + F("tokens_cache_written") + F("tokens_out")),
            usd=Sum("cost_usd"),
            unknown=Count("pk", filter=Q(cost_usd=None)),
            left_out=Max("dropped"),
        )
    ),
    workspace=UUID,
    run=UUID,
)


def meter_of(run: Run) -> Meter:
    """One query."""
    [sums] = _SUMS(workspace=run.workspace_id, run=run.pk)
    # SQLite adds decimals as binary fractions; the ledger holds millionths.
    usd = Decimal(sums["usd"] or 0).quantize(pricing.SMALLEST)
    return Meter(sums["tokens"] or 0, usd, sums["unknown"], sums["left_out"] or 0)


def receipt_of(run: Run) -> Receipt:
    """The calls of models that this run made. Those of rule-based agents cost nothing and are no part of it.

    Single calls are kept for 90 days; after that the receipt of a run is empty.
    """
    titles = dict(run.steps.values_list("key", "title"))
    calls = list(_calls(run).exclude(provider="offline").order_by("started_at", "pk"))
    removed: dict[object, list[tuple[str, int]]] = {}
    for one in RedactionCount.objects.filter(call__in=calls).order_by("kind"):
        removed.setdefault(one.call_id, []).append((one.kind, one.count))
    return Receipt(run, [Line(titles.get(call.part, call.part), call, tuple(removed.get(call.pk, ()))) for call in calls])


def _calls(run: Run) -> QuerySet[ModelCall]:
    return ModelCall.objects.filter(workspace_id=run.workspace_id, subject=run.pk)


def _name(provider: str) -> str:
    return VENDORS.get(provider, provider.capitalize())


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in tuple("=+-@\t\r") else cell
