from __future__ import annotations

from interviews.rules.ledger import Ledger, Noted, Said


def test_live_facts_of_a_topic_leave_out_the_superseded_ones() -> None:
    gone = Noted("R4", "rule", "Slot", "rule", "never two", is_live=False)
    live = Noted("R4", "rule", "Slot", "rule", "one at most")
    other = Noted("R5", "volume", "Slot", "volume", "260 a day")
    ledger = Ledger("quick", facts=(gone, live, other))
    assert ledger.live("R4") == [live]
    assert ledger.live() == [live, other]


def test_what_was_spoken_holds_answers_and_documents_in_lower_case() -> None:
    assert Ledger("quick", said=(Said("A-000", "V1", "We LEND"), Said("S-01", "V1", "Tools"))).spoken == "we lend\ntools"


def test_a_fact_is_vague_up_to_a_confidence_of_four_tenths() -> None:
    assert Noted("R4", "rule", "Slot", "rule", "fast", confidence=0.4).is_vague
    assert not Noted("R4", "rule", "Slot", "rule", "two", confidence=0.5).is_vague
