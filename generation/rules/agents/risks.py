"""The rule-based pessimist: what can hurt, how it would be noticed, and what then; with the figures that show it."""

from __future__ import annotations

import re
from collections import Counter

from generation.rules.agents.backlog import blockers
from generation.rules.agents.figures import budget_of, deadline_of, figures, spoken
from generation.rules.agents.language import joined, lower_first, upper_first
from generation.rules.agents.phrases import alike, clip
from generation.rules.agents.said import cite, raw
from generation.rules.content import (
    BacklogInput,
    Element,
    Figure,
    Level,
    Requirement,
    Risk,
    RisksInput,
    RisksPart,
)
from generation.rules.ears import PLACEHOLDER

MOST = 9
_ORDER: dict[Level, int] = {"high": 0, "medium": 1, "low": 2}


def pessimist(given: RisksInput) -> RisksPart:
    """Finds the figures and the risks, the worst first. Same input, same output."""
    sheet = figures(given)
    found = [
        *_feared(given),
        *_unanswered(given),
        *_assumed(given),
        *_late(given, sheet),
        *_dear(given, sheet),
        *_silent(given),
        *_worse(given),
    ]
    if not found:
        found = [_unseen(given)]
    found.sort(key=lambda risk: _ORDER[risk.level])
    return RisksPart(risks=[r.model_copy(update={"id": f"RSK-{n:02}"}) for n, r in enumerate(found[:MOST], 1)], figures=sheet)


def owner_of(given: RisksInput) -> str:
    """Who answers for what nobody else does: the name that owns most lines, else the owner."""
    names = (
        [a.owner for a in given.requirements.assumptions]
        + [q.owner for q in given.requirements.open_questions]
        + [o.owner for o in given.vision.outcomes]
    )
    counted = Counter(name.split(",")[0] for name in names if name)
    return max(counted, key=lambda name: (counted[name], name), default="owner")


def _risk(title: str, effect: str, level: Level, trigger: str, response: str, owner: str) -> Risk:
    return Risk(id="RSK-00", title=title, effect=effect, level=level, trigger=trigger, response=response, owner=owner)


def _touched(given: RisksInput, text: str, subject: str) -> list[Requirement]:
    """The requirements that speak of the same things, closest first, musts before others."""
    own = subject.lower()
    close = [
        (
            alike(text, f"{r.statement} {' '.join(e.quote for e in r.evidence)}")
            + 2 * (own in f"{r.statement} {r.plain}".lower()),
            r,
        )
        for r in given.requirements.requirements
    ]
    ranked = sorted((pair for pair in close if pair[0] > 1), key=lambda pair: (-pair[0], pair[1].priority != "must"))
    return [r for _, r in ranked[:3]]


def _feared(given: RisksInput) -> list[Risk]:
    """What the owner fears, in the owner's words."""
    risks = []
    feared = {
        str(fact["quote"]): fact for fact in reversed(given.evidence.live("V8")) if not PLACEHOLDER.search(str(fact["quote"]))
    }
    for fact in list(reversed(feared.values()))[:3]:
        touched = _touched(given, f"{fact['subject']} {fact['quote']}", str(fact["subject"]))
        asked = next(
            (
                q
                for q in given.requirements.open_questions
                if str(fact["source"]) in q.answers or alike(q.text, str(fact["quote"])) > 1
            ),
            None,
        )
        hit = f"{joined([r.id for r in touched])} would not hold" if touched else "What was promised would not hold"
        tests = [t.id for r in touched[:1] for t in given.tests.tests if any(c.req == r.id for c in t.covers)]
        risks.append(
            _risk(
                f"{raw(str(fact['quote']))} [{fact['source']}]",
                f"{hit}{_meaning(touched, given)}",
                "high" if any(r.priority == "must" for r in touched) else "medium",
                f"the answer to {asked.id} is no"
                if asked
                else f"{joined(tests[:2])} fail"
                if tests
                else "the first week of use shows it",
                asked.default
                if asked
                else _way_back(given) or f"Show it to the {owner_of(given)} with a proposal before the next story starts",
                asked.owner if asked else owner_of(given),
            )
        )
    return risks


def _meaning(touched: list[Requirement], given: RisksInput) -> str:
    """What the first of these requirements says, where its plain sentence is whole."""
    plain = touched[0].plain if touched else ""
    whole = plain and not (re.match(r"(?:If|When|While|Where)\b", plain) and "," not in plain)
    return f": {lower_first(plain, _names(given))}" if whole else "."


def _way_back(given: RisksInput) -> str:
    """The way back as it was said, if one was."""
    fact = next((f for f in given.evidence.live("R20") if re.search(r"roll|back|wrong", f"{f['slot']} {f['quote']}", re.I)), None)
    return f"Take the way back: {raw(str(fact['quote']))} [{fact['source']}]" if fact else ""


def _names(given: RisksInput) -> frozenset[str]:
    """First words that keep their capital in mid-sentence."""
    return frozenset(
        e.name.split()[0]
        for e in given.architecture.elements
        if e.type in ("system", "external") and e.id != "EXT-message-provider"
    )


def _planning(given: RisksInput) -> BacklogInput:
    return BacklogInput(
        evidence=given.evidence,
        vision=given.vision,
        requirements=given.requirements,
        tests=given.tests,
        architecture=given.architecture,
    )


