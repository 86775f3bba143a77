"""Interviews: begun, answered, corrected, closed."""

from __future__ import annotations

from uuid import UUID

from api.nouns import coverage, facts, interviews, packages, questions
from api.rest.operations import JSON, Asked, Routes
from api.rest.routes.parameters import CURSOR, LIMIT, query
from interviews.models import Interview

routes = Routes("Interviews")


@routes.operation("GET", "/interviews", interviews.InterviewPage)
def list_interviews(
    request: Asked,
    state: interviews.State | None = query(None, description="Only those in this state.", examples=["open"]),
    limit: int = LIMIT,
    cursor: str | None = CURSOR,
) -> interviews.InterviewPage:
    """List interviews.

    The newest first, each with how its topics stand.
    """
    return interviews.listed(request.caller, state=state, limit=limit, cursor=cursor)


@routes.operation("POST", "/interviews", interviews.InterviewDetail, status=201, takes=(JSON,), shows="/interviews/{interview}")
def begin_interview(request: Asked, body: interviews.NewInterview) -> interviews.InterviewDetail:
    """Begin an interview.

    Its first question waits at once: everything in the owner's head, in any order. Secrets in the title are replaced.
    """
    made = interviews.begin(request.caller, body)
    request.representation = f"/interviews/{made.id}"
    return made


@routes.operation("GET", "/interviews/{uuid:interview}", interviews.InterviewDetail, errors=(404,))
def read_interview(request: Asked, interview: UUID) -> interviews.InterviewDetail:
    """Read an interview.

    With the open question, and with what is incomplete: assumptions, decisions that were put off, and conflicts nobody settled.
    """
    return interviews.read(request.caller, interview)


@routes.operation("DELETE", "/interviews/{uuid:interview}", None, status=204, errors=(404,))
def delete_interview(
    request: Asked,
    interview: UUID,
    with_packages: bool = query(False, description="Delete the packages that were written from it as well.", examples=[False]),
) -> None:
    """Delete an interview.

    It goes to the Recycle Bin, where it can be restored for 30 days. What is being written from it is stopped. Its packages stay
    unless with_packages says otherwise.
    """
    packages.discard_interview(request.caller, interview, with_packages=with_packages)


@routes.operation("GET", "/interviews/{uuid:interview}/draft", interviews.Draft, errors=(404,))
def read_draft(request: Asked, interview: UUID) -> interviews.Draft:
    """Read what was typed and not sent."""
    return interviews.draft(request.caller, interview)


@routes.operation(
    "PUT",
    "/interviews/{uuid:interview}/draft",
    interviews.Draft,
    takes=(JSON,),
    errors=(404, 412, 503),
    edits=Interview,
    edited="interview",
)
def keep_draft(request: Asked, interview: UUID, body: interviews.NewDraft) -> interviews.Draft:
    """Keep what is being typed.

    The page of the interview shows it. Secrets are replaced before it is kept.
    """
    return interviews.keep_draft(request.caller, interview, body)


@routes.operation("GET", "/interviews/{uuid:interview}/question", questions.Next, errors=(404,))
def next_question(request: Asked, interview: UUID) -> questions.Next:
    """Read the next question.

    While the last answer is being read there is none; ask again after a second.
    """
    return questions.following(request.caller, interview)


@routes.operation("GET", "/interviews/{uuid:interview}/turns", questions.TurnPage, errors=(404,))
def list_turns(request: Asked, interview: UUID, limit: int = LIMIT, cursor: str | None = CURSOR) -> questions.TurnPage:
    """List what was asked and said.

    In the order asked, each answer with the facts that were noted from it.
    """
    return questions.turns(request.caller, interview, limit=limit, cursor=cursor)


@routes.operation(
    "POST",
    "/interviews/{uuid:interview}/answers",
    questions.AnswerShape,
    status=201,
    takes=(JSON,),
    errors=(404, 409, 503),
    shows="/answers/{answer}",
)
def give_answer(request: Asked, interview: UUID, body: questions.NewAnswer) -> questions.AnswerShape:
    """Answer the open question.

    What is said is stored at once, without secrets; the next question is worked out after it. The same answer sent twice under
    one client_id is stored once, also without an Idempotency-Key.
    """
    said = questions.answer(request.caller, interview, body)
    request.representation = f"/answers/{said.id}"
    return said


