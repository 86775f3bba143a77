"""Pairs that share nouns are judged: by rules offline, by a model over the wire."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from billing.purses import UnmeteredPurse
from interviews.calls import JudgeInput, JudgeOutput, Pair, Verdict, check_verdicts
from interviews.flows import answering
from interviews.flows.recalling import open_question
from interviews.models import Interview
from llm.adapters import scripted
from llm.models import ModelCall
from tests.interviews.conftest import Say

BRIEF = "We run a ward. I want one screen at the station."
SEE = "Nurses see the names of patients on the wall screen."
HIDE = "Names of patients are hidden on the wall screen."


def test_rules_find_the_same_words_with_and_without_a_no(interview: Interview, say: Say) -> None:
    say(BRIEF)
    say("Nurses see the names of patients.", topic="R1", slot="actor x capability")
    say("Nurses don't see the names of patients.", topic="R15", slot="retention")
    dispute = interview.conflicts.get()
    assert dispute.kind == "text"
    assert {dispute.first.quote, dispute.second.quote} == {
        "Nurses see the names of patients",
        "Nurses don't see the names of patients",
    }


def test_a_model_may_see_more_than_rules_do(interview: Interview, say: Say, purse: UnmeteredPurse, settings: Settings) -> None:
    say(BRIEF)
    say(SEE, topic="R1", slot="actor x capability")
    question = answering.put_question(
        interview, "R15", "retention", text="Who sees it?", why="It matters.", triggered_by="topic:R15:x"
    )
    answering.answer(question, text=HIDE)
    settings.LLM_PROVIDER = "scripted"
    verdict = JudgeOutput(verdicts=[Verdict(verdict="conflicts", reason="The wall screen either shows them or not.")])
    with scripted.replies({"interviews.judge_pairs": verdict}, agents=True) as asked:
        answering.reply_now(interview, purse=purse)
    assert [request.call for request in asked].count("interviews.judge_pairs") == 1
    dispute = interview.conflicts.get()
    assert (dispute.kind, dispute.first.quote, dispute.second.quote) == ("text", SEE[:-1], HIDE[:-1])
    following = open_question(interview)
    assert following is not None
    assert following.triggered_by == ["conflict:X-001"]


@pytest.mark.parametrize("verdict", ["entails", "compatible", "cannot tell"])
def test_only_a_clear_verdict_makes_a_question(
    interview: Interview, say: Say, purse: UnmeteredPurse, settings: Settings, verdict: str
) -> None:
    say(BRIEF)
    say(SEE, topic="R1", slot="actor x capability")
    question = answering.put_question(
        interview, "R15", "retention", text="Who sees it?", why="It matters.", triggered_by="topic:R15:x"
    )
    answering.answer(question, text=HIDE)
    settings.LLM_PROVIDER = "scripted"
    with scripted.replies({"interviews.judge_pairs": {"verdicts": [{"verdict": verdict, "reason": "So."}]}}, agents=True):
        answering.reply_now(interview, purse=purse)
    assert not interview.conflicts.exists()


def test_nothing_is_asked_where_nothing_is_shared(interview: Interview, say: Say) -> None:
    say(BRIEF)
    say("Dogs bark.", topic="R1", slot="actor x capability")
    assert not ModelCall.objects.filter(call="interviews.judge_pairs").exists()


def test_each_pair_needs_its_verdict() -> None:
    given = JudgeInput(pairs=[Pair(first="a", second="b"), Pair(first="c", second="d")])
    assert check_verdicts(given, JudgeOutput(verdicts=[])) != []
