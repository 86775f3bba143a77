"""The three offline agents: what they decide passes their own checks, for the clinic and for interviews nobody has seen."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from generation.calls.requirements import REQUIREMENTS
from generation.calls.tests import TESTS
from generation.calls.vision import VISION
from generation.rules import ears
from generation.rules.agents.soundness import check_requirements, check_tests, check_vision
from generation.rules.content import (
    Evidence,
    RequirementsInput,
    RequirementsPart,
    TestsInput,
    TestsPart,
    VisionInput,
    VisionPart,
)

Decide = Callable[[Evidence], tuple[VisionPart, RequirementsPart, TestsPart]]
Rough = Callable[..., Evidence]

SHOP = [
    (
        "V1",
        (
            "We run a small shop for tea, one store and a website from 2014. Orders come by mail and get lost. I want customers "
            "to order and "
            "pay online, and see where their parcel is. About 30 orders a day, in December 200."
        ),
    ),
    ("V2", "Customers, the two packers, and me. The accountant gets the list once a month, she never logs in."),
    ("V3", "From 12 lost orders a month down to 1, six months after the start."),
    ("V6", "Order, pay, track the parcel, return list. No subscriptions, no gift cards. Later a second language."),
    ("V7", "15,000 euros. It must be live on 1 November 2027. Hosting in the EU, please."),
    ("V9", "We say blend for a mixed tea. Don't call it a product."),
    ("R1", "Customers see only their own orders. Packers see all open orders and mark them as sent. Only I can change prices."),
    (
        "R2",
        "Take Ines. She picks two blends, types her address, sees the total with postage, pays, gets an e-mail with the number.",
    ),
    ("R3", "If the payment fails, keep the basket for 24 hours and send a link. If a blend is sold out, say so before they pay."),
    (
        "R4",
        (
            "Returns are possible until 14 days after delivery. Nobody can order more than 10 packs of one blend. A price never "
            "changes after the "
            "order is placed."
        ),
    ),
    ("R9", "An e-mail when the parcel leaves. If somebody doesn't want the newsletter, leave them alone."),
    ("R10", "Every month a list for the accountant: orders, returns, sums per tax rate."),
    ("R11", "The blend page in 2 seconds."),
    ("R13", "If it's down for two hours in December that hurts. No order may get lost."),
    ("R15", "Addresses go after 10 years, the tax office wants that. GDPR of course."),
    ("R17", "German and English. My uncle with his old tablet has to manage it."),
    ("R22", "Order, pay, then tracking, then returns."),
]
FARM = [
    (
        "V1",
        (
            "I'm a dairy farmer, 120 cows. We write treatments on paper and the vet can't read it. I need one place where every "
            "treatment is "
            "recorded, and the milk of a treated cow must never go into the tank."
        ),
    ),
    ("R1", "The milker records treatments. The vet reads everything. My son and I release a cow again."),
    ("R2", "Six in the morning. Jonas scans the tag of a cow, sees in red that she is blocked, and milks her into the bucket."),
    ("R3", "No signal in the barn? Then save it on the phone and send it later."),
    ("R4", "A cow is blocked at least 96 hours after the last dose. Never show a blocked cow as free."),
    ("R14", "It has to be safe. No idea how."),
    ("R11", "Quick."),
]
HIRING = [
    (
        "V1",
        (
            "* **Onboarding** of new people is a mess\n* nobody knows who orders the laptop\n\n# What we want\n\n1. one list per "
            "new hire\n2. reminders"
        ),
    ),
    ("V2", "HR team, managers, new hires. *Not* the works council."),
    ("V6", "First: checklist, reminders, sign documents. Not in it: payroll, holidays."),
    ("R1", "HR people can do everything. Managers see only their own people; nobody else sees salaries."),
    (
        "R4",
        (
            "The contract must be signed at least 5 days before the first day, unless HR agrees. `SELECT *` is not a rule | "
            "neither is this."
        ),
    ),
    ("R9", "The manager gets an e-mail 14 days before the first day."),
    ("R15", "Delete applicants after 6 months. Works council wants to know who looked at what."),
]
GAME = [
    ("V1", "We operate game servers for a racing game. Players get kicked and don't know why, and moderators ban by hand."),
    ("R1", "Moderators can ban players. Only admins can lift a ban. Players see their own bans."),
    (
        "R2",
        (
            "A moderator opens the report, sees the last 60 seconds of chat, bans the player, and the player gets a message with "
            "the reason."
        ),
    ),
    ("R3", "When the chat log is missing the moderator must see that it is missing."),
    ("R12", "2,000 players at the same time."),
    ("R13", "99.5 % is enough."),
]
UMLAUTE = [
    (
        "V1",
        (
            "Wir sind eine Bäckerei mit drei Läden. Die Bestellungen für den nächsten Tag kommen auf Zetteln, und jeder Laden "
            "schreibt anders."
        ),
    ),
    ("R4", "Bestellt wird bis 14 Uhr, danach nicht mehr. Kein Laden darf für einen anderen bestellen."),
    ("R15", "Daten bleiben in Österreich – größtenteils „im Haus“."),
    ("V9", "注文は「予約」ではありません。"),
]
UNKNOWING = [("V1", "I don't know.")]
BARE = [("V1", "An app for my choir.")]
INTERVIEWS: dict[str, tuple[str, list[tuple[str, str]]]] = {
    "shop": ("Online shop for tea", SHOP),
    "farm": ("Treatment log", FARM),
    "hiring": ("New hire onboarding / HR", HIRING),
    "game": ("Ban desk for game servers", GAME),
    "other language": ("Bestellbuch für Läden", UMLAUTE),
    "does not know": ("Something new", UNKNOWING),
    "one sentence": ("Choir app", BARE),
    "nothing but a title": ("?", [("V1", "...")]),
}


@pytest.fixture(params=[*INTERVIEWS, "clinic"])
def evidence(request: pytest.FixtureRequest, rough: Rough, clinic: Evidence) -> Evidence:
    if request.param == "clinic":
        return clinic
    return rough(*INTERVIEWS[request.param])


@pytest.fixture
def decided(evidence: Evidence, decide: Decide) -> tuple[VisionPart, RequirementsPart, TestsPart]:
    return decide(evidence)


def faults(evidence: Evidence, decided: tuple[VisionPart, RequirementsPart, TestsPart]) -> list[str]:
    vision, requirements, tests = decided
    return [
        *check_vision(VisionInput(evidence=evidence), vision),
        *check_requirements(RequirementsInput(evidence=evidence, vision=vision), requirements),
        *check_tests(TestsInput(evidence=evidence, vision=vision, requirements=requirements), tests),
    ]


def test_they_pass_their_own_checks(evidence: Evidence, decided: tuple[VisionPart, RequirementsPart, TestsPart]) -> None:
    assert faults(evidence, decided) == []


def test_they_quote_word_for_word(evidence: Evidence, decided: tuple[VisionPart, RequirementsPart, TestsPart]) -> None:
    vision, requirements, _ = decided
    texts = {answer["id"]: answer["text"] for answer in evidence.answers} | {
        source["id"]: source["text"] for source in evidence.sources
    }
    for requirement in requirements.requirements:
        for entry in requirement.evidence:
            assert entry.quote in texts[entry.answer]
    for invariant in vision.anchor.invariants:
        assert any(invariant.quote in text for text in texts.values())


def test_they_decide_the_same_twice(
    evidence: Evidence, decided: tuple[VisionPart, RequirementsPart, TestsPart], decide: Decide
) -> None:
    again = decide(Evidence.model_validate(json.loads(evidence.model_dump_json())))
    assert [part.model_dump_json() for part in again] == [part.model_dump_json() for part in decided]


def test_every_requirement_has_a_test_and_every_functional_must_one_on_each_side(
    decided: tuple[VisionPart, RequirementsPart, TestsPart],
) -> None:
    _, requirements, tests = decided
    for requirement in requirements.requirements:
        signs = {cover.sign for test in tests.tests for cover in test.covers if cover.req == requirement.id}
        assert signs >= {"+"}
        if requirement.kind == "functional" and requirement.priority == "must":
            assert signs == {"+", "-"}


def test_no_sentence_speaks_in_the_first_person(decided: tuple[VisionPart, RequirementsPart, TestsPart]) -> None:
    vision, requirements, _ = decided
    written = [r.statement for r in requirements.requirements] + [rule.text for rule in vision.rules if rule.text.isascii()]
    for text in written:
        assert not re.search(r"\b(?:I|we|our|my|us)\b", text), text


def test_whatever_nobody_said_has_an_owner_and_a_date(decided: tuple[VisionPart, RequirementsPart, TestsPart]) -> None:
    _, requirements, _ = decided
    for assumption in requirements.assumptions:
        assert assumption.owner
        assert assumption.trigger
    for question in requirements.open_questions:
        assert question.owner
        assert question.due


class TestClinic:
    @pytest.fixture
    def clinic_parts(self, clinic: Evidence, decide: Decide) -> tuple[VisionPart, RequirementsPart, TestsPart]:
        return decide(clinic)

    def test_it_finds_enough_and_not_too_much(self, clinic_parts: tuple[VisionPart, RequirementsPart, TestsPart]) -> None:
        assert 25 <= len(clinic_parts[1].requirements) <= 55

    @pytest.mark.parametrize(
        "statement",
        [
            "When a patient picks blood test at Bahnhof, the Booking Desk shall show the patient the free times.",
            "When a patient asks for a cancellation 2 hours or more before the start, the Booking Desk shall carry it out.",
            "If a patient already has 2 upcoming appointments, then the Booking Desk shall refuse a further one.",
            "The Booking Desk shall keep every word about why patients come out of every text message.",
            "When 24 hours remain before the start, the Booking Desk shall send each patient concerned one reminder.",
            "The Booking Desk shall store and process patient data only in Germany.",
            "When a person asks for the free times, the Booking Desk shall show the complete result within 2 seconds.",
        ],
    )
    def test_it_says_what_the_owner_said(
        self, statement: str, clinic_parts: tuple[VisionPart, RequirementsPart, TestsPart]
    ) -> None:
        assert statement in [requirement.statement for requirement in clinic_parts[1].requirements]

    def test_it_follows_the_settled_conflict(self, clinic_parts: tuple[VisionPart, RequirementsPart, TestsPart]) -> None:
        vision, requirements, _ = clinic_parts
        assert not any("until 24 hours" in rule.text for rule in vision.rules)
        assert not any(entry.fact == "F-047" for requirement in requirements.requirements for entry in requirement.evidence)

    def test_it_tests_both_sides_of_a_limit(self, clinic_parts: tuple[VisionPart, RequirementsPart, TestsPart]) -> None:
        steps = " ".join(step for test in clinic_parts[2].tests for step in test.steps)
        assert "24 hours remain" in steps
        assert "23 hours 59 minutes remain" in steps

    def test_it_ranks_as_the_owner_ranked(self, clinic_parts: tuple[VisionPart, RequirementsPart, TestsPart]) -> None:
        by_heading = {
            r.capability: r.priority for r in clinic_parts[1].requirements if r.statement.startswith("When a week ends")
        }
        assert by_heading == {"Figures": "could"}

    def test_it_names_people_and_system_in_the_owners_words(
        self, clinic_parts: tuple[VisionPart, RequirementsPart, TestsPart]
    ) -> None:
        vision = clinic_parts[0]
        assert vision.system == "Booking Desk"
        assert vision.permissions.roles[0] == "patient"
        assert {"slot", "appointment", "waiting list"} <= {term.term for term in vision.terms}

    def test_it_counts_an_outcome_only_with_a_figure_of_today(
        self, clinic_parts: tuple[VisionPart, RequirementsPart, TestsPart]
    ) -> None:
        vision, requirements, _ = clinic_parts
        assert [(one.baseline, one.target) for one in vision.outcomes] == [(12.0, 6.0), (240.0, 150.0)]
        assert any("online share" in question.text.lower() for question in requirements.open_questions)


def test_a_deferred_topic_becomes_an_open_question_with_its_owner(rough: Rough, decide: Decide) -> None:
    topic = {"id": "R16", "topic": "compliance", "weight": 4, "state": "deferred", "facts": [], "note": "the lawyer decides",
             "owner": "lawyer", "trigger": "31 January 2027"}  # fmt: skip
    _, requirements, _ = decide(rough("Choir app", BARE, topics=[topic]))
    question = next(q for q in requirements.open_questions if "compliance" in q.text)
    assert (question.owner, question.due) == ("lawyer", "31 January 2027")


def test_an_assumed_topic_becomes_an_assumption_with_its_default(rough: Rough, decide: Decide) -> None:
    topic = {"id": "R12", "topic": "capacity", "weight": 3, "state": "assumed", "facts": [], "note": "50 people at once"}
    _, requirements, _ = decide(rough("Choir app", BARE, topics=[topic]))
    assert "Capacity: 50 people at once." in [assumption.text for assumption in requirements.assumptions]


def test_an_open_conflict_becomes_an_open_question_with_both_voices(rough: Rough, decide: Decide) -> None:
    told = [("V1", "We have a shop."), ("R4", "Returns within 14 days."), ("R4", "Returns within 30 days.")]
    conflict = {"id": "X-001", "kind": "numeric", "facts": ["F-002", "F-003"], "resolution": "open",
                "quotes": ["Returns within 14 days.", "Returns within 30 days."]}  # fmt: skip
    _, requirements, _ = decide(rough("Shop", told, conflicts=[conflict]))
    question = requirements.open_questions[0]
    assert "14 days" in question.text
    assert "30 days" in question.text
    assert question.answers == ["A-001", "A-002"]


def test_answers_without_a_single_fact_still_give_a_sound_part(rough: Rough, decide: Decide) -> None:
    evidence = rough("Online shop for tea", SHOP, noted=False)
    decided = decide(evidence)
    assert faults(evidence, decided) == []
    assert all(requirement.assumptions for requirement in decided[1].requirements)


def test_no_answers_at_all_still_give_a_sound_part(rough: Rough, decide: Decide) -> None:
    evidence = rough("Empty", [])
    assert faults(evidence, decide(evidence)) == []


WORDS = [
    "if",
    "when",
    "the",
    "a",
    "customer",
    "driver",
    "patient",
    "sees",
    "must",
    "never",
    "only",
    "24",
    "hours",
    "before",
    "3",
    "days",
    "cancel",
    "book",
    "send",
    "order",
    "it",
    "they",
    "we",
    "I",
    "our",
    "fails",
    "is",
    "not",
    "a",
    "list,",
    "report.",
    "and",
    "or",
    "unless",
    "within",
    "at",
    "most",
    "two",
    "until",
    "first",
    "?",
    "!",
    ";",
    ":",
    '"',
    "'",
    "`code`",
    "**bold**",
    "|",
    "<tag>",
    "{x}",
    "ünïcode",
    "質問",
    "😀",
    "--",
    "e.g.",
    "Dr.",
    "12.5",
    "%",
    "everybody",
    "nobody",
    "can",
    "may",
    "should",
    "shall",
    "server",
    "API",
    "GDPR",
    "Germany",
    "delete",
    "after",
    "keep",
    "for",
    "otherwise",
    "so",
    "that",
    "per",
    "week",
    "mail",
    "text",
    "who",
    "looked",
    "at",
    "what",
    "no",
    "free",
    "text",
    "down",
    "for",
    "an",
    "hour",
    "lost",
    "in",
    "2",
    "seconds",
    "TODO",
    "{{",
    "x",
    "}}",
]
TOPICS = ["V1", "V2", "V3", "V6", "V7", "V9", "V10", *(f"R{n}" for n in range(1, 23)), "A2", "A5", "A7", "A8", "A9", "A15"]


@pytest.mark.parametrize("seed", range(60))
def test_random_sentences_never_break_them(seed: int, rough: Rough, decide: Decide) -> None:
    dice = random.Random(seed)
    told = [
        (dice.choice(TOPICS), " ".join(dice.choice(WORDS) for _ in range(dice.randint(1, 40))))
        for _ in range(dice.randint(1, 25))
    ]
    evidence = rough(" ".join(dice.sample(WORDS, 4)), told)
    assert faults(evidence, decide(evidence)) == []


class TestTheChecks:
    """Each can fail."""

    @pytest.fixture
    def parts(self, clinic: Evidence, decide: Decide) -> dict[str, Any]:
        vision, requirements, tests = decide(clinic)
        return {"vision": vision, "requirements": requirements, "tests": tests}

    def test_a_polished_quote_is_a_fault(self, clinic: Evidence, parts: dict[str, Any]) -> None:
        part = parts["requirements"].model_copy(deep=True)
        part.requirements[0].evidence[0].quote += " indeed"
        found = check_requirements(RequirementsInput(evidence=clinic, vision=parts["vision"]), part)
        assert any("exactly those of the fact" in fault for fault in found)

    def test_a_vague_word_is_a_fault(self, clinic: Evidence, parts: dict[str, Any]) -> None:
        part = parts["requirements"].model_copy(deep=True)
        part.requirements[0].statement = "The Booking Desk shall let a patient book online with a fast answer."
        found = check_requirements(RequirementsInput(evidence=clinic, vision=parts["vision"]), part)
        assert any('"fast"' in fault for fault in found)

    def test_a_must_without_a_negative_test_is_a_fault(self, clinic: Evidence, parts: dict[str, Any]) -> None:
        part = parts["tests"].model_copy(deep=True)
        part.tests = [test for test in part.tests if not (test.covers[0].req == "REQ-001" and test.covers[0].sign == "-")]
        found = check_tests(TestsInput(evidence=clinic, vision=parts["vision"], requirements=parts["requirements"]), part)
        assert found == ["REQ-001 is a must and needs a positive and a negative test"]

    def test_two_actions_in_one_scenario_are_a_fault(self, clinic: Evidence, parts: dict[str, Any]) -> None:
        part = parts["tests"].model_copy(deep=True)
        part.tests[0].steps.insert(2, "When something else happens")
        found = check_tests(TestsInput(evidence=clinic, vision=parts["vision"], requirements=parts["requirements"]), part)
        assert any("2 times When" in fault for fault in found)

    def test_a_dead_fact_under_a_rule_is_a_fault(self, clinic: Evidence, parts: dict[str, Any]) -> None:
        part = parts["vision"].model_copy(deep=True)
        part.rules[0].facts = ["F-047"]
        assert "BR-01 cites F-047, which is no live fact" in check_vision(VisionInput(evidence=clinic), part)


def test_the_calls_carry_agent_and_check() -> None:
    assert [call.name for call in (VISION, REQUIREMENTS, TESTS)] == [
        "generation.vision",
        "generation.requirements",
        "generation.tests",
    ]
    assert all(call.check is not None for call in (VISION, REQUIREMENTS, TESTS))


def test_every_statement_is_in_its_class(decided: tuple[VisionPart, RequirementsPart, TestsPart]) -> None:
    for requirement in decided[1].requirements:
        assert ears.classify(requirement.statement) == requirement.ears


def test_a_move_from_one_number_to_another_is_an_outcome_without_a_unit_behind_it(rough: Rough, decide: Decide) -> None:
    text = "Wasted trips down from 38 to 8 a month, late tools down from 22 to 5, six months after the start."
    vision, _ = decide(rough("Tool library", [("V1", "We lend tools."), ("V3", text)]))[:2]
    assert [(one.measure, one.baseline, one.target, one.unit) for one in vision.outcomes] == [
        ("Wasted trips", 38.0, 8.0, "wasted trips a month"),
        ("Late tools", 22.0, 5.0, "late tools a month"),
    ]


def test_a_contrast_at_the_end_of_a_duty_is_no_part_of_it(rough: Rough, decide: Decide) -> None:
    told = [
        ("V1", "We lend tools."),
        ("V6", "First: lending, then reminders, then figures."),
        ("R19", "It has to stop the loan, not only warn."),
    ]
    _, requirements = decide(rough("Tool library", told))[:2]
    [stops] = [one for one in requirements.requirements if "stop the loan" in one.statement]
    assert "warn" not in stops.statement + stops.plain
    assert stops.plain.endswith("stops the loan.")
