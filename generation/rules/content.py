"""The typed content of a package: what the agents decide, part by part, and what it is assembled into.

A part is the output of one model call (or of its rule-based agent): closed shapes only (lists and fixed fields, no free-form
dictionaries), so that each vendor's structured output can be held to it. ``assemble`` joins the parts, sets the links that follow
from others (verified_by, satisfied_by, stories) and yields ``Content``, from which every file is rendered. Its published form
is ``.specstep/model.json`` (``generation/schemas/model.schema.json``).
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict

Priority = Literal["must", "should", "could"]
Level = Literal["high", "medium", "low"]
Ears = Literal["event", "unwanted", "state", "optional", "complex", "ubiquitous"]
Operator = Literal["<=", "=", ">=", "<"]


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")


# --- evidence: the frozen ledger a run works from (records as in schemas/*.schema.json) ---------------------------------


class Evidence(Shape):
    """What was asked, said, noted, covered and read, at the moment the run was started. Labels as ids."""

    title: str
    profile: Literal["lean", "standard", "regulated"]
    depth: Literal["quick", "standard", "thorough"]
    language: str
    stakes: str
    frozen_at: str
    """ISO 8601 in UTC with seconds and Z; the only time that ever enters a package."""
    anchor: dict[str, Any] | None
    questions: list[dict[str, Any]]
    answers: list[dict[str, Any]]
    facts: list[dict[str, Any]]
    conflicts: list[dict[str, Any]]
    topics: list[dict[str, Any]]
    """Rows of coverage.json: id, topic, weight, state, facts, note, ref, owner, trigger."""
    sources: list[dict[str, Any]]
    """References: id, name, kind, bytes, hash, precedence, text; where known also wins_over (labels) and pages."""

    def fact(self, label: str) -> dict[str, Any]:
        return next(fact for fact in self.facts if fact["id"] == label)

    def live(self, *topics: str) -> list[dict[str, Any]]:
        """Live facts, of these topics or of all."""
        return [fact for fact in self.facts if fact["status"] == "live" and (not topics or fact["topic"] in topics)]


# --- records ---------------------------------------------------------------------------------------------------------


class Invariant(Shape):
    value: str
    quote: str
    fact: str
    confidence: float


class Anchor(Shape):
    goal: str
    invariants: list[Invariant]
    non_goals: list[str]


class Outcome(Shape):
    id: str
    measure: str
    baseline: float
    target: float
    unit: str
    date: str
    owner: str
    counted_by: str
    facts: list[str]


class CounterMetric(Shape):
    id: str
    measure: str
    baseline: str
    limit: str
    owner: str
    facts: list[str]


class Journey(Shape):
    id: str
    title: str
    actor: str
    beats: list[str]
    value: str
    failures: list[str]
    facts: list[str]


class Rule(Shape):
    id: str
    text: str
    exception: str
    facts: list[str]


class Constraint(Shape):
    id: str
    text: str
    facts: list[str]


class PermissionRow(Shape):
    capability: str
    cells: list[str]
    """One per role, in the order of ``Permissions.roles``: yes, no, own, anyone ..."""


class Permissions(Shape):
    roles: list[str]
    rows: list[PermissionRow]


class Term(Shape):
    term: str
    meaning: str
    avoid: str


class Fit(Shape):
    measure: str
    op: Operator
    value: float
    unit: str
    at: str


class Grounds(Shape):
    fact: str
    answer: str
    """Label of the answer or source that holds the quote."""
    quote: str


class Requirement(Shape):
    id: str
    """REQ-001, or NFR-PER-01 for a quality requirement."""
    kind: Literal["functional", "quality"]
    capability: str
    """The heading it stands under; for a quality requirement the ISO/IEC 25010 characteristic."""
    ears: Ears
    statement: str
    plain: str
    rationale: str
    fit: Fit
    priority: Priority
    journeys: list[str]
    rules: list[str]
    terms: list[str]
    evidence: list[Grounds]
    assumptions: list[str]


class Assumption(Shape):
    id: str
    text: str
    basis: list[str]
    if_wrong: str
    test: str
    owner: str
    trigger: str
    risk: Level


class OpenQuestion(Shape):
    id: str
    text: str
    why: str
    owner: str
    due: str
    answers: list[str]
    default: str


class Cover(Shape):
    req: str
    sign: Literal["+", "-"]


class Test(Shape):
    __test__: ClassVar[bool] = False  # not a test of pytest, though its name begins like one

    id: str
    title: str
    method: Literal["scenario", "test", "analysis", "inspection", "demonstration"]
    covers: list[Cover]
    procedure: str | None
    """For every method but "scenario"; its threshold is copied from the requirement."""
    feature: str | None
    """Slug of the feature file it stands in ("booking"), for scenarios."""
    steps: list[str]
    """Gherkin lines from Given to the last And, without indentation; Examples tables included, for scenarios."""
    outline: bool
    """True for a Scenario Outline."""


class Feature(Shape):
    slug: str
    title: str
    """After "Feature:"."""
    narrative: str


class CrudCell(Shape):
    role: str
    rights: str
    """Letters of CRUD, or "n/a"."""


class Entity(Shape):
    name: str
    identity: str
    attributes: list[str]
    volume: int | None
    crud: list[CrudCell]


class Element(Shape):
    """A box of a C4 diagram."""

    id: str
    type: Literal["person", "system", "external", "container", "component"]
    name: str
    views: list[Literal["context", "container", "blocks"]]
    holds: str | None = None
    owns: str | None = None
    does_not_own: str | None = None
    may_call: list[str] | None = None


class Edge(Shape):
    """A labelled arrow of a C4 diagram."""

    view: Literal["context", "container", "blocks"]
    source: str
    target: str
    label: str


class Option(Shape):
    name: str
    good: list[str]
    bad: list[str]


class Adr(Shape):
    """One decision record, MADR 4."""

    id: str
    slug: str
    title: str
    status: Literal["proposed", "accepted", "rejected", "deprecated", "superseded"]
    context: str
    drivers: list[str]
    options: list[Option]
    chosen: str
    """Name of one option."""
    because: str
    consequences_good: list[str]
    consequences_bad: list[str]
    confirmation: str
    requirements: list[str]
    more: str


class Technology(Shape):
    name: str
    version: str
    note: str
    source: str | None
    checked: str | None
    state: Literal["verified", "unverified"]


class TrustBoundary(Shape):
    id: str
    name: str


class Figure(Shape):
    """A number nobody said that follows from facts by arithmetic."""

    id: str
    name: str
    value: float | int | str
    unit: str
    formula: str
    sources: list[str]
    """Ids it is computed from (``from`` in the published model)."""


class Risk(Shape):
    id: str
    title: str
    effect: str
    level: Level
    trigger: str
    response: str
    owner: str


class Task(Shape):
    id: str
    title: str


class Story(Shape):
    id: str
    epic: str
    slice: str
    title: str
    kind: Literal["story", "enabler", "remove"]
    role: str
    want: str
    benefit: str
    size_days: int
    depends_on: list[str]
    req_ids: list[str]
    tc_ids: list[str]
    """Two to seven: its acceptance criteria, in order."""
    open_questions: list[str]
    tasks: list[Task]
    done_when: str


class Epic(Shape):
    id: str
    title: str


class Slice(Shape):
    id: str
    title: str
    goal: str


class Satisfaction(Shape):
    """Which components and decisions carry a requirement."""

    req: str
    by: list[str]
    """CMP-... and ADR-... ids; at least one component."""


class ProseSection(Shape):
    """Written words under one heading of one document; Markdown below the heading, ids in brackets as citations."""

    document: str
    heading: str
    text: str


class Verdict(Shape):
    """One reviewer's judgement of one criterion of one document."""

    document: str
    criterion: str
    verdict: Literal["strong", "adequate", "thin", "broken", "n-a", "unjudged"]
    section: str
    quote: str
    """Verbatim from that section; code verifies it and discards the verdict otherwise."""
    fix: str


