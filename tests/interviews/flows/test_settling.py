from __future__ import annotations

import pytest

from billing.purses import UnmeteredPurse
from ground.errors import BadInput
from ground.errors import Conflict as Changed
from interviews.flows import answering, settling
from interviews.flows.recalling import open_question
from interviews.flows.referencing import add_reference
from interviews.models import Answer, Conflict, Interview
from tests.interviews.conftest import Say

BRIEF = "We are a practice. I want patients to book and cancel online."


@pytest.fixture
def dispute(interview: Interview, say: Say) -> Conflict:
    """24 hours before against cancelling at eight for ten."""
    say(BRIEF)
    say("Cancelling online is possible until 24 hours before.", topic="R4", slot="rule")
    say("Someone cancels at 8 in the morning for ten o'clock.", topic="R2", slot="beats")
    return interview.conflicts.get()


def test_two_answers_that_exclude_one_another_are_put_side_by_side(dispute: Conflict) -> None:
    assert (dispute.label, dispute.kind, dispute.resolution) == ("X-001", "numeric", "open")
    assert dispute.first.quote == "Cancelling online is possible until 24 hours before"
    question = open_question(dispute.interview)
    assert question is not None
    assert dispute.question == question
    assert question.kind == "options"
    assert question.triggered_by == ["conflict:X-001"]
    assert len(question.options or []) == 3


def test_the_first_holds(dispute: Conflict) -> None:
    settling.settle(dispute, resolution="first")
    dispute.refresh_from_db()
    assert dispute.second.state == "superseded"
    assert dispute.second.superseded_by == dispute.first
    assert dispute.first.state == "live"
    assert [fact.pk for fact in dispute.result.all()] == [dispute.first.pk]


def test_the_second_holds(dispute: Conflict) -> None:
    settling.settle(dispute, resolution="second")
    dispute.refresh_from_db()
    assert (dispute.first.state, dispute.second.state) == ("superseded", "live")
    assert dispute.first.superseded_by == dispute.second


def test_settling_by_a_button_closes_its_question_and_asks_on(dispute: Conflict, purse: UnmeteredPurse) -> None:
    asked = dispute.question
    assert asked is not None
    settling.settle(dispute, resolution="first")
    asked.refresh_from_db()
    dispute.interview.refresh_from_db()
    assert (asked.state, dispute.interview.state) == ("answered", "reading")
    following = answering.reply_now(dispute.interview, purse=purse)
    assert following is not None
    assert not following.triggered_by[0].startswith("conflict:")


def test_both_hold_needs_the_sentence_that_says_when(dispute: Conflict) -> None:
    with pytest.raises(BadInput, match="in a sentence"):
        settling.settle(dispute, resolution="both-when", text=" ")
    settling.settle(dispute, resolution="both-when", text="Online until 2 hours before, but under 24 hours we note it as late.")
    dispute.refresh_from_db()
    assert dispute.resolution == "both-when"
    assert dispute.decided_in is not None
    assert dispute.decided_in.text.startswith("Online until 2 hours")
    assert dispute.result.exists()
    assert all(fact.source == dispute.decided_in.label for fact in dispute.result.all())
    assert {dispute.first.state, dispute.second.state} == {"live", "superseded"}
    assert dispute.interview.conflicts.count() == 1, "the sentence that settles it starts no new one"


def test_what_is_settled_cannot_be_settled_again(dispute: Conflict) -> None:
    settling.settle(dispute, resolution="first")
    with pytest.raises(Changed):
        settling.settle(dispute, resolution="both-when", text="It depends.")
    assert dispute.interview.answers.count() == 3


def test_an_unknown_outcome_is_refused(dispute: Conflict) -> None:
    with pytest.raises(BadInput):
        settling.settle(dispute, resolution="neither")


def test_an_answer_in_words_settles_it(dispute: Conflict, say: Say) -> None:
    said = say("Good point. Both then: online until 2 hours before, but under 24 hours we note it as late.")
    dispute.refresh_from_db()
    assert (dispute.resolution, dispute.decided_in) == ("both-when", said)


def test_naming_the_first_in_words_settles_it_so(dispute: Conflict, say: Say) -> None:
    say("The first.")
    dispute.refresh_from_db()
    assert dispute.resolution == "first"


def test_not_knowing_leaves_it_open_and_does_not_ask_again(dispute: Conflict, say: Say) -> None:
    say("I don't know.")
    dispute.refresh_from_db()
    assert dispute.resolution == "open"
    assert dispute.interview.questions.filter(triggered_by__0="conflict:X-001").count() == 1


def test_saying_that_answers_count_settles_what_differs_from_documents(interview: Interview, say: Say) -> None:
    add_reference(interview, name="paper.md", data=b"Our no-show rate in 2018 was 8 %.\n")
    say(BRIEF)
    say("In September 12 % simply didn't turn up.", topic="V1", slot="how often")
    dispute = interview.conflicts.get()
    said = say("What I tell you now. That paper is from 2019.")
    dispute.refresh_from_db()
    assert (dispute.resolution, dispute.decided_in) == ("second", said)
    assert dispute.first.state == "superseded"
    reference = interview.references.get()
    assert (reference.precedence, reference.ranked_in) == ("below", said)


def test_once_it_was_said_which_counts_later_differences_ask_nothing(interview: Interview, say: Say) -> None:
    add_reference(interview, name="paper.md", data=b"Our no-show rate in 2018 was 8 %.\n")
    say(BRIEF)
    say("For ourselves")
    question = open_question(interview)
    assert question is not None
    assert question.triggered_by == ["precedence"]
    said = say("The documents")
    assert not interview.facts.filter(answer=said).exists(), "which of them counts is no fact about the product"
    say("In September 12 % simply didn't turn up.", topic="V1", slot="how often")
    dispute = interview.conflicts.get()
    assert (dispute.resolution, dispute.decided_in) == ("first", said)
    assert dispute.second.state == "superseded"
    assert dispute.question is None
    assert Answer.objects.filter(interview=interview).count() == 4


def test_an_answer_that_corrects_itself_needs_no_question(interview: Interview, say: Say) -> None:
    say(BRIEF)
    say("At most three seconds from the alarm to the screen.", topic="R11", slot="value")
    said = say("At most five seconds. Five is the hard one.", topic="R11", slot="value")
    dispute = interview.conflicts.get()
    assert (dispute.resolution, dispute.decided_in) == ("second", said)
    assert not interview.questions.filter(triggered_by__0="conflict:X-001").exists()


def test_whoever_repeats_the_other_side_starts_no_second_dispute(interview: Interview, say: Say) -> None:
    add_reference(interview, name="note.md", data=b"The morning report is sent by 09:00.\n")
    say(BRIEF)
    say("The report by mail at seven at the latest.", topic="R9", slot="trigger")
    say("I don't know.")
    say("Well, the report at seven, yes.", topic="R11", slot="value")
    assert interview.conflicts.count() == 1
