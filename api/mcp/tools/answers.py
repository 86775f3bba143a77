"""Questions and answers: what is asked next, what is said, what is corrected."""

from __future__ import annotations

import asyncio
import time
import uuid
from typing import Annotated, Literal

from pydantic import Field

from api.authenticating import Caller
from api.mcp.toolbox import ADDS, READS, SETS, Toolbox
from api.mcp.tools.arguments import ConflictId, FactId, InterviewId, QuestionId, Seconds, row_id
from api.nouns import facts, questions
from api.nouns.shapes import TopicId
from api.threads import in_thread
from ground.errors import BadInput

tool = Toolbox()

LOOK_SECONDS = 0.4
"""Between two looks at an answer that is being read."""


@tool("Get the next question", READS)
async def get_next_question(who: Caller, interview: InterviewId, wait_seconds: Seconds = 20) -> questions.Next:
    """Get the question that waits for the owner, with why it is asked. While the last answer is being read it waits for up to
    `wait_seconds`; with status `reading`, call it again. Ask the owner; do not make answers up."""
    return await following(who, row_id(interview), seconds=wait_seconds)


@tool("Answer a question", ADDS)
def answer_question(
    who: Caller,
    interview: InterviewId,
    question: QuestionId,
    text: Annotated[str, Field(min_length=1, max_length=40_000, description="What the owner said, in the owner's own words.")],
    client_id: Annotated[
        str, Field(max_length=40, description="Any word of yours: the same answer sent twice under it is stored once.")
    ] = "",
) -> questions.AnswerShape:
    """Store what the owner said to the open question, word for word. Then call get_next_question."""
    return questions.answer(
        who, row_id(interview), questions.NewAnswer(question=row_id(question), text=text, client_id=client_id)
    )


@tool("Skip a question", ADDS)
def skip_question(
    who: Caller,
    question: QuestionId,
    how: Annotated[
        Literal["unknown", "later"],
        Field(
            description="unknown: the owner does not know; the first time an example and a default are offered, the second time "
            "the default is assumed. later: somebody decides it later."
        ),
    ],
    owner: Annotated[str, Field(max_length=80, description="With later: who decides, a name or a role.")] = "",
    trigger: Annotated[str, Field(max_length=120, description="With later: what has to happen first, an event or a date.")] = "",
) -> questions.QuestionShape:
    """Pass over the open question, because the owner does not know or decides later."""
    if how == "unknown":
        return questions.do_not_know(who, row_id(question))
    if not owner.strip() or not trigger.strip():
        raise BadInput("Say who decides and when: owner is a name or a role, trigger a date or an event.")
    return questions.decide_later(who, row_id(question), questions.Later(owner=owner, trigger=trigger))


@tool("Ask for the reply again", SETS)
def retry_reply(who: Caller, interview: InterviewId) -> questions.Next:
    """Have the reply to the last answer worked out again, after it did not come (status `trouble`)."""
    return questions.ask_again(who, row_id(interview))


@tool("Correct a fact", ADDS, slow=True)
def edit_fact(
    who: Caller,
    fact: FactId,
    text: Annotated[str, Field(min_length=1, max_length=400, description="What is right instead, as a sentence of the owner's.")],
) -> facts.FactShape:
    """Put a sentence of the owner's own in the place of what was noted. The old fact stays on record as superseded."""
    return facts.correct(who, row_id(fact), facts.Correction(text=text))


@tool("Correct an assumption", ADDS, slow=True)
def correct_assumption(
    who: Caller,
    interview: InterviewId,
    topic: TopicId,
    text: Annotated[str, Field(min_length=1, max_length=4_000, description="What holds instead, in the owner's own words.")],
) -> questions.AnswerShape:
    """Say what holds instead of what would be assumed about a topic."""
    return questions.correct_assumption(who, row_id(interview), questions.NewAssumption(topic=topic, text=text))


@tool("Settle a disagreement", SETS, slow=True)
def settle_conflict(
    who: Caller,
    conflict: ConflictId,
    resolution: Annotated[facts.Resolution, Field(description="Which of the two holds, as the owner decides.")],
    text: Annotated[str, Field(max_length=2_000, description="With both-when: when the first holds and when the second.")] = "",
) -> facts.Conflict:
    """Settle two statements that cannot both hold. The one that does not stays on record."""
    return facts.settle(who, row_id(conflict), facts.Settlement(resolution=resolution, text=text))


async def following(who: Caller, interview: uuid.UUID, *, seconds: float) -> questions.Next:
    """What is up next, after at most ``seconds`` of waiting while an answer is being read. No thread is held meanwhile."""
    end = time.monotonic() + seconds
    while True:
        up = await in_thread(questions.following, who, interview)
        if up.status != "reading" or time.monotonic() >= end:
            return up
        await asyncio.sleep(LOOK_SECONDS)
