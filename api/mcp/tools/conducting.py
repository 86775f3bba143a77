"""``conduct_interview``: the owner is asked in the client, question after question, without the agent's words in between.

From protocol 2026-07-28 on each question is the result of a call and its answer comes with the next one
(``InputRequiredResult``); the sealed state says which question was asked, so that an answer is stored for no other. Before
that, the question is a request of ours, which needs a connection that keeps a session; where there is none, the tool says what
to do instead.
"""

from __future__ import annotations

import uuid
from typing import Any, Literal

from mcp.server.elicitation import render_elicitation_schema
from mcp.server.mcpserver import Context
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_types.version import is_version_at_least
from pydantic import BaseModel, Field, ValidationError

from api.authenticating import Caller
from api.mcp.toolbox import ADDS, Toolbox
from api.mcp.tools.answers import following
from api.mcp.tools.arguments import InterviewId, row_id
from api.nouns import questions
from api.nouns.shapes import Shape
from api.threads import in_thread
from ground.errors import Conflict

tool = Toolbox()
Ctx = Context[Any, Any]

ASKS_IN_RESULTS = "2026-07-28"
KEY = "reply"
WAIT_SECONDS = 25.0
"""For the next question, while the answer before is being read."""
MOST_ROUNDS = 100
"""Questions of one call over a connection with a session."""
ALTERNATIVE = "Ask the owner in the chat: get_next_question, then answer_question or skip_question, and again."


class Reply(BaseModel):
    """The form that the client shows under a question. The specification allows plain values only."""

    answer: str = Field(default="", max_length=40_000, title="Your answer", description="In your own words.")
    instead: Literal["answer", "I do not know", "Decide later"] = Field(
        default="answer", title="Or", description="Both are good answers too."
    )
    who_decides: str = Field(
        default="", max_length=80, title="Who decides", description="Only for Decide later: a name or a role."
    )
    when: str = Field(default="", max_length=120, title="When", description="Only for Decide later: an event or a date.")


class Conducted(Shape):
    """How far an interview came in this call."""

    interview: uuid.UUID
    status: Literal["finished", "stopped", "reading", "trouble", "closed", "cannot-ask"] = Field(
        description="finished: nothing is left to ask. stopped: the owner stopped; what was said is kept. reading: the last "
        "answer is still being read, call again. trouble: the reply did not come, see message. cannot-ask: it shows no forms."
    )
    answered: int = Field(description="Questions that the owner answered or passed over in this call.")
    message: str = Field(description="What to do now.")


class _Asked(BaseModel):
    """Which question stands in the client's form, and how many were before. Sealed on its way there and back."""

    question: uuid.UUID
    answered: int


@tool("Conduct the interview", ADDS)
async def conduct_interview(who: Caller, ctx: Ctx, interview: InterviewId) -> Conducted | InputRequiredResult:
    """Let SpecStep ask the owner itself: the client shows one question after the other as a form, and every answer is stored as
    it was typed. It ends when nothing is left to ask or the owner cancels. Clients without forms: use get_next_question."""
    row = row_id(interview)
    await in_thread(questions.following, who, row)  # also who cannot be asked is told when there is no such interview
    if ctx.client_capabilities is None or ctx.client_capabilities.elicitation is None:
        return Conducted(interview=row, status="cannot-ask", answered=0, message=f"This client shows no forms. {ALTERNATIVE}")
    if is_version_at_least(ctx.protocol_version or "", ASKS_IN_RESULTS):
        return await _next_round(who, ctx, row)
    if not ctx.session.can_send_request:
        return Conducted(
            interview=row,
            status="cannot-ask",
            answered=0,
            message=f"Over this protocol version nothing can be asked. {ALTERNATIVE}",
        )
    return await _in_one_session(who, ctx, row)


