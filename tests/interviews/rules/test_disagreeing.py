from __future__ import annotations

import pytest

from interviews.rules.disagreeing import candidates, clashes, opposite
from interviews.rules.ledger import Noted
from interviews.rules.noting import note


def heard(text: str, topic: str, source: str, slot: str = "") -> list[Noted]:
    """Facts of an answer (A-...) or a document (S-...), as the ledger holds them."""
    from dataclasses import replace

    facts = note(text, topic=topic, slot=slot, is_document=source.startswith("S-"), is_first=source.startswith("S-"))
    return [replace(fact, source=source, label=f"F-{source}-{place}") for place, fact in enumerate(facts)]


def clash_of(
    first: str,
    second: str,
    topics: tuple[str, str],
    sources: tuple[str, str] = ("A-001", "A-002"),
    slots: tuple[str, str] = ("", ""),
) -> list[str]:
    return [
        found.kind
        for found in clashes(heard(first, topics[0], sources[0], slots[0]), heard(second, topics[1], sources[1], slots[1]))
    ]


def test_cancelling_a_day_before_excludes_cancelling_at_eight_for_ten() -> None:
    assert clash_of(
        "Cancelling online is possible until 24 hours before.",
        "Someone cancels at 8 in the morning for ten o'clock.",
        ("R4", "R2"),
    ) == ["numeric"]


def test_two_rates_of_no_shows_exclude_one_another() -> None:
    assert clash_of(
        "Our no-show rate in 2018 was 8 %.",
        "We counted in September, 12 % simply didn't turn up.",
        ("V4", "V1"),
        ("S-01", "A-001"),
    ) == ["numeric"]


def test_a_report_at_nine_excludes_a_report_at_seven() -> None:
    assert clash_of(
        "The morning report is sent by 09:00.", "The report by mail at seven at the latest.", ("V4", "R9"), ("S-01", "A-001")
    ) == ["numeric"]


def test_three_seconds_exclude_five() -> None:
    assert clash_of(
        "From the alarm at the pump to the screen in three seconds.",
        "At most five seconds, that's what the risk analysis assumes.",
        ("R11", "R11"),
    ) == ["numeric"]


def test_what_is_in_the_first_release_cannot_be_left_out_of_it() -> None:
    assert clash_of("First: book, cancel, payment, reminder.", "No payment in it.", ("V6", "V6")) == ["scope"]


def test_leaving_out_something_else_is_no_disagreement() -> None:
    assert clash_of("First: book, cancel, reminder.", "No payment in it.", ("V6", "V6")) == []


def test_two_qualities_that_cannot_both_be_had_make_a_question() -> None:
    assert clash_of("It must work offline in the basement.", "The list is always up to date on all devices.", ("R8", "R3")) == [
        "tradeoff"
    ]


@pytest.mark.parametrize(
    ("first", "second", "topics"),
    [
        ("Calls are around 240 per day.", "Calls down to 150 a day is what I'd like.", ("V1", "V3")),
        ("A ward has up to 40 beds.", "One hospital has maybe 300 pumps.", ("R5", "R5")),
        ("The report is sent at seven.", "The traders start at nine.", ("R9", "R11")),
        ("Records of alarms are kept for 10 years.", "Volumes are kept for 30 days.", ("R15", "R15")),
        ("At least two people look at every change.", "Three people look at every change on Mondays.", ("A11", "A11")),
        ("Should be fast.", "Two seconds for the free times.", ("R11", "R11")),
        ("The reminder is sent 24 hours before.", "Text about 24 hours before the appointment.", ("R9", "R9")),
        ("About 240 calls a day.", "Roughly 250 calls a day.", ("V1", "V1")),
    ],
)
def test_it_finds_no_disagreement_where_there_is_none(first: str, second: str, topics: tuple[str, str]) -> None:
    assert clash_of(first, second, topics) == []


def test_one_answer_does_not_disagree_with_itself() -> None:
    assert (
        clash_of("At most two seconds for the list.", "At most five seconds for the list.", ("R11", "R11"), ("A-001", "A-001"))
        == []
    )


def test_one_pair_of_answers_makes_one_question() -> None:
    found = clash_of(
        "At most two seconds for the list. At most three minutes for the long report.",
        "At most five seconds for the list. At most nine minutes for the long report.",
        ("R11", "R11"),
    )
    assert found == ["numeric"]


def test_the_subject_is_said_in_words_of_the_answers() -> None:
    [found] = clashes(
        heard("Our no-show rate in 2018 was 8 %.", "V4", "S-01"), heard("In September 12 % simply didn't turn up.", "V1", "A-001")
    )
    assert found.subject == "no-show"


def test_pairs_for_a_judge_share_nouns_and_come_from_different_answers() -> None:
    known = heard("Nurses see the names of patients on the screen. The lift is red.", "R1", "A-001")
    new = heard("Names of patients are hidden from nurses.", "R15", "A-002")
    assert [(first.quote, second.quote) for first, second in candidates(known, new, limit=6)] == [
        ("Nurses see the names of patients on the screen", "Names of patients are hidden from nurses")
    ]
    assert candidates(known, known, limit=6) == []


def test_at_most_the_allowed_number_of_pairs_is_judged() -> None:
    known = [
        fact for place in range(9) for fact in heard(f"Nurses see names of patients in room {place}.", "R1", f"A-{place:03d}")
    ]
    assert len(candidates(known, heard("Names of patients are hidden from nurses.", "R15", "A-100"), limit=6)) == 6


def test_the_same_words_with_and_without_a_no_are_opposite() -> None:
    assert opposite("Nurses see the names of patients", "Nurses don't see the names of patients")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("The board sees the monthly page, nothing else", "The board gets a monthly page"),
        ("Nurses see names of patients", "Nurses see no names of patients until they sign in"),
        ("Doctors see the calendar", "Patients don't see the prices"),
        ("Nurses see names of patients", "Nurses see names of all patients"),
    ],
)
def test_statements_that_can_both_hold_are_not_opposite(first: str, second: str) -> None:
    assert not opposite(first, second)


def test_two_things_in_one_place_are_no_contradiction() -> None:
    assert not opposite("Not on the old PC in the fire station", "about the network in the old fire station")
