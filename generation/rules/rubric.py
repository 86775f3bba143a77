"""The rubric a package is judged by (``generation/rubric.yaml``)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).resolve().parent.parent / "rubric.yaml"


class Counted(BaseModel):
    """A criterion a program counts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    criterion: str
    weight: float
    blocking: bool


class Judged(BaseModel):
    """A criterion a reviewer judges."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    criterion: str
    weight: float
    importance: int
    by: list[str]
    """Roles that judge it; two from importance 4 on."""
    asks: str


class Judgeable(BaseModel):
    """One document with its criteria."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: str
    counted: list[Counted]
    judged: list[Judged]


class Rubric(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    grade: str
    documents: list[Judgeable]

    def asked_of(self, role: str) -> list[tuple[str, Judged]]:
        """Document and criterion of everything this role judges."""
        return [(row.document, criterion) for row in self.documents for criterion in row.judged if role in criterion.by]


@cache
def rubric() -> Rubric:
    return Rubric.model_validate(yaml.safe_load(FILE.read_text("utf-8")))
