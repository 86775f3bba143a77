"""AGENTS.md without a model: what a builder could break without noticing, each rule with the id it comes from."""

from __future__ import annotations

import re

from generation.rules import markdown
from generation.rules.agents.language import joined, lower_first, upper_first
from generation.rules.agents.phrases import clause, clip
from generation.rules.agents.prose.view import View, listed_within, within
from generation.rules.content import Requirement

FEWEST_RULES, MOST_RULES = 3, 12


def sections(view: View) -> dict[str, str]:
    """The written sections by heading."""
    return {
        "Orientation": _orientation(view),
        "Rules": _rules(view),
        "How to run and verify": "",
        "Conventions that differ from the usual": _conventions(view),
    }


def _orientation(view: View) -> str:
    beside = view.beside()
    team = next((c for c in view.constraints("V7") if re.search(r"developer|team|people|engineer", c.text, re.I)), None)
    owns = next((a for a in view.parts.architecture.adrs if "data" in a.slug), None)
    after = view.on("A9")[:1] or view.on("R18")[:1]
    main = next(iter(view.vision.journeys), None)
    return within(
        108,
        f"{upper_first(view.vision.anchor.goal.strip().rstrip('.'))}.",
        f"It stands beside {joined(beside)}." if beside else "It stands alone; no neighbouring system was named.",
        f"Who is right when they differ is settled: {lower_first(clip(owns.chosen, 20), view.names)} ({owns.id})."
        if owns
        else "",
        view.cited(team.text, team.facts) if team else "Who builds it was not said.",
        f"On looking after it: {view.quote(after[0])}." if after else "Who looks after it was not said.",
        f"The first journey to build is {main.id}: {lower_first(main.title.rstrip('.'), view.names)}." if main else "",
        "Work on one story at a time, in the order of the backlog.",
    )


def _rules(view: View) -> str:
    lines = [*_structure(view), *[_rule(r, view) for r in _easily_broken(view)]]
    if len(lines) < FEWEST_RULES:
        lines += _general(view)
    unique = list(dict.fromkeys(lines))[:MOST_RULES]
    return listed_within(410, [f"{n}. {line}" for n, line in enumerate(unique, 1)])


def _structure(view: View) -> list[str]:
    adrs = view.parts.architecture.adrs
    first = adrs[0].id if adrs else ""
    lines = []
    if hardest := next(
        (r for i in view.vision.anchor.invariants for r in view.requirements if any(e.fact == i.fact for e in r.evidence)), None
    ):
        label = f"{hardest.id}, {first}" if first else hardest.id
        lines.append(
            f"MUST let the store itself refuse what {hardest.id} forbids. A check in code is an addition, "
            f"not a replacement. ({label})"
        )
    for adr in (a for a in adrs if "data" in a.slug):
        name = next((e.name for e in view.externals() if e.name in adr.title), "the neighbour")
        lines.append(
            f"NEVER change in {name} what belongs to it. Put what it has to know on a list for whoever "
            f"carries it over. ({adr.id})"
        )
    if first:
        lines.append(
            "NEVER call a module that section 5 of the architecture does not list for yours. Propose "
            f"a decision record instead. ({first})"
        )
    blocked = [
        q.id for q in view.parts.requirements.open_questions if any(q.id in s.open_questions for s in view.parts.backlog.stories)
    ]
    if blocked:
        lines.append(
            "NEVER start a story whose open question has no answer. Take the next free one, or ask the "
            f"owner of the question. ({', '.join(blocked[:4])})"
        )
    return lines


def _general(view: View) -> list[str]:
    """Rules for a project of which little is known: build only what is asked for, and treat what was assumed as such."""
    assumed = view.parts.requirements.assumptions
    return [
        (
            "NEVER build what no requirement asks for. Take it to the owner as an open question instead. "
            f"({view.requirements[0].id})"
        ),
        *(
            [
                (
                    "MUST keep what rests on an assumption in one place, so that the answer of its owner can "
                    f"change it. ({assumed[0].id})"
                )
            ]
            if assumed
            else []
        ),
    ]


def _easily_broken(view: View) -> list[Requirement]:
    """What fails silently: protection first, then what must be refused, then limits in time, musts only."""
    ranked = []
    for requirement in view.requirements:
        if requirement.priority != "must":
            continue
        text = requirement.statement
        rank = (
            0
            if requirement.id.startswith(("NFR-PRI", "NFR-SAF", "NFR-SEC"))
            else 1
            if re.search(r"\b(?:no|not|never|only|refuse|out of|none|same)\b", clause(text).response)
            else 2
            if requirement.ears == "unwanted"
            else 3
            if re.search(r"\b(?:record|delete|keep|within)\b", text)
            else 9
        )
        if rank < 9:
            ranked.append((rank, requirement))
    return [requirement for _, requirement in sorted(ranked, key=lambda pair: pair[0])]


def _rule(requirement: Requirement, view: View) -> str:
    parts = clause(requirement.statement)
    word = {"event": "when", "unwanted": "if", "state": "while", "optional": "where", "complex": "when"}.get(requirement.ears, "")
    when = f" {word} {lower_first(parts.condition, view.names)}" if parts.condition and word else ""
    ids = ", ".join([requirement.id, *requirement.rules[:1], *view.adrs_of(requirement.id)[:1]])
    return f"MUST {markdown.inline(parts.response)}{when}. ({ids})"


def _conventions(view: View) -> str:
    lines = [
        (
            f"- Time is stored in UTC and compared in the time zone of {view.vision.customer}. Limits "
            "count as in the features: the boundary itself has a test on both sides."
        )
    ]
    lines += [
        f"- Say {t.term}, not {t.avoid.split(',')[0].strip()}."
        for t in view.vision.terms
        if t.avoid.strip() and t.avoid.lower() not in ("none", "-", "n/a")
    ][:4]
    if spoken := view.languages():
        lines.append(f"- Languages, as it was said: {view.quote(spoken)}.")
    units = sorted({r.fit.unit for r in view.requirements if r.fit.unit in ("s", "min", "h", "ms", "%")})
    if units:
        lines.append(f"- Durations and shares carry their unit in the name; the requirements use {joined(units)}.")
    lines.append("- Tests take the clock from outside. No test waits.")
    lines.append("- Requirement ids stay out of code names. They belong in tags and commit messages.")
    return listed_within(138, lines)
