"""English at the level of words."""

from __future__ import annotations

import pytest

from generation.rules.agents.language import (
    Voice,
    amounts,
    counts,
    flat,
    gerund,
    is_english,
    past,
    plural,
    singular,
    third,
    third_person,
    trim,
)
from generation.rules.agents.sentences import split

PRACTICE = Voice(owner="practice manager", team="practice", others="patients")


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("We note it as late", "the practice notes it as late"),
        ("we don't know our times", "the practice does not know the practice's times"),
        ("Only I open slots", "Only the practice manager opens slots"),
        ("They ring us", "the patients ring the practice"),
        ("My mother is the test", "the practice manager's mother is the test"),
    ],
)
def test_we_becomes_the_practice(said: str, written: str) -> None:
    assert third_person(said, PRACTICE) == written


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("until 24 hours before", [(24, "h")]),
        ("half an hour to say yes", [(30, "min")]),
        ("done in a minute", [(1, "min")]),
        ("12 % simply didn't turn up", [(12, "%")]),
        ("68,000 euros", [(68000, "EUR")]),
        ("the patients, as I said", []),
    ],
)
def test_amounts_are_read_with_their_unit(text: str, found: list[tuple[float, str]]) -> None:
    assert [(amount.value, amount.unit) for amount in amounts(text)] == found


def test_counts_are_numbers_without_a_unit() -> None:
    assert counts("2,000 players and 3 days") == [(2000.0, "players")]


def test_verbs_and_nouns_change_their_form() -> None:
    assert [third("book"), third("carry"), third("push")] == ["books", "carries", "pushes"]
    assert [past("cancel"), past("write"), gerund("cancel"), gerund("take")] == ["cancelled", "written", "cancelling", "taking"]
    assert [plural("nurse in charge"), singular("nurses in charge"), plural("entry"), singular("addresses")] == [
        "nurses in charge",
        "nurse in charge",
        "entries",
        "address",
    ]


def test_the_noise_of_talk_goes() -> None:
    assert trim("Good point. Both then: online until 2 hours before, please.") == "online until 2 hours before"


def test_markdown_and_shorthand_go() -> None:
    assert flat("* **One** `TODO` list | for [all](http://example.org)") == "One to-do list for all"


def test_another_language_is_noticed() -> None:
    assert is_english("Earliest tomorrow, latest eight weeks.")
    assert not is_english("Bestellt wird bis 14 Uhr, danach nicht mehr, und das ist wichtig.")


def test_sentences_are_spans_of_the_text() -> None:
    text = "Dr. Brandt decides. We sign!\n\n- one list\n- two lists"
    assert [text[start:end] for start, end in split(text)] == ["Dr. Brandt decides.", "We sign!", "one list", "two lists"]
