from __future__ import annotations

import pytest

from interviews.rules.linting import lint
from interviews.rules.topics import BY_ID, TOPICS, Topic, is_material, lexicon

# Weights of design 3.3; R11 to R19 are "3 to 5 each".
MODEL = {
    "V1": ("problem and evidence", 5),
    "V2": ("users, stakeholders, non-users", 5),
    "V3": ("outcome metrics", 5),
    "V4": ("today's way and alternatives", 3),
    "V5": ("thesis / difference", 2),
    "V6": ("scope", 5),
    "V7": ("constraints", 4),
    "V8": ("riskiest assumptions", 3),
    "V9": ("words", 3),
    "V10": ("why now / stakes", 4),
    "R1": ("actors and permissions", 4),
    "R2": ("main journeys", 5),
    "R3": ("alternates and failures", 5),
    "R4": ("rules and invariants", 4),
    "R5": ("entities", 4),
    "R6": ("in/out data", 3),
    "R7": ("integrations", 4),
    "R8": ("surfaces and states", 3),
    "R9": ("notifications, schedules", 2),
    "R10": ("admin, reporting, support", 2),
    "R11": ("performance", None),
    "R12": ("capacity", None),
    "R13": ("availability and recovery", None),
    "R14": ("security", None),
    "R15": ("privacy and retention", None),
    "R16": ("compliance", None),
    "R17": ("usability, accessibility, languages", None),
    "R18": ("maintainability, portability", None),
    "R19": ("safety", None),
    "R20": ("migration and rollout", 3),
    "R21": ("acceptance and done", 4),
    "R22": ("priority", 4),
    "A1": ("context, boundary", 4),
    "A2": ("quality goals, ranked", 5),
    "A3": ("paradigm and building blocks", 4),
    "A4": ("stack", 4),
    "A5": ("data ownership, consistency", 4),
    "A6": ("interface style and versioning", 3),
    "A7": ("identity, secrets", 4),
    "A8": ("hosting, environments, residency", 4),
    "A9": ("observability and operation", 3),
    "A10": ("test strategy", 3),
    "A11": ("repository, delivery, working rules", 3),
    "A12": ("build / buy / licences", 3),
    "A13": ("risks, debts", 3),
    "A14": ("running-cost envelope", 3),
    "A15": ("degradation", 3),
}


def test_no_two_slots_ask_the_same() -> None:
    asked: list[tuple[str, str]] = []
    for topic in TOPICS:
        for name, slot in topic.slots.items():
            assert lint(slot.question, asked).dup_of is None, slot.question
            asked.append((f"{topic.id}.{name}", slot.question))


def test_there_are_47_topics_in_the_order_of_the_design() -> None:
    assert [topic.id for topic in TOPICS] == list(MODEL)
    assert len(TOPICS) == 47


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_it_has_its_technical_name_and_weight(topic: Topic) -> None:
    name, weight = MODEL[topic.id]
    assert topic.topic == name
    assert topic.weight == weight if weight else 3 <= topic.weight <= 5


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_each_question_of_a_topic_passes_the_lint(topic: Topic) -> None:
    for slot in topic.slots.values():
        assert lint(slot.question).faults == (), slot.question
        assert slot.why.endswith(".")


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_its_default_says_what_follows_and_who_decides(topic: Topic) -> None:
    assert topic.default.text.endswith(".")
    assert topic.default.consequence.endswith(".")
    assert topic.default.owner in {"owner", "lead developer"}
    assert topic.example


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_vision_is_asked_neutrally_and_a_fork_of_architecture_has_a_recommendation(topic: Topic) -> None:
    if topic.area == "V":
        assert topic.recommend == ""
    if topic.options:
        assert topic.recommend in {option.text for option in topic.options}


def test_safety_matters_for_a_pump_and_not_for_a_shop() -> None:
    assert is_material(BY_ID["R19"], "we build infusion pumps")
    assert not is_material(BY_ID["R19"], "we sell books")


def test_compliance_matters_for_patients_and_privacy_for_customers() -> None:
    assert is_material(BY_ID["R16"], "patients book online")
    assert not is_material(BY_ID["R16"], "a list of birds")
    assert is_material(BY_ID["R15"], "our customers order")
    assert not is_material(BY_ID["R15"], "a list of birds")


def test_a_topic_without_a_condition_always_matters() -> None:
    assert is_material(BY_ID["V1"], "")


def test_the_lexicon_knows_numbers_hedges_and_soft_words() -> None:
    assert lexicon().numbers["twelve"] == 12
    assert "depends" in lexicon().hedges
    assert "fast" in lexicon().vague
    assert "yes" in lexicon().common
