from __future__ import annotations

import pytest

from accounts.models import User
from ground import stream
from ground.errors import BadInput
from interviews.flows.opening import BRAIN_DUMP, open_interview
from interviews.models import Interview


def test_it_begins_with_everything_in_the_owners_head(alice: User) -> None:
    interview = open_interview(workspace=alice.workspace, title="  Clinic   desk ")
    question = interview.questions.get()
    assert interview.title == "Clinic desk"
    assert (question.label, question.topic, question.kind, question.text) == ("Q-000", "V1", "open", BRAIN_DUMP)
    assert question.lint == {"words": 17, "compound": False, "ids": False, "dup_of": None}
    assert interview.topicstates.count() == 47
    assert not interview.topicstates.exclude(state="empty").exists()
    assert [entry.payload for entry in stream.after(interview.stream)] == [{"question": "Q-000"}]


@pytest.mark.parametrize(
    "wrong", [{"title": "  "}, {"title": "x" * 121}, {"title": "ok", "profile": "huge"}, {"title": "ok", "depth": "deep"}]
)
def test_a_wrong_beginning_is_refused_and_nothing_is_written(alice: User, wrong: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        open_interview(workspace=alice.workspace, **wrong)
    assert not Interview.objects.exists()


def test_it_is_seen_by_its_owner_only(interview: Interview, alice: User, charlie: User) -> None:
    assert Interview.objects.visible_to(alice).get() == interview
    assert not Interview.objects.visible_to(charlie).exists()
