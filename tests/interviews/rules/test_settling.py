from __future__ import annotations

import pytest

from interviews.rules.settling import chosen, document_wins, holds_still, settles_itself

FIRST, SECOND = "until 24 hours before", "cancels at 8 for ten, so 2 hours before"


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("The first.", "first"),
        ("The second one, please.", "second"),
        ("Both, it depends on the day.", "both-when"),
        ("24 hours before, as we agreed.", "first"),
        ("2 hours before is enough.", "second"),
        ("I cannot say it shorter.", "both-when"),
    ],
)
def test_it_hears_which_of_two_holds(text: str, outcome: str) -> None:
    assert chosen(text, FIRST, SECOND) == outcome


@pytest.mark.parametrize(
    ("text", "outcome"), [("What I tell you now.", "second"), ("The paper is right.", "first"), ("Mine.", "second")]
)
def test_between_a_document_and_an_answer_it_hears_which_kind_counts(text: str, outcome: str) -> None:
    assert chosen(text, "sent by nine", "sent by seven", is_document=(True, False)) == outcome


def test_repeating_a_figure_decides_for_it() -> None:
    assert (
        chosen("Well, the report at seven, yes.", "sent by 09:00", "at seven at the latest", is_document=(True, False))
        == "second"
    )


@pytest.mark.parametrize(
    ("text", "wins"),
    [
        ("What I tell you now. That paper is from 2019.", False),
        ("Forget the paper.", False),
        ("The note is out of date.", False),
        ("The contract is binding.", True),
        ("Stick to the document.", True),
        ("We met on Tuesday.", None),
        ("See the paper.", None),
    ],
)
def test_it_hears_whether_documents_or_answers_count(text: str, wins: bool | None) -> None:
    assert document_wins(text, asked=False) is wins


def test_asked_for_exactly_that_a_short_word_is_enough() -> None:
    assert document_wins("My answers", asked=True) is False
    assert document_wins("The documents", asked=True) is True


def test_it_hears_a_correction_of_oneself() -> None:
    assert settles_itself("Two seconds, at most five. Five is the hard one.")
    assert not settles_itself("Two seconds for the list.")


@pytest.mark.parametrize(
    ("text", "holds"), [("Yes, always.", True), ("No, not any more.", False), ("Hard to say.", None), ("Nobody knows.", None)]
)
def test_it_hears_whether_a_line_still_holds(text: str, holds: bool | None) -> None:
    assert holds_still(text) is holds
