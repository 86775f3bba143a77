"""Whatever has no tool of its own: every operation of the REST API, done as this caller by the same routes (S-095)."""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

from pydantic import Field

from api.authenticating import Caller
from api.mcp.toolbox import ANYTHING, READS, Toolbox
from api.nouns.shapes import Shape
from api.rest import performing
from api.rest.operations import JSON
from ground.errors import SpecStepError

tool = Toolbox()

OperationName = Annotated[str, Field(max_length=60, description="Name of an operation, as list_operations gives it.")]


class OperationLine(Shape):
    """One operation."""

    operation: str
    about: str = Field(description="What it is about.")
    does: str
    method: str = Field(description="GET changes nothing; DELETE takes something away.")


class OperationList(Shape):
    """All operations."""

    items: list[OperationLine]


class Argument(Shape):
    """One argument of an operation."""

    name: str
    description: str
    required: bool
    schema_: dict[str, Any] = Field(serialization_alias="schema")


class OperationDetail(OperationLine):
    """What an operation takes."""

    description: str
    arguments: list[Argument]
    body: dict[str, Any] | None = Field(description="JSON schema of the argument `body`; null where there is none.")
    example: dict[str, Any] = Field(description="Arguments as they could be.")


class Outcome(Shape):
    """What an operation answered."""

    status: int
    etag: str = Field(description="Give it as If-Match to change only what stands so still.")
    media_type: str
    answer: Any = Field(description="Where it answers as JSON.")
    text: str = Field(description="Where it answers as text.")
    base64: str = Field(description="Where it answers as a file.")


@tool("List operations", READS)
def list_operations(who: Caller) -> OperationList:
    """List everything that can be done here, also what has no tool of its own: settings, limits, channels, webhooks, profile,
    retention, deleting for good."""
    return OperationList(items=[_line(one) for one in performing.described().values()])


@tool("Describe an operation", READS)
def describe_operation(who: Caller, operation: OperationName) -> OperationDetail:
    """Say what an operation takes, with an example."""
    one = performing.find(operation)
    return OperationDetail(
        **_line(one).model_dump(),
        description=one.told["description"],
        arguments=[
            Argument(name=each["name"], description=each["description"], required=each["required"], schema_=each["schema"])
            for each in one.parameters
        ],
        body=one.body,
        example=one.example,
    )


@tool("Call an operation", ANYTHING, slow=True)
def call_operation(
    who: Caller,
    operation: OperationName,
    arguments: Annotated[dict[str, Any], Field(description="By name, as describe_operation says; `body` holds the body.")],
) -> Outcome:
    """Do any operation as the owner. It may change, send out or delete for good: use a tool of its own where there is one, and
    ask the owner before anything that cannot be undone."""
    answer = performing.perform(who, operation, arguments)
    if answer.status >= 400:
        raise SpecStepError(_sentence(json.loads(answer.content)))
    is_json = answer.media_type == JSON and bool(answer.content)
    is_text = not is_json and answer.media_type.startswith("text/")
    return Outcome(
        status=answer.status,
        etag=answer.etag,
        media_type=answer.media_type,
        answer=json.loads(answer.content) if is_json else None,
        text=answer.content.decode() if is_text else "",
        base64="" if is_json or is_text else base64.b64encode(answer.content).decode(),
    )


def _line(one: performing.Described) -> OperationLine:
    return OperationLine(
        operation=one.operation.id, about=one.told["tags"][0], does=one.told["summary"], method=one.operation.method
    )


def _sentence(problem: dict[str, Any]) -> str:
    """What a problem says, for an agent."""
    faults = (f"{fault.get('pointer') or fault.get('parameter')}: {fault['detail']}." for fault in problem.get("errors", []))
    return " ".join([problem["detail"], *faults])
