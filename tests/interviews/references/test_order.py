"""Two documents differ: which of them counts is asked once, with the places where they differ."""

from __future__ import annotations

import pytest

from billing.purses import UnmeteredPurse
from interviews.flows import answering, referencing
from interviews.flows.recalling import open_question
from interviews.models import Interview
from interviews.rules.settling import BOTH, FIRST, SECOND, document_chosen
from tests.interviews.conftest import Say
from tests.interviews.references import documents

CONTRACT = documents.pdf(["The lending contract.", "Tools must come back within 14 days."])
DECK = documents.slides(("Plan", "Tools must come back within 21 days.", ""))


@pytest.fixture
def both(interview: Interview, say: Say) -> Interview:
    referencing.add_reference(interview, name="contract.pdf", data=CONTRACT)
    referencing.add_reference(interview, name="deck.pptx", data=DECK)
    say("We lend tools to neighbours.")
    return interview


def test_the_question_names_both_documents_and_their_places(both: Interview) -> None:
    question = open_question(both)
    assert question is not None
    assert question.text == (
        "contract.pdf says on page 2 “Tools must come back within 14 days”; deck.pptx says on slide 1 "
        "“Tools must come back within 21 days”. Which of the two holds where they differ?"
    )
    assert [option["text"] for option in question.options or []] == ["contract.pdf", "deck.pptx", "Ask me each time"]


def test_the_answer_settles_this_and_every_later_difference(both: Interview, say: Say) -> None:
    say("The contract.pdf, always.")
    [dispute] = both.conflicts.all()
    assert (dispute.resolution, dispute.first.state, dispute.second.state) == ("first", "live", "superseded")
    assert [row.wins_over for row in both.references.order_by("label")] == [["S-02"], []]
    assert not any(name.startswith("conflict:") for asked in both.questions.all() for name in asked.triggered_by)


def test_who_wants_to_be_asked_each_time_is(both: Interview, say: Say) -> None:
    say("Ask me each time")
    question = open_question(both)
    assert question is not None
    assert question.triggered_by == ["conflict:X-001"]
    say("The second holds")
    assert [dispute.resolution for dispute in both.conflicts.all()] == ["second"]


@pytest.mark.parametrize(
    ("text", "wins"),
    [
        ("plan.md", FIRST),
        ("old plan.md", SECOND),
        ("Plan.MD counts", FIRST),
        ("the second", SECOND),
        ("it depends", BOTH),
        ("plan.md or old plan.md, both", BOTH),
    ],
)
def test_a_document_is_chosen_by_its_name(text: str, wins: str) -> None:
    assert document_chosen(text, "plan.md", "old plan.md") == wins


def test_an_answer_about_two_documents_says_nothing_of_the_answers(both: Interview, purse: UnmeteredPurse, say: Say) -> None:
    say("The contract.pdf holds, the paper is binding.")
    assert all(row.ranked_in is None for row in both.references.all())
    assert answering.reply_now(both, purse=purse) is not None