def _unanswered(given: RisksInput) -> list[Risk]:
    """Open questions that hold up stories nobody can do without."""
    plan = _planning(given)
    waiting = {
        q.id: [r for r in given.requirements.requirements if r.priority == "must" and q.id in blockers(plan, r)]
        for q in given.requirements.open_questions
    }
    risks = []
    for question in given.requirements.open_questions:
        stories = [s.id for s in given.backlog.stories if question.id in s.open_questions]
        if waiting[question.id] and stories:
            risks.append(
                _risk(
                    f"No answer to {question.id}: {lower_first(question.text)}",
                    f"{joined(stories[:4])} cannot start, or start on a guess. {question.why}",
                    "high" if len(stories) > 1 else "medium",
                    f"no answer by {question.due}",
                    f"Build on what holds until then: {lower_first(question.default, _names(given))}",
                    question.owner,
                )
            )
    return risks[:3]


def _assumed(given: RisksInput) -> list[Risk]:
    """Assumptions that hurt most if they are wrong."""
    high = [a for a in given.requirements.assumptions if a.risk == "high"]
    return [
        _risk(f"{a.id} is wrong: {lower_first(clip(a.text, 18), _names(given))}", a.if_wrong, "high", a.trigger, a.test, a.owner)
        for a in high[:2]
    ]


def _late(given: RisksInput, sheet: list[Figure]) -> list[Risk]:
    deadline = deadline_of(given)
    if not deadline:
        return []
    spare = next((f for f in sheet if f.name.startswith("spare days")), None)
    left = float(spare.value) if spare and not isinstance(spare.value, str) else 0.0
    work = sum(s.size_days for s in given.backlog.stories)
    if left > work:
        return []
    last = given.backlog.slices[-1]
    why = [f for f in given.evidence.live("V10") if f["id"] != deadline[1]][:1]
    level: Level = "high" if left < 0 else "medium"
    days = sum(s.size_days for s in given.backlog.stories if s.slice == last.id)
    cut = f"Cut from the end of the order: {last.id}, {lower_first(last.title)}, {days} days"
    return [
        _risk(
            f"The start slips past {spoken(deadline[0])}",
            f"{upper_first(str(why[0]['quote']))} [{why[0]['source']}]"
            if why
            else f"The date that was named is missed {cite(given.evidence, [deadline[1]])}",
            level,
            f"fewer than {max(3, round(left / 3))} spare days left half-way ({spare.id})"
            if spare and left > 0
            else "the estimate already exceeds the days there are",
            cut,
            owner_of(given),
        )
    ]


def _dear(given: RisksInput, sheet: list[Figure]) -> list[Risk]:
    """Money: the day rate the budget bears, and the price of a message the ceiling bears."""
    risks = []
    budget = budget_of(given)
    rate = next((f for f in sheet if f.name.startswith("highest day rate")), None)
    if budget and rate:
        risks.append(
            _risk(
                "The budget has no reserve",
                f"Each day above the estimate costs money nobody has named {cite(given.evidence, [budget.fact])}",
                "medium",
                (
                    f"day rate above {rate.value:,} {rate.unit.split('/')[0]} ({rate.id}), or a story that takes "
                    "longer than its size"
                ),
                "Cut from the end of the owner's order before the money is gone",
                owner_of(given),
            )
        )
    price = next((f for f in sheet if f.name.startswith("highest price of one message")), None)
    if price:
        risks.append(
            _risk(
                "Messages cost more than the ceiling bears",
                "The ceiling for running cost breaks",
                "medium",
                f"an offer above {price.value} {price.unit} ({price.id}), hosting not yet counted",
                "Take the cheaper channel first, or send fewer kinds of messages",
                owner_of(given),
            )
        )
    return risks


def _silent(given: RisksInput) -> list[Risk]:
    """Neighbours that fail, with what was required for that case."""
    risks = []
    for element in (e for e in given.architecture.elements if e.type == "external"):
        ways = [
            r
            for r in given.requirements.requirements
            if r.ears in ("unwanted", "state") and element.name.lower() in f"{r.statement} {r.plain}".lower()
        ]
        risks.append(
            _risk(
                f"{_called(element)} is silent or changes without notice",
                f"{ways[0].id}: {lower_first(ways[0].plain, _names(given))}"
                if ways
                else "No requirement says what then happens with what depends on it",
                "low" if ways else "medium",
                f"nothing from {element.name} for longer than usual"
                if element.id != "EXT-message-provider"
                else "delivery reports stop, or more than a few say undelivered",
                f"{ways[0].id} holds until it is back"
                if ways
                else "Ask whoever runs it what can be relied on, and write the case down before building it",
                owner_of(given),
            )
        )
    return risks[:2]


def _called(element: Element) -> str:
    return "The message provider" if element.id == "EXT-message-provider" else element.name


def _worse(given: RisksInput) -> list[Risk]:
    return [
        _risk(
            f"It gets worse: {lower_first(m.measure)}",
            f"The owner counts it as failure ({m.id})",
            "low",
            f"{m.id} beyond its limit: {m.limit}",
            _way_back(given) or "Stop widening the use until the reason is known",
            m.owner,
        )
        for m in given.vision.counter_metrics[:1]
    ]


def _unseen(given: RisksInput) -> Risk:
    """Nobody spoke of anything that could go wrong, which is a risk of its own."""
    return _risk(
        "Nobody has said what could go wrong",
        "The first trouble comes as a surprise",
        "medium",
        "the first story is shown",
        "Ask for the two things that would hurt most, and write them down here",
        owner_of(given),
    )
