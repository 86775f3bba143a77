from __future__ import annotations

from dataclasses import replace

import pytest

from interviews.rules.choosing import BUDGET, PRECEDENCE, choose, ending, is_enough, is_stale, is_telling, stakes_of
from interviews.rules.ledger import Asked, Dispute, Ledger, Noted, Said
from interviews.rules.topics import BY_ID, TOPICS

START = Asked("Q-000", "V1", "what happens", "Tell us?", "answered", ("start",))
STAKES = Asked("Q-001", "V10", "stakes", "What is it?", "answered", ("topic:V10:empty",))
DUMP = Said("A-000", "V1", "We lend tools to neighbours.", "Q-000")


def fact(topic: str, slot: str, quote: str, label: str = "F-001", source: str = "A-000", **more: object) -> Noted:
    return replace(Noted(topic, slot, "Thing", slot, quote, label=label, source=source), **more)  # type: ignore[arg-type]


def asked(topic: str, slot: str = "", *, place: int, trigger: str = "") -> Asked:
    slot = slot or next(iter(BY_ID[topic].slots))
    return Asked(
        f"Q-{place:03d}", topic, slot, BY_ID[topic].slots[slot].question, "answered", (trigger or f"topic:{topic}:empty",)
    )


def complete() -> Ledger:
    """Every slot of every topic holds a firm fact."""
    facts = tuple(
        fact(topic.id, slot, f"a fact about {topic.id} {slot}", label=f"F-{place:03d}")
        for place, (topic, slot) in enumerate((topic, slot) for topic in TOPICS for slot in topic.slots)
    )
    return Ledger("standard", said=(DUMP,), facts=facts, asked=(START, STAKES))


def test_before_the_first_question_there_is_nothing_to_choose() -> None:
    assert choose(Ledger("quick")) is None


def test_the_stakes_come_right_after_the_first_answer() -> None:
    choice = choose(Ledger("standard", said=(DUMP,), asked=(START,)))
    assert choice is not None
    assert (choice.reason, choice.topic.id, choice.slot, choice.kind, len(choice.options)) == (
        "stakes",
        "V10",
        "stakes",
        "options",
        4,
    )


def test_with_references_it_asks_once_which_counts() -> None:
    ledger = Ledger("standard", said=(DUMP, Said("S-01", "V1", "A paper.")), asked=(START, STAKES))
    choice = choose(ledger)
    assert choice is not None
    assert choice.triggered_by == (PRECEDENCE,)
    again = choose(replace(ledger, asked=(*ledger.asked, Asked("Q-002", "V4", "", choice.text, "answered", (PRECEDENCE,)))))
    assert again is not None
    assert again.reason != "precedence"


def test_without_references_it_does_not_ask_which_counts() -> None:
    choice = choose(Ledger("standard", said=(DUMP,), asked=(START, STAKES)))
    assert choice is not None
    assert choice.reason == "slot"


def test_an_open_contradiction_goes_before_everything_and_beyond_the_budget() -> None:
    first, second = fact("R4", "rule", "until 24 hours before"), fact("R2", "beats", "two hours before", "F-002", "A-001")
    many = tuple(asked("V2", place=place) for place in range(60))
    choice = choose(Ledger("quick", said=(DUMP,), asked=many, disputes=(Dispute("X-001", "numeric", first, second, "it"),)))
    assert choice is not None
    assert choice.reason == "conflict"
    assert "until 24 hours before" in choice.text
    assert "two hours before" in choice.text
    assert choice.dispute == "X-001"


def test_it_says_which_of_two_statements_stood_in_a_document() -> None:
    first, second = fact("V4", "current steps", "by nine", source="S-01"), fact("R9", "trigger", "at seven", "F-002", "A-001")
    choice = choose(
        Ledger("quick", said=(DUMP,), asked=(START, STAKES), disputes=(Dispute("X-001", "numeric", first, second, "it"),))
    )
    assert choice is not None
    assert choice.text == "Your document says “by nine”; you said “at seven”. Which holds?"


def test_a_disagreement_is_asked_once() -> None:
    first, second = fact("R4", "rule", "one"), fact("R2", "beats", "two", "F-002", "A-001")
    dispute = Dispute("X-001", "numeric", first, second, "it", is_asked=True)
    choice = choose(Ledger("quick", said=(DUMP,), asked=(START, STAKES), disputes=(dispute,)))
    assert choice is not None
    assert choice.reason != "conflict"


