"""The rule-based planner: epics, slices and stories out of requirements, tests and components, without a model.

Sizes follow one rule, so that they are the same every time and can be argued with: one day, plus half a day for each acceptance
criterion, plus one day where the story crosses an exchange or sends messages, plus two days for the set-up in the first story;
rounded up, at most six. They are estimates of SpecStep, never of the people who build.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from generation.rules.agents.language import article, base_of, joined, lower_first, stems, upper_first
from generation.rules.agents.phrases import alike, base, clause, clip, counted, the
from generation.rules.agents.said import text_on
from generation.rules.content import (
    BacklogInput,
    BacklogPart,
    Element,
    Epic,
    Journey,
    OpenQuestion,
    Requirement,
    Slice,
    Story,
    Task,
    Test,
)

LARGEST = 6
"""Days of the largest story."""
FEWEST, MOST = 2, 7
"""Acceptance criteria of a story."""
DEEPEST = 3
"""Stories that wait for each other, one after another."""
_COMFORTABLE = 5
"""Criteria at which a story stops growing."""
_MOST_SLICES = 9
_RUNNING, _PROTECTING, _BOTH = "Run", "Protect", "Run and protect"
"""Where quality requirements go that belong to no capability; one epic for both."""
_PRIORITY = {"must": 0, "should": 1, "could": 2}
_RANK_WORDS = re.compile(r"\b(?:first|second|third|then|next|last|finally|after that|before|one|two|three|four|five|and)\b", re.I)


@dataclass
class Draft:
    """A story before it has a number."""

    capability: str
    requirements: list[Requirement]
    tests: list[Test]
    uses: list[str]
    """Components and neighbours it touches, from the requirements it keeps."""
    first: bool = False
    number: str = ""
    slice: str = ""
    depends: list[str] = field(default_factory=list)

    @property
    def priority(self) -> int:
        return min(_PRIORITY[r.priority] for r in self.requirements)

    @property
    def days(self) -> int:
        crossing = any(use == "CMP-messages" or use.endswith("-exchange") for use in self.uses)
        return min(LARGEST, math.ceil(1 + len(self.tests) / 2 + crossing + 2 * self.first))


def planner(given: BacklogInput) -> BacklogPart:
    """Cuts the work into stories and puts them in an order. Same input, same output."""
    order = capability_order(given)
    drafts = _drafts(given, order)
    skeleton = _skeleton(given, drafts)
    # A requirement whose only tests the skeleton has taken is shown by the skeleton.
    kept = {r.id for draft in [skeleton, *drafts] for r in draft.requirements}
    skeleton.requirements += [r for r in given.requirements.requirements if r.id not in kept]
    slices = _slices(given, [skeleton, *drafts], order)
    ordered = [draft for _, _, members in slices for draft in members]
    for number, draft in enumerate(ordered, 1):
        draft.number = f"ST-{number:02}"
    _link(ordered, given)
    epics = _epics(ordered, order)
    numbered = {title: f"EP-{number}" for number, title in enumerate(epics, 1)}
    stories = [_story(draft, numbered[_epic_of(draft.capability, epics)], given) for draft in ordered]
    _tell_apart(stories, given)
    return BacklogPart(
        epics=[Epic(id=id_, title=title) for title, id_ in numbered.items()],
        slices=[Slice(id=f"SL-{number}", title=title, goal=goal) for number, (title, goal, _) in enumerate(slices, 1)],
        stories=stories,
    )


# --- order ---------------------------------------------------------------------------------------------------------------


def capability_order(given: BacklogInput) -> list[str]:
    """Capabilities in the order the owner forced (R22), then by scope (V6), then by their highest priority, then as they came."""
    capabilities = list(dict.fromkeys(r.capability for r in given.requirements.requirements if r.kind == "functional"))
    spoken = [item for topic in ("R22", "V6") for item in re.split(r"[,.;\n]", text_on(given.evidence, topic))]
    items = [stems(_RANK_WORDS.sub(" ", item)) for item in spoken if item.strip()]

    def priority(capability: str) -> int:
        return min(_PRIORITY[r.priority] for r in given.requirements.requirements if r.capability == capability)

    at = {c: next((i for i, item in enumerate(items) if item & stems(c)), -1) for c in capabilities}
    ordered = sorted((c for c in capabilities if at[c] >= 0), key=lambda c: (at[c], capabilities.index(c)))
    for capability in sorted((c for c in capabilities if at[c] < 0), key=lambda c: (priority(c), capabilities.index(c))):
        # What the owner did not rank goes behind the last ranked capability that is at least as necessary.
        place = max((i + 1 for i, c in enumerate(ordered) if priority(c) <= priority(capability)), default=0)
        ordered.insert(place, capability)
    return ordered


def _epics(drafts: list[Draft], order: list[str]) -> list[str]:
    """At most nine: the capabilities with stories, in order, and one for what runs and protects the rest."""
    present = {draft.capability for draft in drafts}
    named = [upper_first(c) for c in order if c in present]
    extra = [_BOTH] if any(c not in order for c in present) else []
    return named[: 9 - len(extra)] + extra if len(named) + len(extra) > 9 else named + extra


def _epic_of(capability: str, epics: list[str]) -> str:
    name = upper_first(capability)
    return name if name in epics else epics[-1]


# --- stories -------------------------------------------------------------------------------------------------------------


def _tests_of(given: BacklogInput) -> dict[str, list[Test]]:
    """Each test once, under the requirement it shows first; a requirement left without one borrows those that cover it."""
    at_home: dict[str, list[Test]] = {r.id: [] for r in given.requirements.requirements}
    for test in given.tests.tests:
        home = next((c.req for c in test.covers if c.sign == "+"), test.covers[0].req if test.covers else "")
        if home in at_home:
            at_home[home].append(test)
    for label, own in at_home.items():
        if not own:
            own.extend([t for t in given.tests.tests if any(c.req == label for c in t.covers)][:2])
    return at_home


def _carriers(given: BacklogInput) -> dict[str, list[str]]:
    return {s.req: [i for i in s.by if i.startswith("CMP-")] for s in given.architecture.satisfies}


def _drafts(given: BacklogInput, order: list[str]) -> list[Draft]:
    """Neighbouring requirements of one capability and journey share a story until it holds five criteria."""
    at_home, carriers = _tests_of(given), _carriers(given)
    groups: dict[str, list[Requirement]] = {capability: [] for capability in order}
    for requirement in given.requirements.requirements:
        groups.setdefault(_capability_of(requirement, given, order), []).append(requirement)
    drafts: list[Draft] = []
    for capability, members in groups.items():
        members.sort(key=lambda r: _PRIORITY[r.priority] if capability in order else 0)
        made: list[Draft] = []
        for requirement in members:
            own, uses = at_home[requirement.id], carriers.get(requirement.id, [])
            last = made[-1] if made else None
            if last and _fits(last, requirement, own):
                last.requirements.append(requirement)
                last.tests = list({t.id: t for t in [*last.tests, *own]}.values())
                last.uses = list(dict.fromkeys([*last.uses, *uses]))
            else:
                made += [Draft(capability, [requirement], part, list(uses)) for part in _portions(own)]
        drafts += made
    return _fed(drafts, given)


def _portions(tests: list[Test]) -> list[list[Test]]:
    """A requirement with more tests than a story may hold becomes several stories."""
    if len(tests) <= MOST:
        return [tests]
    parts = math.ceil(len(tests) / _COMFORTABLE)
    size = math.ceil(len(tests) / parts)
    return [tests[i : i + size] for i in range(0, len(tests), size)]


def _fits(draft: Draft, requirement: Requirement, tests: list[Test]) -> bool:
    together = len({t.id for t in [*draft.tests, *tests]})
    if len(draft.tests) < FEWEST or len(tests) < FEWEST:
        return together <= (_COMFORTABLE if requirement.kind == "quality" else MOST)
    same = draft.requirements[-1].journeys == requirement.journeys and draft.priority == _PRIORITY[requirement.priority]
    return same and together <= _COMFORTABLE


def _fed(drafts: list[Draft], given: BacklogInput) -> list[Draft]:
    """A story with fewer than two criteria joins its smallest neighbour, or borrows a test that covers its requirements."""
    fed: list[Draft] = []
    for draft in drafts:
        if len(draft.tests) >= FEWEST:
            fed.append(draft)
            continue
        room = [d for d in fed if len({t.id for t in [*d.tests, *draft.tests]}) <= MOST]
        same = [d for d in room if d.capability == draft.capability] or room
        if same:
            host = min(same, key=lambda d: len(d.tests))
            host.requirements += [r for r in draft.requirements if r not in host.requirements]
            host.tests = list({t.id: t for t in [*host.tests, *draft.tests]}.values())
            host.uses = list(dict.fromkeys([*host.uses, *draft.uses]))
        else:
            have = {t.id for t in draft.tests}
            draft.tests += [t for t in given.tests.tests if t.id not in have][: FEWEST - len(have)]
            fed.append(draft)
    return fed


def _capability_of(requirement: Requirement, given: BacklogInput, order: list[str]) -> str:
    """A quality requirement is built with the capability it is about, if its words say so; else it runs and protects."""
    if requirement.kind == "functional":
        return requirement.capability
    family = requirement.id.split("-")[1]
    if family not in ("PER", "USA"):
        return _PROTECTING if family in ("SEC", "PRI", "SAF") else _RUNNING
    functional = [
        r for r in given.requirements.requirements if r.kind == "functional" and set(r.journeys) & set(requirement.journeys)
    ]
    near = max(functional, key=lambda r: alike(r.statement, requirement.statement), default=None)
    return near.capability if near and alike(near.statement, requirement.statement) >= 3 else _RUNNING


# --- the walking skeleton ------------------------------------------------------------------------------------------------


def blockers(given: BacklogInput, requirement: Requirement) -> list[str]:
    """Open questions that a requirement waits for: those that name it or an assumption it rests on, and the reverse."""
    resting = [a for a in given.requirements.assumptions if a.id in requirement.assumptions]
    return [
        q.id
        for q in given.requirements.open_questions
        if _waits(requirement, q, " ".join(f"{a.text} {a.test} {a.if_wrong}" for a in resting))
    ]


def _waits(requirement: Requirement, question: OpenQuestion, resting: str) -> bool:
    text = f"{question.text} {question.why} {question.default}"
    return requirement.id in text or any(a in text for a in requirement.assumptions) or question.id in resting


def _skeleton(given: BacklogInput, drafts: list[Draft]) -> Draft:
    """The first story: the main journey from its first touch to its moment of value, through as many parts as it can reach.

    Takes one requirement after another from the main journey, each time the one that reaches most new parts, as long as the
    criteria stay within five, and only positive tests: the limits come in later stories. Nothing that waits for an open question.
    """
    at_home, carriers = _tests_of(given), _carriers(given)
    functional = [r for r in given.requirements.requirements if r.kind == "functional"] or given.requirements.requirements
    main = given.vision.journeys[0].id if given.vision.journeys else ""
    order = {r.id: i for i, r in enumerate(functional)}
    free = [r for r in functional if not blockers(given, r)] or functional
    pool = [r for r in free if main in r.journeys and r.priority == "must"] or [r for r in free if r.priority == "must"] or free
    others = [
        r for r in free if r not in pool and r.priority == "must" and any(c.endswith("-exchange") for c in carriers.get(r.id, []))
    ]
    value = given.vision.journeys[0].value if given.vision.journeys else given.vision.anchor.goal
    chosen = [next((r for r in pool if r.ears == "event"), pool[0])]
    chosen += [r for r in [max(pool, key=lambda r: (alike(f"{r.statement} {r.plain}", value), -order[r.id]))] if r not in chosen]
    tests = [t for r in chosen for t in _shown(at_home[r.id], r.id)]
    reached = {use for r in chosen for use in carriers.get(r.id, [])}
    while len(chosen) < 4:
        gain = {r.id: len(set(carriers.get(r.id, [])) - reached) for r in [*pool, *others]}
        left = [r for r in [*pool, *others] if r not in chosen and gain[r.id]]
        best = max(left, key=lambda r: (_is_edge(set(carriers.get(r.id, [])) - reached), gain[r.id], -order[r.id]), default=None)
        own = _shown(at_home[best.id], best.id) if best else []
        if not best or len(tests) + len(own) > _COMFORTABLE:
            break
        chosen.append(best)
        tests += own
        reached |= set(carriers.get(best.id, []))
    chosen.sort(key=lambda r: order[r.id])
    if len(tests) < FEWEST:
        have = {t.id for t in tests}
        spare = [t for r in chosen for t in at_home[r.id]] + given.tests.tests
        tests += [t for t in spare if t.id not in have][: FEWEST - len(tests)]
    for draft in drafts:
        draft.tests = [t for t in draft.tests if t not in tests]
    _settle(drafts, chosen, tests)
    return Draft(chosen[0].capability, chosen, tests[:MOST], sorted(reached), first=True)


def _is_edge(uses: list[str] | set[str]) -> bool:
    """True for what touches a neighbour or a screen."""
    return any(use.endswith(("-exchange", "-screen", "-pages")) for use in uses)


def _shown(tests: list[Test], requirement: str) -> list[Test]:
    positive = [t for t in tests if any(c.req == requirement and c.sign == "+" for c in t.covers)]
    return positive[:2] or tests[:1]


def _settle(drafts: list[Draft], taken: list[Requirement], shown: list[Test]) -> None:
    """Stories that lost criteria to the skeleton join a story of their capability; one with nothing left to show goes."""
    for draft in [d for d in drafts if len(d.tests) < FEWEST]:
        left = [r for r in draft.requirements if draft.tests or r not in taken]
        hosts = [d for d in drafts if d is not draft and FEWEST <= len(d.tests) <= MOST - len(draft.tests)]
        hosts = [d for d in hosts if d.capability == draft.capability] or hosts
        if draft.tests and hosts:
            host = min(hosts, key=lambda d: len(d.tests))
            host.requirements += [r for r in left if r not in host.requirements]
            host.tests += draft.tests
            host.uses = list(dict.fromkeys([*host.uses, *draft.uses]))
            drafts.remove(draft)
        elif not left or not draft.tests:
            drafts.remove(draft)
        else:
            # Nothing has room: the story shows once more what the skeleton has shown of its requirement.
            draft.tests += [t for t in shown if t not in draft.tests][: FEWEST - len(draft.tests)]


# --- slices --------------------------------------------------------------------------------------------------------------


def _slices(given: BacklogInput, drafts: list[Draft], order: list[str]) -> list[tuple[str, str, list[Draft]]]:
    """Skeleton, then one slice per capability in the owner's order, then what runs and protects, then what could also be."""
    skeleton, rest = drafts[0], drafts[1:]
    main = given.vision.journeys[0] if given.vision.journeys else None
    through = f"{_first_sentence(main.title)}, once, on one example" if main else "One example from the first touch to the result"
    slices: list[tuple[str, str, list[Draft]]] = [
        ("Walking skeleton", f"{through}, through every part that it touches.", [skeleton])
    ]
    late = [d for d in rest if d.priority == 2 and d.capability in order]
    for capability in order:
        members = [d for d in rest if d.capability == capability and d not in late]
        if members:
            slices.append((upper_first(capability), _goal(members), members))
    running = [d for d in rest if d.capability not in order]
    if running:
        slices.append(("Ready to open", "What must hold before real people use it: " + _short(running) + ".", running))
    if late:
        slices.append((upper_first(_short(late)), "Not needed on the first day; built while the rest is already in use.", late))
    while len(slices) > _MOST_SLICES:
        at = min(
            range(1, max(2, len(slices) - 1 - bool(running) - bool(late))),
            key=lambda i: len(slices[i][2]) + len(slices[i + 1][2]),
        )
        (one, _, first), (two, _, second) = slices[at], slices[at + 1]
        slices[at : at + 2] = [(f"{one}, {lower_first(two)}", _goal([*first, *second]), [*first, *second])]
    for number, (_, _, members) in enumerate(slices, 1):
        for draft in members:
            draft.slice = f"SL-{number}"
    return slices


