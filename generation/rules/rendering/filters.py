"""What the templates call on single values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from jinja2 import pass_context
from jinja2.runtime import Context

from generation.rules import assembling
from generation.rules.content import Adr, Assumption, Content, Journey, LinkedTest, Slice, Story
from generation.rules.markdown import cell, demoted, heading, inline, one_line
from generation.rules.rendering import phrases

_PRIORITY = {"must": 1, "should": 2, "could": 3}


def adr_path(adr: Adr) -> str:
    return f"adr/{adr.id.removeprefix('ADR-')}-{adr.slug}.md"


def tags(content: Content, test: LinkedTest) -> str:
    """ "@TC-003 @P1 @REQ-002 @negative-REQ-003"."""
    priorities = {requirement.id: _PRIORITY[requirement.priority] for requirement in content.requirements}
    level = min(priorities[cover.req] for cover in test.covers)
    covers = [f"@{'negative-' if cover.sign == '-' else ''}{cover.req}" for cover in test.covers]
    return " ".join([f"@{test.id}", f"@P{level}", *covers])


def lower_first(text: str) -> str:
    """With a small first letter, unless the first word is a name or an abbreviation."""
    return text[:1].lower() + text[1:] if text.split(" ", 1)[0].lower() in _EVERYDAY else text


_EVERYDAY = frozenset(
    re.findall(
        r"\w+",
        """
    a above after all an any as at ask because before below both by check each every for from if in it measures missing no nobody
    nothing one only people somebody something staff the then there they this too until use we when where while with without
    """,
    )
)


def upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def unstopped(text: str) -> str:
    """Without the stop at its end."""
    return text.rstrip(". ")


def because(text: str) -> str:
    """What may follow "because": one line with a stop, without a second "because"."""
    line = lower_first(re.sub(r"^because\s+", "", inline(text), flags=re.IGNORECASE))
    return line if line.endswith((".", "!", "?")) else f"{line}."


def option(text: str) -> str:
    """The name of an option, fit for a heading and for quotation marks."""
    return heading(text).replace('"', "'").rstrip(".")


def link_text(text: str) -> str:
    """What may stand between the square brackets of a link."""
    return re.sub(r"([\[\]])", r"\\\1", cell(heading(text)).replace("]\\(", "]("))


def narrative(text: str) -> str:
    """Lines below "Feature:" that no parser takes for a keyword, a tag or a comment."""
    keyword = r"^(?:@|#|\||\"\"\"|```|Feature:|Rule:|Background:|Scenario|Example|Scenarios:|\* )"
    kept = [re.sub(keyword, "", line.strip()).strip() for line in text.splitlines()]
    return "\n  ".join(line for line in kept if line)


@pass_context
def _said(context: Context, facts: Iterable[str], before: str = "") -> str:
    cited = phrases.sources(context["content"], facts)
    return f"{before or ''}{cited}" if cited else ""


@pass_context
def _touched(context: Context, assumption: Assumption) -> str:
    content: Content = context["content"]
    return ", ".join(row.id for row in content.requirements if assumption.id in row.assumptions)


@pass_context
def _parts(context: Context, journey: Journey) -> str:
    content: Content = context["content"]
    names = {element.id: element.name for element in content.elements}
    touched = [
        label for row in content.requirements if journey.id in row.journeys for label in row.satisfied_by if label in names
    ]
    return ", ".join(f"{inline(names[label])} ({label})" for label in dict.fromkeys(touched))


@pass_context
def _journey_tests(context: Context, journey: Journey) -> str:
    content: Content = context["content"]
    named = {row.id for row in content.requirements if journey.id in row.journeys}
    must = {row.id for row in content.requirements if row.id in named and row.priority == "must"} or named
    unique = [test.id for test in content.tests if any(cover.req in must and cover.sign == "+" for cover in test.covers)]
    if not unique:
        return "nothing can be shown yet: no requirement names this journey"
    return f"{', '.join(unique)} {'passes' if len(unique) == 1 else 'pass'}"


@pass_context
def _tags(context: Context, test: LinkedTest) -> str:
    return tags(context["content"], test)


@pass_context
def _days(context: Context, part: Slice) -> int:
    content: Content = context["content"]
    return sum(story.size_days for story in content.stories_in(part.id))


@pass_context
def _epic_title(context: Context, story: Story) -> str:
    content: Content = context["content"]
    return next(inline(epic.title) for epic in content.epics if epic.id == story.epic)


@pass_context
def _limit(context: Context, label: str) -> str:
    """The threshold of a measured test; empty for a scenario."""
    content: Content = context["content"]
    found = content.test(label).threshold
    return phrases.threshold(found) if found else "as the scenario says"


ALL: dict[str, Callable[..., Any]] = {
    "adr_path": adr_path,
    "because": because,
    "cell": cell,
    "counted": phrases.counted,
    "day": phrases.day,
    "days": _days,
    "demoted": demoted,
    "epic_title": _epic_title,
    "heading": heading,
    "inline": inline,
    "journey_tests": _journey_tests,
    "limit": _limit,
    "link_text": link_text,
    "lower_first": lower_first,
    "narrative": narrative,
    "number": phrases.number,
    "number_word": phrases.number_word,
    "one_line": one_line,
    "option": option,
    "parts": _parts,
    "said": _said,
    "scenario": assembling.scenario,
    "tags": _tags,
    "threshold": phrases.threshold,
    "touched": _touched,
    "unstopped": unstopped,
    "upper_first": upper_first,
}
