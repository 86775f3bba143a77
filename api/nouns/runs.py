"""Runs: what one would cost, started, watched, stopped, and what it used."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, Literal

from django.db.models import Count, Q
from pydantic import Field

from accounts.models import OwnedQuerySet
from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import Dollars, Listed, Shape
from generation.flows import accounting, cancelling, estimating, starting
from generation.models import Package, Run, Step
from ground.models import LogEntry
from interviews.models import Interview

RunState = Literal["waiting", "running", "done", "failed", "cancelled"]


class Span(Shape):
    """From least to most."""

    least: Dollars
    most: Dollars


class EstimateRow(Shape):
    """One part of a package."""

    title: str = Field(examples=["The vision"])
    calls: int = Field(description="Questions to models.", examples=[1])
    usd: Span | None = Field(description="Null where a price is not known.")


class Limit(Shape):
    """A limit of spending and what is left of it."""

    span: Literal["run", "month"]
    set_by: Literal["owner", "service"]
    limit_usd: Dollars
    left_usd: Dollars


class Estimate(Shape):
    """What a run that began now would need."""

    interview: uuid.UUID
    is_free: bool = Field(description="No model is asked.")
    calls: int = Field(examples=[17])
    least_tokens: int = Field(examples=[160_000])
    most_tokens: int = Field(examples=[290_000])
    usd: Span | None = Field(description="Null where a price is not known.")
    unpriced_models: list[str] = Field(examples=[[]])
    rows: list[EstimateRow]
    limits: list[Limit]
    refused: str = Field(description="Why it may not begin, in a sentence; empty when it may.", examples=[""])


class StepShape(Shape):
    """One step of a run."""

    key: str = Field(examples=["requirements"])
    lane: Literal["read", "decide", "write", "check"]
    title: str = Field(examples=["Write down what is required"])
    state: Literal["waiting", "ready", "running", "done", "failed", "cancelled"]
    progress: int = Field(ge=0, le=100, description="Per cent.")
    note: str = Field(description="What came out, in a few words.", examples=["41 requirements, 12 assumptions"])
    trouble: str = Field(examples=[""])


class RunShape(Shape):
    """One writing of one package, as lists show it."""

    id: uuid.UUID
    interview: uuid.UUID
    title: str = Field(description="Of the interview.", examples=["Front desk of a clinic"])
    number: int = Field(description="Counts from 1 within the interview.", examples=[1])
    state: RunState
    profile: Literal["lean", "standard", "regulated"]
    provider: str = Field(description="Who writes: anthropic, openai, or offline for rule-based agents.", examples=["anthropic"])
    own_key: bool = Field(description="With the owner's own key.")
    trouble: str = Field(description="Why it failed, in a sentence.", examples=[""])
    steps_done: int = Field(examples=[12])
    steps: int = Field(examples=[31])
    package: uuid.UUID | None = Field(description="What it left, once it is done.")
    created_at: dt.datetime
    started_at: dt.datetime | None
    finished_at: dt.datetime | None


class RunPage(Listed[RunShape]):
    """Runs, the newest first."""


class RunDetail(RunShape):
    """One run with its steps and what it used so far."""

    step_list: list[StepShape]
    tokens: int = Field(description="Read and written so far.", examples=[81_250])
    cost_usd: Dollars | None = Field(description="Null where the price of a call is not known.")
    news: list[str] = Field(description="What happened, the newest first.", examples=[["41 answers, 118 facts"]])
    open_conflicts: int = Field(description="Disagreements of the interview that nobody settled.", examples=[0])


class Call(Shape):
    """One call to a model."""

    step: str = Field(examples=["Write down what is required"])
    call: str = Field(examples=["generation.requirements"])
    vendor: str = Field(examples=["Anthropic"])
    model: str = Field(examples=["claude-opus-5"])
    own_key: bool
    instead_of: str = Field(description="The vendor that was asked first and could not answer.", examples=[""])
    outcome: str = Field(examples=["ok"])
    attempts: int = Field(examples=[1])
    tokens_in: int
    tokens_cached: int
    tokens_cache_written: int
    tokens_out: int
    cost_usd: Dollars | None
    secrets_removed: dict[str, int] = Field(description="Kinds of secrets taken out before it was sent.", examples=[{}])
    passages_left_out: int = Field(description="Passages of documents that did not fit the model's window.", examples=[0])
    started_at: dt.datetime
    finished_at: dt.datetime | None


class Receipt(Shape):
    """All calls of a run and their sum. Single calls are kept for 90 days; after that it is empty."""

    run: uuid.UUID
    calls: list[Call]
    tokens_read: int
    tokens_out: int
    known_usd: Dollars
    unpriced_calls: int = Field(description="Calls whose cost is not known and not part of known_usd.", examples=[0])


class Event(Shape):
    """One entry of a run's log, as the event stream sends it."""

    kind: Literal["news", "step", "meter", "over"]
    at: dt.datetime
    data: dict[str, Any] = Field(
        description="news: step, text. step: key, lane, title, state, progress, note, attempt, trouble. meter: done, total, "
        "percent, tokens, cost_usd. over: state, trouble."
    )


def estimate(caller: Caller, interview: uuid.UUID) -> Estimate:
    """What a run of this interview would cost, and the limits it would run under."""
    row = asking.found(Interview.objects.select_related("workspace"), caller, interview)
    outlook = estimating.outlook(row)
    whole = outlook.estimate.whole
    return Estimate(
        interview=row.pk,
        is_free=outlook.estimate.is_free,
        calls=whole.calls,
        least_tokens=whole.tokens[0],
        most_tokens=whole.tokens[1],
        usd=_span(whole.usd),
        unpriced_models=list(outlook.estimate.unpriced),
        rows=[EstimateRow(title=one.title, calls=one.calls, usd=_span(one.usd)) for one in outlook.estimate.rows],
        limits=[
            Limit(span=cap.span, set_by="owner" if cap.owners else "service", limit_usd=usd(cap.limit), left_usd=usd(cap.left))
            for cap in outlook.caps
        ],
        refused=outlook.refused,
    )