def _first_sentence(text: str) -> str:
    return re.split(r"[.!?] ", text.strip())[0].rstrip(".!?")


def _goal(members: list[Draft]) -> str:
    """The first plain sentence of the slice's most important requirement."""
    first = min((r for d in members for r in d.requirements), key=lambda r: _PRIORITY[r.priority])
    return upper_first(clip(re.split(r"(?<=[.;!?])\s", first.plain)[0], 24)) + "."


def _short(members: list[Draft]) -> str:
    named = list(dict.fromkeys(lower_first(r.capability) for d in members for r in d.requirements))
    return joined(named[:4])


# --- dependencies --------------------------------------------------------------------------------------------------------


def _link(ordered: list[Draft], given: BacklogInput) -> None:
    """A story waits for the story that first builds a component it uses, never deeper than three and never for a later one."""
    builder: dict[str, Draft] = {}
    own = {s.req: s.by[0] for s in given.architecture.satisfies if s.by}
    depth: dict[str, int] = {}
    for draft in ordered:
        wanted = [builder[use] for use in draft.uses if use in builder and builder[use] is not draft]
        wanted += ordered[:1] if draft is not ordered[0] else []
        kept: list[Draft] = []
        for other in sorted(dict.fromkeys(d.number for d in wanted), reverse=True):
            candidate = next(d for d in ordered if d.number == other)
            if depth[other] < DEEPEST and not any(other in _before(k, ordered) for k in kept):
                kept.append(candidate)
        draft.depends = sorted(d.number for d in kept)
        depth[draft.number] = max((depth[d] + 1 for d in draft.depends), default=0)
        for use in draft.uses:
            if use in {own.get(r.id) for r in draft.requirements} or draft.first:
                builder.setdefault(use, draft)