@routes.operation("GET", "/answers/{uuid:answer}", questions.AnswerShape, errors=(404,))
def read_answer(request: Asked, answer: UUID) -> questions.AnswerShape:
    """Read an answer.

    With the facts that were noted from it, once it was read.
    """
    return questions.read_answer(request.caller, answer)


@routes.operation("GET", "/questions/{uuid:question}", questions.QuestionShape, errors=(404,))
def read_question(request: Asked, question: UUID) -> questions.QuestionShape:
    """Read a question."""
    return questions.read(request.caller, question)


@routes.operation(
    "POST", "/questions/{uuid:question}/unknown", questions.QuestionShape, errors=(404, 409), shows="/questions/{question}"
)
def do_not_know(request: Asked, question: UUID) -> questions.QuestionShape:
    """Say "I don't know".

    The first time an example and a default are offered (see offer). The second time the default is assumed, visibly, and the
    interview goes on.
    """
    request.representation = f"/questions/{question}"
    return questions.do_not_know(request.caller, question)


@routes.operation(
    "POST",
    "/questions/{uuid:question}/later",
    questions.QuestionShape,
    takes=(JSON,),
    errors=(404, 409, 503),
    shows="/questions/{question}",
)
def decide_later(request: Asked, question: UUID, body: questions.Later) -> questions.QuestionShape:
    """Decide later.

    The decision is put off, with who decides and what has to happen first.
    """
    request.representation = f"/questions/{question}"
    return questions.decide_later(request.caller, question, body)


@routes.operation(
    "POST",
    "/interviews/{uuid:interview}/reply",
    questions.Next,
    status=202,
    errors=(404,),
    shows="/interviews/{interview}/question",
)
def ask_again(request: Asked, interview: UUID) -> questions.Next:
    """Ask for the reply again.

    After it did not come (status: trouble). What was said is not lost.
    """
    request.representation = f"/interviews/{interview}/question"
    return questions.ask_again(request.caller, interview)


@routes.operation("DELETE", "/interviews/{uuid:interview}/reply", questions.Next, errors=(404,))
def stop_reply(request: Asked, interview: UUID) -> questions.Next:
    """Stop the reply.

    It is left where it is; what was said and noted stays, and it can be asked for again.
    """
    return questions.stop_reply(request.caller, interview)


@routes.operation("GET", "/interviews/{uuid:interview}/coverage", coverage.Coverage, errors=(404,))
def read_coverage(request: Asked, interview: UUID) -> coverage.Coverage:
    """Read where each topic stands.

    All 47 topics of vision, requirements and architecture, with what is missing.
    """
    return coverage.read(request.caller, interview)


@routes.operation("GET", "/interviews/{uuid:interview}/assumptions", interviews.AssumptionList, errors=(404,))
def list_assumptions(request: Asked, interview: UUID) -> interviews.AssumptionList:
    """List what would be assumed.

    If the interview were closed now, or what was assumed when it was. The weightiest first.
    """
    return interviews.assumptions(request.caller, interview)


@routes.operation(
    "POST",
    "/interviews/{uuid:interview}/assumptions",
    questions.AnswerShape,
    status=201,
    takes=(JSON,),
    errors=(404, 402, 502, 503),
    shows="/answers/{answer}",
    whole=False,
)
def correct_assumption(request: Asked, interview: UUID, body: questions.NewAssumption) -> questions.AnswerShape:
    """Say what holds instead of an assumption.

    It is stored as an answer to that topic and read at once, by a model where one is set.
    """
    said = questions.correct_assumption(request.caller, interview, body)
    request.representation = f"/answers/{said.id}"
    return said


@routes.operation("GET", "/interviews/{uuid:interview}/anchor", coverage.Anchor, errors=(404,))
def read_anchor(request: Asked, interview: UUID) -> coverage.Anchor:
    """Read the anchor.

    Goal, invariants and non-goals: as they were signed, else as they would be signed now.
    """
    return coverage.anchor(request.caller, interview)