def start(caller: Caller, interview: uuid.UUID) -> RunDetail:
    """Freeze the interview and start writing. Raises ``Conflict`` while it is open or written, ``OutOfCredit``."""
    row = asking.found(Interview.objects.select_related("workspace"), caller, interview)
    return read(caller, starting.start(row, actor=caller.user, means=caller.means).pk)


def listed(
    caller: Caller,
    *,
    interview: uuid.UUID | None = None,
    state: RunState | None = None,
    limit: int = asking.USUAL,
    cursor: str | None = None,
) -> RunPage:
    """Runs of the account, or of one interview."""
    rows = _counted().visible_to(caller.user)
    if interview:
        rows = rows.filter(interview=asking.found(Interview.objects.all(), caller, interview))
    rows = rows.filter(state=state) if state else rows
    items, more = asking.cut(rows, _shape, limit=limit, cursor=cursor)
    return RunPage(items=items, next=more)


def read(caller: Caller, run: uuid.UUID) -> RunDetail:
    """One run with its steps."""
    row = asking.found(_counted(), caller, run)
    used = accounting.meter_of(row)
    news = LogEntry.objects.filter(stream=row.stream, kind="news").order_by("-sequence")[:20]
    names = ("key", "lane", "title", "state", "progress", "note", "trouble")
    return RunDetail(
        **_fields(row),
        step_list=[StepShape(**step) for step in row.steps.order_by("position").values(*names)],
        tokens=used.tokens,
        cost_usd=None if used.usd is None else usd(used.usd),
        news=[str(entry.payload.get("text", "")) for entry in news],
        open_conflicts=row.open_interview.conflicts.filter(resolution="open").count() if row.open_interview else 0,
    )


def cancel(caller: Caller, run: uuid.UUID) -> RunDetail:
    """Stop it; what is done stays readable. Raises ``Conflict`` when it is over."""
    row = asking.found(Run.objects.defer("evidence"), caller, run)
    return read(caller, cancelling.cancel(row, actor=caller.user, means=caller.means).pk)


def retry(caller: Caller, run: uuid.UUID) -> RunDetail:
    """Try what failed or was cancelled again; what is done stays done. Raises ``Conflict``."""
    return read(caller, starting.retry(asking.found(Run.objects.defer("evidence"), caller, run)).pk)


def receipt(caller: Caller, run: uuid.UUID) -> Receipt:
    """What it asked of models, call by call."""
    made = accounting.receipt_of(asking.found(Run.objects.all(), caller, run))
    return Receipt(
        run=made.run.pk,
        calls=[_call(line) for line in made.lines],
        tokens_read=made.tokens_read,
        tokens_out=made.tokens_out,
        known_usd=usd(made.known_usd),
        unpriced_calls=made.unknown,
    )


def receipt_rows(caller: Caller, run: uuid.UUID) -> list[list[str]]:
    """The receipt as rows of text, the names of the columns first."""
    return list(accounting.receipt_of(asking.found(Run.objects.all(), caller, run)).rows())


def log_of(caller: Caller, run: uuid.UUID) -> tuple[str, bool]:
    """The name of the run's log, and whether the run is over."""
    row = asking.found(Run.objects.defer("evidence"), caller, run)
    return row.stream, row.is_over


def event(entry: LogEntry) -> Event:
    """An entry of a run's log."""
    return Event(kind=entry.kind, at=entry.created_at, data=entry.payload)


def usd(amount: Decimal) -> str:
    """ "0.4213": plain digits, no exponent, never below 0."""
    return f"{max(amount, Decimal(0)):f}"


def _counted() -> OwnedQuerySet[Run]:
    done = Count("steps", filter=Q(steps__state=Step.State.DONE))
    rows: Any = Run.objects.annotate(steps_all=Count("steps"), steps_done=done)
    shown: OwnedQuerySet[Run] = rows.select_related("interview", "package").defer("evidence", "package__model")
    return shown


def _shape(row: Run) -> RunShape:
    return RunShape(**_fields(row))


def _fields(row: Any) -> dict[str, Any]:
    """``row`` is one of ``_counted``."""
    names = ("id", "number", "state", "profile", "provider", "own_key", "trouble", "steps_done", "created_at", "started_at")
    return {name: getattr(row, name) for name in (*names, "finished_at")} | {
        "interview": row.project,
        "title": row.project_title,
        "steps": row.steps_all,
        "package": _package_of(row),
    }


def _package_of(row: Run) -> uuid.UUID | None:
    try:
        return row.package.pk
    except Package.DoesNotExist:
        return None


def _span(amounts: tuple[Decimal, Decimal] | None) -> Span | None:
    return Span(least=usd(amounts[0]), most=usd(amounts[1])) if amounts else None


def _call(line: accounting.Line) -> Call:
    call = line.call
    names = (
        "call",
        "model",
        "own_key",
        "outcome",
        "attempts",
        "tokens_in",
        "tokens_cached",
        "tokens_cache_written",
        "tokens_out",
    )
    return Call(
        **{name: getattr(call, name) for name in (*names, "started_at", "finished_at")},
        step=line.step,
        vendor=line.vendor,
        instead_of=line.instead_of if call.instead_of else "",
        cost_usd=None if call.cost_usd is None else usd(call.cost_usd),
        secrets_removed=dict(line.redactions),
        passages_left_out=call.dropped,
    )
