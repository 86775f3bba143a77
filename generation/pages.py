"""What the run, package and scorecard pages show. Reads, never writes."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max, Q
from django.urls import reverse

from generation.flows import accounting
from generation.flows.accounting import Meter
from generation.models import Document, Package, Run, Step
from generation.rules import graph, reading, shelves, threads
from generation.rules.showing import Shown, shown
from ground import clock
from ground.models import LogEntry
from llm.placeholders import in_words, placeholders

NEWS = 40
"""How much of what happened is shown."""

LANES = {"read": "Read", "decide": "Decide", "write": "Write", "check": "Check and hand over"}
VERDICTS = {"strong": "strong", "adequate": "adequate", "thin": "thin", "broken": "broken", "unjudged": "not judged"}
SEVERITIES = ("error", "warning", "info")
STALLED = dt.timedelta(seconds=30)
"""After this a run that nobody has taken up says so."""
_LOOKS = {
    Step.State.FAILED: ("is-broken", "alert"),
    Step.State.RUNNING: ("is-now", ""),
    Step.State.READY: ("is-waiting", "open"),
    Step.State.WAITING: ("is-waiting", "open"),
    Step.State.CANCELLED: ("is-waiting", "stop"),
    Step.State.DONE: ("is-done", "settled"),
}
"""Look and sign of a step. Where a card holds more than one step, the first state in this order is the card's."""


@dataclass(frozen=True)
class StepCard:
    """One thing that is worked on: a step, or the two steps of one document (its words, its setting)."""

    steps: tuple[Step, ...]
    title: str
    came_from: tuple[str, ...] = ()
    """Ids of the cards before, for the lines between them."""
    at_rest: bool = False
    """Whether the run is over, so that nothing can be under way."""

    @property
    def id(self) -> str:
        return f"step-{self.steps[0].position}"

    @property
    def state(self) -> Step.State:
        states = {Step.State(step.state) for step in self.steps}
        first = next(state for state in _LOOKS if state in states)
        is_half_done = Step.State.DONE in states and first in {Step.State.READY, Step.State.WAITING}
        return Step.State.RUNNING if is_half_done and not self.at_rest else first

    @property
    def look(self) -> str:
        return _LOOKS[self.state][0]

    @property
    def sign(self) -> str:
        return _LOOKS[self.state][1]

    @property
    def word(self) -> str:
        return str(self.state.label)

    @property
    def is_done(self) -> bool:
        return self.state == Step.State.DONE

    @property
    def progress(self) -> int:
        """Per cent."""
        done = (100 if step.state == Step.State.DONE else step.progress for step in self.steps)
        return sum(done) // len(self.steps)

    @property
    def note(self) -> str:
        return next((step.trouble or step.note for step in reversed(self.steps) if step.trouble or step.note), "")

    @property
    def is_document(self) -> bool:
        return any(step.kind == "render" and graph.argument(step.key) in graph.NAMES for step in self.steps)


@dataclass(frozen=True)
class News:
    sequence: int
    text: str
    at: dt.datetime


@dataclass
class RunPage:
    """A run as its page shows it."""

    run: Run
    cards: list[StepCard]
    log: list[LogEntry]
    """What happened, the newest first."""
    last_sequence: int
    package: Package | None
    disagreements: int
    used: Meter
    now: dt.datetime

    @property
    def lanes(self) -> list[tuple[str, list[StepCard]]]:
        found = [(name, [card for card in self.cards if card.steps[0].lane == lane]) for lane, name in LANES.items()]
        return [(name, cards) for name, cards in found if cards]

    @property
    def done(self) -> int:
        return sum(card.is_done for card in self.cards)

    @property
    def documents(self) -> list[StepCard]:
        return [card for card in self.cards if card.is_document]

    @property
    def written(self) -> int:
        return sum(card.is_done for card in self.documents)

    @property
    def is_offline(self) -> bool:
        return self.run.provider == "offline"

    @property
    def taken_out(self) -> str:
        """How many secrets stand as placeholders in what this run works from, and of which kind; empty where none does."""
        found = placeholders(self.run.evidence)
        count = sum(found.values())
        if not count:
            return ""
        stand = "1 secret stands as a placeholder" if count == 1 else f"{count} secrets stand as placeholders"
        return f"{stand} in what this is written from ({in_words(found)}). No agent sees a value, and no document holds one."

    @property
    def is_stalled(self) -> bool:
        """Nobody has begun: the worker is missing or busy."""
        since = self.log[0].created_at if self.log else self.run.created_at
        return self.run.state == Run.State.WAITING and self.now - since > STALLED

    @property
    def broken(self) -> StepCard | None:
        return next((card for card in self.cards if card.state == Step.State.FAILED), None)

    @property
    def took(self) -> str:
        """ "8 s", "4 min": from the first step to the last, or until now."""
        begun = self.run.started_at
        if begun is None:
            return "0 s"
        seconds = max(0, round(((self.run.finished_at or self.now) - begun).total_seconds()))
        return f"{seconds} s" if seconds < 90 else f"{round(seconds / 60)} min"

    @property
    def news(self) -> list[News]:
        return [self.told(entry) for entry in self.log]

    def told(self, entry: LogEntry) -> News:
        """An entry of the log as a line; a bare note is put behind the name of its step."""
        text, card = str(entry.payload.get("text", "")), self.card_of(str(entry.payload.get("step", "")))
        return News(entry.sequence, f"{card.title}: {text}" if card and not text.endswith(".") else text, entry.created_at)

    def card_of(self, key: str) -> StepCard | None:
        """The card that holds the step ``key``."""
        return next((card for card in self.cards if any(step.key == key for step in card.steps)), None)