async def _next_round(who: Caller, ctx: Ctx, interview: uuid.UUID) -> Conducted | InputRequiredResult:
    """Store what came with the call, and put the next question."""
    answered, note = 0, ""
    said = (ctx.input_responses or {}).get(KEY)
    if ctx.request_state and isinstance(said, ElicitResult):
        asked = _Asked.model_validate_json(ctx.request_state)
        answered = asked.answered
        if said.action != "accept":
            return _stopped(interview, answered)
        note = await _take(who, interview, asked.question, said.content or {})
        answered += not note
    up = await following(who, interview, seconds=WAIT_SECONDS)
    if up.question is None:
        return _ended(up, answered)
    state = _Asked(question=up.question.id, answered=answered)
    form = ElicitRequestFormParams(message=_worded(up.question, note), requested_schema=render_elicitation_schema(Reply))
    return InputRequiredResult(input_requests={KEY: ElicitRequest(params=form)}, request_state=state.model_dump_json())


async def _in_one_session(who: Caller, ctx: Ctx, interview: uuid.UUID) -> Conducted:
    """Ask and store until nothing is left or the owner stops."""
    answered, note = 0, ""
    for _ in range(MOST_ROUNDS):
        up = await following(who, interview, seconds=WAIT_SECONDS)
        if up.question is None:
            return _ended(up, answered)
        said = await ctx.session.elicit_form(
            message=_worded(up.question, note),
            requested_schema=render_elicitation_schema(Reply),
            related_request_id=ctx.request_id,
        )
        if said.action != "accept":
            break
        note = await _take(who, interview, up.question.id, said.content or {})
        answered += not note
    return _stopped(interview, answered)


async def _take(who: Caller, interview: uuid.UUID, question: uuid.UUID, content: Any) -> str:
    """Store one reply; what has to be said before it is asked again, empty when it is stored."""
    try:
        reply = Reply.model_validate(content)
    except ValidationError:
        return "That form could not be read; nothing of it was kept."
    if reply.instead == "answer" and not reply.answer.strip():
        return "There was nothing to keep. Write your answer, or choose that you do not know."
    if reply.instead == "Decide later" and not (reply.who_decides.strip() and reply.when.strip()):
        return "Say who decides and when: a name or a role, and an event or a date."
    try:
        await in_thread(_store, who, interview, question, reply)
    except Conflict:
        return "The question before was answered elsewhere in the meantime; your last form was not needed."
    return ""


def _store(who: Caller, interview: uuid.UUID, question: uuid.UUID, reply: Reply) -> None:
    if reply.instead == "I do not know":
        questions.do_not_know(who, question)
    elif reply.instead == "Decide later":
        questions.decide_later(who, question, questions.Later(owner=reply.who_decides, trigger=reply.when))
    else:
        # The same form sent twice, as after a lost connection, is stored once.
        wish = questions.NewAnswer(question=question, text=reply.answer, client_id=question.hex)
        questions.answer(who, interview, wish)


def _worded(question: questions.QuestionShape, note: str) -> str:
    """The question as a person reads it in the form."""
    lines = [note, question.text, f"Why it is asked: {question.why}"]
    lines += [f"- {option.text}{f' ({option.note})' if option.note else ''}" for option in question.options]
    if question.offer:
        lines += [
            f"An example: {question.offer.example}",
            f"If you do not know either, this is assumed: {question.offer.default}",
        ]
    return "\n".join(line for line in lines if line)


def _stopped(interview: uuid.UUID, answered: int) -> Conducted:
    message = "The owner stopped here. What was said is kept; call conduct_interview again to go on."
    return Conducted(interview=interview, status="stopped", answered=answered, message=message)


def _ended(up: questions.Next, answered: int) -> Conducted:
    said = {
        "reading": "The last answer is still being read. Call conduct_interview again.",
        "trouble": f"The reply did not come: {up.trouble} Call retry_reply, then conduct_interview again.",
        "closed": "The interview is closed. start_generation writes its package.",
    }
    message = said.get(
        up.status, "Nothing is left to ask. Read get_interview to the owner, then close_interview and start_generation."
    )
    status: Any = up.status if up.status in said else "finished"
    return Conducted(interview=up.interview, status=status, answered=answered, message=message)