def test_a_vague_answer_is_probed_once() -> None:
    soft = fact("R11", "value", "Should be fast", confidence=0.4, source="A-002")
    ledger = Ledger("standard", said=(DUMP,), facts=(soft,), asked=(START, STAKES))
    choice = choose(ledger)
    assert choice is not None
    assert choice.reason == "vague"
    assert choice.text == "You said “Should be fast”: how many seconds, minutes or hours would be too long?"
    probed = replace(ledger, asked=(*ledger.asked, asked("R11", place=2, trigger="vague:A-002")))
    following = choose(probed)
    assert following is not None
    assert following.reason == "slot"


def test_a_firm_answer_after_a_vague_one_needs_no_probe() -> None:
    soft = fact("R11", "value", "Should be fast", confidence=0.4)
    firm = fact("R11", "value", "two seconds", "F-002", "A-002", value=2, unit="s")
    choice = choose(Ledger("standard", said=(DUMP,), facts=(soft, firm), asked=(START, STAKES)))
    assert choice is not None
    assert choice.reason == "slot"


@pytest.mark.parametrize(
    ("quote", "part"),
    [("It has to be secure", "never happen"), ("Easy for all", "which person"), ("It depends", "the last time")],
)
def test_the_probe_fits_the_soft_word(quote: str, part: str) -> None:
    topic = "R14" if "secure" in quote else "R17"
    soft = fact(topic, next(iter(BY_ID[topic].slots)), quote, confidence=0.4)
    choice = choose(Ledger("standard", said=(DUMP,), facts=(soft,), asked=(START, STAKES)))
    assert choice is not None
    assert part in choice.text


@pytest.mark.parametrize("depth", ["quick", "standard", "thorough"])
def test_a_depth_asks_no_more_than_its_budget(depth: str) -> None:
    ledger = Ledger(depth, said=(DUMP,), asked=(START,))
    count = 0
    while (choice := choose(ledger)) is not None:
        count += 1
        ledger = replace(
            ledger,
            asked=(
                *ledger.asked,
                Asked(f"Q-{count:03d}", choice.topic.id, choice.slot, choice.text, "unknown", choice.triggered_by),
            ),
        )
    assert count == BUDGET[depth]


def test_it_never_asks_more_than_three_in_a_row_of_one_area_and_never_the_same_twice() -> None:
    ledger = Ledger("thorough", said=(DUMP,), asked=(START,))
    while (choice := choose(ledger)) is not None:
        assert choice.text not in {one.text for one in ledger.asked}
        ledger = replace(
            ledger,
            asked=(
                *ledger.asked,
                Asked(f"Q-{len(ledger.asked):03d}", choice.topic.id, choice.slot, choice.text, "unknown", choice.triggered_by),
            ),
        )
    areas = "".join(one.topic[0] for one in ledger.asked)
    assert len(areas) == BUDGET["thorough"] + 1
    assert not any(letter * 4 in areas for letter in "VRA")


def test_what_the_ledger_holds_is_not_asked() -> None:
    full = complete()
    assert choose(full) is None


def test_the_moderator_asks_every_fifth_time_for_what_a_document_says_and_nobody_spoke_of() -> None:
    line = fact("V4", "current steps", "Two nurses must countersign every insulin dose", "F-009", "S-01")
    before = (
        START,
        STAKES,
        asked("V2", place=2),
        asked("R2", place=3),
        Asked("Q-004", "V4", "", "Which?", "answered", (PRECEDENCE,)),
    )
    choice = choose(Ledger("standard", said=(DUMP, Said("S-01", "V1", line.quote)), facts=(line,), asked=before))
    assert choice is not None
    assert choice.reason == "moderator"
    assert choice.text == "Your document says “Two nurses must countersign every insulin dose”. Does that still hold?"


def test_the_moderator_leaves_out_what_was_spoken_of() -> None:
    line = fact("V4", "current steps", "Neighbours must return tools", "F-009", "S-01")
    said = Said("A-001", "R4", "Neighbours must return the tools they lend.", "Q-003")
    before = (
        START,
        STAKES,
        asked("V2", place=2),
        asked("R2", place=3),
        Asked("Q-004", "V4", "", "Which?", "answered", (PRECEDENCE,)),
    )
    choice = choose(Ledger("standard", said=(DUMP, said, Said("S-01", "V1", line.quote)), facts=(line,), asked=before))
    assert choice is not None
    assert choice.reason == "slot"


@pytest.mark.parametrize(
    "line",
    [
        "Never say the reason aloud when others hear",
        "The desks are staffed from 07:30 to 18:00",
        "We find the next free time in Ordinata",
    ],
)
def test_a_line_with_a_number_a_rule_or_a_system_is_worth_a_question(line: str) -> None:
    assert is_telling(line)


