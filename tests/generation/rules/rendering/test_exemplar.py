"""What is rendered from the exemplar's records has the form of the exemplar: same sections, ids and tables."""

from __future__ import annotations

import json
import re

import pytest

from generation.rules import markdown, rendering
from generation.rules.content import Content, ProseSection
from generation.rules.contracts import all_contracts, written_documents

DOCUMENTS = [
    "BRIEF.md",
    "docs/vision.md",
    "docs/requirements.md",
    "docs/architecture.md",
    "docs/test-plan.md",
    "docs/risks-assumptions.md",
]


@pytest.mark.parametrize("path", DOCUMENTS)
def test_each_document_has_the_sections_of_the_exemplar_in_order(
    path: str, files: dict[str, str], exemplar: dict[str, str]
) -> None:
    by_hand = re.findall(r"^## (.+)$", exemplar[path], re.MULTILINE)
    ours = re.findall(r"^## (.+)$", files[path], re.MULTILINE)
    assert [name for name in ours if name in by_hand] == by_hand


@pytest.mark.parametrize("path", [*DOCUMENTS, "AGENTS.md", "adr/README.md"])
def test_each_document_names_the_ids_of_the_exemplar(path: str, files: dict[str, str], exemplar: dict[str, str]) -> None:
    missing = set(markdown.ids(exemplar[path])) - set(markdown.ids(files[path]))
    # Ids that only stand in words that were written by hand around the records.
    by_hand = {
        "AGENTS.md": {"BR-01", "BR-05", "ST-04", "TC-007"},
        "docs/test-plan.md": {"A-023", "A-026", "A-032"},
        "docs/risks-assumptions.md": {"A-007"},
        "BRIEF.md": {"OQ-04", "OQ-07"},
        "docs/vision.md": {"ASM-26", "A-006"},
        "docs/architecture.md": {"REQ-005"},
    }
    assert missing <= by_hand.get(path, set())


