"""Graphs of steps whose work is a model call: small ones to kill, and workload W of the scoreboard to measure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from generation.steps import Bench, Result, Work
from llm import gateway
from tests.llm.kill.scribe.calls import BY_KIND, Task, Written

SENTENCE = "Every booking has a place, a day, a person who asked for it and a person who said yes to it; number {}. "
BRIEF = "".join(SENTENCE.format(number) for number in range(1, 101))
"""About 2,600 tokens that all calls of a run share."""


@dataclass(frozen=True)
class Node:
    key: str
    needs: tuple[str, ...]

    @property
    def kind(self) -> str:
        return self.key.partition(":")[0]

    @property
    def number(self) -> int:
        return int(self.key.partition(":")[2] or 0)


def graph(documents: int, revisions: int) -> list[Node]:
    """One plan, so many documents and reviews, revisions of the first ones, one assembly: five calls deep."""
    numbers = range(1, documents + 1)
    nodes = [Node("plan", ())]
    nodes += [Node(f"write:{n}", ("plan",)) for n in numbers]
    nodes += [Node(f"review:{n}", ("plan", f"write:{n}")) for n in numbers]
    nodes += [Node(f"revise:{n}", ("plan", f"write:{n}", f"review:{n}")) for n in numbers if n <= revisions]
    nodes.append(Node("assemble", tuple(node.key for node in nodes)))
    return nodes


GRAPHS: Mapping[str, list[Node]] = {"small": graph(2, 1), "w": graph(12, 6), "line": graph(1, 1)}
"""7 calls; and 32 calls, workload W."""
DEPTH = 5


def task(node: Node, results: Mapping[str, Mapping[str, str]]) -> Task:
    """What the call of a node is given."""
    number = node.number
    given = {"brief": BRIEF, "number": number}
    if node.kind != "plan":
        given["plan"] = results["plan"]["text"]
    if node.kind in {"review", "revise"}:
        given["document"] = results[f"write:{number}"]["text"]
    if node.kind == "revise":
        given["review"] = results[f"review:{number}"]["title"]
    if node.kind == "assemble":
        given["titles"] = [results[key]["title"] for key in node.needs if not key.startswith("review")]
    return Task.model_validate(given)


def _do(bench: Bench) -> Result:
    node = Node(bench.key, tuple(bench.results))
    written: Written = gateway.ask(
        BY_KIND[node.kind],
        task(node, bench.results),
        purse=bench.purse,
        provider=bench.provider,
        key=bench.paid_key,
        part=bench.key,
        stop=bench.stop,
    )
    return written.model_dump()


WORKS: Mapping[str, Work] = {kind: Work(1, _do) for kind in BY_KIND}
