"""Stories are small, in an order that works, and nothing that must be built is left out."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from generation.rules.checking.reading import Reading, gherkin_fault
from generation.rules.checking.results import CheckResult, fault, warning
from generation.rules.content import LinkedStory
from generation.rules.rendering import records

DEEPEST = 3
LARGEST = 6
"""Days."""
FEWEST, MOST = 2, 7
"""Acceptance criteria."""


def check(reading: Reading) -> Iterator[CheckResult]:
    yield from _order(reading)
    for story in reading.content.stories:
        yield from _story(reading, story)
    for row in reading.content.requirements:
        if row.priority == "must" and not row.stories:
            yield fault("STORY", row.id, "No story builds this must.", "Put it into a story.")
    first = reading.content.stories_in(reading.content.slices[0].id) if reading.content.slices else []
    for story in first:
        if story.open_questions:
            yield fault(
                "STORY",
                story.id,
                f"The first slice waits for {', '.join(story.open_questions)}.",
                "Cut the first slice so that it can start.",
                cause="missing-answer",
            )
    yield from _files(reading)


def _order(reading: Reading) -> Iterator[CheckResult]:
    stories = {story.id: story for story in reading.content.stories}
    slices = {part.id: place for place, part in enumerate(reading.content.slices)}
    depths: dict[str, int] = {}

    def depth(label: str, path: tuple[str, ...]) -> int:
        if label in path:
            raise _CircleError(" to ".join((*path[path.index(label) :], label)))
        if label not in depths:
            depths[label] = max((1 + depth(other, (*path, label)) for other in stories[label].depends_on), default=0)
        return depths[label]

    for story in stories.values():
        try:
            deep = depth(story.id, ())
        except _CircleError as circle:
            yield fault("DAG", story.id, f"Stories wait for each other in a circle: {circle}.", "Take one dependency out.")
            continue
        if deep > DEEPEST:
            yield warning("DAG", story.id, f"{deep} stories have to come before it, one after the other.", "Cut it free.")
        for other in story.depends_on:
            if slices[stories[other].slice] > slices[story.slice]:
                yield fault("DAG", story.id, f"It needs {other} of a later slice.", "Move one of them.")


class _CircleError(Exception):
    """Stories that wait for each other."""


def _story(reading: Reading, story: LinkedStory) -> Iterator[CheckResult]:
    if not story.req_ids and not (story.kind == "enabler" and reading.content.adrs):
        yield fault("STORY", story.id, "It serves no requirement.", "Name the requirement, or drop the story.")
    for label in story.req_ids:
        if story.id not in reading.requirements[label].stories:
            yield fault("STORY", story.id, f"{label} does not name it.", "Assemble the links again.")
    if not FEWEST <= len(story.acceptance) <= MOST:
        yield fault("STORY", story.id, f"It has {len(story.acceptance)} acceptance criteria.", f"Have {FEWEST} to {MOST}.")
    if story.size_days > LARGEST:
        yield warning("STORY", story.id, f"It takes {story.size_days} days.", f"Cut it to at most {LARGEST} days.")
    for criterion in story.acceptance:
        if criterion.gherkin and (trouble := gherkin_fault(criterion.gherkin)):
            yield fault("STORY", story.id, f"{criterion.tc} cannot be parsed: {trouble}", "Repair the scenario.")


def _files(reading: Reading) -> Iterator[CheckResult]:
    text = reading.files.get("backlog/backlog.csv")
    if text is not None and list(csv.DictReader(io.StringIO(text))) != records.backlog_rows(reading.content):
        yield fault("CSV", "backlog/backlog.csv", "It says something else than backlog.json.", "Render both from the model.")
    for path, value in (("backlog/backlog.json", reading.backlog), (".specstep/model.json", records.model(reading.content))):
        if path in reading.files and reading.parsed(path) != json.loads(json.dumps(value)):
            yield fault("RENDER", path, "It says something else than the content.", "Render it again.")