def _rows(text: str) -> set[str]:
    return {line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| ---")}


@pytest.mark.parametrize(
    ("path", "section"),
    [
        ("docs/requirements.md", "Actors and permissions"),
        ("docs/requirements.md", "Business rules"),
        ("docs/requirements.md", "Constraints"),
        ("docs/requirements.md", "Assumptions index"),
        ("docs/requirements.md", "Open questions"),
        ("docs/architecture.md", "2. Constraints"),
        ("docs/test-plan.md", "Test conditions"),
        ("docs/test-plan.md", "Non-functional tests"),
        ("docs/risks-assumptions.md", "Risks"),
        ("docs/risks-assumptions.md", "Assumptions"),
        ("docs/risks-assumptions.md", "Open questions"),
        ("docs/vision.md", "Constraints"),
        ("docs/vision.md", "Assumptions by risk"),
    ],
)
def test_tables_of_records_are_those_of_the_exemplar(
    path: str, section: str, files: dict[str, str], exemplar: dict[str, str]
) -> None:
    by_hand = _rows(markdown.section(exemplar[path], section))
    assert by_hand
    assert _rows(markdown.section(files[path], section)) == by_hand


def test_the_table_of_modules_is_that_of_the_exemplar(files: dict[str, str], exemplar: dict[str, str]) -> None:
    def modules(text: str) -> set[str]:
        return {row for row in _rows(markdown.section(text, "5. Building block view")) if row.count("|") == 5}

    assert modules(files["docs/architecture.md"]) == modules(exemplar["docs/architecture.md"])


def test_the_glossary_is_that_of_the_exemplar(files: dict[str, str], exemplar: dict[str, str]) -> None:
    assert _rows(files["docs/glossary.md"]) == _rows(exemplar["docs/glossary.md"])


def test_every_requirement_reads_as_in_the_exemplar(files: dict[str, str], exemplar: dict[str, str]) -> None:
    ours, by_hand = (dict(markdown.sections(found["docs/requirements.md"])) for found in (files, exemplar))
    entries = [name for name in by_hand if re.match(r"(?:REQ|NFR)-", name)]
    assert len(entries) == 40
    for name in entries:
        assert _entry(ours[name]) == _entry(by_hand[name])


def _entry(text: str) -> str:
    """The entry alone: a heading of the next capability may follow it."""
    return text.split("\n#### ")[0].strip()


def test_the_features_are_those_of_the_exemplar_apart_from_the_first_comment(
    files: dict[str, str], exemplar: dict[str, str]
) -> None:
    paths = [path for path in exemplar if path.startswith("features/")]
    assert len(paths) == 8
    for path in paths:
        ours, by_hand = (text[text.index("Feature:") :] for text in (files[path], exemplar[path]))
        assert ours == by_hand


@pytest.mark.parametrize("path", ["backlog/backlog.csv", "evidence/facts.jsonl"])
def test_files_for_programs_are_those_of_the_exemplar(path: str, files: dict[str, str], exemplar: dict[str, str]) -> None:
    assert files[path] == exemplar[path]


def test_the_backlog_is_that_of_the_exemplar(files: dict[str, str], exemplar: dict[str, str]) -> None:
    assert json.loads(files["backlog/backlog.json"]) == json.loads(exemplar["backlog/backlog.json"])


def test_the_context_diagram_is_that_of_the_exemplar(files: dict[str, str], exemplar: dict[str, str]) -> None:
    assert files["diagrams/context.mmd"] == exemplar["diagrams/context.mmd"]


def test_the_block_diagram_has_the_lines_of_the_exemplar(files: dict[str, str], exemplar: dict[str, str]) -> None:
    path = "diagrams/building-blocks.mmd"
    assert sorted(files[path].splitlines()) == sorted(exemplar[path].splitlines())


def test_the_rows_of_the_matrix_are_those_of_the_exemplar(package: dict[str, str], exemplar: dict[str, str]) -> None:
    def rows(text: str) -> set[str]:
        return _rows(markdown.section(text, "From requirement"))

    assert rows(package["trace/matrix.md"]) == rows(exemplar["trace/matrix.md"])


def test_every_answer_stands_word_for_word_in_the_interview(files: dict[str, str], content: Content) -> None:
    for answer in content.evidence.answers:
        assert f"> {answer['text']}" in files["evidence/interview.md"]


def test_every_decision_keeps_what_the_exemplar_weighs(files: dict[str, str], exemplar: dict[str, str]) -> None:
    for path in (path for path in exemplar if re.match(r"adr/\d", path)):
        for line in exemplar[path].splitlines():
            if line.startswith(("* Good", "* Bad", "### ", "## ", "Chosen option")):
                assert line in files[path]


def test_documents_names_every_file_that_can_be_rendered(content: Content, files: dict[str, str]) -> None:
    assert list(files) == rendering.documents(content)
    with pytest.raises(KeyError):
        rendering.render(content, "docs/nothing.md", [])


def test_every_template_sets_the_sections_of_its_contract(files: dict[str, str]) -> None:
    for path, contract in all_contracts().items():
        have = re.findall(r"^## (.+)$", files[path], re.MULTILINE)
        assert [name for name in have if name in contract.headings] == contract.headings


def test_what_is_to_be_written_is_told_to_the_writer() -> None:
    assert written_documents()[0] == "README.md"
    for path in written_documents():
        contract = all_contracts()[path]
        assert rendering.prose_headings(path)
        for section in contract.sections:
            assert not section.is_written or section.asks.strip()
    assert rendering.prose_headings("docs/glossary.md") == []
    assert rendering.prose_headings("adr/README.md") == []


def test_documents_say_that_no_model_drafted_them(files: dict[str, str], content: Content) -> None:
    silent = {"CLAUDE.md", "evidence/interview.md"}
    for path, text in files.items():
        if path.endswith(".md") and path not in silent:
            assert "Drafted without a model" in text, path
        if path.endswith(".feature"):
            assert "# Drafted without a model" in text
    written = content.model_copy(update={"drafted_by": "anthropic claude-opus-5"})
    for path in rendering.documents(written):
        assert "Drafted without a model" not in rendering.render(written, path, [])


def test_content_that_was_stored_as_json_renders_the_same(
    content: Content, files: dict[str, str], prose: list[ProseSection]
) -> None:
    stored = Content.model_validate(json.loads(json.dumps(content.model_dump(mode="json"))))
    assert rendering.render_all(stored, prose) == files
