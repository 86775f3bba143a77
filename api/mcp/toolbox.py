"""How a function becomes a tool: its arguments and result typed, its work in a thread, its failures sentences.

A tool is written as a plain function whose first argument is who calls. It calls a reader or an action of ``api.nouns``, which
calls the flow that the page calls. A tool that has to wait or to ask is a coroutine and hops by itself (``api.threads``); so is
one that asks the database straight (``api.straight``).
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, get_type_hints

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import Result, ToolAnnotations
from pydantic import BaseModel

from accounts import audit
from api.mcp.calling import caller
from api.mcp.marking import marked
from api.threads import in_slow_thread, in_thread
from ground.errors import SpecStepError

Work = Callable[..., Any]


@dataclass(frozen=True)
class Kind:
    """What a client may know of a tool before it calls it (the annotations of the specification)."""

    reads: bool = False
    """Changes nothing."""
    destroys: bool = False
    """Takes something away or stops it."""
    repeats: bool = False
    """Calling it again with the same arguments changes nothing more."""
    reaches_out: bool = False
    """Something leaves SpecStep for a place that its owner named."""

    @property
    def word(self) -> str:
        """ "reads", "stops or deletes", "sends out" or "changes" """
        if self.reads:
            return "reads"
        return "stops or deletes" if self.destroys else "sends out" if self.reaches_out else "changes"

    def annotations(self, title: str) -> ToolAnnotations:
        return ToolAnnotations(
            title=title,
            read_only_hint=self.reads,
            destructive_hint=self.destroys,
            idempotent_hint=self.reads or self.repeats,
            open_world_hint=self.reaches_out,
        )


READS = Kind(reads=True)
ADDS = Kind()
SETS = Kind(repeats=True)
STOPS = Kind(destroys=True, repeats=True)
ANYTHING = Kind(destroys=True, reaches_out=True)
SENDS = Kind(repeats=True, reaches_out=True)


@dataclass(frozen=True)
class Tool:
    """One tool before it is put on a server."""

    name: str
    title: str
    kind: Kind
    work: Work
    slow: bool = False
    quick: bool = False

    def put_on(self, server: MCPServer[Any]) -> None:
        """Put it on a server."""
        server.add_tool(
            self._function(),
            name=self.name,
            title=self.title,
            description=self.description,
            annotations=self.kind.annotations(self.title),
        )

    @property
    def answers_at_once(self) -> bool:
        """It neither waits for somebody nor tells its progress."""
        return self.quick or not (self.slow or inspect.iscoroutinefunction(self.work))

    @property
    def description(self) -> str:
        return " ".join((self.work.__doc__ or "").split())

    def _function(self) -> Callable[..., Awaitable[Any]]:
        """The function as the SDK sees it: without the caller, and on the event loop."""
        work, run = self.work, in_slow_thread if self.slow else in_thread
        later = inspect.iscoroutinefunction(work)

        @wraps(work)
        async def called(**arguments: Any) -> Any:
            who = caller()
            with told(), audit.through(who.means, who.key_name):
                result = await (work(who, **arguments) if later else run(work, who, **arguments))
            return marked(result) if isinstance(result, BaseModel) and not isinstance(result, Result) else result

        hints = get_type_hints(work, include_extras=True)
        signature = inspect.signature(work)
        first, *others = signature.parameters.values()
        called.__signature__ = signature.replace(  # type: ignore[attr-defined]
            parameters=[one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[one.name]) for one in others],
            return_annotation=hints["return"],
        )
        called.__annotations__ = {name: hint for name, hint in hints.items() if name != first.name}
        return called


class Toolbox:
    """The tools of one module, in the order they stand there."""

    def __init__(self) -> None:
        self.tools: list[Tool] = []

    def __call__(self, title: str, kind: Kind, *, slow: bool = False, quick: bool = False) -> Callable[[Work], Work]:
        """Declare a tool. Its docstring is what an agent reads.

        ``slow``: it may wait for a model vendor. ``quick``: it is a coroutine that waits for the database alone.
        """

        def add(work: Work) -> Work:
            self.tools.append(Tool(work.__name__, title, kind, work, slow, quick))
            return work

        return add


@contextmanager
def told() -> Iterator[None]:
    """What a flow refuses becomes a sentence for the agent; all else stays a fault, whose text does not leave the server."""
    try:
        yield
    except SpecStepError as error:
        raise ToolError(str(error)) from error
