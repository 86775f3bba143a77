"""What the planning steps owe beyond their shape: layers without circles, stories that cover every must, risks with an owner.

Pure; the agents and the models are held to the same list.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from generation.rules.agents.backlog import DEEPEST, FEWEST, LARGEST, MOST, blockers
from generation.rules.content import (
    Adr,
    ArchitectureInput,
    ArchitecturePart,
    BacklogInput,
    BacklogPart,
    Evidence,
    RisksInput,
    RisksPart,
    Story,
)
from generation.rules.ears import PLACEHOLDER

_ID = re.compile(
    r"\b(?:REQ-\d{3}|NFR-[A-Z]{3}-\d\d|(?:BR|CON|SM|CM|UJ|TC|ST|EP|SL|ASM|OQ|FIG)-\d{1,3}|ADR-\d{4}|F-\d{3,4}|[AS]-\d{2,3})\b"
)
_UNSOURCED = re.compile(r"\[assumption\]", re.I)
MOST_ELEMENTS = 20


def twice(labels: Iterable[str]) -> list[str]:
    return [f"{label} is used {count} times; every id is used once" for label, count in Counter(labels).items() if count > 1]


def strangers(owner: str, text: str, known: set[str]) -> list[str]:
    """Ids in a text that nothing has."""
    return [f"{owner} names {label}, which does not exist" for label in dict.fromkeys(_ID.findall(text)) if label not in known]


def _form(labels: Iterable[str], pattern: str, example: str) -> list[str]:
    return [f'the id "{label}" does not look like {example}' for label in labels if not re.fullmatch(pattern, label)]


def _wording(owner: str, *texts: str) -> list[str]:
    found = [f"{owner} has an empty field" for text in texts if not text.strip()][:1]
    if any(PLACEHOLDER.search(text) for text in texts):
        found.append(f"{owner} holds a placeholder")
    if any(_UNSOURCED.search(text) for text in texts):
        found.append(f"{owner} says [assumption] without an id")
    return found


def evidence_ids(evidence: Evidence) -> set[str]:
    """Every id the ledger gives: answers, facts, sources, conflicts."""
    rows = [*evidence.answers, *evidence.facts, *evidence.sources, *evidence.conflicts, *evidence.questions]
    return {str(row["id"]) for row in rows}


def decided_ids(given: ArchitectureInput | BacklogInput | RisksInput) -> set[str]:
    """Every id that exists when the architecture is drawn."""
    vision, required = given.vision, given.requirements
    labels = (
        {row.id for row in vision.outcomes} | {row.id for row in vision.counter_metrics} | {row.id for row in vision.journeys}
    )
    labels |= (
        {row.id for row in vision.rules}
        | {row.id for row in vision.constraints}
        | {row.id for row in required.requirements}
        | {row.id for row in required.assumptions}
    )
    return (
        labels
        | {row.id for row in required.open_questions}
        | {row.id for row in given.tests.tests}
        | evidence_ids(given.evidence)
    )


def circle(calls: Mapping[str, Iterable[str]]) -> list[str]:
    """One circle in a graph of calls as a path, or nothing."""
    done: set[str] = set()

    def walk(at: str, path: list[str]) -> list[str]:
        if at in path:
            return [*path[path.index(at) :], at]
        if at in done:
            return []
        for target in calls.get(at, ()):
            if found := walk(target, [*path, at]):
                return found
        done.add(at)
        return []

    return next((found for start in calls if (found := walk(start, []))), [])


def check_architecture(given: ArchitectureInput, output: ArchitecturePart) -> list[str]:
    """Faults of an architecture part, in words."""
    ids = [e.id for e in output.elements]
    found = twice(ids) + twice(a.id for a in output.adrs) + twice(t.id for t in output.trust_boundaries)
    found += twice(e.name for e in output.entities)
    found += _form(ids, r"(?:ACT|SYS|EXT|CMP)-[a-z]+(?:-[a-z]+)*", "CMP-booking")
    found += _form((a.id for a in output.adrs), r"ADR-\d{4}", "ADR-0001") + _form(
        (t.id for t in output.trust_boundaries), r"TB-\d", "TB-1"
    )
    return found + _boxes(output) + _arrows(output) + _carried(given, output) + _kept(given, output) + _recorded(given, output)


def _boxes(output: ArchitecturePart) -> list[str]:
    found = []
    kinds = {"person": "ACT-", "system": "SYS-", "external": "EXT-", "container": "CMP-", "component": "CMP-"}
    for element in output.elements:
        if not element.id.startswith(kinds[element.type]):
            found.append(f"{element.id} is a {element.type}; its id starts with {kinds[element.type]}")
        if not element.views:
            found.append(f"{element.id} is in no view")
        if element.type == "component" and not (element.owns and element.does_not_own and element.may_call is not None):
            found.append(f"{element.id} lacks owns, does_not_own or may_call")
        if element.type == "container" and not element.holds:
            found.append(f"{element.id} does not say what it holds")
    if sum(e.type == "system" for e in output.elements) != 1:
        found.append("there is exactly one system")
    for view in ("context", "container", "blocks"):
        drawn = [e.id for e in output.elements if view in e.views]
        if not 1 <= len(drawn) <= MOST_ELEMENTS:
            found.append(f"the {view} view has {len(drawn)} boxes; 1 to {MOST_ELEMENTS} are allowed")
    return found


def _arrows(output: ArchitecturePart) -> list[str]:
    elements = {e.id: e for e in output.elements}
    found = []
    for edge in output.edges:
        name = f"the arrow {edge.source} to {edge.target}"
        ends = [end for end in (edge.source, edge.target) if end not in elements or edge.view not in elements[end].views]
        found += [f"{name}: {end} is not in the {edge.view} view" for end in ends]
        if not re.fullmatch(r"[^\"|<>{}\[\]()`#;]{2,60}", edge.label):
            found.append(f"{name} needs a label of 2 to 60 characters without quotes or brackets")
    found += twice(f"the arrow {e.source} to {e.target} in {e.view}" for e in output.edges)
    calls = {e.id: e.may_call or [] for e in output.elements if e.type == "component"}
    drawn = {(e.source, e.target) for e in output.edges if e.view == "blocks"}
    allowed = {(source, target) for source, targets in calls.items() for target in targets}
    found += [
        f"{a} to {b} is {'drawn but not allowed' if (a, b) in drawn else 'allowed but not drawn'} in blocks"
        for a, b in sorted(drawn ^ allowed)
    ]
    if path := circle(calls):
        found.append(f"calls go in a circle: {' to '.join(path)}")
    return found


def _carried(given: ArchitectureInput, output: ArchitecturePart) -> list[str]:
    components = {e.id for e in output.elements if e.type in ("component", "container")}
    adrs = {a.id: a for a in output.adrs}
    by = {s.req: s.by for s in output.satisfies}
    found = twice(s.req for s in output.satisfies)
    for requirement in given.requirements.requirements:
        carriers = by.get(requirement.id, [])
        found += [
            f"{requirement.id} is carried by {c}, which does not exist" for c in carriers if c not in components and c not in adrs
        ]
        if not any(c in components for c in carriers):
            found.append(f"{requirement.id} is carried by no component")
        decided = [c for c in carriers if c in adrs]
        if requirement.kind == "quality" and requirement.priority == "must" and not decided:
            found.append(f"{requirement.id} is a must quality; at least one decision carries it")
        found += [
            f"{requirement.id} names {c}, but {c} does not list it" for c in decided if requirement.id not in adrs[c].requirements
        ]
        found += [
            f"{a.id} lists {requirement.id}, but the requirement is not carried by it"
            for a in output.adrs
            if requirement.id in a.requirements and a.id not in carriers
        ]
    return found


def _kept(given: ArchitectureInput, output: ArchitecturePart) -> list[str]:
    roles = given.vision.permissions.roles
    found = [] if output.entities else ["there is no entity"]
    for entity in output.entities:
        if not re.fullmatch(r"[A-Z][A-Za-z]*", entity.name):
            found.append(f'the entity "{entity.name}" is not one word in PascalCase')
        if not entity.attributes or not entity.identity.strip():
            found.append(f"{entity.name} lacks identity or attributes")
        if roles and [cell.role for cell in entity.crud] != roles:
            found.append(f"{entity.name} needs one cell per role, in the order of the permissions: {', '.join(roles)}")
        found += [
            f'{entity.name}, {cell.role}: "{cell.rights}" is not letters of CRUD or n/a'
            for cell in entity.crud
            if not re.fullmatch(r"(?:[CRUD](?: ?[CRUD]){0,3})(?: \([^)]+\))?|n/a", cell.rights)
        ]
    return found


def _recorded(given: ArchitectureInput, output: ArchitecturePart) -> list[str]:
    known = decided_ids(given) | {a.id for a in output.adrs}
    found = [] if 3 <= len(output.adrs) <= 5 else [f"there are {len(output.adrs)} decisions; 3 to 5 are wanted"]
    required = {r.id for r in given.requirements.requirements}
    for adr in output.adrs:
        found += _one_record(adr)
        found += [f"{adr.id} lists {r}, which is no requirement" for r in adr.requirements if r not in required]
        options = " ".join(f"{o.name} {' '.join(o.good)} {' '.join(o.bad)}" for o in adr.options)
        words = " ".join(
            [
                adr.context,
                *adr.drivers,
                options,
                adr.because,
                *adr.consequences_good,
                *adr.consequences_bad,
                adr.confirmation,
                adr.more,
            ]
        )
        found += [s for s in strangers(adr.id, words, known) if "FIG-" not in s and "ST-" not in s]
        if (
            given.tests.tests
            and not re.search(r"\bTC-\d{3}\b", adr.confirmation)
            and not re.search(r"\breview\b", adr.confirmation)
        ):
            found.append(f"{adr.id} is confirmed by no test")
        if adr.status == "accepted" and not re.search(r"\[[AS]-\d", adr.context):
            found.append(f"{adr.id} is accepted, but its context cites no answer; it is proposed")
    for row in output.technology:
        if row.state == "verified" and not (row.source and row.checked):
            found.append(f"{row.name} is verified without a source and a date")
    return found


def _one_record(adr: Adr) -> list[str]:
    found = _wording(adr.id, adr.title, adr.context, adr.because, adr.confirmation, adr.more)
    names = [o.name for o in adr.options]
    if not 2 <= len(names) <= 4 or len(set(names)) != len(names):
        found.append(f"{adr.id} needs two to four different options")
    found += [
        f'{adr.id}: the option "{o.name}" needs something good and something bad' for o in adr.options if not o.good or not o.bad
    ]
    if adr.chosen not in names:
        found.append(f"{adr.id}: the chosen option is none of its options")
    if not adr.consequences_good or not adr.consequences_bad:
        found.append(f"{adr.id} needs good and bad consequences; the bad ones name what is lost")
    if not adr.drivers or not adr.requirements:
        found.append(f"{adr.id} needs drivers and at least one requirement")
    return found


def check_backlog(given: BacklogInput, output: BacklogPart) -> list[str]:
    """Faults of a backlog part, in words."""
    stories = {s.id: s for s in output.stories}
    slices = [s.id for s in output.slices]
    found = twice(s.id for s in output.stories) + twice(slices) + twice(e.id for e in output.epics)
    found += (
        _form(stories, r"ST-\d\d", "ST-01")
        + _form(slices, r"SL-\d", "SL-1")
        + _form((e.id for e in output.epics), r"EP-\d", "EP-1")
    )
    found += [f"{s} has no story" for s in slices if not any(story.slice == s for story in output.stories)]
    found += [f"{e.id} has no story" for e in output.epics if not any(story.epic == e.id for story in output.stories)]
    for story in output.stories:
        found += _one_story(story, given, slices, [e.id for e in output.epics])
    found += _waiting(stories, slices)
    for requirement in given.requirements.requirements:
        if requirement.priority == "must" and not any(requirement.id in s.req_ids for s in output.stories):
            found.append(f"{requirement.id} is a must and stands in no story")
    first = [s for s in output.stories if slices and s.slice == slices[0]]
    found += [f"{s.id} is in the first slice and waits for {', '.join(s.open_questions)}" for s in first if s.open_questions]
    free = [r for r in given.requirements.requirements if r.kind == "functional" and not blockers(given, r)]
    if free and not any(r.id in s.req_ids for s in first for r in free):
        found.append("the first slice holds no functional requirement that is free of open questions")
    return found


def _one_story(story: Story, given: BacklogInput, slices: list[str], epics: list[str]) -> list[str]:
    required = {r.id for r in given.requirements.requirements}
    tests = {t.id for t in given.tests.tests}
    questions = {q.id for q in given.requirements.open_questions}
    found = _wording(story.id, story.title, story.role, story.want, story.benefit, story.done_when)
    found += [
        f"{story.id} is in {label}, which does not exist"
        for label, all_ in ((story.slice, slices), (story.epic, epics))
        if label not in all_
    ]
    for label, kind, known in (
        *((r, "requirement", required) for r in story.req_ids),
        *((t, "test", tests) for t in story.tc_ids),
        *((q, "open question", questions) for q in story.open_questions),
    ):
        if label not in known:
            found.append(f"{story.id} names the {kind} {label}, which does not exist")
    found += twice([*story.req_ids, *story.tc_ids])
    if not story.req_ids:
        found.append(f"{story.id} has no requirement")
    if not min(FEWEST, len(tests)) <= len(story.tc_ids) <= MOST:
        found.append(f"{story.id} has {len(story.tc_ids)} acceptance criteria; {FEWEST} to {MOST} are allowed")
    if not 1 <= story.size_days <= LARGEST:
        found.append(f"{story.id} takes {story.size_days} days; 1 to {LARGEST} are allowed")
    if story.kind == "story" and re.search(r"\b(?:developers?|programmers?|systems?|team)$", story.role.strip(), re.I):
        found.append(f"{story.id} is told by the {story.role}; only an enabler may be")
    if [t.id for t in story.tasks] != [f"{story.id}.{n}" for n in range(1, len(story.tasks) + 1)] or not 1 <= len(
        story.tasks
    ) <= 9:
        found.append(f"{story.id} needs one to nine tasks, numbered {story.id}.1, {story.id}.2 and so on")
    if story.want.endswith(".") or story.benefit.endswith(".") or re.match(r"(?:I want|to )\b", story.want):
        found.append(f'{story.id}: want and benefit continue "I want to" and "so that", without a full stop')
    return found


def _waiting(stories: dict[str, Story], slices: list[str]) -> list[str]:
    found = [f"{s.id} waits for {d}, which does not exist" for s in stories.values() for d in s.depends_on if d not in stories]
    calls = {s.id: [d for d in s.depends_on if d in stories] for s in stories.values()}
    if path := circle(calls):
        return [*found, f"stories wait in a circle: {' for '.join(path)}"]
    order = {label: n for n, label in enumerate(slices)}

    def depth(label: str) -> int:
        return max((depth(d) + 1 for d in calls[label]), default=0)

    found += [f"{label} stands {depth(label)} stories deep; {DEEPEST} is the most" for label in stories if depth(label) > DEEPEST]
    found += [
        f"{s.id} waits for {d} of a later slice"
        for s in stories.values()
        for d in calls[s.id]
        if order.get(stories[d].slice, 0) > order.get(s.slice, 0)
    ]
    return found


def check_risks(given: RisksInput, output: RisksPart) -> list[str]:
    """Faults of a risks part, in words."""
    found = twice(r.id for r in output.risks) + twice(f.id for f in output.figures)
    found += _form((r.id for r in output.risks), r"RSK-\d\d", "RSK-01") + _form(
        (f.id for f in output.figures), r"FIG-\d\d", "FIG-01"
    )
    known = (
        decided_ids(given)
        | {s.id for s in given.backlog.stories}
        | {s.id for s in given.backlog.slices}
        | {a.id for a in given.architecture.adrs}
    )
    figures: set[str] = set()
    for figure in output.figures:
        found += _wording(figure.id, figure.name, figure.unit, figure.formula)
        if not figure.sources:
            found.append(f"{figure.id} comes from nothing")
        found += [
            f"{figure.id} comes from {source}, which does not exist" for source in figure.sources if source not in known | figures
        ]
        dead = {str(f["id"]) for f in given.evidence.facts if f["status"] != "live"}
        found += [f"{figure.id} comes from {source}, which is no live fact" for source in figure.sources if source in dead]
        figures.add(figure.id)
    if not output.risks:
        found.append("there is no risk; name at least the one that would hurt most")
    for risk in output.risks:
        found += _wording(risk.id, risk.title, risk.effect, risk.trigger, risk.response, risk.owner)
        found += strangers(
            risk.id, f"{risk.title} {risk.effect} {risk.trigger} {risk.response}", known | figures | {r.id for r in output.risks}
        )
    return found
