"""Joining the parts of a run into one content: links both ways, and no reference into nothing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from generation.rules.content import (
    Adr,
    Content,
    Criterion,
    Element,
    LinkedOpenQuestion,
    LinkedRequirement,
    LinkedStory,
    LinkedTest,
    Parts,
    Requirement,
    Story,
    Test,
    Threshold,
    Unused,
)
from ground.errors import SpecStepError

NOT_TAKEN_UP = "No requirement, rule, figure or assumption took it up; whoever said it may want to look at it."
"""The reason of a fact that got lost on the way. It is shown, and a check warns about it."""
SHOWN = 8
"""So many faults are named in the sentence for a person; all of them are in ``AssemblyFailed.faults``."""


class AssemblyFailed(SpecStepError):
    """The parts do not fit together: an id is there twice, or something is named that does not exist."""

    detail = "The parts of this package do not fit together. Run the writing again."

    def __init__(self, faults: list[str]) -> None:
        more = f" And {len(faults) - SHOWN} more." if len(faults) > SHOWN else ""
        super().__init__(
            f"The parts of this package do not fit together: {' '.join(faults[:SHOWN])}{more} Run the writing again.",
            permanent=True,
        )
        self.faults = faults


def assemble(parts: Parts, *, drafted_by: str = "offline") -> Content:
    """The content that follows from these parts.

    Args:
        parts: the outputs of all deciding steps.
        drafted_by: "offline", or vendor and model that decided.

    Raises:
        AssemblyFailed: ids are not unique or references lead nowhere; each fault is named in words.
    """
    if found := faults(parts):
        raise AssemblyFailed(found)
    vision, requirements, tests = parts.vision, parts.requirements, parts.tests
    architecture, backlog, risks = parts.architecture, parts.backlog, parts.risks
    linked_tests = [_linked_test(test, requirements.requirements) for test in tests.tests]
    return Content(
        evidence=parts.evidence,
        drafted_by=drafted_by,
        customer=vision.customer,
        system=vision.system,
        anchor=vision.anchor,
        outcomes=vision.outcomes,
        counter_metrics=vision.counter_metrics,
        journeys=vision.journeys,
        rules=vision.rules,
        constraints=vision.constraints,
        permissions=vision.permissions,
        terms=vision.terms,
        unused=[*vision.unused, *_not_taken_up(parts)],
        requirements=[_linked_requirement(requirement, parts) for requirement in requirements.requirements],
        assumptions=requirements.assumptions,
        open_questions=[
            LinkedOpenQuestion(
                **question.model_dump(),
                blocks=sorted(story.id for story in backlog.stories if question.id in story.open_questions),
            )
            for question in requirements.open_questions
        ],
        features=[feature for feature in tests.features if any(test.feature == feature.slug for test in tests.tests)],
        tests=linked_tests,
        entities=architecture.entities,
        elements=[_with_calls(element, parts) for element in architecture.elements],
        edges=architecture.edges,
        adrs=architecture.adrs,
        technology=architecture.technology,
        trust_boundaries=architecture.trust_boundaries,
        epics=backlog.epics,
        slices=backlog.slices,
        stories=[_linked_story(story, linked_tests) for story in backlog.stories],
        risks=risks.risks,
        figures=risks.figures,
    )


def faults(parts: Parts) -> list[str]:
    """What keeps these parts from fitting together, in words; empty when they fit."""
    return [
        *_twice(parts),
        *_vision_faults(parts),
        *_requirement_faults(parts),
        *_test_faults(parts),
        *_architecture_faults(parts),
        *_backlog_faults(parts),
        *_risk_faults(parts),
    ]


def scenario(test: Test) -> str:
    """A test as a Gherkin scenario, indented by two; empty for other methods."""
    if test.method != "scenario":
        return ""
    lines = [f"  Scenario{' Outline' if test.outline else ''}: {' '.join(test.title.split())}"]
    quoted = False
    for raw in test.steps:
        for line in raw.splitlines() or [""]:
            step = line.strip()
            if not step:
                continue
            if step.startswith(('"""', "```")):
                lines.append(f"      {step}")
                quoted = not quoted
            elif quoted or step.startswith("|"):
                lines.append(f"      {step}")
            elif re.match(r"(?:Examples|Scenarios):", step):
                lines += ["", f"    {step}"]
            else:
                lines.append(f"    {step}")
    return "\n".join(lines)