@routes.operation(
    "POST", "/interviews/{uuid:interview}/anchor", coverage.Anchor, errors=(404,), shows="/interviews/{interview}/anchor"
)
def sign_anchor(request: Asked, interview: UUID) -> coverage.Anchor:
    """Sign the anchor.

    In the owner's name, as it stands now. Every document is held against it. Read it before.
    """
    request.representation = f"/interviews/{interview}/anchor"
    return coverage.sign(request.caller, interview)


@routes.operation(
    "POST", "/interviews/{uuid:interview}/close", interviews.InterviewDetail, errors=(404, 409), shows="/interviews/{interview}"
)
def close_interview(request: Asked, interview: UUID) -> interviews.InterviewDetail:
    """Close an interview.

    What nothing firm is known about becomes an assumption, with who would know and what follows if it is wrong. Then it can be
    written.
    """
    request.representation = f"/interviews/{interview}"
    return interviews.close(request.caller, interview)


@routes.operation(
    "POST", "/interviews/{uuid:interview}/reopen", interviews.InterviewDetail, errors=(404, 409), shows="/interviews/{interview}"
)
def reopen_interview(request: Asked, interview: UUID) -> interviews.InterviewDetail:
    """Take an interview up again.

    What was assumed by closing is open once more, and the next question is worked out.
    """
    request.representation = f"/interviews/{interview}"
    return interviews.reopen(request.caller, interview)


@routes.operation("GET", "/interviews/{uuid:interview}/facts", facts.FactPage, errors=(404,))
def list_facts(
    request: Asked,
    interview: UUID,
    topic: str | None = query(None, pattern=r"^[VRA]\d{1,2}$", description="Of this topic only.", examples=["R5"]),
    state: facts.FactState | None = query(None, description="Live ones, unless another state is asked for.", examples=["live"]),
    limit: int = LIMIT,
    cursor: str | None = CURSOR,
) -> facts.FactPage:
    """List facts.

    Each with the verbatim words it rests on, in the order in which they were noted.
    """
    return facts.listed(request.caller, interview, topic=topic, state=state, limit=limit, cursor=cursor)


@routes.operation("GET", "/facts/{uuid:fact}", facts.FactShape, errors=(404,))
def read_fact(request: Asked, fact: UUID) -> facts.FactShape:
    """Read a fact."""
    return facts.read(request.caller, fact)


@routes.operation(
    "POST",
    "/facts/{uuid:fact}/correction",
    facts.FactShape,
    status=201,
    takes=(JSON,),
    errors=(404, 409, 503),
    shows="/facts/{fact}",
)
def correct_fact(request: Asked, fact: UUID, body: facts.Correction) -> facts.FactShape:
    """Correct a fact.

    A new fact takes its place and rests on your own sentence; the old one stays in the ledger as superseded.
    """
    made = facts.correct(request.caller, fact, body)
    request.representation = f"/facts/{made.id}"
    return made


@routes.operation("GET", "/interviews/{uuid:interview}/conflicts", facts.ConflictPage, errors=(404,))
def list_conflicts(request: Asked, interview: UUID, limit: int = LIMIT, cursor: str | None = CURSOR) -> facts.ConflictPage:
    """List disagreements.

    Two facts that cannot both hold, with both voices; settled ones too.
    """
    return facts.conflicts(request.caller, interview, limit=limit, cursor=cursor)


@routes.operation("GET", "/conflicts/{uuid:conflict}", facts.Conflict, errors=(404,))
def read_conflict(request: Asked, conflict: UUID) -> facts.Conflict:
    """Read a disagreement."""
    return facts.read_conflict(request.caller, conflict)


@routes.operation(
    "POST",
    "/conflicts/{uuid:conflict}/resolution",
    facts.Conflict,
    takes=(JSON,),
    errors=(402, 404, 409, 502, 503),
    shows="/conflicts/{conflict}",
    whole=False,
)
def settle_conflict(request: Asked, conflict: UUID, body: facts.Settlement) -> facts.Conflict:
    """Settle a disagreement.

    Say which of the two holds. "both-when" needs the sentence that says when each does; it is read as an answer.
    """
    request.representation = f"/conflicts/{conflict}"
    return facts.settle(request.caller, conflict, body)