def _before(draft: Draft, ordered: list[Draft]) -> set[str]:
    by = {d.number: d for d in ordered}
    found: set[str] = set()
    queue = list(draft.depends)
    while queue:
        label = queue.pop()
        if label not in found:
            found.add(label)
            queue += by[label].depends
    return found


# --- words ---------------------------------------------------------------------------------------------------------------


def _story(draft: Draft, epic: str, given: BacklogInput) -> Story:
    journey = next((j for j in given.vision.journeys if draft.first or j.id in draft.requirements[0].journeys), None)
    role, want, is_person = _want(draft, journey, given)
    waits = [] if draft.slice == "SL-1" else list(dict.fromkeys(q for r in draft.requirements for q in blockers(given, r)))
    title = f"{_first_sentence(journey.title)}, end to end" if draft.first and journey else _title(draft, want)
    return Story(
        id=draft.number,
        epic=epic,
        slice=draft.slice,
        title=title,
        kind="story" if is_person and not _NO_TELLER.search(role) else "enabler",
        role=role,
        want=want,
        benefit=_benefit(draft, journey, given),
        size_days=draft.days,
        depends_on=draft.depends,
        req_ids=[r.id for r in draft.requirements],
        tc_ids=[t.id for t in draft.tests],
        open_questions=waits,
        tasks=[Task(id=f"{draft.number}.{n}", title=t) for n, t in enumerate(_tasks(draft, given)[:9], 1)],
        done_when=_done(draft),
    )


