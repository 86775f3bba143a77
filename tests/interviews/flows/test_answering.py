from __future__ import annotations

import datetime as dt

import pytest
from django.apps import apps
from django.core.serializers import serialize
from pytest_django import Settings

from billing.purses import UnmeteredPurse
from ground import clock, stream
from ground.errors import BadInput
from ground.errors import Conflict as Changed
from interviews.flows import answering, closing
from interviews.flows.recalling import open_question
from interviews.flows.recording import MAX_LETTERS
from interviews.flows.referencing import add_reference
from interviews.models import Answer, Fact, Interview, Question
from interviews.rules.topics import BY_ID
from llm.adapters import scripted
from llm.errors import ModelFailed
from tests.interviews.conftest import Say

BRIEF = "We lend tools to neighbours and they get lost. I want a list of who has which tool. Two of us look after it."


def test_what_was_said_is_stored_before_anything_is_read(interview: Interview) -> None:
    question = open_question(interview)
    assert question is not None
    said = answering.answer(question, text=f"  {BRIEF}\r\n")
    interview.refresh_from_db()
    assert said.text == BRIEF
    assert said.read_at is None
    assert interview.state == "reading"
    assert interview.reply_due_at is not None


def test_a_reply_notes_facts_and_puts_the_next_question(interview: Interview, purse: UnmeteredPurse) -> None:
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text=BRIEF)
    following = answering.reply_now(interview, purse=purse)
    interview.refresh_from_db()
    assert following is not None
    assert following.label == "Q-001"
    assert interview.state == "open"
    assert interview.facts.count() >= 3
    assert all(fact.quote in BRIEF for fact in interview.facts.all())
    assert all(answer.read_at for answer in interview.answers.all())


def test_the_log_tells_the_page_what_happened_in_order(interview: Interview, purse: UnmeteredPurse) -> None:
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text=BRIEF)
    following = answering.reply_now(interview, purse=purse)
    assert following is not None
    entries = stream.after(interview.stream, limit=1000)
    seen = [entry.kind for entry in entries]
    assert seen[:5] == ["turn", "turn", "status", "noted", "coverage"]
    assert seen[-1] == "turn"
    assert set(seen[5:-1]) == {"token"}
    assert "".join(entry.payload["text"] for entry in entries if entry.kind == "token") == following.text
    assert entries[3].payload["facts"] == interview.facts.count()


def test_the_same_answer_sent_twice_makes_one_row(interview: Interview) -> None:
    question = open_question(interview)
    assert question is not None
    first = answering.answer(question, text=BRIEF, client_id="made-by-the-page")
    second = answering.answer(question, text=BRIEF, client_id="made-by-the-page")
    assert first.pk == second.pk
    assert interview.answers.count() == 1


@pytest.mark.parametrize("text", ["", "   \n ", "x" * (MAX_LETTERS + 1)])
def test_an_empty_or_oversized_answer_is_refused_and_the_question_stays(interview: Interview, text: str) -> None:
    question = open_question(interview)
    assert question is not None
    with pytest.raises(BadInput):
        answering.answer(question, text=text)
    assert open_question(interview) == question
    assert not interview.answers.exists()


def test_a_null_letter_does_not_reach_the_database(interview: Interview) -> None:
    question = open_question(interview)
    assert question is not None
    assert answering.answer(question, text="to\x00ols").text == "tools"


def test_an_answered_question_takes_no_second_answer(interview: Interview) -> None:
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text=BRIEF)
    with pytest.raises(Changed, match="answered in the meantime"):
        answering.answer(question, text="Another one.")
    assert interview.answers.count() == 1


def test_a_closed_interview_takes_no_answer(interview: Interview, say: Say) -> None:
    say(BRIEF)
    question = open_question(interview)
    assert question is not None
    closing.close(interview, because="Done.")
    with pytest.raises(Changed, match="closed"):
        answering.answer(question, text="Late.")


