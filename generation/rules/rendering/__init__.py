"""From content to files: every document of a package, rendered from the same records.

Trace, quality and manifest come last, when the texts are known: ``packaging.finish`` adds them (``LATER``).
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.rules.content import Content, ProseSection
from generation.rules.contracts import prose_headings, written_documents
from generation.rules.rendering import diagrams, filters, pages, records

__all__ = ["LATER", "documents", "prose_headings", "render", "render_all", "written_documents"]

LATER = (
    "trace/trace.json",
    "trace/matrix.md",
    "quality/scorecard.json",
    "quality/scorecard.md",
    "quality/findings.sarif",
    "quality/decisions.jsonl",
    "quality/decisions.md",
    "quality/reviews/owner-advocate.md",
    "quality/reviews/implementer.md",
    "quality/reviews/tester.md",
    "quality/reviews/checks.md",
    ".specstep/manifest.json",
)
"""Paths that ``packaging.finish`` adds; links to them are good before that."""


def documents(content: Content) -> list[str]:
    """Paths of every file that ``render`` can make of this content, in the order of the package."""
    return [
        "README.md",
        "BRIEF.md",
        "AGENTS.md",
        "CLAUDE.md",
        *(path for path in pages.TEMPLATES if path.startswith("docs/")),
        "adr/README.md",
        *(filters.adr_path(adr) for adr in content.adrs),
        *(pages.feature_path(feature.slug) for feature in content.features),
        *diagrams.views(content),
        "backlog/backlog.json",
        "backlog/backlog.csv",
        "backlog/backlog.md",
        "evidence/interview.md",
        "evidence/facts.jsonl",
        "evidence/coverage.json",
        "evidence/sources.json",
        ".specstep/model.json",
    ]


def render(content: Content, path: str, prose: Sequence[ProseSection]) -> str:
    """The text of the file at this path.

    Args:
        prose: written sections; those of other documents are passed over.

    Raises:
        KeyError: this content has no file at this path.
    """
    if path == "CLAUDE.md":
        return "@AGENTS.md\n"
    if path in diagrams.views(content):
        return diagrams.diagram(content, diagrams.FILES[path]) + "\n"
    machine = {
        "backlog/backlog.json": lambda: records.dumps(records.backlog(content)),
        "backlog/backlog.csv": lambda: records.backlog_csv(content),
        "evidence/facts.jsonl": lambda: records.facts(content),
        "evidence/coverage.json": lambda: records.dumps(records.coverage(content)),
        "evidence/sources.json": lambda: records.dumps(records.sources(content)),
        ".specstep/model.json": lambda: records.dumps(records.model(content)),
    }
    if path in machine:
        return machine[path]()
    return pages.page(content, path, prose)


def render_all(content: Content, prose: Sequence[ProseSection]) -> dict[str, str]:
    """Every file of ``documents`` with its text."""
    return {path: render(content, path, prose) for path in documents(content)}