@dataclass(frozen=True)
class Evidence:
    """One quote of a requirement with the answer it stands in."""

    id: str
    label: str
    quote: str
    question: str
    pieces: tuple[threads.Piece, ...]
    address: str


@dataclass(frozen=True)
class Card:
    """A requirement as the page shows it."""

    row: dict[str, Any]
    statement: list[tuple[bool, str]]
    fit_measure: str
    fit_value: str
    evidence: list[Evidence]
    assumed: list[dict[str, Any]]
    tests: list[str]
    stories: list[str]

    @property
    def rests_on_assumption(self) -> bool:
        return bool(self.row.get("assumptions"))


@dataclass
class PackagePage:
    package: Package
    trace: threads.Trace | None
    groups: list[tuple[str, list[Card]]]
    features: list[tuple[str, list[threads.Scenario]]]
    documents: list[shelves.Shelf]
    conflicts: list[dict[str, Any]]

    @property
    def model(self) -> dict[str, Any]:
        """The published model: assumptions, open questions, answers."""
        model: dict[str, Any] = self.package.model
        return model

    @property
    def tests(self) -> set[str]:
        """Ids of the scenarios."""
        return {scenario.id for _, scenarios in self.features for scenario in scenarios}

    @property
    def trace_assumptions(self) -> list[str]:
        """What the followed requirement rests on beside answers."""
        rows = (card.row for _, cards in self.groups for card in cards)
        return next((row["assumptions"] for row in rows if self.trace and row["id"] == self.trace.requirement), [])

    @property
    def is_offline(self) -> bool:
        return bool(self.package.summary.get("drafted_by") == "offline")

    @property
    def requirements(self) -> int:
        return sum(len(cards) for _, cards in self.groups)


@dataclass(frozen=True)
class Judged:
    """A document with what was counted and what was judged in it."""

    path: str
    name: str
    verdict: str
    counted: list[dict[str, Any]]
    judged: list[dict[str, Any]]

    @property
    def hits(self) -> int:
        return sum(item["hits"] for item in self.counted)

    @property
    def total(self) -> int:
        return sum(item["total"] for item in self.counted)

    @property
    def quote(self) -> str:
        """The words its verdict rests on."""
        opinions = (opinion for item in self.judged if item["verdict"] == self.verdict for opinion in item["opinions"])
        return next((quote["text"] for opinion in opinions for quote in opinion["quotes"]), "")

    @property
    def reason(self) -> str:
        """Why it has the verdict it has, where no words are quoted."""
        return next((item["reason"] for item in self.judged if item["verdict"] == self.verdict and item.get("reason")), "")