def _people(given: BacklogInput) -> list[str]:
    return list(dict.fromkeys([*given.vision.permissions.roles, *(j.actor for j in given.vision.journeys)]))


_TRIGGER_ONLY = ("be", "have", "do", "remain", "need", "want")
_NO_TELLER = re.compile(r"\b(?:developers?|programmers?|systems?|team)$", re.I)
"""Roles that build: what they tell is an enabler, even where they use the system as well."""
_KEEPER = re.compile(r"\b(?:IT|admin|administrator|operator|operations|maintainer)\b", re.I)
_SEEN = {"show": "see", "list": "see", "display": "see", "send": "get", "give": "get"}
"""What the system does for somebody, and what that is for them."""


def _want(draft: Draft, journey: Journey | None, given: BacklogInput) -> tuple[str, str, bool]:
    """Role and wish: what the role does, or what it wants to count on the system for; False when no person is in it."""
    people = sorted(_people(given), key=len, reverse=True)
    for requirement in draft.requirements if draft.first else draft.requirements[:1]:
        if done := _done_by(requirement, people) or _let(requirement, people):
            return *done, True
    requirement = draft.requirements[0]
    runs = requirement.id.split("-")[1] in ("AVA", "MNT", "REL")
    role = next((r for r in people if runs and _KEEPER.search(r)), "") or next(
        (r for r in people if re.search(rf"\b{re.escape(r)}s?\b", requirement.statement, re.I)), journey.actor if journey else ""
    )
    role = role or (people[0] if people else "")
    outside = [e.name for e in given.architecture.elements if e.type == "external" and e.id != "EXT-message-provider"]
    names = frozenset(name.split()[0] for name in [given.vision.system, *outside])
    parts = clause(requirement.statement)
    word = {"event": "when", "unwanted": "if", "state": "while", "optional": "where"}.get(requirement.ears, "")
    when = f" {word} {clip(lower_first(parts.condition, names), 18)}" if word and parts.condition else ""
    wish = f"count on {the(given.vision.system)} to {lower_first(clip(parts.response, 22), names)}{when}"
    return (role, wish, True) if role else ("team", wish, False)