class Finding(Shape):
    code: str
    severity: Literal["error", "warning", "info"]
    criterion: str
    doc: str
    section: str
    quote: str
    message: str
    why: str
    fix: str
    cause: Literal["text", "missing-answer", "conflict"]
    status: Literal["open", "fixed", "deferred", "rejected"]
    reviewer: str


class Unused(Shape):
    id: str
    reason: str


# --- parts: one per step of the lane "decide" and "write" --------------------------------------------------------------


class VisionPart(Shape):
    """Step ``vision``: who, why, how far, in which words."""

    customer: str
    system: str
    """The name of the system in statements: "Booking Desk"."""
    anchor: Anchor
    outcomes: list[Outcome]
    counter_metrics: list[CounterMetric]
    journeys: list[Journey]
    rules: list[Rule]
    constraints: list[Constraint]
    permissions: Permissions
    terms: list[Term]
    unused: list[Unused]
    """Live facts that lead nowhere, each with the reason."""


class RequirementsPart(Shape):
    """Step ``requirements``."""

    requirements: list[Requirement]
    assumptions: list[Assumption]
    open_questions: list[OpenQuestion]


class TestsPart(Shape):
    """Step ``tests``."""

    features: list[Feature]
    tests: list[Test]


class ArchitecturePart(Shape):
    """Step ``architecture``."""

    entities: list[Entity]
    elements: list[Element]
    edges: list[Edge]
    adrs: list[Adr]
    technology: list[Technology]
    trust_boundaries: list[TrustBoundary]
    satisfies: list[Satisfaction]


