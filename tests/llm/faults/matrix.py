"""The fault matrix: every fault, every way of asking, at every call, at the first, and at every tenth of twenty.

One cell asks the gateway as the product does and says how it ended, how much was sent and how long it took. The right end of each
fault stands in ``table.yaml``.
"""

from __future__ import annotations

import dataclasses
import functools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from llm import gateway
from llm.calls import Call
from llm.errors import ModelFailed
from llm.purse import Purse
from tests.llm.clerk.calls import SORT, Letter, Sorted
from tests.wire_stub import FAULTS, WireStub
from tests.wire_stub.remote import Remote

TABLE = Path(__file__).with_name("table.yaml")
WAYS = ("anthropic streamed", "openai streamed", "openai background", "openai fetch")
"""Anthropic is only ever asked for streams. Of a background response both the request and the look at it can fail."""
OF_THE_ANSWER = {
    "stream_error", "empty", "length", "refusal", "wrong_schema", "fenced", "bad_args", "unknown_tool", "404_model",
}  # fmt: skip
"""Faults of the answer itself, or of asking for it: looking at a background response cannot have them."""
WHENS = ("always", "first", "tenth")
LETTER = Letter(sender="Ms Adeyemi", text="The chairs came late and I am angry. Please call back.")
GOOD = SORT.offline(LETTER)
MANY = 20
FIRST_WAIT_SECONDS, SILENCE_SECONDS = 0.002, 0.25
SETTINGS = {"LLM_FIRST_WAIT_SECONDS": FIRST_WAIT_SECONDS, "LLM_SILENCE_SECONDS": SILENCE_SECONDS}
"""Short, so that the whole matrix takes a minute; nothing else differs from the product."""
IN_BACKGROUND = dataclasses.replace(SORT, deadline_seconds=120.0)
STREAMED = dataclasses.replace(SORT, deadline_seconds=8.0)
CELL_SECONDS = 4.0
"""For one call. With the settings of the product (waits 250 and silence 180 times as long) that is still under the stall of
90 seconds of the scoreboard, but for silence, whose bound is two times its own limit."""


@dataclass(frozen=True)
class Right:
    """What the table says of a fault in one way of asking."""

    kind: str
    end: tuple[str, ...]
    sends: int


@dataclass
class Ended:
    """How the calls of one cell ended."""

    ends: list[str]
    """Per call: "answered", "wrong" for an answer that is not the good one, else the name of the error."""
    sends: list[int]
    looks: int
    longest: float
    """Seconds of the slowest call."""


class Wire(Protocol):
    """A stub, here or in another process."""

    def plan(self, fault: str, when: str, *, fetch: bool) -> None:
        """From now on the vendor has this fault."""

    def count(self) -> tuple[int, int]:
        """Requests for an answer, and looks at background responses, so far."""


@dataclass
class Here:
    """The stub in this process."""

    stub: WireStub

    def plan(self, fault: str, when: str, *, fetch: bool) -> None:
        plan = self.stub.fetch_plan if fetch else self.stub.plan
        plan.count = 0
        plan.always = fault if when == "always" else None
        plan.listed = [fault] if when == "first" else []
        plan.every = (10, fault) if when == "tenth" else None

    def count(self) -> tuple[int, int]:
        apis = Counter((record["api"], record["method"]) for record in self.stub.calls(waits=False))
        return len(self.stub.seen), apis["responses-item", "GET"]


@dataclass
class Elsewhere:
    """Any stub with an admin address. It cannot spoil looks."""

    stub: Remote

    def plan(self, fault: str, when: str, *, fetch: bool) -> None:
        which: dict[str, Any] = {"first": {"nth": 1}, "tenth": {"every": 10}}.get(when, {})
        self.stub.reset()
        self.stub.rules({"fault": fault, **which})

    def count(self) -> tuple[int, int]:
        apis = Counter((record["api"], record.get("method", "")) for record in self.stub.calls())
        return apis.total() - sum(count for (api, _), count in apis.items() if api in {"responses-item", "models"}), 0


@functools.cache
def table() -> dict[str, dict[str, Any]]:
    """The rows of the table by fault."""
    rows: dict[str, dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    if set(rows) != set(FAULTS):
        raise ValueError(f"The table and the stub know different faults: {sorted(set(rows) ^ set(FAULTS))}.")
    return rows


def right(fault: str, way: str) -> Right:
    """What is right for a fault in a way of asking."""
    row = dict(table()[fault])
    ways = row.pop("ways", {})
    for name in way.split():
        row |= ways.get(name, {})
    return Right(row["kind"], tuple(row["end"]), row["sends"])


def cells() -> list[tuple[str, str, str]]:
    """Fault, way and when of every cell."""
    return [
        (fault, way, when)
        for fault in FAULTS
        for way in WAYS
        if not (way.endswith("fetch") and fault in OF_THE_ANSWER)
        for when in WHENS
    ]


def call_for(way: str) -> Call[Letter, Sorted]:
    return STREAMED if way.endswith("streamed") else IN_BACKGROUND


def play(wire: Wire, fault: str, way: str, when: str, purse: Purse, *, many: int = MANY) -> Ended:
    """The calls of one cell, one after another; ``many`` where every tenth is spoilt."""
    _warm(way, purse)
    wire.plan(fault, when, fetch=way.endswith("fetch"))
    ended = Ended([], [], 0, 0.0)
    before, looked = wire.count()
    for _ in range(many if when == "tenth" else 1):
        begun = time.monotonic()
        ended.ends.append(_end(lambda: gateway.ask(call_for(way), LETTER, purse=purse, provider=way.split()[0])))
        ended.longest = max(ended.longest, time.monotonic() - begun)
        sent, looks = wire.count()
        ended.sends.append(sent - before)
        before, ended.looks = sent, looks - looked
    return ended


def faults_of(ended: Ended, fault: str, way: str, when: str) -> list[str]:
    """What is not as it should be, in words; empty for a good cell."""
    row, found = right(fault, way), []
    good = ("answered",) if row.kind in {"passing", "repaired", "good"} else row.end
    allowed: Sequence[tuple[str, ...]] = [good if when != "always" or row.kind == "good" else row.end]
    if when == "tenth":
        # The count is of requests, so a fault that is not tried again meets calls 10 and 20.
        allowed = [good if number % 10 == 0 else ("answered",) for number in range(1, len(ended.ends) + 1)]
    found += [
        f"call {place}: {end}" for place, (end, these) in enumerate(zip(ended.ends, allowed, strict=True), 1) if end not in these
    ]
    if max(ended.sends) > row.sends:
        found.append(f"{max(ended.sends)} requests")
    if ended.longest > CELL_SECONDS:
        found.append(f"{ended.longest:.1f} s")
    return found


_warmed: set[str] = set()


def _warm(way: str, purse: Purse) -> None:
    """The first call of a process to a vendor loads its SDK, which takes longer than silence is waited for here."""
    if way not in _warmed:
        _end(lambda: gateway.ask(call_for(way), LETTER, purse=purse, provider=way.split()[0]))
        _warmed.add(way)


def _end(ask: Callable[[], Sorted]) -> str:
    try:
        return "answered" if ask() == GOOD else "wrong"
    except ModelFailed as failure:
        return type(failure).__name__
