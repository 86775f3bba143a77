"""The files of a package as a reader looks for them."""

from __future__ import annotations

import pytest

from generation.rules import shelves

PATHS = [
    ".specstep/model.json",
    "AGENTS.md",
    "BRIEF.md",
    "adr/0002-data-and-ordinata.md",
    "adr/README.md",
    "docs/architecture.md",
    "docs/glossary.md",
    "docs/vision.md",
    "evidence/interview.md",
    "features/booking.feature",
    "quality/reviews/tester.md",
]


def test_every_file_stands_on_one_shelf() -> None:
    found = [volume.path for shelf in shelves.shelved(PATHS) for volume in shelf.volumes]
    assert sorted(found) == sorted(PATHS)


def test_what_people_read_first_comes_first() -> None:
    found = {shelf.name: [volume.path for volume in shelf.volumes] for shelf in shelves.shelved(PATHS)}
    assert list(found)[:3] == ["Start here", "Documents", "Decisions"]
    assert found["Documents"] == ["docs/vision.md", "docs/architecture.md", "docs/glossary.md"]
    assert found["Decisions"][0] == "adr/README.md"
    assert found["For programs"] == [".specstep/model.json"]


def test_a_shelf_without_files_is_left_out() -> None:
    assert "Plan" not in {shelf.name for shelf in shelves.shelved(PATHS)}


def test_the_shelf_one_reads_from_is_open() -> None:
    found = {shelf.name: shelf.is_open for shelf in shelves.shelved(PATHS, "features/booking.feature")}
    assert (found["Tests"], found["Where it comes from"]) == (True, False)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("BRIEF.md", "Brief"),
        ("docs/test-plan.md", "Test plan"),
        ("adr/0002-data-and-ordinata.md", "0002 Data and ordinata"),
        ("features/waiting-list.feature", "Waiting list"),
        ("backlog/backlog.csv", "backlog.csv"),
        (".specstep/model.json", "model.json"),
    ],
)
def test_files_have_names_instead_of_paths(path: str, name: str) -> None:
    assert shelves.name(path) == name
