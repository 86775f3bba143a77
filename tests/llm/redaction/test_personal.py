"""People, phone numbers and addresses in answers: precise rather than greedy."""

from __future__ import annotations

import time

import pytest

from llm.redaction import find_personal


def found(text: str) -> list[tuple[str, str]]:
    return [(span.kind, text[span.start : span.end]) for span in find_personal(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Dr. Brandt decides at the end.", [("person", "Dr. Brandt")]),
        ("Ask the vendor, Mr Petersen, 0171 3920047.", [("person", "Mr Petersen"), ("phone", "0171 3920047")]),
        ("Prof. Dr. Maria von Weber's list", [("person", "Prof. Dr. Maria von Weber")]),
        ("Frau Müller-Lüdenscheidt und Herr Özdemir", [("person", "Frau Müller-Lüdenscheidt"), ("person", "Herr Özdemir")]),
        ("Mrs J. R. Hartley wrote it", [("person", "Mrs J. R. Hartley")]),
        ("write to anna.meier+x@clinic.example.org.", [("email", "anna.meier+x@clinic.example.org")]),
        ("Call +49 30 3296912 or +1 (415) 555-0137.", [("phone", "+49 30 3296912"), ("phone", "+1 (415) 555-0137")]),
        ("reach us at 030/1234567", [("phone", "030/1234567")]),
        ("01 42 68 53 00, Paris", [("phone", "01 42 68 53 00")]),
        ("phone 555 0137", [("phone", "555 0137")]),
        ("(415) 555-0137", [("phone", "(415) 555-0137")]),
    ],
)
def test_it_finds_who_is_named_and_how_to_reach_them(text: str, expected: list[tuple[str, str]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The doctors no, they look at Ordinata and that's it.",
        "Ask the Dr. The patients wait.",
        "We use Ms Excel and Word.",
        "ISBN 978-3-37-285280-9, invoice 2024-497688, order 397984404294.",
        "Between 08:00 and 16:30, 1,250.00 euros, 10 000 000 rows, version 3.26.8.",
        "On 2026-11-21 or 01.02.2026 at the latest.",
        "postgres://app:secret@db.example.org/app",
        "Follow @clinic on the usual channels.",
        "0.5 seconds at 200 requests per second; p95 300 ms",
        "REQ-408 and A-002, room 0815.",
    ],
)
def test_it_leaves_products_numbers_and_dates_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("piece", ["Dr. ", "Mr A", "Dr von ", "0 1", "@a.", "a@", "1", "A", "+1 "])
def test_time_grows_in_proportion_on_hostile_text(piece: str) -> None:
    start = time.process_time()
    find_personal(piece * (300_000 // len(piece)))
    assert time.process_time() - start < 5