def test_the_draft_is_gone_when_the_answer_is_sent(interview: Interview, say: Say) -> None:
    Interview.objects.filter(pk=interview.pk).update(draft="We le")
    say(BRIEF)
    assert interview.draft == ""


def test_secrets_are_in_no_table(interview: Interview, say: Say) -> None:
    secret = "sk-" + "ant-api03-" + "Zq7" * 20
    answer = say(f"We use the key {secret} for the model.")
    assert answer.secrets_removed
    for model in apps.get_models():
        assert secret not in serialize("json", model._default_manager.all()), model


def test_names_and_numbers_of_people_get_placeholders_that_can_be_reversed(say: Say) -> None:
    number = "0171 " + "3920047"
    first = say(f"Ask the vendor, Mr Petersen, {number}, he knows.")
    second = say(f"Mr Petersen again, {number}.")
    assert number in first.text
    assert number not in first.shared_text
    spans = {first.text[span["start"] : span["end"]]: span["placeholder"] for span in first.redactions}
    restored = first.shared_text
    for value, placeholder in spans.items():
        restored = restored.replace(placeholder, value)
    assert restored == first.text
    again = {second.text[span["start"] : span["end"]]: span["placeholder"] for span in second.redactions}
    assert again[number] == spans[number]


def test_quotes_hold_placeholders_instead_of_numbers_of_people(interview: Interview, say: Say) -> None:
    number = "0171 " + "3920047"
    answer = say(f"The vendor writes a file every 10 minutes, ask Mr Petersen, {number}.")
    for fact in interview.facts.all():
        assert number not in fact.quote
        assert fact.quote in answer.shared_text


def test_not_knowing_is_first_met_with_an_example_and_a_default(interview: Interview, say: Say) -> None:
    say(BRIEF)
    question = open_question(interview)
    assert question is not None
    answering.do_not_know(question)
    question.refresh_from_db()
    topic = BY_ID[question.topic]
    assert question.state == "open"
    assert question.offered == {"example": topic.example, "default": topic.default.text, "consequence": topic.default.consequence}


def test_not_knowing_twice_assumes_the_default_visibly(interview: Interview, say: Say, purse: UnmeteredPurse) -> None:
    say(BRIEF)
    answering.put_question(
        interview, "R13", "value", text="How long may it be down?", why="It matters.", triggered_by="topic:R13:empty"
    )
    question = open_question(interview)
    assert question is not None
    answering.do_not_know(question)
    answering.do_not_know(question)
    question.refresh_from_db()
    state = interview.topicstates.get(topic="R13")
    assert question.state == "unknown"
    assert (state.state, state.note, state.owner) == ("assumed", BY_ID["R13"].default.text, "owner")
    following = answering.reply_now(interview, purse=purse)
    assert following is not None
    assert following.pk != question.pk
    assert interview.topicstates.get(topic="R13").state == "assumed"


def test_saying_so_in_words_assumes_too_and_leaves_no_fact(interview: Interview, say: Say) -> None:
    say(BRIEF)
    before = interview.facts.count()
    say("I don't know.", topic="R13", slot="value")
    assert interview.facts.count() == before
    assert interview.topicstates.get(topic="R13").state == "assumed"


def test_not_knowing_about_a_line_of_a_document_assumes_nothing(interview: Interview, say: Say) -> None:
    say(BRIEF)
    question = answering.put_question(
        interview, "R13", "value", text="Your document says so; does that hold?", why="It matters.", triggered_by="document:F-900"
    )
    answering.do_not_know(question)
    question.refresh_from_db()
    assert question.state == "unknown"
    assert question.offered is None
    assert interview.topicstates.get(topic="R13").state == "empty"


def test_deciding_later_needs_who_and_when(interview: Interview, say: Say) -> None:
    say(BRIEF)
    question = open_question(interview)
    assert question is not None
    with pytest.raises(BadInput):
        answering.decide_later(question, owner="", trigger="in March")
    answering.decide_later(question, owner="The partners", trigger="after the meeting in January")
    state = interview.topicstates.get(topic=question.topic)
    assert (state.state, state.owner, state.trigger) == ("deferred", "The partners", "after the meeting in January")


