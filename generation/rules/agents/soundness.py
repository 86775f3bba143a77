"""What the three deciding steps owe beyond their shape: ids, quotes, forms, tests on both sides. Pure; the agents and the models
are held to the same list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from generation.rules import ears
from generation.rules.content import (
    Constraint,
    CounterMetric,
    Evidence,
    Journey,
    Outcome,
    Requirement,
    RequirementsInput,
    RequirementsPart,
    Rule,
    Test,
    TestsInput,
    TestsPart,
    VisionInput,
    VisionPart,
)

_Row = Outcome | CounterMetric | Journey | Rule | Constraint
_CELLS = re.compile(r"^[a-z][a-z ,-]{0,40}$", re.I)
LONGEST_PLAIN = 24


def _twice(labels: Iterable[str]) -> list[str]:
    return [f"{label} is used {count} times; every id is used once" for label, count in Counter(labels).items() if count > 1]


def _form(label: str, pattern: str, example: str) -> list[str]:
    return [] if re.fullmatch(pattern, label) else [f'the id "{label}" does not look like {example}']


def _facts(evidence: Evidence, owner: str, labels: Iterable[str], *, needed: bool = True) -> list[str]:
    live = {str(fact["id"]) for fact in evidence.live()}
    labels = list(labels)
    found = [f"{owner} cites {label}, which is no live fact" for label in labels if label not in live]
    return found if labels or not needed else [*found, f"{owner} cites no fact"]


def _text(owner: str, text: str) -> list[str]:
    found = []
    if not text.strip():
        found.append(f"{owner} is empty")
    if ears.PLACEHOLDER.search(text):
        found.append(f"{owner} holds a placeholder")
    return found


def check_vision(given: VisionInput, output: VisionPart) -> list[str]:
    """Faults of a vision part, in words."""
    evidence = given.evidence
    found: list[str] = []
    kinds: tuple[tuple[Sequence[_Row], str, str], ...] = (
        (output.outcomes, r"SM-\d{1,2}", "SM-1"),
        (output.counter_metrics, r"CM-\d{1,2}", "CM-1"),
        (output.journeys, r"UJ-\d{1,2}", "UJ-1"),
        (output.rules, r"BR-\d\d", "BR-01"),
        (output.constraints, r"CON-\d\d", "CON-01"),
    )
    for rows, pattern, example in kinds:
        for row in rows:
            found += _form(row.id, pattern, example) + _facts(evidence, row.id, row.facts)
    rows_of_all: list[_Row] = [*output.outcomes, *output.counter_metrics, *output.journeys, *output.rules, *output.constraints]
    found += _twice(row.id for row in rows_of_all)
    found += _text("the goal", output.anchor.goal) + _text("the customer", output.customer)
    if not re.fullmatch(r"[^,.;]{2,58}", output.system):
        found.append(f'the system name "{output.system}" has to be 2 to 58 characters without comma, full stop or semicolon')
    found += _invariants(evidence, output) + _journeys(output) + _matrix(output)
    found += [
        f"{outcome.id} has no unit, date or owner"
        for outcome in output.outcomes
        if not (outcome.unit and outcome.date and outcome.owner)
    ]
    for rule in output.rules:
        found += _text(rule.id, rule.text)
    found += _twice(term.term.lower() for term in output.terms)
    if output.system not in [term.term for term in output.terms]:
        found.append(f'the system\'s name "{output.system}" is not among the terms')
    found += [f"the term {term.term} has no meaning" for term in output.terms if not term.meaning.strip(" .")]
    for unused in output.unused:
        found += _facts(evidence, "unused", [unused.id]) + _text(f"the reason for {unused.id}", unused.reason)
    used = {fact for row in rows_of_all for fact in row.facts} | {one.fact for one in output.anchor.invariants}
    return found + [f"{unused.id} is marked unused and used" for unused in output.unused if unused.id in used]


def _invariants(evidence: Evidence, output: VisionPart) -> list[str]:
    quotes = {str(fact["id"]): str(fact["quote"]) for fact in evidence.live()}
    return [
        f'the quote of the invariant "{one.value}" is not word for word the quote of {one.fact}'
        for one in output.anchor.invariants
        if one.quote != quotes.get(one.fact)
    ]


def _journeys(output: VisionPart) -> list[str]:
    found = []
    for journey in output.journeys:
        if not 2 <= len(journey.beats) <= 6:
            found.append(f"{journey.id} has {len(journey.beats)} steps; two to six are allowed")
        if not journey.failures:
            found.append(f"{journey.id} has no failure")
        if not journey.title or not journey.actor or not journey.value:
            found.append(f"{journey.id} lacks title, actor or moment of value")
    return found


def _matrix(output: VisionPart) -> list[str]:
    roles = output.permissions.roles
    found = [] if roles else ["the table of permissions names no role"]
    for row in output.permissions.rows:
        if len(row.cells) != len(roles):
            found.append(f'"{row.capability}" has {len(row.cells)} cells for {len(roles)} roles')
        found += [f'"{cell}" is no cell of the table of permissions' for cell in row.cells if not _CELLS.match(cell)]
    return found + _twice(row.capability for row in output.permissions.rows)


def check_requirements(given: RequirementsInput, output: RequirementsPart) -> list[str]:
    """Faults of a requirements part, in words."""
    found = [] if output.requirements else ["there is no requirement"]
    labels = [row.id for row in output.requirements]
    labels += [row.id for row in output.assumptions] + [row.id for row in output.open_questions]
    found += _twice(labels)
    assumptions = {assumption.id for assumption in output.assumptions}
    for requirement in output.requirements:
        found += [f"{requirement.id} {fault}" for fault in _requirement(requirement, given, assumptions)]
    statements = Counter(requirement.statement.lower() for requirement in output.requirements)
    found += [f'"{statement[:60]}" stands {count} times' for statement, count in statements.items() if count > 1]
    answers = {str(answer["id"]) for answer in given.evidence.answers}
    for assumption in output.assumptions:
        found += _form(assumption.id, r"ASM-\d\d", "ASM-01") + _facts(
            given.evidence, assumption.id, assumption.basis, needed=False
        )
        lacking = [name for name in ("text", "if_wrong", "test", "owner", "trigger") if not getattr(assumption, name).strip()]
        found += [f"{assumption.id} has no {name}" for name in lacking]
    for question in output.open_questions:
        found += _form(question.id, r"OQ-\d\d", "OQ-01")
        found += [
            f"{question.id} has no {name}"
            for name in ("text", "why", "owner", "due", "default")
            if not getattr(question, name).strip()
        ]
        found += [f"{question.id} names {answer}, which is no answer" for answer in question.answers if answer not in answers]
    return found


def _requirement(requirement: Requirement, given: RequirementsInput, assumptions: set[str]) -> list[str]:
    vision, evidence = given.vision, given.evidence
    terms = [term.term for term in vision.terms]
    found = ears.faults(requirement.statement, requirement.ears, terms=terms)
    if vision.system not in requirement.statement:
        found.append(f"does not name the {vision.system}")
    quality = requirement.kind == "quality"
    if not re.fullmatch(r"NFR-[A-Z]{3}-\d\d" if quality else r"REQ-\d{3}", requirement.id):
        found.append("has an id that does not fit its kind (REQ-001 or NFR-PER-01)")
    found += [
        f"says in one plain sentence {ears.words(part)} words; {LONGEST_PLAIN} are allowed"
        for part in re.split(r"(?<=[.;]) ", requirement.plain)
        if ears.words(part) > LONGEST_PLAIN
    ]
    for name in ("plain", "rationale", "capability"):
        found += _text(name, getattr(requirement, name))
    found += [
        f"has no {name} in its fit criterion" for name in ("measure", "unit", "at") if not getattr(requirement.fit, name).strip()
    ]
    facts = {str(fact["id"]): fact for fact in evidence.live()}
    for entry in requirement.evidence:
        fact = facts.get(entry.fact)
        if fact is None or entry.quote != fact["quote"] or entry.answer != fact["source"]:
            found.append(f"cites {entry.fact} with words or a source that are not exactly those of the fact")
    if not requirement.evidence and not requirement.assumptions:
        found.append("rests on neither a fact nor an assumption")
    known = {rule.id for rule in vision.rules} | {journey.id for journey in vision.journeys} | assumptions | set(terms)
    named = [*requirement.rules, *requirement.journeys, *requirement.assumptions, *requirement.terms]
    return found + [f'names "{label}", which does not exist' for label in named if label not in known]


def check_tests(given: TestsInput, output: TestsPart) -> list[str]:
    """Faults of a tests part, in words."""
    requirements = {requirement.id: requirement for requirement in given.requirements.requirements}
    slugs = {feature.slug for feature in output.features}
    found = _twice(test.id for test in output.tests) + _twice(feature.slug for feature in output.features)
    for feature in output.features:
        found += _form(feature.slug, r"[a-z0-9][a-z0-9-]*", '"waiting-list"') + _text(
            f"the title of {feature.slug}", feature.title
        )
    signs: dict[str, set[str]] = {}
    for test in output.tests:
        found += _form(test.id, r"TC-\d{3}", "TC-001") + [f"{test.id} {fault}" for fault in _test(test, requirements, slugs)]
        for cover in test.covers:
            signs.setdefault(cover.req, set()).add(cover.sign)
    for label, requirement in requirements.items():
        have = signs.get(label, set())
        if not have:
            found.append(f"{label} has no test")
        elif requirement.kind == "functional" and requirement.priority == "must" and have != {"+", "-"}:
            found.append(f"{label} is a must and needs a positive and a negative test")
    return found


def _test(test: Test, requirements: dict[str, Requirement], slugs: set[str]) -> list[str]:
    found = [f"covers {cover.req}, which does not exist" for cover in test.covers if cover.req not in requirements]
    if not test.covers:
        found.append("covers nothing")
    if not test.title.strip():
        found.append("has no title")
    if test.method != "scenario":
        return found if (test.procedure or "").strip() and not test.steps else [*found, "needs a procedure and no steps"]
    if test.feature not in slugs:
        found.append(f"stands in the feature {test.feature}, which does not exist")
    return found + _steps(test)


def _steps(test: Test) -> list[str]:
    keywords = [word[1] for step in test.steps if (word := re.match(r"^(Given|When|Then|And|But) \S", step))]
    other = [step for step in test.steps if not re.match(r"^(?:(?:Given|When|Then|And|But) \S|Examples:|\|.*\|$)", step.strip())]
    found = [f'has the line "{line[:40]}", which is no step' for line in other]
    if keywords.count("When") != 1:
        found.append(f"has {keywords.count('When')} times When instead of once")
    if (
        not keywords
        or keywords[0] not in ("Given", "When")
        or "Then" not in keywords
        or ("When" in keywords and keywords.index("Then") < keywords.index("When"))
    ):
        found.append("does not go from Given over When to Then")
    if any("\n" in step for step in test.steps):
        found.append("has a step over more than one line")
    if test.outline != any(step.startswith("Examples:") for step in test.steps):
        found.append("is marked as an outline and has no examples, or the other way round")
    return found
