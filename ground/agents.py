"""The one register of agents: who takes part in interviews and generations (N-59).

Pages, the steps of a run and the labels of what an agent left behind all read it here. Pure: no Django, no clock, no network.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

FILE = Path(__file__).with_name("agents.yaml")
Lane = Literal["interview", "decide", "write", "check"]


class Agent(BaseModel):
    """One agent. Its words are for visitors; ``key`` is its name in steps, prompts and artefacts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    key: str
    name: str
    """On pages and cards: "Owner's advocate"."""
    in_text: str
    """In the middle of a sentence: "the owner's advocate"."""
    lanes: tuple[Lane, ...]
    line: str
    step: str
    """What its step of a run is called; empty where it has none of its own."""
    asks: str = ""
    """The question that a reviewer answers."""
    calls: tuple[str, ...]
    """The model calls it makes, by their names in ``llm.calls``."""
    sees: str
    leaves: tuple[str, ...]
    """Files of a package, as patterns."""
    does: tuple[str, ...]
    never: str
    alone: str
    """What does the work when no model is set up."""


@cache
def agents() -> tuple[Agent, ...]:
    """All of them, in the order in which they work. A file that is not whole stops whoever asks first."""
    given = yaml.safe_load(FILE.read_text())["agents"]
    return tuple(Agent(key=key, **row) for key, row in given.items())


def named(key: str) -> Agent:
    """The agent of this key. Raises ``KeyError``."""
    return {agent.key: agent for agent in agents()}[key]


def working_in(lane: Lane) -> tuple[Agent, ...]:
    """Those who work in this part, in their order."""
    return tuple(agent for agent in agents() if lane in agent.lanes)