def _done_by(requirement: Requirement, people: list[str]) -> tuple[str, str] | None:
    """The role that triggers an event and what it does, with what it gets for it."""
    if requirement.ears != "event":
        return None
    parts = clause(requirement.statement)
    for role in people:
        match = re.match(
            rf"(?:an?|the|one|each|every) {re.escape(role)} (?:with [a-z ]+? )?([a-z]+)\b(.*)$", parts.condition, re.I
        )
        if match and base_of(match[1]) and base(match[1]) not in _TRIGGER_ONLY:
            act = f"{base(match[1])}{_rest(match[2])}"
            return role, re.sub(r"\b(?:her|his|their)\b", "my", f"{act}{_gets(parts.response, role)}")
    return None


def _gets(response: str, role: str) -> str:
    """ " and see the total" for "show the customer the total"; empty where nobody is shown or given anything."""
    match = re.match(
        (
            rf"(show|list|display|send|give) (?:(?:the|that|each) {re.escape(role)} )?((?:the|an?|one|its|"
            r"what|his|her|their)\b.*)$"
        ),
        response,
        re.I,
    )
    what = clip(re.split(r", | and (?:keep|show|send|tell|confirm)\b", match[2])[0], 10) if match else ""
    return f" and {_SEEN[match[1].lower()]} {what}" if match and len(what.split()) > 1 else ""