def sentence(story: Story) -> str:
    """The story in one sentence: as whom, what, what for."""
    role, want, benefit = (_trimmed(text) for text in (story.role, story.want, story.benefit))
    role = re.sub(r"^(?:an?|the) ", "", role, flags=re.IGNORECASE)
    vowel = re.match(r"[aeiouAEIOU]", role) and not re.match(r"(?:use|one|uni|eu)", role, re.IGNORECASE)
    article = "an" if vowel else "a"
    want = re.sub(r"^(?:I want )?to ", "", want)
    benefit = re.sub(r"^so that ", "", benefit, flags=re.IGNORECASE)
    return f"As {article} {role} I want to {want}, so that {benefit}."


def _trimmed(text: str) -> str:
    return " ".join(text.split()).rstrip(".,; ")


def _linked_requirement(requirement: Requirement, parts: Parts) -> LinkedRequirement:
    by: list[str] = []
    for satisfaction in parts.architecture.satisfies:
        if satisfaction.req == requirement.id:
            by += [label for label in satisfaction.by if label not in by]
    by += [adr.id for adr in parts.architecture.adrs if requirement.id in adr.requirements and adr.id not in by]
    return LinkedRequirement(
        **requirement.model_dump(),
        verified_by=[test.id for test in parts.tests.tests if any(cover.req == requirement.id for cover in test.covers)],
        satisfied_by=by,
        stories=[story.id for story in parts.backlog.stories if requirement.id in story.req_ids],
    )


def _not_taken_up(parts: Parts) -> list[Unused]:
    """Live facts that no record rests on and no step gave a reason for: said openly, so that nothing that was said gets lost."""
    vision, requirements = parts.vision, parts.requirements
    groups: list[Iterable[str]] = [
        *(row.facts for row in vision.outcomes),
        *(row.facts for row in vision.counter_metrics),
        *(row.facts for row in vision.journeys),
        *(row.facts for row in vision.rules),
        *(row.facts for row in vision.constraints),
        *((grounds.fact for grounds in row.evidence) for row in requirements.requirements),
        *(row.basis for row in requirements.assumptions),
        *(row.sources for row in parts.risks.figures),
        (row.id for row in vision.unused),
    ]
    taken = {label for group in groups for label in group}
    return [Unused(id=str(fact["id"]), reason=NOT_TAKEN_UP) for fact in parts.evidence.live() if fact["id"] not in taken]


def _linked_test(test: Test, requirements: list[Requirement]) -> LinkedTest:
    threshold = None
    if test.method != "scenario":
        fit = next(requirement.fit for requirement in requirements if requirement.id == test.covers[0].req)
        threshold = Threshold(op=fit.op, value=fit.value, unit=fit.unit, at=fit.at)
    return LinkedTest(**test.model_dump(), threshold=threshold)


def _linked_story(story: Story, tests: list[LinkedTest]) -> LinkedStory:
    by_id = {test.id: test for test in tests}
    criteria = [
        Criterion(tc=label, plain=" ".join(by_id[label].title.split()), gherkin=scenario(by_id[label]) or None)
        for label in story.tc_ids
    ]
    return LinkedStory(**story.model_dump(), plain=sentence(story), acceptance=criteria)


def _with_calls(element: Element, parts: Parts) -> Element:
    """A block without a list of calls may call what its arrows point to."""
    if "blocks" not in element.views or element.may_call is not None:
        return element
    calls = [edge.target for edge in parts.architecture.edges if edge.view == "blocks" and edge.source == element.id]
    return element.model_copy(update={"may_call": list(dict.fromkeys(calls))})


# --- faults ----------------------------------------------------------------------------------------------------------


