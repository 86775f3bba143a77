"""Every kind of document that is read, from bytes whose content is known: text in order, and where each stretch stands."""

from __future__ import annotations

import pytest

from interviews.extraction.extracting import Extracted, extract
from interviews.extraction.unnamed import unnamed
from tests.interviews.references import documents, pictures


def read(name: str, data: bytes) -> Extracted:
    with unnamed(data) as file:
        return extract(file, name)


def test_a_pdf_is_read_page_by_page_and_wrapped_lines_are_one() -> None:
    found = read("rules.pdf", documents.pdf(["Tools come back in 14 days.", ["A fee is due when a tool", "comes back late."]]))
    assert found.text == "Tools come back in 14 days.\n\nA fee is due when a tool comes back late."
    assert found.places == ((0, "page 1"), (29, "page 2"))
    assert (found.kind.words, found.pages, found.trouble, found.is_read) == ("PDF", 2, "", True)


def test_word_keeps_paragraphs_and_tables_in_their_order_under_their_headings() -> None:
    found = read(
        "rules.docx", documents.word("Before.", "# Returns", "In 14 days.", [["tool", "fee"], ["drill", "5 euro"]], "After.")
    )
    assert found.text == "Before.\n\n# Returns\nIn 14 days.\ntool | fee\ndrill | 5 euro\nAfter."
    assert found.places == ((9, "under “Returns”"),)
    assert found.kind.words == "Word document"


def test_a_workbook_gives_its_values_with_their_cells() -> None:
    found = read("prices.xlsx", documents.sheets(Prices=[["tool", "per day"], ["drill", 4.5], ["saw", 3]], Staff=[["Ana"]]))
    assert found.text == "# Prices\n\ntool | per day\ndrill | 4.5\nsaw | 3\n\n# Staff\n\nAna"
    assert found.places == ((0, "Prices"), (10, "Prices, A1:B3"), (46, "Staff"), (55, "Staff, A1:A1"))
    assert (found.kind.words, found.pages) == ("Excel workbook", 2)


def test_slides_give_their_words_and_their_notes() -> None:
    found = read("plan.pptx", documents.slides(("Plan", "We lend 240 tools.", "Mention the price."), ("End", "Thanks.", "")))
    assert found.text == "Plan\nWe lend 240 tools.\n\nMention the price.\n\nEnd\nThanks."
    assert [place for _, place in found.places] == ["slide 1", "slide 1, notes", "slide 2"]
    assert found.pages == 2


def test_a_web_page_gives_what_a_reader_would_see() -> None:
    page = (
        b"<!doctype html><title>Lending</title><style>p{}</style><h1>Rules</h1><p>At most <b>14</b>\n days.<script>x()</script>"
        b"<p hidden>secret<p style='display: none'>also</p><ul><li>one<li>two</ul><table><tr><td>a<td>b</table><!-- note -->"
    )
    found = read("rules.html", page)
    assert found.text == "Lending\n\n# Rules\nAt most 14 days.\n- one\n- two\na | b"
    assert found.places == ((9, "under “Rules”"),)


def test_an_old_web_page_says_its_encoding() -> None:
    assert read("a.html", "<html><meta charset=windows-1251><p>Привет".encode("cp1251")).text == "Привет"
    assert read("b.html", "<html><p>café".encode("cp1252")).text == "café"


def test_markdown_is_kept_letter_by_letter_with_its_headings_as_places() -> None:
    text = "# One\n\nwords  \nmore\n\n```\n# no heading\n```\n## Two\n"
    found = read("notes.md", text.encode())
    assert (found.text, found.places) == (text, ((0, "under “One”"), (42, "under “Two”")))
    assert found.kind.media_type == "text/markdown"
    assert read("notes.txt", text.encode()).kind.media_type == "text/plain"


def test_text_may_be_in_utf_16_with_its_mark() -> None:
    assert read("notepad.txt", "Größe: 14 Tage".encode("utf-16")).text == "Größe: 14 Tage"


def test_an_image_without_words_is_listed_with_an_honest_sentence() -> None:
    found = read("shot.png", pictures.saved(pictures.drawn()))
    assert (found.kind.words, found.text, found.is_read) == ("PNG image", "", True)
    assert found.trouble == "No words were found in shot.png. It is listed; write in your answers what matters in it."


def test_the_words_drawn_in_an_svg_are_read() -> None:
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><title>Flow</title><text>Return desk</text></svg>'
    found = read("flow.svg", svg)
    assert (found.text, found.kind.media_type) == ("Flow\nReturn desk", "image/svg+xml")


def test_a_zip_is_read_file_by_file_and_says_what_it_left_out() -> None:
    found = read(
        "papers.zip",
        documents.archive(
            a__pdf=documents.pdf(["Due in 14 days."]),
            n__md=b"# Fees\nNone.",
            i__png=pictures.saved(pictures.drawn()),
            j__png=pictures.saved(pictures.drawn("At most 3 tools.")),
            c__zip=documents.archive(x__md=b"x"),
        ),
    )
    assert found.text == "# a.pdf\n\nDue in 14 days.\n\n# n.md\n# Fees\nNone.\n\n# j.png\n\nAt most 3 tools."
    assert [place for _, place in found.places] == ["a.pdf", "a.pdf, page 1", "n.md", "j.png", "j.png, image, line 1"]
    assert "2 of the files in papers.zip could not be read: No words were found in i.png." in found.trouble
    assert "c.zip is an archive inside an archive; those are not opened." in found.trouble
    assert (found.kind.words, found.pages) == ("ZIP", 5)


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("rules.txt", documents.pdf(["x"]), "PDF"),
        ("rules.pdf", b"plain words", "text"),
        ("photo.md", documents.png(), "PNG image"),
        ("a.docx", documents.sheets(A=[["x"]]), "Excel workbook"),
        ("noname", b"<!-- a -->\n<!DOCTYPE html><p>x", "web page"),
    ],
)
def test_content_decides_and_not_the_name(name: str, data: bytes, kind: str) -> None:
    assert read(name, data).kind.words == kind