def _let(requirement: Requirement, people: list[str]) -> tuple[str, str] | None:
    """The role that the system lets do something, and what."""
    response = clause(requirement.statement).response
    for role in people:
        match = re.match(rf"let (?:an?|the|each) {re.escape(role)} (.+)$", response, re.I)
        if match:
            return role, clip(re.sub(r" (?:after signing in|without help from another person)$", "", match[1]), 20)
    return None


def _rest(tail: str) -> str:
    words = clip(tail, 18)
    words = re.sub(r"\b(and|or) ([a-z]+s)\b", lambda m: f"{m[1]} {base(m[2])}" if base_of(m[2]) else m[0], words)
    return f" {words}" if words else ""


_SAYS_LITTLE = re.compile(r"(?:refuse|keep to|act as follows|answer as|carry it out|turn to|show the complete result)\b", re.I)


def _title(draft: Draft, want: str) -> str:
    """The wish without its ends; the plain sentence where the act alone says little ("refuse and change nothing")."""
    act = re.sub(r"^count on .+? to | and (?:see|get) .+$| (?:if|when|while|where) .+$", "", want)
    if _SAYS_LITTLE.match(act):
        act = draft.requirements[0].plain.rstrip(".")
        act = re.sub(r"^(?:If|When|While|Where) ", "", act)
        act = act if len(act.split()) <= 9 else re.split(r"[,.;:] | and | but | is refused| are refused", act)[0]
    return upper_first(clip(act, 9))


