"""Interviews: begun, read, stopped, taken up again; where they stand, and what was given to them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.authenticating import Caller
from api.mcp.toolbox import ADDS, READS, SETS, STOPS, Toolbox
from api.mcp.tools.arguments import Cursor, InterviewId, Limit, ReferenceId, row_id
from api.nouns import coverage, facts, interviews, packages, questions, references
from api.nouns.shapes import Shape, TopicId

tool = Toolbox()


class Discarded(Shape):
    """What was put into the Recycle Bin."""

    item: str = Field(description="Its id, with which restore brings it back within 30 days.")


@tool("List interviews", READS)
def list_interviews(
    who: Caller, state: interviews.State | None = None, limit: Limit = 50, cursor: Cursor = ""
) -> interviews.InterviewPage:
    """List the account's interviews, the newest first. `status` says who has the ball: `question` waits for the owner."""
    return interviews.listed(who, state=state, limit=limit, cursor=cursor or None)


@tool("Start an interview", ADDS)
def start_interview(
    who: Caller,
    title: Annotated[str, Field(min_length=1, max_length=120, description="Name of the project.")],
    profile: Annotated[interviews.Profile, Field(description="How much is written.")] = "lean",
    depth: Annotated[interviews.Depth, Field(description="About 10, 25 or 50 questions.")] = "standard",
) -> interviews.InterviewDetail:
    """Start the interview of a new project. Its first question waits at once, in `question`."""
    return interviews.begin(who, interviews.NewInterview(title=title, profile=profile, depth=depth))


@tool("Read an interview", READS)
def get_interview(who: Caller, interview: InterviewId) -> interviews.InterviewDetail:
    """Read how an interview stands: the open question, what would be assumed, what was put off, what disagrees."""
    return interviews.read(who, row_id(interview))


@tool("Read what was said", READS)
def list_turns(who: Caller, interview: InterviewId, limit: Limit = 50, cursor: Cursor = "") -> questions.TurnPage:
    """Read the questions of an interview in the order asked, each with its answers and the facts noted from them."""
    return questions.turns(who, row_id(interview), limit=limit, cursor=cursor or None)


@tool("List facts", READS)
def list_facts(
    who: Caller,
    interview: InterviewId,
    topic: TopicId | None = None,
    state: facts.FactState | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> facts.FactPage:
    """List what was noted in an interview, each fact with the words it rests on. Live facts, unless another state is asked
    for."""
    return facts.listed(who, row_id(interview), topic=topic, state=state, limit=limit, cursor=cursor or None)


@tool("Read the coverage", READS)
def get_coverage(who: Caller, interview: InterviewId) -> coverage.Coverage:
    """Read where each of the 47 topics stands, what it still misses, and what is assumed or put off."""
    return coverage.read(who, row_id(interview))


@tool("Read the anchor", READS)
def get_anchor(who: Caller, interview: InterviewId) -> coverage.Anchor:
    """Read goal, invariants and non-goals: as signed, else as they would be signed now."""
    return coverage.anchor(who, row_id(interview))


@tool("Sign the anchor", SETS)
def sign_anchor(who: Caller, interview: InterviewId) -> coverage.Anchor:
    """Sign goal, invariants and non-goals in the owner's name. Show them to the owner first and ask: every document is held
    against this card."""
    return coverage.sign(who, row_id(interview))


@tool("Attach a text", ADDS)
def attach_reference_text(
    who: Caller,
    interview: InterviewId,
    name: Annotated[str, Field(min_length=1, max_length=200, description="File name that ends in .md, .markdown or .txt.")],
    text: Annotated[str, Field(min_length=1, max_length=references.LONGEST, description="Its whole text.")],
) -> references.ReferenceDetail:
    """Give a document to an interview as text. Its facts are noted with the next reply."""
    return references.attach_text(who, row_id(interview), references.NewReference(name=name, text=text))


@tool("List documents of an interview", READS)
def list_references(who: Caller, interview: InterviewId, limit: Limit = 50, cursor: Cursor = "") -> references.ReferencePage:
    """List the documents that were given to an interview, without their texts."""
    return references.listed(who, row_id(interview), limit=limit, cursor=cursor or None)


@tool("Remove a document", STOPS)
def remove_reference(who: Caller, reference: ReferenceId) -> references.RemovedReference:
    """Take a document off an interview, with every note that rests on it. It cannot be undone: ask the owner first."""
    return references.remove(who, row_id(reference))


@tool("Close an interview", STOPS)
def close_interview(who: Caller, interview: InterviewId) -> interviews.InterviewDetail:
    """Stop asking. What nothing firm is known about is assumed, visibly: read `assumptions` of get_interview to the owner first.
    Only a closed interview can be written; reopen_interview takes it up again."""
    return interviews.close(who, row_id(interview))


@tool("Take an interview up again", SETS)
def reopen_interview(who: Caller, interview: InterviewId) -> interviews.InterviewDetail:
    """Take a closed interview up again. What closing assumed is open once more, and the next question is worked out."""
    return interviews.reopen(who, row_id(interview))


@tool("Delete an interview", STOPS)
def delete_interview(
    who: Caller,
    interview: InterviewId,
    with_packages: Annotated[bool, Field(description="Delete the packages that were written from it as well.")] = False,
) -> Discarded:
    """Put an interview into the Recycle Bin. What is being written from it is stopped. Ask the owner first."""
    packages.discard_interview(who, row_id(interview), with_packages=with_packages)
    return Discarded(item=interview)
