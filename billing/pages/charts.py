"""Usage by day, document, model and agent: read from the rows of calls, for the charts and for the file."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.db.models.functions import TruncDate

from accounts.models import User
from accounts.rules.trail import harmless
from billing.rules import charts
from llm.models import ModelCall

COLUMNS = (
    "at", "what for", "document", "agent", "provider", "model", "own key", "tokens read", "tokens cached", "tokens written",
    "cost in US dollars", "end",
)  # fmt: skip
ALL_TOKENS = F("tokens_in") + F("tokens_out") + F("tokens_cached") + F("tokens_cache_written")


@dataclass(frozen=True)
class Charts:
    """Tokens of a month, four times."""

    days: list[charts.Bar]
    documents: list[charts.Share]
    models: list[charts.Share]
    agents: list[charts.Share]

    @property
    def is_empty(self) -> bool:
        return not any(bar.value for bar in self.days)

    @property
    def busiest(self) -> charts.Bar:
        return max(self.days, key=lambda bar: bar.value)

    @property
    def views(self) -> list[tuple[str, str, list[charts.Share]]]:
        """What the lists are called, and what their lines are."""
        return [
            ("Document", "documents", self.documents),
            ("Model", "models", self.models),
            ("Agent", "agents", self.agents),
        ]


def charts_of(calls: QuerySet[ModelCall], month: dt.date) -> Charts:
    """The calls of one month, of models only: rule-based agents use no tokens."""
    days: Counter[dt.date] = Counter()
    documents: Counter[str] = Counter()
    models: Counter[str] = Counter()
    agents: Counter[str] = Counter()
    rows = calls.order_by().annotate(day=TruncDate("started_at", tzinfo=dt.UTC), tokens=ALL_TOKENS)
    for day, call, part, model, tokens in rows.values_list("day", "call", "part", "model", "tokens").iterator():
        days[day] += tokens
        documents[document_of(call, part)] += tokens
        models[model or "not named"] += tokens
        agents[agent_of(call)] += tokens
    length = calendar.monthrange(month.year, month.month)[1]
    return Charts(charts.by_day(days, month, length), *(charts.shares(one) for one in (documents, models, agents)))


def document_of(call: str, part: str) -> str:
    """ "BRIEF.md"; where a call is for no single document, what it is for."""
    kind, _, about = part.partition(":")
    if kind == "prose" and about:
        return about
    return "Interview" if call.startswith("interviews.") else "Reviews" if kind == "review" else "All documents"


def agent_of(call: str) -> str:
    """ "Requirements", "Review tester"."""
    return call.partition(".")[2].replace("_", " ").capitalize() or call


def rows_of(viewer: User) -> Iterator[list[str]]:
    """Every call that is kept, the newest first, as cells of a table; the first row names them."""
    yield list(COLUMNS)
    calls = ModelCall.objects.visible_to(viewer).order_by("-started_at", "-pk")
    for one in calls.iterator():
        cells = [
            one.started_at.astimezone(dt.UTC).isoformat(timespec="seconds"), one.call, document_of(one.call, one.part),
            agent_of(one.call), one.provider, one.model, "yes" if one.own_key else "no",
            str(one.tokens_in + one.tokens_cached + one.tokens_cache_written), str(one.tokens_cached), str(one.tokens_out),
            "" if one.cost_usd is None else str(one.cost_usd), one.outcome or one.state,
        ]  # fmt: skip
        yield [harmless(cell) for cell in cells]
