"""What a run will need: tokens and US dollars, from least to most, per document. Pure; the figures are in ``estimates.yaml``.

characters of each part = figures x facts
a call reads            = its instructions + the frozen answers + the parts it needs (+ the documents)
a call writes           = its part + what the model thinks
least: calls of one shape read what they share from the vendor's cache; most: nothing is cached, some calls are asked twice
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from generation.rules import graph

FILE = Path(__file__).resolve().parent.parent / "estimates.yaml"
DOCUMENTS = "documents"
Group = Literal["decide", "write", "review"]
Cost = Callable[[int, int, int, int], Decimal | None]
"""US dollars for tokens read at the full price, read from the cache, written to the cache, and written as an answer; None when
the price is not known."""
Reserve = Callable[[int], Decimal | None]
"""US dollars that are held for a call that sends so many characters, until its end shows what it cost."""
Span = tuple[float, float]


class _PerToken(BaseModel):
    model_config = ConfigDict(extra="forbid")
    least: float = Field(gt=0)
    most: float = Field(gt=0)


class Figures(BaseModel):
    """The figures of ``estimates.yaml``; see there."""

    model_config = ConfigDict(extra="forbid")
    as_of: object
    samples: list[str]
    characters_per_token: _PerToken
    thinking: Span
    repairs: Span
    per_fact: dict[str, Span]
    fixed: dict[str, Span]
    any: Span

    @model_validator(mode="after")
    def _in_order(self) -> Figures:
        for span in (self.thinking, self.repairs, self.any, *self.per_fact.values(), *self.fixed.values()):
            if not 0 <= span[0] <= span[1]:
                raise ValueError(f"{list(span)} is not [least, most]")
        return self

    def characters(self, key: str, facts: int) -> Span:
        """How long the part ``key`` will be in an interview of so many facts."""
        if key in self.per_fact:
            least, most = self.per_fact[key]
            return least * facts, most * facts
        return self.fixed.get(key, self.any)


def read(file: Path = FILE) -> Figures:
    """The figures in ``file``. Raises ``ValidationError`` where one is missing or out of order."""
    return Figures.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Asked:
    """One model call of the run."""

    key: str
    """Of its step: "vision", "prose:BRIEF.md"."""
    needs: Sequence[str]
    """Keys of the steps it builds on."""
    vendor: str
    model: str
    instructions: int
    """Characters."""
    most_out: int
    """Tokens its answer may have at most, with all thinking."""
    cost: Cost
    reserve: Reserve
    title: str = ""

    @property
    def group(self) -> Group:
        kind = self.key.partition(":")[0]
        return "write" if kind == "prose" else "review" if kind == "review" else "decide"

    @property
    def shape(self) -> str:
        """Calls of one shape and model share a beginning in the vendor's cache."""
        return f"{self.vendor} {self.model} {self.key.partition(':')[0]}"

    @property
    def shared(self) -> list[str]:
        """The parts it reads."""
        parts = [need for need in self.needs if need in graph.DECIDING]
        return [*parts, DOCUMENTS] if self.group == "review" else parts


@dataclass(frozen=True)
class Estimate:
    """From least to most. Dollars are None where a price is not known."""

    key: str
    title: str
    group: Group
    calls: int = 0
    tokens: tuple[int, int] = (0, 0)
    """Read and written."""
    usd: tuple[Decimal, Decimal] | None = (Decimal(0), Decimal(0))
    held: Decimal = Decimal(0)
    """What is held for one call at the least."""


@dataclass(frozen=True)
class RunEstimate:
    """The whole run, and its parts in the order of the work: what is decided, each document, the reviews."""

    rows: Sequence[Estimate] = field(default_factory=tuple)
    unpriced: Sequence[str] = field(default_factory=tuple)
    """Models whose price is not known."""
    needed_usd: Decimal = Decimal(0)
    """What a limit must leave for the run to come to its end, if every call costs the least: each call must find what is held for
    it on top of what was spent before."""

    @property
    def whole(self) -> Estimate:
        return _sum("", "All together", "decide", self.rows)

    @property
    def is_free(self) -> bool:
        """No model is asked."""
        return not self.rows


def estimate(asked: Iterable[Asked], *, evidence: int, facts: int, figures: Figures) -> RunEstimate:
    """What these calls will need for an interview of ``facts`` facts whose frozen ledger has ``evidence`` characters.

    Without calls the run is free.
    """
    calls = list(asked)
    alike = Counter(call.shape for call in calls)
    rows = [_one(call, evidence=evidence, facts=facts, figures=figures, alike=alike[call.shape]) for call in calls]
    unpriced = dict.fromkeys(call.model for call, row in zip(calls, rows, strict=True) if row.usd is None)
    spent = needed = Decimal(0)
    for row in rows:
        needed = max(needed, spent + row.held)
        spent += row.usd[0] if row.usd else Decimal(0)
    return RunEstimate(tuple(_joined(rows)), tuple(unpriced), max(needed, spent))


def _one(call: Asked, *, evidence: int, facts: int, figures: Figures, alike: int) -> Estimate:
    """``alike`` calls have its shape: each bears its part of what the first one pays to fill the cache."""
    tokens: list[int] = []
    dollars: list[Decimal | None] = []
    for most in (False, True):
        per_token = figures.characters_per_token.least if most else figures.characters_per_token.most
        shared = evidence + sum(figures.characters(part, facts)[most] for part in call.shared)
        read = round(shared / per_token)
        task = round(call.instructions / per_token)
        answer = figures.characters(call.key, facts)[most] / per_token
        out = min(round(answer * (1 + figures.thinking[most])), call.most_out)
        times = 1 + figures.repairs[most]
        tokens.append(round((read + task + out) * times))
        plain, written = call.cost(read + task, 0, 0, out), call.cost(task, 0, read, out)
        warm = call.cost(task, read, 0, out)
        if plain is None or written is None or warm is None:
            dollars.append(None)
            continue
        first = written if most or alike > 1 else plain
        dollars.append((max(first, plain) + warm * (alike - 1)) / alike * Decimal(str(times)))
    least, most_usd = dollars
    usd = None if least is None or most_usd is None else (least, max(least, most_usd))
    sent = call.instructions + evidence + sum(figures.characters(part, facts)[0] for part in call.shared)
    return Estimate(call.key, call.title, call.group, 1, (tokens[0], tokens[1]), usd, call.reserve(round(sent)) or Decimal(0))


def _joined(rows: Sequence[Estimate]) -> list[Estimate]:
    """Documents one by one; what is decided and the reviews belong to all of them."""
    together = [
        _sum("decide", "What all documents build on", "decide", [row for row in rows if row.group == "decide"]),
        *(row for row in rows if row.group == "write"),
        _sum("review", "Reviews", "review", [row for row in rows if row.group == "review"]),
    ]
    return [row for row in together if row.calls]


def _sum(key: str, title: str, group: Group, rows: Sequence[Estimate]) -> Estimate:
    known = [row.usd for row in rows if row.usd is not None]
    usd = (sum((one[0] for one in known), Decimal(0)), sum((one[1] for one in known), Decimal(0)))
    return Estimate(
        key,
        title,
        group,
        sum(row.calls for row in rows),
        (sum(row.tokens[0] for row in rows), sum(row.tokens[1] for row in rows)),
        usd if len(known) == len(rows) else None,
    )
