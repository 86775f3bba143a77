"""The interview page: it works without JavaScript, takes an answer once, and belongs to one workspace."""

import uuid

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from accounts.models import User
from billing.purses import UnmeteredPurse
from interviews.flows import answering, opening
from interviews.models import Interview, TopicState
from interviews.rules.topics import TOPICS


@pytest.fixture
def interview(alice: User) -> Interview:
    return opening.open_interview(workspace=alice.workspace, title="Booking desk")


def _send(client: Client, interview: Interview, **more: str) -> HttpResponseBase:
    question = interview.questions.get(label="Q-000")
    values = {"text": "Patients ring us and wait.", "question": str(question.pk), "client_id": "once", **more}
    return client.post(reverse("interviews:answer", args=[interview.pk]), values)


def test_the_page_shows_the_question_and_the_box(as_alice: Client, interview: Interview) -> None:
    text = as_alice.get(interview.get_absolute_url()).content.decode()
    assert interview.questions.get().text in text.replace("&#x27;", "'")
    assert 'id="answer"' in text


def test_somebody_else_gets_not_found(client: Client, charlie: User, interview: Interview) -> None:
    client.force_login(charlie)
    for name in ("interview", "review", "close"):
        assert client.get(reverse(f"interviews:{name}", args=[interview.pk])).status_code == 404
    assert _send(client, interview).status_code == 404
    assert not interview.answers.exists()


def test_an_answer_sent_twice_is_one_answer(as_alice: Client, interview: Interview) -> None:
    assert _send(as_alice, interview).status_code == 303
    assert _send(as_alice, interview).status_code == 303
    assert interview.answers.count() == 1


def test_a_draft_is_kept_and_comes_back(as_alice: Client, interview: Interview) -> None:
    assert as_alice.post(reverse("interviews:draft", args=[interview.pk]), {"text": "Half a thou"}).status_code == 204
    assert "Half a thou" in as_alice.get(interview.get_absolute_url()).content.decode()


def test_nothing_to_send_is_said_beside_the_form(as_alice: Client, interview: Interview) -> None:
    address = reverse("interviews:answer", args=[interview.pk])
    answer = as_alice.post(address, {"text": " ", "question": str(uuid.uuid4())}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "nothing to send" in answer.content.decode()


@pytest.mark.parametrize("name", ["answer", "draft", "stop", "again", "reopen", "sign"])
def test_what_changes_something_is_not_a_link(as_alice: Client, interview: Interview, name: str) -> None:
    assert as_alice.get(reverse(f"interviews:{name}", args=[interview.pk])).status_code == 405


def test_two_figures_of_one_sentence_are_told_apart(as_alice: Client, interview: Interview, purse: UnmeteredPurse) -> None:
    _send(as_alice, interview, text="38 wasted trips and 22 late tools a month.")
    answering.reply_now(interview, purse=purse)
    text = as_alice.get(interview.get_absolute_url()).content.decode()
    assert "38 wasted trips</small>" in text
    assert "22 late tools</small>" in text


def test_before_writing_it_says_what_is_settled_in_part_only(
    as_alice: Client, interview: Interview, purse: UnmeteredPurse
) -> None:
    _send(as_alice, interview)
    answering.reply_now(interview, purse=purse)
    for topic in TOPICS:
        TopicState.objects.filter(interview=interview, topic=topic.id).update(state=TopicState.State.DEFERRED)
    address = reverse("interviews:review", args=[interview.pk])
    assert "every topic that matters was settled" in as_alice.get(address).content.decode()
    TopicState.objects.filter(interview=interview, topic="V1").update(state=TopicState.State.PARTIAL)
    assert "On 1 topic something is still missing" in as_alice.get(address).content.decode()


def test_whoever_has_only_closed_interviews_sees_them_and_no_welcome(as_alice: Client, interview: Interview) -> None:
    Interview.objects.filter(pk=interview.pk).update(state=Interview.State.CLOSED)
    text = as_alice.get(reverse("interviews:index")).content.decode()
    assert "Booking desk" in text
    assert "first interview" not in text
    text = as_alice.get(reverse("interviews:index") + "?show=open").content.decode()
    assert "No interview is open" in text


def test_a_newcomer_is_welcomed(as_alice: Client) -> None:
    for address in ("", "?show=open", "?show=closed"):
        assert "Start your first interview" in as_alice.get(reverse("interviews:index") + address).content.decode()