def test_putting_off_in_words_is_heard(interview: Interview, say: Say) -> None:
    say("Decide later. The partners talk about it in January, ask me after that meeting.", topic="R16", slot="clause")
    state = interview.topicstates.get(topic="R16")
    assert state.state == "deferred"
    assert "January" in state.trigger


def test_the_stakes_are_heard(interview: Interview, say: Say) -> None:
    say(BRIEF)
    question = open_question(interview)
    assert question is not None
    assert question.slot == "stakes"
    assert [option["text"] for option in question.options or []][1] == "Inside one organisation"
    say("Inside one organisation")
    assert interview.stakes == "internal"


def test_a_vague_answer_is_probed_and_the_number_takes_its_place(interview: Interview, say: Say) -> None:
    say(BRIEF)
    say("For ourselves")
    say("Should be fast.", topic="R11", slot="value")
    question = open_question(interview)
    assert question is not None
    assert "Should be fast" in question.text
    say("Two seconds for the list.")
    soft = interview.facts.get(quote="Should be fast")
    assert soft.state == "superseded"
    assert soft.superseded_by is not None
    assert soft.superseded_by.quote == "Two seconds for the list"
    assert interview.questions.filter(text__contains="Should be fast").count() == 1


def test_two_replies_at_the_same_moment_put_one_question(interview: Interview, purse: UnmeteredPurse) -> None:
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text=BRIEF)
    first = answering.reply_now(interview, purse=purse)
    second = answering.reply_now(interview, purse=purse)
    assert first == second
    assert interview.questions.filter(state="open").count() == 1
    assert interview.questions.count() == 2


def test_a_reply_is_taken_by_one_worker_only(interview: Interview) -> None:
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text=BRIEF)
    Interview.objects.filter(pk=interview.pk).update(reply_due_at=clock.now() + dt.timedelta(seconds=60))
    answering.reply_once(interview)
    assert interview.questions.count() == 1, "another worker is at it"
    Interview.objects.filter(pk=interview.pk).update(reply_due_at=clock.now())
    answering.reply_once(interview)
    assert interview.questions.count() == 2
    answering.reply_once(interview)
    assert interview.questions.count() == 2


def test_a_failing_reply_leaves_a_sentence_and_can_be_repeated(interview: Interview, settings: Settings) -> None:
    settings.LLM_PROVIDER = "scripted"
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text=BRIEF)
    with scripted.replies({"interviews.note_facts": ModelFailed("The model did not answer.")}, agents=True):
        answering.reply_once(interview)
    interview.refresh_from_db()
    assert interview.state == "open"
    assert interview.trouble.startswith("The model did not answer.")
    assert interview.answers.count() == 1
    assert stream.after(interview.stream, limit=1000)[-1].payload == {"state": "trouble"}
    answering.reply_later(interview)
    with scripted.replies(agents=True):
        answering.reply_once(interview)
    interview.refresh_from_db()
    assert interview.trouble == ""
    assert interview.facts.exists()
    assert open_question(interview) is not None


def test_a_quote_that_does_not_stand_in_the_answer_is_never_stored(
    interview: Interview, settings: Settings, purse: UnmeteredPurse
) -> None:
    settings.LLM_PROVIDER = "scripted"
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text=BRIEF)
    made_up = {
        "topic": "V1", "slot": "what happens", "subject": "Tool", "attribute": "lost", "op": None, "number": None, "words": None,
        "unit": None, "quote": "tools are stolen", "confidence": 1.0,
    }  # fmt: skip
    with scripted.replies({"interviews.note_facts": {"facts": [made_up]}}, agents=True):
        answering.reply_once(interview)
    interview.refresh_from_db()
    assert not interview.facts.exists()
    assert interview.trouble


