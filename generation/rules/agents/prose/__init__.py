"""The rule-based writers: the written sections of each document out of what was said and decided, without a model."""

from __future__ import annotations

from collections.abc import Callable

from generation.rules.agents.prose import agents, architecture, brief, readme, requirements, test_plan, vision
from generation.rules.agents.prose.view import View
from generation.rules.content import ProseInput, ProsePart, ProseSection
from generation.rules.contracts import prose_headings

WRITERS: dict[str, Callable[[View], dict[str, str]]] = {
    "README.md": readme.sections,
    "BRIEF.md": brief.sections,
    "AGENTS.md": agents.sections,
    "docs/vision.md": vision.sections,
    "docs/requirements.md": requirements.sections,
    "docs/architecture.md": architecture.sections,
    "docs/test-plan.md": test_plan.sections,
}


def write_prose(given: ProseInput) -> ProsePart:
    """Writes the sections that the document's contract asks for, in its order. Same input, same output.

    Raises:
        KeyError: the document has no written sections.
    """
    written = WRITERS[given.document](View(given.parts))
    return ProsePart(
        sections=[
            ProseSection(document=given.document, heading=h, text=written[h].strip()) for h in prose_headings(given.document)
        ]
    )
