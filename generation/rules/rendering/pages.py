"""The documents people read: one Jinja2 template each, filled from the content and the written sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from generation.rules.content import Content, LinkedRequirement, ProseSection
from generation.rules.contracts import FOLDER, all_contracts
from generation.rules.markdown import cell, demoted, inline, listed
from generation.rules.rendering import diagrams, filters, phrases, quality_scenarios, transcript

GRADE_ROW = "| Grade | not graded yet; the reviews come last |"
"""Stands in README.md until the scorecard is filled in; ``packaging`` replaces it."""

NOT_WRITTEN = "Nothing has been written here."
"""Stands where a written section is missing. A check stops it."""

DRAFTED = "*Drafted without a model: rules put this together from the answers; no language model wrote or judged it.*"

TEMPLATES = {
    "README.md": "readme",
    "BRIEF.md": "brief",
    "AGENTS.md": "agents",
    "docs/vision.md": "vision",
    "docs/requirements.md": "requirements",
    "docs/architecture.md": "architecture",
    "docs/test-plan.md": "test-plan",
    "docs/glossary.md": "glossary",
    "docs/risks-assumptions.md": "risks-assumptions",
    "adr/README.md": "adr-index",
    "backlog/backlog.md": "backlog",
    "evidence/interview.md": "interview",
}
"""The template folder of each document with one fixed path."""

_RISK = {"high": 0, "medium": 1, "low": 2}

Values = dict[str, Any]


def page(content: Content, path: str, prose: Sequence[ProseSection]) -> str:
    """The document at this path.

    Raises:
        KeyError: no document of this content has this path.
    """
    for adr in content.adrs:
        if filters.adr_path(adr) == path:
            return _filled("adr", content, prose, path, {"adr": adr})
    for feature in content.features:
        if feature_path(feature.slug) == path:
            tests = [test for test in content.tests if test.method == "scenario" and test.feature == feature.slug]
            return _filled("feature", content, prose, path, {"feature": feature, "tests": tests})
    template = TEMPLATES[path]
    return _filled(template, content, prose, path, _PAGES[template](content) if template in _PAGES else {})


def feature_path(slug: str) -> str:
    return f"features/{slug}.feature"


def tidy(text: str) -> str:
    """Without doubled blank lines and trailing spaces, code left as it is; ends with one line break."""
    out: list[str] = []
    fence = False
    for raw in text.split("\n"):
        line = raw if fence else raw.rstrip()
        if line.startswith("```"):
            fence = not fence
        if not line and not fence and not (out and out[-1]):
            continue
        out.append(line)
    return "\n".join(out).strip("\n") + "\n"


def _filled(template: str, content: Content, prose: Sequence[ProseSection], path: str, more: Values) -> str:
    values = {**_common(content, path, prose), **more}
    return tidy(_environment().get_template(f"{template}/template.md").render(values))


@cache
def _environment() -> Environment:
    # Markdown, not HTML: a page that shows it in a browser cleans it there.
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(filters.ALL)
    return environment


# --- values of every page ----------------------------------------------------------------------------------------------


def _common(content: Content, path: str, prose: Sequence[ProseSection]) -> Values:
    sections = [section for section in prose if section.document == path]

    def written(heading: str) -> str:
        text = "\n\n".join(demoted(section.text) for section in sections if section.heading == heading).strip()
        if text:
            return text
        section = all_contracts()[path].section(heading)
        return NOT_WRITTEN if section.by == "prose" or section.words[0] else ""

    def open_about(topic: str) -> str:
        return _open_about(content, topic)

    return {
        "content": content,
        "drafted": DRAFTED if content.is_drafted_without_a_model else "",
        "written": written,
        "open_about": open_about,
        "diagram": lambda view: diagrams.diagram(content, view),
        "diagrams": list(diagrams.views(content)),
        "entry": lambda requirement: _entry(content, requirement),
        "constraints": lambda: _constraints(content),
        "owners": _owner(content),
        "first_story": next(iter(_in_order(content)), None),
        "figures": content.figures,
    }


def _in_order(content: Content) -> list[Any]:
    return [story for part in content.slices for story in content.stories_in(part.id)]


def _owner(content: Content) -> str:
    """Who decides: the people who own open questions and assumptions, or the owner."""
    owners = Counter([row.owner for row in content.open_questions] + [row.owner for row in content.assumptions])
    return phrases.person(inline(owners.most_common(1)[0][0])) if owners else "the owner"


def _open_about(content: Content, topic: str) -> str:
    """ " (put off to the board meeting)", or nothing."""
    row = next((row for row in content.evidence.topics if row["id"] == topic), None)
    if row is None:
        return ""
    if row["state"] == "deferred":
        return f" (put off: {inline(str(row.get('owner') or 'nobody'))}, {inline(str(row.get('trigger') or 'no date'))})"
    if row["state"] == "n/a" and row.get("note"):
        return f" (n/a because {inline(str(row['note']))})"
    return ""


def _constraints(content: Content) -> str:
    if not content.constraints:
        return f"No constraint was named{_open_about(content, 'V7')}."
    rows = [f"| {row.id} | {cell(row.text)} | {phrases.sources(content, row.facts)} |" for row in content.constraints]
    return "\n".join(["| id | constraint | source |", "| --- | --- | --- |", *rows])


def _entry(content: Content, requirement: LinkedRequirement) -> str:
    fit = requirement.fit
    lines = [
        f"### {requirement.id} · {requirement.priority}",
        "",
        f"**{inline(requirement.plain)}**",
        "",
        f"> {inline(requirement.statement)}",
        "",
        f"- Why: {inline(requirement.rationale)}",
        f"- Measured: {inline(fit.measure)}, {phrases.threshold(fit)} ({inline(fit.at)})",
    ]
    if requirement.evidence:
        said = "; ".join(f'"{inline(row.quote)}" [{row.answer}, {row.fact}]' for row in requirement.evidence)
        lines.append(f"- Said: {said}")
    if requirement.assumptions:
        lines.append("- Assumed: " + ", ".join(f"[assumption {label}]" for label in requirement.assumptions))
    leads = listed([*requirement.journeys, *requirement.rules, *requirement.satisfied_by])
    lines.append(f"- Leads to: {leads}; tests {listed(requirement.verified_by)}; stories {listed(requirement.stories)}")
    return "\n".join(lines)


# --- values of one page ----------------------------------------------------------------------------------------------


def _readme(content: Content) -> Values:
    priorities = Counter(requirement.priority for requirement in content.requirements)
    states = Counter(str(row["state"]) for row in content.evidence.topics)
    first = content.stories_in(content.slices[0].id) if content.slices else []
    unresolved = sum(row.get("resolution") == "open" for row in content.evidence.conflicts)
    count = len(content.evidence.conflicts)
    conflicts = "none" if not count else f"{count}, all resolved" if not unresolved else f"{count}, {unresolved} not resolved"
    return {
        "grade_row": GRADE_ROW,
        "marks": _marks(content),
        "answers": len(content.evidence.answers),
        "references": len(content.evidence.sources),
        "priorities": ", ".join(f"{priorities[name]} {name}" for name in ("must", "should", "could") if priorities[name])
        or "none",
        "scenarios": sum(test.method == "scenario" for test in content.tests),
        "first_days": sum(story.size_days for story in first),
        "topic_states": ", ".join(f"{number} {state}" for state, number in states.most_common()) or "none",
        "conflicts": conflicts,
        "blocking": [f"{row.id} ({listed(row.blocks)})" for row in content.open_questions if row.blocks],
        "first_blocked": list(dict.fromkeys(label for story in first for label in story.open_questions)),
    }


def _marks(content: Content) -> str:
    """What the marks in square brackets mean, with marks that are there."""
    evidence = content.evidence
    parts = [f"`[{row['id']}]` is an answer" for row in evidence.answers[-1:]]
    parts += [f"`[{row['id']}]` a fact with a quote from an answer" for row in evidence.facts[-1:]]
    parts += [f"`[{row['id']}]` a document that was given" for row in evidence.sources[:1]]
    said = f"{', '.join(parts)}. " if parts else ""
    if not content.assumptions:
        return f"{said}Nothing was assumed."
    return f"{said}`[assumption {content.assumptions[0].id}]` was not said by anybody; it has an owner and a date."


def _brief(content: Content) -> Values:
    dates = {outcome.date for outcome in content.outcomes}
    owners = [row.owner for row in content.outcomes] + [row.owner for row in content.open_questions]
    readers = list(dict.fromkeys(phrases.person(inline(owner)) for owner in owners))[:3]
    return {
        "outcome_date": phrases.day(dates.pop()) if len(dates) == 1 else "",
        "readers": " and ".join([", ".join(readers[:-1]), readers[-1]] if len(readers) > 1 else readers) or "the owner",
    }


def _agents(content: Content) -> Values:
    return {"blocks": [element for element in content.elements if "blocks" in element.views]}


def _vision(content: Content) -> Values:
    signed = content.evidence.anchor or {}
    who, when = signed.get("signed_by"), signed.get("signed_at")
    ranked = sorted(content.assumptions, key=lambda row: _RISK[row.risk])
    weighty = [row for row in ranked if row.risk != "low"]
    return {
        "signed": f", as signed by {phrases.person(inline(str(who)))}{' on ' + phrases.day(str(when)) if when else ''}"
        if who
        else "",
        "weighty_assumptions": weighty[:6],
    }


def _requirements(content: Content) -> Values:
    functional: dict[str, list[LinkedRequirement]] = {}
    quality: dict[str, list[LinkedRequirement]] = {}
    for requirement in content.requirements:
        groups = functional if requirement.kind == "functional" else quality
        groups.setdefault(requirement.capability, []).append(requirement)
    return {"functional": functional, "quality": quality}


def _architecture(content: Content) -> Values:
    return {
        "containers": [element for element in content.elements if element.type == "container"],
        "blocks": [element for element in content.elements if "blocks" in element.views],
        "scenarios": quality_scenarios.scenarios(content),
        "heaviest": sorted(content.risks, key=lambda risk: _RISK[risk.level])[:3],
    }


def _test_plan(content: Content) -> Values:
    return {
        "scenario_tests": [test for test in content.tests if test.method == "scenario"],
        "other_tests": [test for test in content.tests if test.method != "scenario"],
        "traceability": _traceability(content),
    }


def _traceability(content: Content) -> list[tuple[str, int, str]]:
    signs: dict[str, set[str]] = {}
    for test in content.tests:
        for cover in test.covers:
            signs.setdefault(cover.req, set()).add(cover.sign)

    def row(name: str, rows: list[LinkedRequirement], *, both: bool) -> tuple[str, int, str]:
        tested = [requirement for requirement in rows if requirement.id in signs]
        double = [requirement for requirement in rows if signs.get(requirement.id) == {"+", "-"}]
        said = f"{len(tested)} of {len(rows)}"
        return name, len(rows), f"{said}, {len(double)} with a positive and a negative scenario" if both else said

    functional = [requirement for requirement in content.requirements if requirement.kind == "functional"]
    rows = [
        row("functional, must", [requirement for requirement in functional if requirement.priority == "must"], both=True),
        row(
            "functional, should and could",
            [requirement for requirement in functional if requirement.priority != "must"],
            both=True,
        ),
        row("quality", [requirement for requirement in content.requirements if requirement.kind == "quality"], both=False),
    ]
    scenarios = sum(test.method == "scenario" for test in content.tests)
    others = len(content.tests) - scenarios
    return [
        *[found for found in rows if found[1]],
        ("scenarios", scenarios, "each stands in a feature file"),
        *([("other tests", others, "each has the threshold of its requirement")] if others else []),
    ]


def _glossary(content: Content) -> Values:
    facts = [str(fact["id"]) for fact in content.evidence.live("V9")]
    cited = phrases.sources(content, facts)
    return {"word_sources": f" {cited}" if cited else ""}


def _risks(content: Content) -> Values:
    answers: dict[str, list[str]] = {}
    for answer in content.evidence.answers:
        answers.setdefault(str(answer.get("topic")), []).append(str(answer["id"]))
    deferred = [
        {
            **row,
            "note": row.get("note"),
            "owner": row.get("owner"),
            "trigger": row.get("trigger"),
            "answers": answers.get(row["id"], []),
        }
        for row in content.evidence.topics
        if row["state"] == "deferred"
    ]
    return {"deferred": deferred, "conflicts": [_conflict(content, row) for row in content.evidence.conflicts]}


def _conflict(content: Content, row: dict[str, Any]) -> dict[str, str]:
    held = {
        "first": "the first",
        "second": "the second",
        "both-when": "both, under conditions",
    }.get(str(row.get("resolution")), "not resolved; both stand")
    result = ", ".join(str(label) for label in row.get("result") or [])
    decided = f" [{row['decided_in']}]" if row.get("decided_in") else ""
    return {
        "id": str(row["id"]),
        **{
            name: f'"{quote}" {phrases.sources(content, [fact])}'
            for name, fact, quote in zip(("first", "second"), row["facts"], row["quotes"], strict=False)
        },
        "result": f"{held}{': ' + result if result else ''}{decided}",
    }


def _interview(content: Content) -> Values:
    return {"opening": transcript.opening(content), "turns": transcript.turns(content)}


_PAGES: dict[str, Callable[[Content], Values]] = {
    "readme": _readme,
    "brief": _brief,
    "agents": _agents,
    "vision": _vision,
    "requirements": _requirements,
    "architecture": _architecture,
    "test-plan": _test_plan,
    "glossary": _glossary,
    "risks-assumptions": _risks,
    "interview": _interview,
}
