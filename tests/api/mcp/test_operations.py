"""Every operation of the REST API does the same for a tool's token as for a key (S-095)."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from mcp.client.client import Client as Agent
from pytest_django import Settings

from accounts.flows import keying
from accounts.models import User
from api.mcp.calling import called_by
from api.mcp.server import Server
from api.oauth.recognising import Grantee, recognise
from api.rest import performing
from api.rest.operations import OPERATIONS
from tests.api.mcp.conftest import TOOL, Refused, call, value_of
from tests.api.oauth.issued import a_client, a_token
from tests.api.rest.conftest import Program
from tests.api.rest.test_reference import ELSEWHERE, LATE, world

pytestmark = pytest.mark.django_db(transaction=True)

OF_ITS_OWN = [
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "ID"),
    (r"\b[0-9a-f]{64}\b", "DIGEST"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)", "TIME"),
    (r'"(key|tool)"', '"PROGRAM"'),
    (r"Kirsa|Tolva", "NAME"),
    (r'"(size|duration_ms|seconds)": \d+', r'"\1": 0'),
    (r'"next": "[\w-]{22}"', '"next": "CURSOR"'),
]
"""What differs between two accounts, that are otherwise the same; and the means of what was done."""


def plain(answer: Any) -> str:
    text = json.dumps(answer, sort_keys=True)
    for pattern, word in OF_ITS_OWN:
        text = re.sub(pattern, word, text)
    return text


def first_difference(one: str, other: str) -> tuple[str, str]:
    same = next((place for place, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), 0)
    place = max(same - 60, 0)
    return one[place : place + 120], other[place : place + 120]


def steps() -> Iterator[str]:
    """Every operation: what only reads first, then what changes something, in an order that works."""
    yield from (name for name in OPERATIONS if name not in LATE)
    yield from LATE


def arguments(name: str, ids: dict[str, Any]) -> dict[str, Any]:
    """Those of the example, about rows of this account."""
    values = ids | {given: ids[other] for given, other in ELSEWHERE.get(name, {}).items()}
    found: dict[str, Any] = {}
    for argument, value in performing.find(name).example.items():
        if argument == performing.BODY:
            found[argument] = {part: _own(part, one, values) for part, one in value.items()}
        else:
            found[argument] = str(values.get(argument, value))
    return found


def _own(name: str, value: Any, values: dict[str, Any]) -> Any:
    one = name.removesuffix("s")
    if isinstance(value, list) and one in values:
        return [str(values[one])]
    return str(values[name]) if name in values else value


def by_key(program: Program, name: str, given: dict[str, Any]) -> tuple[int, Any]:
    one = performing.find(name)
    place, query = one.place, {}
    for told in one.parameters:
        if told["in"] == "path":
            place = place.replace(f"{{{told['name']}}}", quote(given[told["name"]]))
        elif told["name"] in given:
            query[told["name"]] = given[told["name"]]
    answer = program.call(one.operation.method, f"{place}?{urlencode(query)}", given.get(performing.BODY))
    if answer.streaming:
        return answer.status_code, "a file or a stream"
    if answer.content and "json" in answer.headers["Content-Type"]:
        return answer.status_code, json.loads(answer.content)
    return answer.status_code, answer.content.decode()


async def by_token(agent: Agent, name: str, given: dict[str, Any]) -> tuple[int, Any]:
    told = value_of(await agent.call_tool("call_operation", {"operation": name, "arguments": given}))
    if told["media_type"] == "application/zip":
        assert base64.b64decode(told["base64"])[:2] == b"PK"
        return told["status"], "a file or a stream"
    if told["media_type"] == "text/event-stream":
        assert "event: over" in told["text"]
        return told["status"], "a file or a stream"
    return told["status"], told["text"] or (told["answer"] if told["answer"] is not None else "")


def let_in(user: User) -> Grantee:
    row, raw = a_token(user, a_client(TOOL))
    found = recognise(raw)
    assert found is not None
    assert found.token_id == row.pk
    return found


@pytest.mark.promise("S-095")
def test_every_operation_answers_a_token_as_it_answers_a_key(server: Server, settings: Settings) -> None:
    settings.API_CALLS = 100_000
    settings.CELERY_TASK_ALWAYS_EAGER = False
    (_, of_key), (_, of_tool) = world("Kirsa"), world("Tolva")
    keyed, tooled = (User.objects.get(email=f"{name}@example.org") for name in ("Kirsa", "Tolva"))
    program, _ = (Program(user, keying.make(user, name=TOOL).raw) for user in (keyed, tooled))
    given = {name: (arguments(name, of_key), arguments(name, of_tool)) for name in steps()}
    assert given.keys() == OPERATIONS.keys()
    expected = {name: by_key(program, name, mine) for name, (mine, _) in given.items()}
    grantee = let_in(tooled)

    async def told() -> dict[str, tuple[int, Any]]:
        found = {}
        for name, (_, theirs) in given.items():
            called_by(grantee)  # as the door does for each request
            async with Agent(server) as agent:
                found[name] = await by_token(agent, name, theirs)
        return found

    answered = asyncio.run(told())
    assert {name: answer for name, answer in expected.items() if answer[0] >= 300} == {}
    differ = {
        name: first_difference(plain(answer), plain(answered[name][1]))
        for name, (status, answer) in expected.items()
        if (answered[name][0], plain(answered[name][1])) != (status, plain(answer))
    }
    assert differ == {}


@pytest.mark.promise("S-095")
def test_no_operation_reaches_another_account_and_a_tool_hears_what_a_key_hears(
    server: Server, charlie: User, settings: Settings
) -> None:
    settings.API_CALLS = 100_000
    _, ids = world("key")
    program = Program(charlie, keying.make(charlie, name=TOOL).raw)
    named = [name for name in steps() if "{" in performing.find(name).place]
    assert len(named) > 50
    for name in named:
        given = arguments(name, ids)
        status, problem = by_key(program, name, given)
        with pytest.raises(Refused) as said:
            call(server, charlie, "call_operation", operation=name, arguments=given)
        assert (status, str(said.value)) == (404, problem["detail"]), name


def test_what_does_not_fit_is_told_in_sentences(server: Server, alice: User) -> None:
    def refused(operation: str, **given: Any) -> str:
        with pytest.raises(Refused) as said:
            call(server, alice, "call_operation", operation=operation, arguments=given)
        return str(said.value)

    assert refused("delete_everything") == "There is no such operation. list_operations says which there are."
    assert "read_package takes no pakage" in refused("read_package", pakage="x")
    assert "package is missing" in refused("read_package")
    assert "nothing with this id" in refused("read_package", package="no-id")
    assert "nothing with this id" in refused("read_package", package="../../usage")
    assert "nothing with this id" in refused("read_package", package=f"{alice.pk}/documents")
    assert "/title: Field required." in refused("begin_interview", body={"name": "Desk"})
    assert "limit:" in refused("list_packages", limit=500)
    assert "has to be a text or a number" in refused("list_packages", cursor=["x"])
    made = call(server, alice, "call_operation", operation="begin_interview", arguments={"body": {"title": "Desk"}})
    again = {"Idempotency-Key": "k-1", "body": {"title": "Once"}}
    first, second = (call(server, alice, "call_operation", operation="begin_interview", arguments=again) for _ in range(2))
    assert (made["status"], first["answer"]["id"]) == (201, second["answer"]["id"])
    profile = call(server, alice, "call_operation", operation="read_profile", arguments={})
    change = {"If-Match": profile["etag"], "body": {"display_name": "Ada"}}
    assert call(server, alice, "call_operation", operation="change_profile", arguments=change)["answer"]["display_name"] == "Ada"
    assert "changed since you read it" in refused("change_profile", **change)


def test_operations_are_listed_and_described(server: Server, alice: User) -> None:
    listed = call(server, alice, "list_operations")["items"]
    assert {one["operation"] for one in listed} == OPERATIONS.keys()
    told = call(server, alice, "describe_operation", operation="change_retention")
    assert (told["method"], told["about"]) == ("PATCH", "Recycle Bin")
    assert told["body"]["properties"].keys() == told["example"]["body"].keys() == {"packages", "interviews"}
    assert {one["name"] for one in told["arguments"]} == {"If-Match"}
    assert "$ref" not in json.dumps([performing.find(one).body for one in OPERATIONS])
