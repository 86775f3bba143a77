"""The example that a visitor can read whole: a package as SpecStep wrote it from samples/clinic.yaml."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any

from django.urls import reverse

from generation.rules import reading, shelves, threads
from generation.rules.showing import Shown, shown
from ground.agents import Agent

ARCHIVE = Path(__file__).resolve().parent.parent / "samples" / "packages" / "clinic-booking-desk.zip"


@cache
def files() -> dict[str, str]:
    """Text by path."""
    with zipfile.ZipFile(io.BytesIO(ARCHIVE.read_bytes())) as archive:
        return {name.partition("/")[2]: archive.read(name).decode() for name in archive.namelist()}


def shelves_at(path: str) -> list[shelves.Shelf]:
    """The files in the order of a reader, with the shelf of ``path`` open."""
    return shelves.shelved(files(), path)


def address(path: str) -> str | None:
    """Where a file of the example can be read; None when there is no such file."""
    return reverse("public:example_document", args=[path]) if path in files() else None


def read(path: str) -> Shown:
    """The file as its page shows it."""
    return shown(files()[path], path, address, _place)


def neighbours(path: str) -> tuple[shelves.Volume | None, shelves.Volume | None]:
    """The files before and after this one, in the order of a reader."""
    every = [volume for shelf in shelves_at(path) for volume in shelf.volumes]
    here = next(number for number, volume in enumerate(every) if volume.path == path)
    return every[here - 1] if here else None, every[here + 1] if here + 1 < len(every) else None


def _place(label: str) -> str | None:
    """Where an id such as A-012 or REQ-003 is defined."""
    path, mark, anchor = _places().get(label, "").partition("#")
    found = address(path)
    return f"{found}{mark}{anchor}" if found else None


@cache
def _places() -> dict[str, str]:
    return reading.places(files())


@dataclass(frozen=True)
class Figures:
    """What the example holds, counted."""

    answers: int
    facts: int
    requirements: int
    tests: int
    stories: int
    assumptions: int
    questions: int
    """Still open."""


@dataclass(frozen=True)
class Disagreement:
    """Two answers of the example that could not both hold."""

    id: str
    subject: str
    quotes: tuple[str, str]
    answers: tuple[str, str]
    decision: str
    decided_in: str


@dataclass(frozen=True)
class Turn:
    """A question of the example's interview, why it was asked, and what was said."""

    id: str
    question: str
    why: str
    answer: str


@cache
def model() -> dict[str, Any]:
    """The typed model of the example."""
    found: dict[str, Any] = json.loads(files()[".specstep/model.json"])
    return found


@cache
def figures() -> Figures:
    stories = json.loads(files()["backlog/backlog.json"])["stories"]
    return Figures(
        answers=len(model()["answers"]),
        facts=len(_facts()),
        requirements=len(model()["requirements"]),
        tests=len(model()["tests"]),
        stories=len(stories),
        assumptions=len(model()["assumptions"]),
        questions=len(model()["open_questions"]),
    )


@cache
def trace() -> threads.Trace | None:
    """The requirement of the example that shows best how words travel from an answer to a test."""
    features = {path: text for path, text in files().items() if path.startswith("features/")}
    scenarios = threads.scenarios(features)
    holders = {row["id"]: row["text"] for row in model()["answers"]}
    system = str(model()["project"].get("system", ""))
    facts = {row["id"]: row for row in _facts()}

    def followed(row: dict[str, Any]) -> threads.Trace:
        decided = next((scenarios[label] for label in row["verified_by"] if label in scenarios), None)
        return threads.trace(row, holders, facts, decided, system)

    return threads.best(followed(row) for row in model()["requirements"])


@cache
def disagreement() -> Disagreement | None:
    """A conflict of the example that its owner decided in an answer of their own; None when there is none."""
    answers = {row["id"]: row["text"] for row in model()["answers"]}
    sources = {row["id"]: str(row["source"]) for row in _facts()}
    for row in model()["conflicts"]:
        if row["question"] and row["decided_in"] in answers:
            first, second = row["facts"][:2]
            return Disagreement(
                id=row["id"],
                subject=row["subject"],
                quotes=(row["quotes"][0], row["quotes"][1]),
                answers=(sources[first], sources[second]),
                decision=answers[row["decided_in"]],
                decided_in=row["decided_in"],
            )
    return None


@cache
def asked_back() -> tuple[Turn, Turn] | None:
    """An answer of the example that was too vague to test and the question that came back: of several the shortest pair."""
    questions = {row["id"]: row for row in model()["questions"]}
    answers = {row["id"]: row for row in model()["answers"]}
    noted = {str(row["source"]) for row in _facts()}
    replies = {row["q"]: row for row in model()["answers"] if row["id"] in noted}

    def turn(answer: dict[str, Any]) -> Turn:
        asked = questions[answer["q"]]
        return Turn(id=answer["id"], question=asked["text"], why=asked["why"], answer=answer["text"])

    pairs = [
        (turn(answers[vague]), turn(replies[row["id"]]))
        for row in questions.values()
        for kind, _, vague in (cause.partition(":") for cause in row["triggered_by"])
        if kind == "vague" and vague in answers and row["id"] in replies
    ]
    return min(pairs, key=lambda pair: len(pair[0].answer) + len(pair[1].answer), default=None)


def left_by(agent: Agent) -> list[tuple[str, str]]:
    """Files of the example that this agent leaves in a package: path and address."""
    found = [path for path in sorted(files()) if any(fnmatch(path, pattern) for pattern in agent.leaves)]
    return [(path, address(path) or "") for path in found]


@cache
def _facts() -> list[dict[str, Any]]:
    return [json.loads(line) for line in files()["evidence/facts.jsonl"].splitlines() if line.strip()]
