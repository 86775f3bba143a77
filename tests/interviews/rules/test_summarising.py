from __future__ import annotations

import pytest

from interviews.rules.ledger import Ledger, Noted, Said
from interviews.rules.summarising import SLOT_NAMES, anchor, noted_line, slot_name
from interviews.rules.topics import TOPICS


def brief(text: str, *facts: Noted) -> Ledger:
    return Ledger("quick", said=(Said("A-000", "V1", text, "Q-000"),), facts=facts)


def test_a_note_reads_as_a_line() -> None:
    assert noted_line("V1", "how often", "Around 240 calls a day") == "How often: around 240 calls a day"


def test_a_name_at_the_start_of_a_note_keeps_its_capitals() -> None:
    assert noted_line("R7", "direction", "SAP comes at night") == "Other systems: SAP comes at night"


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("The phone is killing us. I want patients to book online. It is old.", "Patients book online."),
        (
            "Hospitals keep asking for one screen at the station: is it running. I want this for the pilot at St. Anna.",
            "One screen at the station.",
        ),
        (
            "We lend tools. Members ring to ask. I want them to see what is free, and reserve it.",
            "Members see what is free, and reserve it.",
        ),
        ("Mondays are bad. I want this to be over soon, please.", "Mondays are bad."),
        ("We lend tools. It's a list of who has what.", "It's a list of who has what."),
        ("Tools get lost.", "Tools get lost."),
        ("", ""),
    ],
)
def test_the_goal_says_what_should_exist(text: str, goal: str) -> None:
    assert anchor(brief(text)).goal == goal


def test_rules_become_invariants_and_refusals_non_goals() -> None:
    rule = Noted("R4", "rule", "Slot", "rule", "One slot, one patient, never two", label="F-001", source="A-001")
    out = Noted("V6", "not in it", "Scope", "not", "No video and no paying", label="F-002", source="A-002")
    plain = Noted("R5", "volume", "Slot", "volume", "About 260 a day", label="F-003", source="A-003")
    card = anchor(brief("I want a list of all our tools.", rule, out, plain))
    assert rule in card.invariants
    assert [fact.quote for fact in card.non_goals] == ["No video and no paying"]
    assert plain not in card.invariants


def test_superseded_rules_are_not_on_the_card() -> None:
    rule = Noted("R4", "rule", "Slot", "rule", "One slot, one patient, never two", label="F-001", source="A-001", is_live=False)
    assert anchor(brief("I want a list of tools.", rule)).invariants == ()


def test_every_slot_is_called_by_everyday_words() -> None:
    slots = {(topic.id, slot) for topic in TOPICS for slot in topic.slots} | {("V10", "stakes")}
    bare = {"value", "what", "beats", "data", "x"}
    assert {(topic, slot) for topic, slot in slots if slot_name(topic, slot) in bare} == set()
    known = {slot for _, slot in slots} | {f"{topic} {slot}" for topic, slot in slots}
    assert set(SLOT_NAMES) <= known, "a name for a slot that is not there"
