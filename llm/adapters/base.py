"""What the gateway and a vendor's adapter say to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from llm.errors import Limits, ModelBusy, Usage
from llm.prompting import Block


@dataclass(frozen=True)
class Turn:
    """One message of the conversation after the material."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Request:
    """What is sent, already without secrets."""

    call: str
    """Name of the call, for the scripted adapter and for the schema's name. Not personal."""
    model: str
    system: str
    blocks: tuple[Block, ...]
    """The first message: stable material first, the tail last."""
    schema: dict[str, Any]
    """Strict, as ``llm.schemas.strict`` makes it."""
    max_tokens: int
    turns: tuple[Turn, ...] = ()
    """What was said after the first message: an answer with faults, and the wish to mend it."""
    mark: bool = False
    """The stable part is long enough for the vendor's cache, where the vendor wants that said."""
    pays_for_writes: bool = False
    """The vendor takes more for what it writes into its cache: only what is marked shall be written."""
    cache_key: str = ""
    """Equal for calls that share their stable part; for vendors that send such calls to the same machine."""

    @property
    def schema_name(self) -> str:
        """Letters, digits and underscores, as the vendors ask."""
        return str(self.schema.get("title", self.call)).replace(".", "_")

    @property
    def material(self) -> str:
        """The first message as one text."""
        return "\n\n".join(block.text for block in self.blocks)


@dataclass(frozen=True)
class Reply:
    """A whole answer. An adapter returns one only after the vendor's final event."""

    text: str
    """JSON of the asked shape, unchecked."""
    usage: Usage = field(default_factory=Usage)
    model: str = ""
    """As the vendor names it."""
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Begun:
    """An answer that the vendor writes in the background."""

    response_id: str
    """The vendor's id of it."""
    limits: Limits = field(default_factory=Limits)


FirstToken = Callable[[], None]
"""Called when the answer begins: from then on others can read what this call put into the vendor's cache."""


class Adapter(Protocol):
    """A way to a model. One attempt per call; the gateway does the retries."""

    outside: bool
    """True when packets leave the machine."""
    in_background: bool
    """True when a long answer can be written at the vendor without a connection, and fetched by its id."""

    async def answer(self, request: Request, first_token: FirstToken) -> Reply:
        """The whole answer, or a ``ModelFailed`` that names what went wrong and what was paid."""

    async def begin(self, request: Request) -> Begun:
        """Have the answer written in the background."""

    async def collect(self, response_id: str) -> Reply | None:
        """The answer with this id; None while it is being written. Raises ``ResponseGone`` when the vendor does not know it."""

    async def discard(self, response_id: str, *, unfinished: bool) -> None:
        """Delete what the vendor stored; ``unfinished``: stop its writing first."""


class ResponseFailed(Exception):
    """The vendor ended this response without an answer: it has to be asked for again."""

    def __init__(self, failure: ModelBusy) -> None:
        super().__init__(str(failure))
        self.failure = failure


class ResponseGone(Exception):
    """The vendor does not know this id, or no longer."""