def _tell_apart(stories: list[Story], given: BacklogInput) -> None:
    """No two titles alike: the later one is named after what its requirement says in plain words."""
    plain = {r.id: r.plain for r in given.requirements.requirements}
    seen: set[str] = set()
    for story in stories:
        for title in (story.title, *(upper_first(clip(plain[r], 9)) for r in story.req_ids), f"{story.title} ({story.id})"):
            if title not in seen:
                story.title = title
                break
        seen.add(story.title)


def _benefit(draft: Draft, journey: Journey | None, given: BacklogInput) -> str:
    """Why: the moment of value it leads to, the outcome it moves, what its quality is for, the owner's words, the goal."""
    names = frozenset({given.vision.system.split()[0]})
    text = " ".join(f"{r.statement} {r.plain}" for r in draft.requirements)
    value = _without_must(re.split(r"(?<=[.!?])\s", journey.value.strip())[0].rstrip(".!")) if journey else ""
    if value and not re.match(r'["\[]', value) and (draft.first or alike(value, text) > 2):
        return _small(clip(value, 24), names)
    for outcome in given.vision.outcomes:
        if alike(outcome.measure, text) >= max(2, len(stems(outcome.measure))):
            return f"this moves: {lower_first(outcome.measure)}, from {outcome.baseline:g} to {outcome.target:g} {outcome.unit}"
    kind = draft.requirements[0].id.split("-")[1]
    if kind in _REASONS:
        return _REASONS[kind]
    if gained := _gained(draft.requirements[0], _people(given)):
        return gained
    return "it is done the same way every time"


_GAINS = (
    (r"let (?:an?|the|each)\b.* (?:see|view|read)\b", "I can look it up myself"),
    (r"let (?:an?|the|each)\b", "nobody else has to do it for me"),
    (r"(?:show|list|display) .*\b(?:its|their) content as\b", "I know how things stand without asking"),
    (r"send (?:.* )?no\b", "I am left in peace"),
    (r"(?:show|list|display|give) (?:.* )?no\b", "nobody gets what is not meant for them"),
    (r"(?:show|list|display) (?P<what>.+)$", "nobody has to be asked for {what}"),
    (r"(?:send|tell|inform|remind|notify|give)\b", "nobody has to think of it"),
    (r"answer as if\b", "what belongs to one person stays with that person"),
    (r"refuse every request|keep to\b|offer .+ no\b|keep every\b", "nobody has to argue about it case by case"),
    (r"(?:refuse|reject)\b", "the limit is the same for everybody"),
    (r"(?:delete|remove)\b", "nothing is kept longer than agreed"),
    (r"never\b", "it cannot happen by accident"),
    (r"record\b", "it can be shown later who did what"),
    (r"take in\b", "nothing that arrives gets lost unseen"),
    (r"put first\b", "the order is the same whoever is at work"),
    (r"carry it out\b", "what is allowed works at once"),
)
"""What the system does, and what somebody gains by it; the first that fits counts."""


