"""Single requirements of a package: what each rests on, what decides it, and what a change reaches."""

from __future__ import annotations

import json
import uuid
from typing import Any, Literal

from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.packages import Assumption
from api.nouns.shapes import Label, Shape
from generation.models import Package
from generation.rules import impact, threads

TRACE = "trace/trace.json"


class Fit(Shape):
    """How it is decided whether a requirement is met."""

    measure: str = Field(examples=["time until the number is shown"])
    op: Literal["<=", "=", ">=", "<"]
    value: float = Field(examples=[2])
    unit: str = Field(examples=["s"])
    at: str = Field(description="Under which load or in which case.", examples=["95th percentile, 50 people at once"])


class Evidence(Shape):
    """Words a requirement rests on."""

    fact: Label
    answer: Label = Field(description="Label of the answer or reference the quote stands in.")
    quote: str


class RequirementShape(Shape):
    """One requirement."""

    id: Label = Field(examples=["REQ-014"])
    package: uuid.UUID
    kind: Literal["functional", "quality"]
    priority: Literal["must", "should", "could"]
    capability: str = Field(examples=["Appointments"])
    statement: str = Field(
        description="In EARS form.", examples=["When a patient books, the Desk shall show the number within 2 seconds."]
    )
    plain: str = Field(description="In everyday words.")
    rationale: str
    status: str = Field(description="draft, confirmed or retired.", examples=["confirmed"])
    fit: Fit
    evidence: list[Evidence]
    assumptions: list[str] = Field(description="Ids of assumptions it rests on.", examples=[["ASM-01"]])
    tests: list[str] = Field(description="Ids of the tests that decide it.", examples=[["TC-003"]])
    stories: list[str] = Field(description="Ids of the stories that build it.", examples=[["ST-02"]])
    satisfied_by: list[str] = Field(description="Ids of the components and decisions that answer it.", examples=[["CMP-web"]])


class RequirementList(Shape):
    """All requirements of a package."""

    package: uuid.UUID
    items: list[RequirementShape]


class Said(Shape):
    """Who said it: a question, the words, and the part that is quoted."""

    id: Label = Field(description="Label of the answer or reference.")
    question: str
    text: str = Field(description="The whole answer, as agents see it.")
    quote: str
    fact: Label


class Test(Shape):
    """A test that decides it."""

    id: Label = Field(examples=["TC-003"])
    title: str
    method: str = Field(description="scenario, measurement, inspection ...", examples=["scenario"])
    feature: str | None = Field(description="Path of the feature file.", examples=["features/rules.feature"])
    text: str = Field(description="The scenario in Gherkin, or the procedure.")


class Story(Shape):
    """A piece of work that builds it."""

    id: Label = Field(examples=["ST-02"])
    title: str


class Element(Shape):
    """A component or decision that answers it."""

    id: Label = Field(examples=["CMP-web"])
    name: str


class Trace(Shape):
    """One requirement followed from who said it to what builds and decides it."""

    requirement: RequirementShape
    said: list[Said]
    assumptions: list[Assumption]
    satisfied_by: list[Element]
    tests: list[Test]
    stories: list[Story]


class Reached(Shape):
    """A record on the way of a change."""

    id: str = Field(description="Of a requirement, test, story ..., or path and heading of a section.", examples=["TC-003"])
    type: str = Field(examples=["test"])
    link: str = Field(description="How it is tied to the record before it.", examples=["verified_by"])
    via: str = Field(description="The record before it.", examples=["REQ-014"])
    steps: int = Field(examples=[1])


class Impact(Shape):
    """What a change of one record reaches."""

    package: uuid.UUID
    of: str = Field(examples=["F-031"])
    type: str = Field(examples=["fact"])
    follows: list[Reached] = Field(description="What rests on it and has to be looked at again, the nearest first.")
    rests_on: list[Reached] = Field(description="What it comes from, the nearest first.")


def listed(
    caller: Caller,
    package: uuid.UUID,
    *,
    priority: Literal["must", "should", "could"] | None = None,
    kind: Literal["functional", "quality"] | None = None,
) -> RequirementList:
    """Requirements of a package, all or of one priority or kind."""
    row = asking.found(Package.objects.all(), caller, package)
    items = [_shape(row, one) for one in row.model.get("requirements", [])]
    return RequirementList(
        package=row.pk, items=[one for one in items if priority in (None, one.priority) and kind in (None, one.kind)]
    )


