"""What the interview asks a model, over the wire of both vendors."""

from __future__ import annotations

import pytest

from billing.purses import UnmeteredPurse
from interviews.calls import (
    JUDGE_PAIRS,
    NOTE_FACTS,
    WRITE_QUESTION,
    JudgeInput,
    NotedFact,
    NoteInput,
    NoteOutput,
    Pair,
    QuestionInput,
    QuestionOutput,
    check_notes,
    check_question,
)
from interviews.flows import answering
from interviews.flows.noting import CARDS
from interviews.flows.recalling import open_question
from interviews.models import Interview
from llm import gateway
from tests.wire_stub import WireStub

TEXT = "We lend tools to neighbours. There are about 40 tools, größer als 2 Meter 🙂."
NOTES = NoteInput(
    topic="V1", slot="what happens", question="What goes wrong?", text=TEXT, is_first=True, is_document=False, topics=CARDS
)
DRAFT = QuestionInput(
    topic="How fast",
    slot="value",
    kind="number",
    draft="How many seconds would annoy you?",
    why="It costs.",
    facts=[],
    asked=["Who pays?"],
)
PAIRS = JudgeInput(pairs=[Pair(first="Nurses see names of patients", second="Nurses see no names of patients")])


@pytest.mark.django_db
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_notes_questions_and_verdicts_come_back_over_the_wire(wire_stub: WireStub, purse: UnmeteredPurse, provider: str) -> None:
    notes = gateway.ask(NOTE_FACTS, NOTES, purse=purse, provider=provider)
    assert notes == NOTE_FACTS.offline(NOTES)
    assert all(fact.quote in TEXT for fact in notes.facts)
    assert gateway.ask(WRITE_QUESTION, DRAFT, purse=purse, provider=provider).text == DRAFT.draft
    assert gateway.ask(JUDGE_PAIRS, PAIRS, purse=purse, provider=provider).verdicts[0].verdict == "conflicts"
    assert [seen.call for seen in wire_stub.seen] == [
        "interviews.note_facts",
        "interviews.write_question",
        "interviews.judge_pairs",
    ]
    assert wire_stub.complaints == []


@pytest.mark.django_db
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_a_whole_reply_goes_over_the_wire_without_names_of_people(
    wire_stub: WireStub, interview: Interview, purse: UnmeteredPurse, provider: str
) -> None:
    number = "0171 " + "3920047"
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text=f"We lend 40 tools. Ask the vendor, Mr Petersen, {number}.")
    following = answering.reply_now(interview, purse=purse, provider=provider)
    assert following is not None
    assert interview.facts.exists()
    assert wire_stub.seen
    assert not any(number in seen.raw for seen in wire_stub.seen)


def note(**more: object) -> NotedFact:
    whole: dict[str, object] = {
        "topic": "V1", "slot": "who hurts", "subject": "Tool", "attribute": "lost", "op": None, "number": None, "words": None,
        "unit": None, "quote": "We lend tools", "confidence": 1.0,
    }  # fmt: skip
    return NotedFact.model_validate(whole | more)


def test_a_true_note_has_no_fault() -> None:
    assert check_notes(NOTES, NoteOutput(facts=[note()])) == []


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"quote": "We lent tools"}, "letter by letter"),
        ({"quote": " "}, "letter by letter"),
        ({"topic": "Z1"}, "no topic"),
        ({"slot": "mood"}, "no slot"),
    ],
)
def test_the_check_of_notes_says_what_is_wrong(wrong: dict[str, object], says: str) -> None:
    [fault] = check_notes(NOTES, NoteOutput(facts=[note(**wrong)]))
    assert says in fault


@pytest.mark.parametrize("text", ["Who pays?", "Who are the stakeholders?", "Tell me", "Does F-001 hold?"])
def test_a_question_that_breaks_the_lint_is_sent_back(text: str) -> None:
    assert check_question(DRAFT, QuestionOutput(text=text, why="It matters."))


def test_the_draft_itself_is_always_good() -> None:
    assert check_question(DRAFT, QuestionOutput(text=DRAFT.draft, why="It matters.")) == []
