"""The rule-based agents as a provider: no network, no key, nothing leaves. Each call brings its own agent."""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel

from llm.calls import Call

I = TypeVar("I", bound=BaseModel)  # noqa: E741
O = TypeVar("O", bound=BaseModel)  # noqa: E741


def answer(call: Call[I, O], data: I) -> O:
    """What the agent of ``call`` makes of ``data``."""
    return call.offline(data)