def read(caller: Caller, package: uuid.UUID, requirement: str) -> RequirementShape:
    """One requirement by its id."""
    row = asking.found(Package.objects.all(), caller, package)
    return _shape(row, _record(row, requirement))


def trace(caller: Caller, package: uuid.UUID, requirement: str) -> Trace:
    """One requirement followed both ways."""
    row = asking.found(Package.objects.select_related("run"), caller, package)
    model, record = row.model, _record(row, requirement)
    texts = dict(row.documents.filter(path__startswith="features/").values_list("path", "text"))
    scenarios = threads.scenarios(texts)
    named = {one["id"]: one for kind in ("elements", "adrs") for one in model.get(kind, [])}
    return Trace(
        requirement=_shape(row, record),
        said=_said(row, record),
        assumptions=[_assumption(one) for one in model.get("assumptions", []) if one["id"] in record["assumptions"]],
        satisfied_by=[
            Element(id=label, name=str(named.get(label, {}).get("name") or named.get(label, {}).get("title") or label))
            for label in record["satisfied_by"]
        ],
        tests=[_test(one, scenarios) for one in model.get("tests", []) if one["id"] in record["verified_by"]],
        stories=[Story(id=label, title=_story_titles(row).get(label, label)) for label in record["stories"]],
    )


def impact_of(caller: Caller, package: uuid.UUID, label: str) -> Impact:
    """What a change of an answer, fact, requirement, component, test or story reaches."""
    row = asking.found(Package.objects.defer("model"), caller, package)
    held = row.documents.filter(path=TRACE).values_list("text", flat=True).first()
    traced: dict[str, Any] = json.loads(held) if held else {"nodes": [], "links": []}
    type_ = next((node["type"] for node in traced["nodes"] if node["id"] == label), None)
    if type_ is None:
        raise asking.NotFound("Nothing in this package has this id. Take one of a requirement, fact, answer, test or story.")
    return Impact(
        package=row.pk,
        of=label,
        type=type_,
        follows=[_reached(one) for one in impact.follows(traced, label)],
        rests_on=[_reached(one) for one in impact.rests_on(traced, label)],
    )


def _record(package: Package, requirement: str) -> dict[str, Any]:
    rows: list[dict[str, Any]] = package.model.get("requirements", [])
    for row in rows:
        if row["id"] == requirement:
            return row
    raise asking.NotFound("This package has no requirement with this id. Its list of requirements says which there are.")


def _shape(package: Package, row: dict[str, Any]) -> RequirementShape:
    names = ("id", "kind", "priority", "capability", "statement", "plain", "rationale", "status", "assumptions", "stories")
    return RequirementShape(
        **{name: row[name] for name in (*names, "satisfied_by")},
        package=package.pk,
        fit=Fit(**row["fit"]),
        evidence=[Evidence(fact=one["fact"], answer=one["answer"], quote=one["quote"]) for one in row["evidence"]],
        tests=row["verified_by"],
    )


def _said(package: Package, record: dict[str, Any]) -> list[Said]:
    model = package.model
    questions = {one["id"]: one["text"] for one in model.get("questions", [])}
    answers = {one["id"]: one for one in model.get("answers", [])}
    sources = {one["id"]: one.get("text", "") for one in package.run.evidence.get("sources", [])}
    return [
        Said(
            id=one["answer"],
            question=questions.get(answers.get(one["answer"], {}).get("q", ""), ""),
            text=answers[one["answer"]]["text"] if one["answer"] in answers else sources.get(one["answer"], one["quote"]),
            quote=one["quote"],
            fact=one["fact"],
        )
        for one in record["evidence"]
    ]


def _assumption(row: dict[str, Any]) -> Assumption:
    return Assumption(**{name: row[name] for name in Assumption.model_fields})


def _test(row: dict[str, Any], scenarios: dict[str, threads.Scenario]) -> Test:
    scenario = scenarios.get(row["id"])
    text = scenario.text if scenario else str(row.get("procedure") or "")
    return Test(id=row["id"], title=row["title"], method=row["method"], feature=row["feature"], text=text)


def _story_titles(package: Package) -> dict[str, str]:
    held = package.documents.filter(path="backlog/backlog.json").values_list("text", flat=True).first()
    return {one["id"]: one["title"] for one in json.loads(held or "{}").get("stories", [])}


def _reached(one: impact.Reached) -> Reached:
    return Reached(id=one.id, type=one.type, link=one.kind, via=one.via, steps=one.steps)
