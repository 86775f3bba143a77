from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from interviews.rules.reading import clauses, clock_time, content_words, day_of, number, quantities, sentences

ANY_TEXT = some.text(max_size=400) | some.text(
    alphabet="abc ÄÖßéñ 日本語 🙂👩‍⚕️\n\r\t.,;:!?-*#>|`_[](){}\"'%€$0123456789 and if 24 h", max_size=400
)


@given(ANY_TEXT)
def test_every_piece_is_a_stretch_of_the_text(text: str) -> None:
    for piece in sentences(text) + clauses(text):
        assert text[piece.start : piece.end] == piece.text
        assert piece.text.strip() == piece.text != ""


@given(ANY_TEXT)
def test_nothing_raises_whatever_is_said(text: str) -> None:
    quantities(text)
    clock_time(text)
    content_words(text)
    number(text)


def test_an_abbreviation_does_not_end_a_sentence() -> None:
    assert [piece.text for piece in sentences("Dr. Brandt decides at the end. Then I sign.")] == [
        "Dr. Brandt decides at the end",
        "Then I sign",
    ]


def test_a_place_with_an_abbreviation_stays_whole() -> None:
    assert len(sentences("I want this for the pilot at St. Anna in autumn 2027.")) == 1


def test_a_long_sentence_is_cut_where_a_new_thought_begins() -> None:
    found = [
        piece.text
        for piece in clauses(
            "Cancelling online is possible until 24 hours before, after that they have to ring, and we write it down."
        )
    ]
    assert found[-1] == "we write it down"


def test_lines_of_a_list_are_sentences_of_their_own() -> None:
    assert [piece.text for piece in sentences("- first point\n- second point")] == ["first point", "second point"]


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("240", 240),
        ("68,000", 68000),
        ("14.500", 14500),
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("twelve", 12),
        ("Twelve", 12),
        ("soon", None),
    ],
)
def test_it_reads_numbers_as_people_write_them(word: str, value: float | None) -> None:
    assert number(word) == value


@pytest.mark.parametrize(
    ("text", "value", "unit", "op"),
    [
        ("around 240 calls a day", 240, "calls", "~"),
        ("we counted 12 % no-shows", 12, "%", "="),
        ("at most 900 euros a month", 900, "euros", "<="),
        ("at least two people", 2, "people", ">="),
        ("must not take longer than ten minutes", 10, "min", "<="),
        ("a pump sends its state every 5 seconds", 5, "s", "="),
        ("within 30 seconds", 30, "s", "<="),
        ("until 24 hours before", 24, "h", "="),
        ("68,000 euros, that's from the meeting", 68000, "euros", "="),
        ("€68,000 in all", 68000, "euros", "="),
        ("old ones go after six months", 6, "months", "="),
        ("has half an hour to say yes", 30, "min", "="),
        ("two and a half hours at most", 2.5, "h", "<="),
        ("more than 20 minutes of typing", 20, "min", ">="),
        ("a third of our patients", "1/3", "of our", "="),
    ],
)
def test_it_reads_a_quantity_with_its_unit_and_direction(text: str, value: float | str, unit: str, op: str) -> None:
    first = quantities(text + " ")[0]
    assert (first.value, first.unit, first.op) == (value, unit, op)


@pytest.mark.parametrize("text", ["under IEC 62304 of course", "rule 11 applies", "since 2019", "Regulation (EU) draft 3"])
def test_a_number_that_is_a_name_is_no_quantity(text: str) -> None:
    assert quantities(text + " ") == []


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("the report is sent by 09:00", "09:00"),
        ("at seven at the latest", "07:00"),
        ("Half past six, nobody is here", "06:30"),
        ("quarter to eight", "07:45"),
        ("quarter past eight", "08:15"),
        ("doctors start at eight.", "08:00"),
        ("at 28 o'clock", None),
        ("three sites in one town", None),
    ],
)
def test_it_reads_the_time_of_day(text: str, time: str | None) -> None:
    assert clock_time(text) == time


def test_singular_and_plural_meet_and_small_words_do_not_count() -> None:
    assert content_words("the bookings") == content_words("a booking")
    assert content_words("and the of it") == frozenset()


def test_words_for_the_same_thing_meet() -> None:
    assert content_words("our no-show rate") & content_words("12 % simply didn't turn up")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("ten at night", "22:00"),
        ("three in the morning", "03:00"),
        ("12 at night", "00:00"),
        ("two at night", "02:00"),
        ("12 in the afternoon", "12:00"),
        ("8:30 in the evening", "20:30"),
        ("at 8 in the morning", "08:00"),
    ],
)
def test_it_reads_the_part_of_the_day(text: str, time: str) -> None:
    assert clock_time(text) == time


def test_it_reads_a_full_date() -> None:
    assert day_of("from the 1st of June 2027 on") == "2027-06-01"
    assert day_of("on 31 April 2027") is None
    assert day_of("in June 2027") is None
