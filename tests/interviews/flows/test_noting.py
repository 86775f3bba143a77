from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from pytest_django import Settings

from billing.purses import UnmeteredPurse
from ground import clock, stream
from interviews.flows import answering, noting, referencing
from interviews.flows.recalling import ledger_of, next_label, open_question
from interviews.models import Answer, Interview
from llm.adapters import scripted
from llm.errors import Stopped
from llm.models import ModelCall
from tests.interviews.conftest import Say
from tests.wire_stub import WireStub

ODD = [
    "# Heading\n\n- one of 3 sites\n- **bold** 5 seconds\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n\n```python\nx = 1\n```",
    "Größe höchstens 30 Ärzt:innen – „immer“ 🙂👩‍⚕️ et à 9 heures.",
    "予約は24時間前まで。キャンセルは電話で。",
    "<script>alert(1)</script> {{ input.text }} {% include 'x' %} </input>",
    "a" * 5000,
    "\u202eright to left\u200b zero width \ufeff mark, 12 % of them.",
    "?!?!?! ... ... ;;; --- 1 2 3 4 5 6 7 8 9 10",
    "I want 9" + "9" * 300 + " things at 99 o'clock on 99 June 9999.",
]


@pytest.mark.parametrize("text", ODD)
def test_whatever_is_said_is_kept_and_each_quote_stands_in_it(interview: Interview, say: Say, text: str) -> None:
    answer = say(text)
    assert answer.text == text.strip()
    assert answer.read_at is not None
    for fact in interview.facts.all():
        assert fact.quote in answer.shared_text
    assert interview.questions.count() == 2


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    text=some.text(alphabet=some.characters(codec="utf-8"), min_size=1, max_size=200).filter(
        lambda text: text.replace("\x00", "").strip()
    )
)
def test_any_text_can_be_said_about_any_topic(interview: Interview, say: Say, text: str) -> None:
    answer = say(text, topic="R4", slot="rule")
    for fact in answer.facts.all():
        assert fact.quote in answer.shared_text


def test_facts_are_labelled_in_the_order_they_were_said(interview: Interview, say: Say) -> None:
    say("We lend 40 tools. They get lost. I want a list of them.")
    labels = [fact.label for fact in interview.facts.order_by("created_at", "label")]
    assert labels == [f"F-{place:03d}" for place in range(1, len(labels) + 1)]
    assert next_label(interview, "F") == f"F-{len(labels) + 1:03d}"


def test_labels_begin_where_they_should(interview: Interview) -> None:
    assert [next_label(interview, letter) for letter in "QAFXS"] == ["Q-001", "A-000", "F-001", "X-001", "S-01"]


def test_the_ledger_holds_what_the_rows_hold(interview: Interview, say: Say) -> None:
    answer = say("We lend 40 tools. They get lost.")
    ledger = ledger_of(interview)
    assert [said.label for said in ledger.said] == ["A-000"]
    assert ledger.said[0].text == Answer.objects.get(pk=answer.pk).shared_text
    assert [fact.label for fact in ledger.facts] == list(interview.facts.order_by("label").values_list("label", flat=True))
    assert {fact.source for fact in ledger.facts} == {"A-000"}
    assert [asked.label for asked in ledger.asked] == ["Q-000", "Q-001"]


def test_a_vague_answer_is_not_taken_as_confirmed(interview: Interview, say: Say) -> None:
    say("Should be fast.", topic="R11", slot="value")
    say("At most two hours a day.", topic="R13", slot="value")
    assert interview.facts.get(topic="R11").confirmed_by is None
    assert interview.facts.get(topic="R13").confirmed_by == "owner"


def handbook(chapters: int) -> str:
    """Forty lines a chapter; each chapter has one figure of its own."""
    filler = "The form is filled in twice and filed in the cellar behind the boiler.\n" * 40
    return "\n".join(
        f"## Chapter {n}\n\n{filler}\nA patient waits at most {n} minutes in room {n}.\n" for n in range(1, chapters + 1)
    )