@pytest.mark.parametrize(
    "line",
    [
        "Written for new colleagues at the desk",
        "Regulatory affairs, draft 3",
        "Data team, version of October 2025",
        "How we work together here",
    ],
)
def test_a_line_about_the_document_or_about_nothing_is_not(line: str) -> None:
    assert not is_telling(line)


def test_it_is_enough_when_everything_is_settled() -> None:
    assert is_enough(complete())


def test_it_is_not_enough_with_a_material_topic_open() -> None:
    full = complete()
    assert not is_enough(replace(full, facts=tuple(one for one in full.facts if one.topic != "V2")))


def test_a_topic_that_was_put_off_or_assumed_counts_as_settled() -> None:
    full = complete()
    without = replace(full, facts=tuple(one for one in full.facts if one.topic not in {"V2", "V3"}))
    assert is_enough(replace(without, put_off=frozenset({"V2"}), assumed=frozenset({"V3"})))


def test_it_is_not_enough_with_an_open_contradiction() -> None:
    full = complete()
    dispute = Dispute("X-001", "numeric", full.facts[0], full.facts[1], "it")
    assert not is_enough(replace(full, disputes=(dispute,)))
    assert is_enough(replace(full, disputes=(replace(dispute, is_open=False),)))


def test_it_is_not_enough_with_something_vague() -> None:
    full = complete()
    soft = fact("R11", "value", "fast", "F-900", confidence=0.4)
    assert not is_enough(replace(full, facts=(*full.facts, soft)))


def test_it_is_not_enough_with_journeys_and_no_failure() -> None:
    full = complete()
    ledger = replace(full, facts=tuple(one for one in full.facts if one.topic != "R3"), put_off=frozenset({"R3"}))
    assert not is_enough(ledger)
    assert is_enough(replace(ledger, assumed=frozenset({"R3"})))


def test_four_answers_without_a_new_fact_are_stale() -> None:
    said = tuple(Said(f"A-{place:03d}", "V2", "Hm.", f"Q-{place:03d}") for place in range(5))
    ledger = Ledger("standard", said=said, facts=(fact("V1", "what happens", "it", source="A-000"),))
    assert is_stale(ledger)
    assert not is_stale(replace(ledger, facts=(*ledger.facts, fact("V2", "primary", "us", "F-002", "A-003"))))
    assert not is_stale(replace(ledger, said=said[:3]))


@pytest.mark.parametrize(
    ("text", "stakes"),
    [
        ("It's regulated, a notified body looks at it.", "regulated"),
        ("For the public", "launch"),
        ("Inside one organisation", "internal"),
        ("For our own people.", "internal"),
        ("For ourselves", "hobby"),
        ("The auditors come in June.", ""),
        ("Two people at the desk retire.", ""),
    ],
)
def test_it_hears_the_stakes_and_guesses_none(text: str, stakes: str) -> None:
    assert stakes_of(text) == stakes


def test_a_line_of_a_document_read_back_does_not_make_its_topic_less_urgent() -> None:
    ledger = Ledger("thorough", said=(DUMP,), asked=(START, STAKES, asked("R9", place=9)))
    first = choose(ledger)
    assert first is not None
    read_back = Asked("Q-002", first.topic.id, first.slot, "Does it hold?", "answered", ("document:F-001",))
    again = choose(replace(ledger, asked=(*ledger.asked, read_back)))
    assert again is not None
    assert (again.topic, again.slot) == (first.topic, first.slot)


def test_who_asks_for_more_gets_more_than_the_depth_has() -> None:
    used = tuple(
        Asked(f"Q-{place:03d}", "V1", "who hurts", f"Number {place}?", "answered", ("vague:A-1",)) for place in range(11)
    )
    spent = Ledger("quick", said=(DUMP,), asked=used)
    assert (choose(spent), ending(spent)) == (None, "spent")
    assert choose(replace(spent, more=10)) is not None


def test_the_end_says_why_it_is_the_end() -> None:
    assert ending(complete()) == "enough"
    assert ending(Ledger("standard", said=(DUMP,), asked=(START, STAKES))) == "stale"
    everything = tuple(
        asked(topic.id, slot, place=place) for place, (topic, slot) in enumerate((t, slot) for t in TOPICS for slot in t.slots)
    )
    assert ending(Ledger("quick", said=(DUMP,), asked=(START, STAKES, *everything))) == "asked"
