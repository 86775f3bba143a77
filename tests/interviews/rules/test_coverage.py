from __future__ import annotations

from interviews.rules.coverage import Standing, standings
from interviews.rules.ledger import Ledger, Noted, Said
from interviews.rules.topics import BY_ID

DUMP = Said("A-000", "V1", "We lend tools.", "Q-000")


def standing(ledger: Ledger, topic: str) -> Standing:
    return next(one for one in standings(ledger) if one.topic.id == topic)


def noted(topic: str, slot: str, confidence: float = 0.9) -> Noted:
    return Noted(topic, slot, "Tool", slot, f"words about {slot}", confidence=confidence)


def test_all_47_topics_stand_somewhere() -> None:
    assert len(standings(Ledger("quick"))) == 47


def test_a_topic_nobody_spoke_of_is_empty_and_misses_every_slot() -> None:
    found = standing(Ledger("quick", said=(DUMP,)), "V3")
    assert (found.state, found.missing) == ("empty", tuple(BY_ID["V3"].slots))


def test_a_soft_word_only_touches_a_topic() -> None:
    assert standing(Ledger("quick", said=(DUMP,), facts=(noted("R11", "value", 0.4),)), "R11").state == "touched"


def test_a_topic_is_half_settled_while_a_slot_is_missing() -> None:
    found = standing(Ledger("quick", said=(DUMP,), facts=(noted("V3", "target"),)), "V3")
    assert (found.state, found.missing) == ("partial", ("baseline", "counter-metric"))
    assert not found.is_settled


def test_a_topic_is_settled_when_every_slot_has_a_fact() -> None:
    facts = tuple(noted("V3", slot) for slot in BY_ID["V3"].slots)
    found = standing(Ledger("quick", said=(DUMP,), facts=facts), "V3")
    assert (found.state, found.missing, found.is_settled) == ("sufficient", (), True)


def test_a_topic_that_does_not_matter_is_said_to_be_so_once_something_was_said() -> None:
    assert standing(Ledger("quick", said=(DUMP,)), "R19").state == "n/a"
    assert standing(Ledger("quick"), "R19").state == "empty"


def test_a_later_word_makes_a_topic_matter() -> None:
    said = Said("A-001", "R5", "There is also a robot arm.", "Q-001")
    assert standing(Ledger("quick", said=(DUMP, said)), "R19").state == "empty"


def test_put_off_goes_before_all_and_assumed_names_the_default() -> None:
    ledger = Ledger("quick", said=(DUMP,), put_off=frozenset({"V3"}), assumed=frozenset({"V7"}))
    assert standing(ledger, "V3").state == "deferred"
    found = standing(ledger, "V7")
    assert (found.state, found.note) == ("assumed", BY_ID["V7"].default.text)


def test_superseded_facts_settle_nothing() -> None:
    gone = Noted("V5", "bet", "Tool", "bet", "words", is_live=False)
    assert standing(Ledger("quick", said=(DUMP,), facts=(gone,)), "V5").state == "empty"