def test_a_model_reads_a_long_document_in_parts_and_knows_the_heading_each_goes_on_under(
    interview: Interview, purse: UnmeteredPurse
) -> None:
    reference = referencing.add_reference(interview, name="handbook.md", data=handbook(20).encode())
    with scripted.replies(agents=True) as asked:
        found = noting.ask_for_notes(reference, purse=purse, provider="scripted")
        again = noting.ask_for_notes(reference, purse=purse, provider="scripted")
    texts = [request.material for request in asked if request.call == "interviews.note_facts"]
    assert len(texts) == 4, "four parts, and nothing is asked twice"
    assert "The document handbook.md, part 1 of 4" in texts[0]
    assert "under the heading" not in texts[0]
    assert "part 3 of 4, going on under the heading “Chapter 1" in texts[2]
    assert {fact.value for fact in found if fact.unit == "min"} >= {1, 7, 13, 20}
    assert all(fact.quote in reference.text for fact in found)
    assert again == found


def test_what_stands_in_two_parts_in_the_same_words_is_one_fact(interview: Interview, purse: UnmeteredPurse) -> None:
    filler = "The form is filled in twice and filed in the cellar behind the boiler.\n" * 300
    text = f"A loan takes at most 14 days.\n\n{filler}\n\nA loan takes at most 14 days.\n"
    reference = referencing.add_reference(interview, name="loans.md", data=text.encode())
    with scripted.replies(agents=True) as asked:
        found = noting.ask_for_notes(reference, purse=purse, provider="scripted")
    assert len(asked) == 2
    assert len([fact for fact in found if fact.quote.startswith("A loan takes")]) == 1


def test_the_thousandth_fact_gets_a_label_of_its_own(interview: Interview, purse: UnmeteredPurse) -> None:
    text = "\n".join(f"A patient waits at most {number} minutes in room {number}." for number in range(1, 1_003))
    reference = referencing.add_reference(interview, name="rooms.md", data=text.encode())
    stored = noting.store_notes(reference, noting.ask_for_notes(reference, purse=purse, provider="offline"))
    assert {"F-999", "F-1000", "F-1001"} <= {fact.label for fact in stored}
    assert next_label(interview, "F") == f"F-{len(stored) + 1}"
    assert [fact.label for fact in ledger_of(interview).facts] == [fact.label for fact in stored]


def test_rules_read_a_long_document_at_once(interview: Interview, purse: UnmeteredPurse) -> None:
    reference = referencing.add_reference(interview, name="handbook.md", data=handbook(20).encode())
    found = noting.ask_for_notes(reference, purse=purse, provider="offline")
    assert {fact.value for fact in found if fact.unit == "min"} >= {1, 7, 13, 20}


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_what_is_the_same_for_every_answer_is_read_from_the_vendors_cache(
    interview: Interview, purse: UnmeteredPurse, wire_stub: WireStub, provider: str
) -> None:
    wire_stub.set(counted=True)
    reference = referencing.add_reference(interview, name="handbook.md", data=handbook(10).encode())
    noting.ask_for_notes(reference, purse=purse, provider=provider)
    first, second = ModelCall.objects.order_by("started_at")
    assert first.tokens_cached == 0
    assert second.tokens_cached > 1_024
    assert second.tokens_in < 7_000, "the part of the document and the task"


def test_between_the_parts_of_a_long_document_somebody_may_stop_the_reading(interview: Interview, purse: UnmeteredPurse) -> None:
    reference = referencing.add_reference(interview, name="handbook.md", data=handbook(20).encode())
    calls = iter([None, Stopped()])

    def between() -> None:
        if isinstance(said := next(calls), Stopped):
            raise said

    with scripted.replies(agents=True) as asked, pytest.raises(Stopped):
        noting.ask_for_notes(reference, purse=purse, provider="scripted", between=between)
    assert len(asked) == 2


def test_a_reply_that_goes_on_is_not_overdue_and_one_that_was_stopped_ends(interview: Interview) -> None:
    Interview.objects.filter(pk=interview.pk).update(state="reading", reply_due_at=clock.now())
    answering.still_wanted(interview)
    interview.refresh_from_db()
    assert interview.reply_due_at is not None
    assert interview.reply_due_at > clock.now() + answering.OVERDUE / 2
    answering.stop_reply(interview)
    with pytest.raises(Stopped):
        answering.still_wanted(interview)


def test_a_reply_that_was_stopped_is_no_trouble(interview: Interview, settings: Settings) -> None:
    settings.LLM_PROVIDER = "scripted"
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text="We lend tools to neighbours from a shelf in the hall.")
    answering.stop_reply(interview)
    Interview.objects.filter(pk=interview.pk).update(state="reading")
    with scripted.replies({"interviews.note_facts": Stopped()}, agents=True) as asked:
        answering.reply_once(interview)
    assert len(asked) == 1
    assert {"state": "trouble"} not in [entry.payload for entry in stream.after(interview.stream, limit=1000)]
