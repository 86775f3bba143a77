"""Documents as a browser may show them."""

from __future__ import annotations

import pytest

from generation.rules import highlighting, reading


def html(text: str, path: str = "docs/vision.md", **places: str) -> str:
    labels = {label.replace("_", "-"): place for label, place in places.items()}
    parts = reading.markdown(text, path, lambda other: f"/read/{other}" if other == "BRIEF.md" else None, labels.get)
    return "".join(content for kind, content in parts if kind == "html")


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '<img src="x" onerror="alert(1)">',
        '<a href="javascript:alert(1)">press</a>',
        '<a href="x" onclick="alert(1)">press</a>',
        '<iframe src="https://example.org"></iframe>',
        '<p style="position:fixed">cover</p>',
    ],
)
def test_nothing_that_acts_gets_through(evil: str) -> None:
    shown = html(evil)
    for word in ("<script", "onerror", "javascript:", "onclick", "<iframe", "style=", "<img"):
        assert word not in shown


def test_a_link_to_another_file_leads_to_its_page() -> None:
    assert 'href="/read/BRIEF.md#goal"' in html("See [it](../BRIEF.md#goal).")


def test_a_link_to_a_file_that_is_not_there_leads_nowhere() -> None:
    assert 'href="#"' in html("See [it](../SECRET.md).")


def test_an_id_becomes_a_link_to_its_place() -> None:
    shown = html("Said in [A-012], needs NFR-SEC-03, not ZZ-9.", A_012="/i#A-012", NFR_SEC_03="/r#NFR-SEC-03")
    assert '[<a href="/i#A-012"' in shown
    assert '<a href="/r#NFR-SEC-03"' in shown
    assert "not ZZ-9." in shown


def test_an_id_in_code_or_in_a_link_stays_as_it_is() -> None:
    shown = html("`A-012` and [A-012](../BRIEF.md)", A_012="/i#A-012")
    assert "/i#A-012" not in shown


def test_a_heading_and_a_row_that_define_an_id_are_its_place() -> None:
    shown = html("### REQ-001 · must\n\n| id | text |\n| --- | --- |\n| ASM-01 | x |\n| other | ASM-02 |", REQ_001="/r#REQ-001")
    assert '<span id="REQ-001"></span>REQ-001' in shown
    assert 'id="ASM-01"' in shown
    assert 'id="ASM-02"' not in shown


def test_a_cell_knows_the_name_of_its_column() -> None:
    assert 'data-label="owner"' in html("| goal | owner |\n| --- | --- |\n| speed | Ruth |")


def test_headings_skip_no_level() -> None:
    shown = html("# One\n\n### Three\n\n#### Four\n\n## Two")
    assert [part[:2] for part in shown.split("<h")[1:]] == ["1 ", "2 ", "3 ", "2 "]


def test_a_diagram_is_its_own_part() -> None:
    text = "before\n\n```mermaid\ngraph TD\n```\n\nafter"
    assert [kind for kind, _ in reading.markdown(text, "x.md", lambda path: None)] == ["html", "diagram", "html"]
    assert reading.diagrams(text) == ["graph TD\n"]


def test_an_id_is_at_home_in_the_document_of_its_kind() -> None:
    files = {
        "docs/vision.md": "| ASM-01 | seen here too |",
        "docs/risks-assumptions.md": "| ASM-01 | defined here |",
        "docs/architecture.md": "| ZZ-01 | only here |",
        "features/booking.feature": "@TC-001 @REQ-001",
        "adr/0001-one.md": "# One",
    }
    assert reading.places(files) == {
        "ASM-01": "docs/risks-assumptions.md#ASM-01",
        "ZZ-01": "docs/architecture.md#ZZ-01",
        "TC-001": "features/booking.feature#TC-001",
        "ADR-0001": "adr/0001-one.md",
    }


def test_code_is_coloured_by_classes_and_escaped() -> None:
    shown = highlighting.coloured('{"a": "<b>"}', "x.json")
    assert 'class="hl-' in shown
    assert "style=" not in shown
    assert "<b>" not in shown
    assert highlighting.coloured("<b>", "x.mmd") == "&lt;b&gt;"


def test_a_scenario_in_a_feature_file_is_a_place() -> None:
    shown = highlighting.coloured("Feature: x\n  @TC-001 @REQ-001\n  Scenario: y\n    Given z\n", "features/x.feature")
    assert shown.count('id="TC-001"') == 1


def test_a_csv_is_read_as_rows() -> None:
    assert highlighting.sheet('id,title\r\nST-01,"a, b"\r\n') == [["id", "title"], ["ST-01", "a, b"]]