def test_a_stopped_reply_puts_no_question(interview: Interview, purse: UnmeteredPurse) -> None:
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text=BRIEF)
    answering.stop_reply(interview)
    interview.refresh_from_db()
    assert (interview.state, interview.trouble) == ("open", "You stopped the reply.")
    assert answering.reply_now(interview, purse=purse) is None
    assert interview.questions.count() == 1
    answering.reply_later(interview)
    answering.reply_once(interview)
    assert interview.questions.count() == 2


def test_stopping_when_no_reply_is_due_changes_nothing(interview: Interview) -> None:
    answering.stop_reply(interview)
    interview.refresh_from_db()
    assert interview.trouble == ""


def test_an_assumption_can_be_corrected_in_ones_own_words(interview: Interview, say: Say) -> None:
    say(BRIEF)
    said = answering.say_about(interview, topic="R13", text="It may be down for at most two hours.")
    fact = Fact.objects.get(interview=interview, topic="R13")
    assert (fact.value, fact.unit, fact.quote) == (2, "h", "It may be down for at most two hours")
    assert Answer.objects.get(pk=said.pk).read_at is not None
    assert interview.topicstates.get(topic="R13").state == "partial"
    assert said.question.state == "answered"


@pytest.mark.parametrize(("topic", "text"), [("Z9", "It may."), ("R13", "  ")])
def test_a_correction_of_nothing_is_refused(interview: Interview, topic: str, text: str) -> None:
    with pytest.raises(BadInput):
        answering.say_about(interview, topic=topic, text=text)
    assert interview.questions.count() == 1


def test_four_answers_without_a_fact_end_in_an_offer_to_stop_and_it_can_go_on(
    interview: Interview, say: Say, purse: UnmeteredPurse
) -> None:
    say(BRIEF)
    for _ in range(4):
        say("I don't know.")
    assert open_question(interview) is None
    assert stream.after(interview.stream, limit=1000)[-1].payload == {"state": "stale"}
    answering.reply_later(interview)
    assert answering.reply_now(interview, purse=purse) is not None


def test_who_asks_to_be_asked_on_gets_a_further_question_when_all_of_the_depth_are_used(
    interview: Interview, say: Say, purse: UnmeteredPurse
) -> None:
    say(BRIEF)
    while question := open_question(interview):
        say(f"{question.label[2:]} boats leave harbour {question.label[2:]} every morning.")
    asked = interview.questions.count()
    answering.reply_later(interview)
    assert answering.reply_now(interview, purse=purse) is None, "trying the reply again grants nothing"
    answering.ask_on(interview)
    assert answering.reply_now(interview, purse=purse) is not None
    assert interview.questions.count() == asked + 1


def test_a_line_of_a_document_is_confirmed_or_rejected_by_the_answer(interview: Interview, say: Say) -> None:
    add_reference(
        interview, name="paper.md", data=b"# Rules\n\nTools must come back within 14 days.\n\nNever lend two saws at once.\n"
    )
    say(BRIEF)
    lines = {fact.quote: fact for fact in interview.facts.filter(origin="document")}
    for quote, words in (
        ("Tools must come back within 14 days", "Yes, it does."),
        ("Never lend two saws at once", "No, not any more."),
    ):
        question = answering.put_question(
            interview, "V4", "current steps", text=f"Your document says “{quote}”?", why="It matters.",
            triggered_by=f"document:{lines[quote].label}",
        )  # fmt: skip
        assert question == open_question(interview)
        say(words)
    lines = {fact.quote: fact for fact in interview.facts.filter(origin="document")}
    assert lines["Tools must come back within 14 days"].confirmed_by == "owner"
    assert lines["Never lend two saws at once"].state == "rejected"


def test_a_question_asked_once_is_never_put_again(interview: Interview, say: Say) -> None:
    say(BRIEF)
    while open_question(interview) is not None and interview.questions.count() < 20:
        say("About 12 of them per day, I think, in the yard.")
    texts = list(interview.questions.values_list("text", flat=True))
    assert len(texts) == len(set(texts)) > 5
    assert not Question.objects.filter(interview=interview).exclude(lint__dup_of=None).exists()
