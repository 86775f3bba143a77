"""``conduct_interview``: the owner is asked in the client, over both wires, and every answer is stored as it was typed."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from mcp.client.client import Client
from mcp_types import ElicitRequestParams, ElicitResult, InputRequiredResult, InputResponses

from accounts.models import User
from api.mcp.server import Server
from api.threads import in_thread
from interviews.flows import answering
from interviews.models import Answer, Interview, Question, TopicState
from tests.api.mcp.conftest import Refused, asked, call, calls, value_of
from tests.packages import SAID

pytestmark = pytest.mark.django_db(transaction=True)

Reply = dict[str, str] | str


class Owner:
    """Somebody at the client: answers the forms in turn, then cancels."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.forms: list[str] = []

    async def __call__(self, context: Any, params: ElicitRequestParams) -> ElicitResult:
        self.forms.append(params.message)
        reply = self.replies.pop(0) if self.replies else "cancel"
        if isinstance(reply, str):
            return ElicitResult(action=reply)
        return ElicitResult(action="accept", content=reply)


def conducted(server: Server, alice: User, owner: Owner | None, mode: str, project: str) -> Any:
    told = calls("conduct_interview", interview=project)
    return value_of(asked(server, alice, told, mode=mode, elicitation_callback=owner))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_owner_is_asked_question_after_question(server: Server, alice: User, eager: None, mode: str) -> None:
    project = call(server, alice, "start_interview", title="Desk")["id"]
    owner = Owner(
        {"answer": "  "},
        {"answer": SAID},
        {"instead": "I do not know"},
        {"instead": "I do not know"},
        {"instead": "Decide later", "who_decides": "Head"},
        {"instead": "Decide later", "who_decides": "Head", "when": "after the pilot"},
    )
    told = conducted(server, alice, owner, mode, project)
    assert (told["status"], told["answered"]) == ("stopped", 4)
    assert owner.forms[0].startswith("Tell us about the project")
    assert owner.forms[1].startswith("There was nothing to keep.")
    assert "If you do not know either, this is assumed:" in owner.forms[3]
    assert owner.forms[5].startswith("Say who decides and when")
    assert Answer.objects.get(interview=project).text == SAID
    states = set(Question.objects.filter(interview=project).values_list("state", flat=True))
    assert {"answered", "unknown", "deferred", "open"} == states
    assert TopicState.objects.filter(interview=project, state="deferred", owner="Head").exists()


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_it_ends_when_the_owner_declines_and_can_be_taken_up(server: Server, alice: User, eager: None, mode: str) -> None:
    project = call(server, alice, "start_interview", title="Desk")["id"]
    assert conducted(server, alice, Owner("decline"), mode, project)["status"] == "stopped"
    assert not Answer.objects.exists()
    assert conducted(server, alice, Owner({"answer": SAID}), mode, project)["answered"] == 1
    call(server, alice, "close_interview", interview=project)
    assert conducted(server, alice, Owner(), mode, project)["status"] == "closed"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_client_without_forms_is_told_what_to_do(server: Server, alice: User, mode: str) -> None:
    project = call(server, alice, "start_interview", title="Desk")["id"]
    told = conducted(server, alice, None, mode, project)
    assert told["status"] == "cannot-ask"
    assert "get_next_question" in told["message"]


def test_an_answer_is_stored_for_the_question_that_was_shown_and_no_other(server: Server, alice: User, eager: None) -> None:
    project = call(server, alice, "start_interview", title="Desk")["id"]

    class Elsewhere(Owner):
        async def __call__(self, context: Any, params: ElicitRequestParams) -> ElicitResult:
            if not self.forms:
                await in_thread(self.answer)
            return await super().__call__(context, params)

        def answer(self) -> None:
            answering.answer(Question.objects.get(interview=project), text="Said on the page.")

    owner = Elsewhere({"answer": "Typed too late."})
    assert conducted(server, alice, owner, "auto", project)["answered"] == 0
    assert owner.forms[1].startswith("The question before was answered elsewhere")
    assert [one.text for one in Answer.objects.filter(interview=project)] == ["Said on the page."]


def test_state_of_another_person_or_changed_state_is_refused(server: Server, alice: User, charlie: User) -> None:
    project = call(server, alice, "start_interview", title="Desk")["id"]
    given: dict[str, Any] = {"name": "conduct_interview", "arguments": {"interview": project}}

    async def begun(client: Client) -> str:
        result = await client.session.call_tool(**given, allow_input_required=True)
        assert isinstance(result, InputRequiredResult)
        assert result.request_state is not None
        return result.request_state

    async def answered(client: Client, state: str) -> Any:
        reply: InputResponses = {"reply": ElicitResult(action="accept", content={"answer": "Not mine."})}
        return value_of(await client.session.call_tool(**given, input_responses=reply, request_state=state))

    sealed = asked(server, alice, begun, elicitation_callback=Owner())
    for user, state in ((charlie, sealed), (alice, sealed[:-2] + "AA")):
        with pytest.raises((ExceptionGroup, Refused)):
            asked(server, user, partial(answered, state=state), elicitation_callback=Owner())
    assert not Answer.objects.exists()
    assert Interview.objects.get(pk=project).is_open
    with pytest.raises(Refused):
        call(server, charlie, "conduct_interview", interview=project)
