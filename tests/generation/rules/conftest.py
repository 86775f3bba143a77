"""The clinic of the exemplar: what was decided (parts), what was written (prose), and the package it was taken from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generation.rules import assembling, rendering
from generation.rules.agents.reviews import review
from generation.rules.content import Content, DocumentText, Parts, ProseSection, ReviewInput, ReviewPart
from generation.rules.packaging import ROLES, finish

EXEMPLAR = Path(__file__).parent.parent / "data" / "exemplar"


@pytest.fixture(scope="session")
def exemplar_parts() -> Parts:
    return Parts.model_validate_json((EXEMPLAR / "parts.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def prose() -> list[ProseSection]:
    return [ProseSection.model_validate(row) for row in json.loads((EXEMPLAR / "prose.json").read_text("utf-8"))]


@pytest.fixture
def clinic_parts(exemplar_parts: Parts) -> Parts:
    """A copy that a test may change."""
    return exemplar_parts.model_copy(deep=True)


@pytest.fixture
def content(clinic_parts: Parts) -> Content:
    """A copy that a test may change."""
    return assembling.assemble(clinic_parts)


@pytest.fixture(scope="session")
def rendered(exemplar_parts: Parts, prose: list[ProseSection]) -> dict[str, str]:
    return rendering.render_all(assembling.assemble(exemplar_parts), prose)


@pytest.fixture
def files(rendered: dict[str, str]) -> dict[str, str]:
    """A copy that a test may change."""
    return dict(rendered)


@pytest.fixture(scope="session")
def reviews(exemplar_parts: Parts, rendered: dict[str, str]) -> dict[str, ReviewPart]:
    documents = [DocumentText(path=path, text=text) for path, text in rendered.items() if path.endswith((".md", ".feature"))]
    return {role: review(ReviewInput(role=role, parts=exemplar_parts, documents=documents)) for role in ROLES}


@pytest.fixture(scope="session")
def packed(exemplar_parts: Parts, rendered: dict[str, str], reviews: dict[str, ReviewPart]) -> dict[str, str]:
    return finish(assembling.assemble(exemplar_parts), rendered, reviews)


@pytest.fixture
def package(packed: dict[str, str]) -> dict[str, str]:
    """All files of the finished package; a copy that a test may change."""
    return dict(packed)


@pytest.fixture(scope="session")
def exemplar() -> dict[str, str]:
    """Files of the package that was written by hand."""
    folder = EXEMPLAR / "package"
    return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in sorted(folder.rglob("*")) if path.is_file()}