@dataclass
class ScorecardPage:
    """Both judgements of a package, side by side."""

    package: Package
    rows: list[Judged]
    findings: list[dict[str, Any]]
    reviews: list[shelves.Volume]
    sums: dict[str, Any]
    """The part of the scorecard on the whole package: rule, thin, open_errors, unjudged."""
    paths: set[str]

    @property
    def hits(self) -> int:
        return sum(row.hits for row in self.rows)

    @property
    def total(self) -> int:
        return sum(row.total for row in self.rows)

    @property
    def headline(self) -> str:
        """ "Fair: 1 open error, 13 questions not judged" """
        counts = [
            _counted(self.sums.get("thin", 0), "thin document"),
            _counted(self.sums.get("open_errors", 0), "open error"),
            _counted(self.sums.get("unjudged", 0), "question", " not judged"),
        ]
        because = ", ".join(count for count in counts if count)
        return self.package.grade.capitalize() + (f": {because}" if because else "")

    @property
    def tally(self) -> list[tuple[str, str, int, int]]:
        """Verdict, its words, how many, and how many come before: the pieces of one bar."""
        verdicts = [item["verdict"] for row in self.rows for item in row.judged]
        counts = [(verdict, word, verdicts.count(verdict)) for verdict, word in VERDICTS.items()]
        present = [item for item in counts if item[2]]
        return [(*item, sum(before[2] for before in present[:place])) for place, item in enumerate(present)]

    @property
    def questions(self) -> int:
        """How many questions the reviewers were given."""
        return sum(len(row.judged) for row in self.rows)


@dataclass
class DocumentPage:
    document: Document
    shown: Shown
    others: list[shelves.Shelf] = field(default_factory=list)

    @property
    def name(self) -> str:
        return shelves.name(self.document.path)

    @property
    def is_transcript(self) -> bool:
        """Whether its quotes are what people said; elsewhere a quote block is SpecStep's own."""
        return bool(self.document.path == "evidence/interview.md")

    @property
    def is_markdown(self) -> bool:
        return bool(self.document.path.endswith(".md"))


def run_page(run: Run) -> RunPage:
    """A run with its steps and news."""
    log = LogEntry.objects.filter(stream=run.stream)
    return RunPage(
        run=run,
        cards=_cards(list(run.steps.defer("result").order_by("position")), at_rest=run.is_over),
        log=list(log.filter(kind="news").order_by("-sequence")[:NEWS]),
        last_sequence=log.aggregate(last=Max("sequence"))["last"] or 0,
        package=Package.objects.filter(run=run).defer("model").first(),
        disagreements=run.open_interview.conflicts.filter(resolution="open").count() if run.open_interview else 0,
        used=accounting.meter_of(run),
        now=clock.now(),
    )


def _cards(steps: list[Step], *, at_rest: bool) -> list[StepCard]:
    """The steps, those of one document together; each card knows the cards it follows on."""
    held: dict[str, list[Step]] = {}
    for step in steps:
        document = graph.argument(step.key) if step.lane == "write" else ""
        held.setdefault(document or step.key, []).append(step)
    place = {step.key: f"step-{together[0].position}" for together in held.values() for step in together}
    cards = []
    for label, together in held.items():
        named = graph.NAMES.get(label, "")
        own = {step.key for step in together}
        # A line for every need would be a web. What is needed last says enough; in the last lane that is every document.
        before = [place[key] for step in together for key in _nearest(step) if key in place and key not in own]
        title = named or together[0].title.removeprefix("Set ")
        cards.append(StepCard(tuple(together), f"{title[:1].upper()}{title[1:]}", tuple(dict.fromkeys(before)), at_rest))
    return cards


def _nearest(step: Step) -> list[str]:
    if step.kind == "checks":
        return [key for key in step.needs if key.startswith("render:")]
    if step.kind == "review":
        return []
    return list(step.needs[-1:])


def package_page(package: Package, *, follow: str = "") -> PackagePage:
    """A package with one requirement followed from answer to test."""
    model = package.model
    evidence = package.run.evidence
    requirements: list[dict[str, Any]] = model.get("requirements", [])
    files = dict(package.documents.filter(path__startswith="features/").values_list("path", "text"))
    scenarios = threads.scenarios(files)
    holders = {row["id"]: row["text"] for row in model.get("answers", [])}
    holders |= {row["id"]: row["text"] for row in evidence.get("sources", []) if row.get("text")}
    facts = {row["id"]: row for row in evidence.get("facts", [])}
    system = str(model.get("project", {}).get("system", ""))

    def followed(row: dict[str, Any]) -> threads.Trace:
        decided = next((scenarios[label] for label in row["verified_by"] if label in scenarios), None)
        return threads.trace(row, holders, facts, decided, system)

    chosen = next((row for row in requirements if row["id"] == follow), None)
    trace = followed(chosen) if chosen else threads.best(map(followed, requirements))
    groups: dict[str, list[Card]] = {}
    for row in requirements:
        groups.setdefault(row["capability"], []).append(_card(row, model, holders, package))
    features: dict[str, list[threads.Scenario]] = {}
    for label in sorted(scenarios):
        features.setdefault(shelves.name(scenarios[label].path), []).append(scenarios[label])
    sources = {label: fact["source"] for label, fact in facts.items()}
    return PackagePage(
        package, trace, list(groups.items()), list(features.items()), contents(package), _conflicts(model, sources)
    )