def _twice(parts: Parts) -> Iterator[str]:
    vision, requirements, architecture = parts.vision, parts.requirements, parts.architecture
    backlog, risks = parts.backlog, parts.risks
    groups: list[Iterable[str]] = [
        (row["id"] for row in parts.evidence.questions),
        (row["id"] for row in parts.evidence.answers),
        (row["id"] for row in parts.evidence.facts),
        (row["id"] for row in parts.evidence.conflicts),
        (row["id"] for row in parts.evidence.sources),
        (row.id for row in vision.outcomes),
        (row.id for row in vision.counter_metrics),
        (row.id for row in vision.journeys),
        (row.id for row in vision.rules),
        (row.id for row in vision.constraints),
        (row.id for row in requirements.requirements),
        (row.id for row in requirements.assumptions),
        (row.id for row in requirements.open_questions),
        (row.id for row in parts.tests.tests),
        (row.id for row in architecture.elements),
        (row.id for row in architecture.adrs),
        (row.id for row in architecture.trust_boundaries),
        (row.id for row in backlog.epics),
        (row.id for row in backlog.slices),
        (row.id for row in backlog.stories),
        (task.id for story in backlog.stories for task in story.tasks),
        (row.id for row in risks.risks),
        (row.id for row in risks.figures),
    ]
    counted = Counter(label for group in groups for label in group)
    yield from (f"The id {label} is given {count} times." for label, count in counted.items() if count > 1)
    slugs = Counter(feature.slug for feature in parts.tests.features)
    yield from (f"Two features are called {slug}." for slug, count in slugs.items() if count > 1)
    files = Counter(adr.slug for adr in architecture.adrs)
    yield from (f"Two decisions have the slug {slug}." for slug, count in files.items() if count > 1)


def _unknown(where: str, named: Iterable[str], known: Iterable[str], kind: str) -> Iterator[str]:
    there = set(known)
    yield from (
        f"{where} names the {kind} {label}, which does not exist." for label in dict.fromkeys(named) if label not in there
    )


def _vision_faults(parts: Parts) -> Iterator[str]:
    facts = _facts(parts)
    vision = parts.vision
    yield from _unknown("The anchor", (invariant.fact for invariant in vision.anchor.invariants), facts, "fact")
    grounded = [
        *((row.id, row.facts) for row in vision.outcomes),
        *((row.id, row.facts) for row in vision.counter_metrics),
        *((row.id, row.facts) for row in vision.journeys),
        *((row.id, row.facts) for row in vision.rules),
        *((row.id, row.facts) for row in vision.constraints),
    ]
    for label, named in grounded:
        yield from _unknown(label, named, facts, "fact")
    yield from _unknown("The list of unused facts", (unused.id for unused in vision.unused), facts, "fact")
    for right in vision.permissions.rows:
        if len(right.cells) != len(vision.permissions.roles):
            yield f'The right "{right.capability}" has {len(right.cells)} cells for {len(vision.permissions.roles)} roles.'


def _requirement_faults(parts: Parts) -> Iterator[str]:
    facts = _facts(parts)
    vision, requirements = parts.vision, parts.requirements
    holders = {row["id"] for row in (*parts.evidence.answers, *parts.evidence.sources)}
    assumptions = {row.id for row in requirements.assumptions}
    for row in requirements.requirements:
        yield from _unknown(row.id, (grounds.fact for grounds in row.evidence), facts, "fact")
        yield from _unknown(row.id, (grounds.answer for grounds in row.evidence), holders, "answer")
        yield from _unknown(row.id, row.journeys, (journey.id for journey in vision.journeys), "journey")
        yield from _unknown(row.id, row.rules, (rule.id for rule in vision.rules), "rule")
        yield from _unknown(row.id, row.assumptions, assumptions, "assumption")
    for assumption in requirements.assumptions:
        yield from _unknown(assumption.id, assumption.basis, facts, "fact")
    answers = {row["id"] for row in parts.evidence.answers}
    for question in requirements.open_questions:
        yield from _unknown(question.id, question.answers, answers, "answer")


def _test_faults(parts: Parts) -> Iterator[str]:
    known = {row.id for row in parts.requirements.requirements}
    slugs = {feature.slug for feature in parts.tests.features}
    for test in parts.tests.tests:
        if not test.covers:
            yield f"{test.id} covers no requirement."
        yield from _unknown(test.id, (cover.req for cover in test.covers), known, "requirement")
        if test.method == "scenario":
            if test.feature not in slugs:
                yield f"{test.id} stands in the feature {test.feature}, which does not exist."
            if not test.steps:
                yield f"{test.id} is a scenario without steps."
        elif not test.procedure:
            yield f"{test.id} has no procedure."
    for slug in slugs:
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", slug):
            yield f'The feature slug "{slug}" is not in small letters with hyphens.'


