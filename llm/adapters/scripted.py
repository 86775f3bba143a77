"""Replies written by a test: ``with scripted.replies({"generation.vision": VisionPart(...)}) as asked``.

A reply is a pydantic model, a dictionary, a text as the model would send it, an exception to raise, or a list of these that is
used up in turn (the last one stays). A call without a reply fails clearly, unless ``agents=True`` lets its agent answer.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from pydantic import BaseModel

from llm import prompting
from llm.adapters.base import Begun, FirstToken, Reply, Request
from llm.calls import registered
from llm.errors import Rejected, Usage

Scripted: TypeAlias = "BaseModel | dict[str, Any] | str | Exception"


class _Script:
    def __init__(self, replies: Mapping[str, Scripted | Sequence[Scripted]], *, agents: bool) -> None:
        self.left = {
            name: list(reply) if isinstance(reply, Sequence) and not isinstance(reply, str) else [reply]
            for name, reply in replies.items()
        }
        self.agents = agents
        self.asked: list[Request] = []


_lock = threading.Lock()
_scripts: list[_Script] = []


@contextmanager
def replies(
    script: Mapping[str, Scripted | Sequence[Scripted]] | None = None, *, agents: bool = False
) -> Iterator[list[Request]]:
    """Answer from ``script`` for the length of the block, in all threads. Yields the requests as they would have been sent."""
    entry = _Script(script or {}, agents=agents)
    _scripts.append(entry)
    try:
        yield entry.asked
    finally:
        _scripts.remove(entry)


class ScriptedAdapter:
    """The provider ``scripted``."""

    outside = False
    in_background = False

    async def answer(self, request: Request, first_token: FirstToken) -> Reply:
        first_token()
        reply = self._next(request)
        if isinstance(reply, Exception):
            raise reply
        text = reply if isinstance(reply, str) else reply.model_dump_json() if isinstance(reply, BaseModel) else json.dumps(reply)
        said = len(request.system) + len(request.material) + sum(len(turn.text) for turn in request.turns)
        return Reply(text, Usage(tokens_in=said // 4, tokens_out=len(text) // 4), model="scripted")

    async def begin(self, request: Request) -> Begun:
        raise Rejected("Scripted replies are not written in the background.")

    async def collect(self, response_id: str) -> Reply | None:
        raise Rejected("Scripted replies are not written in the background.")

    async def discard(self, response_id: str, *, unfinished: bool) -> None:
        """Nothing is stored."""

    def _next(self, request: Request) -> Scripted:
        with _lock:
            if not _scripts:
                raise Rejected("The provider “scripted” answers inside `with scripted.replies(...)` only. It is for tests.")
            script = _scripts[-1]
            script.asked.append(request)
            queue = script.left.get(request.call)
            if queue:
                return queue.pop(0) if len(queue) > 1 else queue[0]
        if not script.agents:
            raise Rejected(f"No reply is scripted for {request.call}.")
        return agent_reply(request.call, request.material)


def agent_reply(name: str, user: str) -> BaseModel:
    """What the rule-based agent of the call ``name``, or of a call with that title, answers to the first message ``user``."""
    call = next((call for call in registered() if name in (call.name, call.schema_title)), None)
    if call is None:
        raise Rejected(f"No call is registered as {name}.")
    answer: BaseModel = call.offline(prompting.read_input(call, user))
    return answer
