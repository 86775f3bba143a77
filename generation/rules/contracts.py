"""The contract of each document: its sections, their order, who writes them, how long they may be.

``generation/documents/<document>/contract.yaml`` is the one place that says so: the prose agents read from it what to write, the
renderer which headings to set, the checks what must be there.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

FOLDER = Path(__file__).resolve().parent.parent / "documents"


class Section(BaseModel):
    """One section of a document."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    heading: str
    by: Literal["prose", "records", "both"]
    """prose: written words; records: rendered from the model; both: rendered, with written words beside it."""
    untitled: bool = False
    """Stands under the title of the document without a heading of its own."""
    words: tuple[int, int] = (0, 0)
    """Least and most words of the written part; a least of 0 means it may be empty."""
    asks: str = ""
    """What the written part has to say, in words for the writer."""

    @property
    def is_written(self) -> bool:
        return self.by in ("prose", "both")


class Budget(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    words: int | None = None
    lines: int | None = None


class Contract(BaseModel):
    """What a document must be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    title: str
    """May hold ``{title}``, the title of the project."""
    audience: str
    budget: Budget
    numbers_in_model: bool = False
    """True when each number of the text must stand in the model or a fact."""
    cited: bool = False
    """True when it is counted how many sections carry a source."""
    section_floor: int = 0
    """Least words of a section, an arrow of a diagram counting as six, unless it says "n/a because"."""
    sections: list[Section]
    checks: list[str]

    @property
    def headings(self) -> list[str]:
        """The titled sections in order."""
        return [section.heading for section in self.sections if not section.untitled]

    def section(self, heading: str) -> Section:
        return next(section for section in self.sections if section.heading == heading)


@cache
def all_contracts() -> dict[str, Contract]:
    """Every contract by the path of its document, in the order of the package."""
    order = [
        "README.md",
        "BRIEF.md",
        "AGENTS.md",
        "docs/vision.md",
        "docs/requirements.md",
        "docs/architecture.md",
        "docs/test-plan.md",
    ]
    read = [Contract.model_validate(yaml.safe_load(file.read_text("utf-8"))) for file in sorted(FOLDER.glob("*/contract.yaml"))]
    read.sort(key=lambda contract: (order.index(contract.path) if contract.path in order else len(order), contract.path))
    return {contract.path: contract for contract in read}


def contract_of(document: str) -> Contract:
    """The contract of the document at this path.

    Raises:
        KeyError: the path has no contract (it is rendered from records alone).
    """
    return all_contracts()[document]


def written_documents() -> list[str]:
    """Documents that have at least one written section: one ``prose:<document>`` step each."""
    return [path for path, contract in all_contracts().items() if any(section.is_written for section in contract.sections)]


def prose_headings(document: str) -> list[str]:
    """Headings of this document's written sections, in order; empty for a document rendered from records alone."""
    contract = all_contracts().get(document)
    return [section.heading for section in contract.sections if section.is_written] if contract else []