def _architecture_faults(parts: Parts) -> Iterator[str]:
    architecture = parts.architecture
    requirements = {row.id for row in parts.requirements.requirements}
    elements = {element.id: element for element in architecture.elements}
    adrs = {adr.id for adr in architecture.adrs}
    for satisfaction in architecture.satisfies:
        yield from _unknown("The list of satisfied requirements", [satisfaction.req], requirements, "requirement")
        yield from _unknown(satisfaction.req, satisfaction.by, elements.keys() | adrs, "component or decision")
    for edge in architecture.edges:
        for end in (edge.source, edge.target):
            if end not in elements:
                yield f"An arrow names the element {end}, which does not exist."
            elif edge.view not in elements[end].views:
                yield f"An arrow of the view {edge.view} ends at {end}, which is not in that view."
    yield from _call_faults(parts, elements)
    for adr in architecture.adrs:
        yield from _unknown(adr.id, adr.requirements, requirements, "requirement")
        yield from _choice_faults(adr)
    roles = set(parts.vision.permissions.roles)
    for entity in architecture.entities:
        yield from _unknown(f"The entity {entity.name}", (right.role for right in entity.crud), roles, "role")


def _call_faults(parts: Parts, elements: dict[str, Element]) -> Iterator[str]:
    drawn = {(edge.source, edge.target) for edge in parts.architecture.edges if edge.view == "blocks"}
    for element in elements.values():
        if element.may_call is None:
            continue
        yield from _unknown(element.id, element.may_call, elements, "element")
        arrows = {target for source, target in drawn if source == element.id}
        for target in sorted(arrows ^ set(element.may_call)):
            what = "an arrow that is not an allowed call" if target in arrows else "an allowed call without an arrow"
            yield f"{element.id} to {target} is {what}."


def _choice_faults(adr: Adr) -> Iterator[str]:
    names = [option.name for option in adr.options]
    if len(names) < 2:
        yield f"{adr.id} weighs fewer than two options."
    if adr.chosen not in names:
        yield f"{adr.id} chooses an option that it does not list."
    if len(set(names)) != len(names):
        yield f"{adr.id} lists an option twice."


def _backlog_faults(parts: Parts) -> Iterator[str]:
    backlog = parts.backlog
    stories = {story.id for story in backlog.stories}
    requirements = {row.id for row in parts.requirements.requirements}
    tests = {test.id for test in parts.tests.tests}
    questions = {question.id for question in parts.requirements.open_questions}
    for story in backlog.stories:
        yield from _unknown(story.id, [story.epic], (epic.id for epic in backlog.epics), "epic")
        yield from _unknown(story.id, [story.slice], (part.id for part in backlog.slices), "slice")
        yield from _unknown(story.id, story.depends_on, stories, "story")
        yield from _unknown(story.id, story.req_ids, requirements, "requirement")
        yield from _unknown(story.id, story.tc_ids, tests, "test")
        yield from _unknown(story.id, story.open_questions, questions, "open question")
    for epic in backlog.epics:
        if not any(story.epic == epic.id for story in backlog.stories):
            yield f"The epic {epic.id} holds no story."
    for part in backlog.slices:
        if not any(story.slice == part.id for story in backlog.stories):
            yield f"The slice {part.id} holds no story."


def _risk_faults(parts: Parts) -> Iterator[str]:
    known = _labels(parts)
    for figure in parts.risks.figures:
        yield from _unknown(figure.id, figure.sources, known, "record")


def _facts(parts: Parts) -> set[str]:
    return {str(row["id"]) for row in parts.evidence.facts}


def _labels(parts: Parts) -> set[str]:
    """Every id a figure may be computed from."""
    vision, requirements = parts.vision, parts.requirements
    groups: list[Iterable[str]] = [
        (row.id for row in vision.outcomes),
        (row.id for row in vision.counter_metrics),
        (row.id for row in vision.journeys),
        (row.id for row in vision.rules),
        (row.id for row in vision.constraints),
        (row.id for row in requirements.requirements),
        (row.id for row in requirements.assumptions),
        (row.id for row in requirements.open_questions),
        (row.id for row in parts.backlog.stories),
        (row.id for row in parts.backlog.slices),
        (row.id for row in parts.backlog.epics),
        (row.id for row in parts.risks.figures),
        (row.id for row in parts.tests.tests),
    ]
    evidence = (*parts.evidence.answers, *parts.evidence.sources, *parts.evidence.conflicts)
    return _facts(parts) | {label for group in groups for label in group} | {str(row["id"]) for row in evidence}