class BacklogPart(Shape):
    """Step ``backlog``."""

    epics: list[Epic]
    slices: list[Slice]
    stories: list[Story]


class RisksPart(Shape):
    """Step ``risks``."""

    risks: list[Risk]
    figures: list[Figure]


class ProsePart(Shape):
    """Steps ``prose:<document>``: the written sections of one document."""

    sections: list[ProseSection]


class ReviewPart(Shape):
    """Steps ``review:<role>``."""

    summary: str
    """One paragraph: the verdict in words."""
    verdicts: list[Verdict]
    findings: list[Finding]


class Parts(Shape):
    """All that was decided; input of ``assemble``."""

    evidence: Evidence
    vision: VisionPart
    requirements: RequirementsPart
    tests: TestsPart
    architecture: ArchitecturePart
    backlog: BacklogPart
    risks: RisksPart


# --- content: the parts joined --------------------------------------------------------------------------------------------


class LinkedRequirement(Requirement):
    verified_by: list[str]
    satisfied_by: list[str]
    stories: list[str]


class Threshold(Shape):
    op: Operator
    value: float
    unit: str
    at: str


class LinkedTest(Test):
    threshold: Threshold | None
    """Copied from the requirement, for every method but "scenario"."""


class LinkedOpenQuestion(OpenQuestion):
    blocks: list[str]
    """Stories that wait for it."""


class Criterion(Shape):
    """One acceptance criterion of a story, taken from its test."""

    tc: str
    plain: str
    gherkin: str | None


class LinkedStory(Story):
    plain: str
    acceptance: list[Criterion]


class Content(Shape):
    """Everything a package says, with all links set; every file is rendered from it. Made by ``assembling.assemble``."""

    evidence: Evidence
    drafted_by: str
    """"offline", or vendor and model: "anthropic claude-opus-5"."""
    customer: str
    system: str
    anchor: Anchor
    outcomes: list[Outcome]
    counter_metrics: list[CounterMetric]
    journeys: list[Journey]
    rules: list[Rule]
    constraints: list[Constraint]
    permissions: Permissions
    terms: list[Term]
    unused: list[Unused]
    requirements: list[LinkedRequirement]
    assumptions: list[Assumption]
    open_questions: list[LinkedOpenQuestion]
    features: list[Feature]
    tests: list[LinkedTest]
    entities: list[Entity]
    elements: list[Element]
    edges: list[Edge]
    adrs: list[Adr]
    technology: list[Technology]
    trust_boundaries: list[TrustBoundary]
    epics: list[Epic]
    slices: list[Slice]
    stories: list[LinkedStory]
    risks: list[Risk]
    figures: list[Figure]

    @property
    def title(self) -> str:
        return self.evidence.title

    @property
    def is_drafted_without_a_model(self) -> bool:
        return self.drafted_by == "offline"

    @property
    def total_days(self) -> int:
        return sum(story.size_days for story in self.stories)

    def stories_in(self, part: str) -> list[LinkedStory]:
        """Stories of this slice or epic, in order."""
        return [story for story in self.stories if part in (story.slice, story.epic)]

    def requirement(self, label: str) -> LinkedRequirement:
        return next(requirement for requirement in self.requirements if requirement.id == label)

    def test(self, label: str) -> LinkedTest:
        return next(test for test in self.tests if test.id == label)


# --- inputs of the calls -------------------------------------------------------------------------------------------------


class VisionInput(Shape):
    evidence: Evidence


class RequirementsInput(Shape):
    evidence: Evidence
    vision: VisionPart


class TestsInput(Shape):
    evidence: Evidence
    vision: VisionPart
    requirements: RequirementsPart


class ArchitectureInput(Shape):
    evidence: Evidence
    vision: VisionPart
    requirements: RequirementsPart
    tests: TestsPart
    """A decision is confirmed by tests, so they come first."""


class BacklogInput(Shape):
    evidence: Evidence
    vision: VisionPart
    requirements: RequirementsPart
    tests: TestsPart
    architecture: ArchitecturePart


class RisksInput(Shape):
    evidence: Evidence
    vision: VisionPart
    requirements: RequirementsPart
    tests: TestsPart
    architecture: ArchitecturePart
    backlog: BacklogPart


class ProseInput(Shape):
    document: str
    """Path in the package: "docs/vision.md"."""
    parts: Parts


class DocumentText(Shape):
    path: str
    text: str


class ReviewInput(Shape):
    role: Literal["owner-advocate", "implementer", "tester"]
    parts: Parts
    documents: list[DocumentText]