def scorecard_page(package: Package) -> ScorecardPage:
    """Both judgements of a package, from the files it was delivered with."""
    paths = set(package.documents.values_list("path", flat=True))
    texts = dict(package.documents.filter(path__startswith="quality/").values_list("path", "text"))
    card = json.loads(texts.get("quality/scorecard.json", "{}"))
    sarif = json.loads(texts.get("quality/findings.sarif", "{}"))
    results = [result for run in sarif.get("runs", []) for result in run["results"]]
    findings = [result["properties"]["finding"] for result in results if "finding" in result.get("properties", {})]
    rows = [
        Judged(
            path=row["document"],
            name=shelves.name(row["document"]),
            verdict=row["verdict"],
            counted=row["deterministic"]["criteria"],
            judged=row["judged"]["criteria"],
        )
        for row in card.get("documents", [])
    ]
    return ScorecardPage(
        package=package,
        rows=rows,
        findings=sorted(findings, key=lambda finding: (finding["status"] != "open", SEVERITIES.index(finding["severity"]))),
        reviews=[shelves.Volume(path, shelves.name(path)) for path in sorted(texts) if path.startswith("quality/reviews/")],
        sums=card.get("package", {}),
        paths=paths,
    )


def _counted(count: int, noun: str, after: str = "") -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}{after}" if count else ""


def document_page(document: Document) -> DocumentPage:
    """One document, as a page."""
    package, path = document.package, document.path
    others = contents(package, path)
    paths = {volume.path for shelf in others for volume in shelf.volumes}
    homes = (
        reading.places(dict(package.documents.filter(_defining()).values_list("path", "text"))) if path.endswith(".md") else {}
    )

    def place(label: str) -> str | None:
        home, _, anchor = homes.get(label, "").partition("#")
        return f"{address(package, home)}{'#' if anchor else ''}{anchor}" if home else None

    found = shown(document.text, path, lambda other: address(package, other) if other in paths else None, place)
    return DocumentPage(document, found, others)


def _defining() -> Q:
    """The documents in which ids are defined."""
    return Q(path__in=list(reading.HOMES)) | Q(path__startswith="features/") | Q(path__startswith="adr/")


def contents(package: Package, here: str = "") -> list[shelves.Shelf]:
    """The files on their shelves."""
    return shelves.shelved(package.documents.values_list("path", flat=True), here)


def address(package: Package, path: str) -> str:
    """Where a document of this package can be read."""
    return reverse("generation:document", args=[package.pk, path])


def _conflicts(model: dict[str, Any], sources: dict[str, str]) -> list[dict[str, Any]]:
    """Each disagreement with its two quotes and where they were said."""
    return [
        {**row, "sides": [(sources.get(fact, fact), quote) for fact, quote in zip(row["facts"], row["quotes"], strict=False)]}
        for row in model.get("conflicts", [])
    ]


def _card(row: dict[str, Any], model: dict[str, Any], holders: dict[str, str], package: Package) -> Card:
    questions = {question["id"]: question["text"] for question in model.get("questions", [])}
    asked = {answer["id"]: questions.get(answer["q"], "") for answer in model.get("answers", [])}
    interview = package.open_interview
    said_in = interview.get_absolute_url() if interview else address(package, "evidence/interview.md")
    evidence = [
        Evidence(
            id=f"said-{row['id']}-{number}",
            label=item["answer"],
            quote=item["quote"],
            question=asked.get(item["answer"], ""),
            pieces=threads.quoted(holders.get(item["answer"], item["quote"]), [(1, item["quote"])]),
            address=f"{said_in}#{item['answer']}",
        )
        for number, item in enumerate(row["evidence"], start=1)
    ]
    assumed = [item for item in model.get("assumptions", []) if item["id"] in row["assumptions"]]
    measure, value = _fit(row["fit"])
    return Card(row, threads.statement(row["statement"]), measure, value, evidence, assumed, row["verified_by"], row["stories"])


def _fit(fit: dict[str, Any]) -> tuple[str, str]:
    """ "Time until the number is shown", "at most 2 s" """
    operator = {"<=": "at most", "<": "less than", ">=": "at least", "=": "exactly"}.get(fit["op"], fit["op"])
    value = f"{fit['value']:g}" if isinstance(fit["value"], float) else fit["value"]
    return f"{fit['measure'][:1].upper()}{fit['measure'][1:]}", f"{operator} {value} {fit['unit']}"