def _gained(requirement: Requirement, people: list[str]) -> str:
    """What the first requirement of a story is good for, read from what the system does; empty for an act of no known kind."""
    parts = clause(requirement.statement)
    for pattern, gain in _GAINS:
        if match := re.match(pattern, parts.response, re.I):
            if re.match(r"anybody other than\b", parts.condition):
                return "nobody does it who does not answer for it"
            roles = "|".join(re.escape(role) for role in people)
            if "{what}" in gain and not re.match(rf"(?:an?|the) (?:{roles})\b", parts.condition, re.I):
                return "it is seen without anybody looking for it"
            what = _FOR_WHOM.sub("", str(match.groupdict().get("what") or ""))
            return gain.format(what=clip(re.split(r", | and (?=not\b|[a-z]+ )", what)[0], 9))
    if requirement.ears == "unwanted" and parts.condition:
        return f"everybody knows what holds when {clip(parts.condition, 14)}"
    return ""


_FOR_WHOM = re.compile(r"^(?:the|an?|each|that) [a-z]+(?: [a-z]+)? (?=(?:the|an?|one|what|who|its|their)\b)")


def _small(text: str, names: frozenset[str]) -> str:
    """In the middle of a sentence: a name keeps its capital."""
    first = text.split()[0] if text.split() else ""
    common = re.fullmatch(
        r"(?:The|An?|It|They|That|This|All|Each|Every|Nobody|Everybody|Whoever|Who|What|If|When|One|Two|Three|No)", first
    )
    return lower_first(text, names) if common or first.endswith("s") else text


def _without_must(value: str) -> str:
    """ "Patients must see the number, otherwise they ring" as "Patients see the number": what is wanted, without the threat."""
    plain = re.sub(r",? (?:otherwise|or else)\b.*$", "", value)
    plain = re.sub(r"\bhas to be\b", "is", re.sub(r"\bhave to be\b", "are", plain))
    return re.sub(r"s must (?=[a-z])", "s ", plain)


_PROTECTED = "nobody sees or keeps what is not theirs"
_BACK = "it is there again before anybody has to go back to the old way"
_REASONS = {
    "PRI": _PROTECTED,
    "SEC": _PROTECTED,
    "AVA": _BACK,
    "REL": _BACK,
    "MNT": _BACK,
    "PER": "nobody waits longer than was promised",
    "CAP": "nobody waits longer than was promised",
    "USA": "people manage without asking for help",
    "SAF": "nobody is harmed when something fails",
}
"""What a quality is for."""


def _tasks(draft: Draft, given: BacklogInput) -> list[str]:
    """What to do, in order: set-up in the first story, one step per requirement, neighbours, rules at their boundary."""
    steps = ["Set up repository, build and the three commands of AGENTS.md"] if draft.first else []
    steps += [upper_first(clip(clause(r.statement).response, 12)) for r in draft.requirements][:5]
    elements = {e.id: e for e in given.architecture.elements}
    steps += [
        f"Read one real sample of {_neighbour(elements[use], given)} before writing the code for it"
        for use in draft.uses
        if use.endswith("-exchange") and use in elements
    ][:1]
    rules = list(dict.fromkeys(rule for r in draft.requirements for rule in r.rules))
    if rules:
        steps.append(f"Test {joined(rules[:4])} on both sides of the boundary")
    return list(dict.fromkeys(steps))


def _neighbour(element: Element, given: BacklogInput) -> str:
    name = element.name.removesuffix(" exchange")
    arrow = next(
        (
            e.label
            for e in given.architecture.edges
            if e.view == "context" and e.source.startswith("EXT-") and name in element.name
        ),
        "",
    )
    return f"{name} ({arrow})" if arrow and arrow != "delivery reports" else name


def _done(draft: Draft) -> str:
    """What somebody can watch: the criteria by number, and the first fit criterion in figures."""
    numbers = [t.id for t in draft.tests]
    fit = draft.requirements[0].fit
    sign = {"<=": "at most", ">=": "at least", "=": "exactly", "<": "below"}[fit.op]
    return f"{joined(numbers)} pass. {upper_first(fit.measure)}: {sign} {counted(fit.value, fit.unit)} ({fit.at})."


def wish(story: Story) -> str:
    """The whole sentence: "As a patient I want to ..., so that ...."."""
    return f"As {article(story.role)} I want to {story.want}, so that {story.benefit}."
