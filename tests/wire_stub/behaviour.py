"""How the stub behaves: the settings, by the names that the admin address and ``--set`` take."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Behaviour:
    """Times are in milliseconds where the name says so, else in seconds. 0 turns a limit or a wait off."""

    ttft_ms: float = 0.0
    """To the first token."""
    tps: float = 0.0
    """Tokens a second of an answer."""
    chunk_tokens: int = 25
    """In one event of a stream."""
    string_tokens: int = 120
    """Of the texts in made-up answers."""
    answers: str = "agents"
    """"agents": what the rule-based agent of the call says. "schema": made up from the asked schema, without our code."""
    values: dict[str, Any] = field(default_factory=dict)
    """By property name, for made-up answers; of a list each is used once, the last one from then on."""
    counts: dict[str, int] = field(default_factory=dict)
    """Items in made-up lists, by property name; one where nothing is said."""
    counted: bool = False
    """Tokens are counted (four bytes are one) with the prompt cache; else every good answer reports ``TOKENS``."""
    cache: bool = True
    cache_min_tokens: int = 1024
    cache_min_by_model: dict[str, int] = field(
        default_factory=lambda: {"claude-opus-5": 512, "claude-haiku-4-5": 4096, "claude-opus-4-5": 4096, "claude-opus-4-6": 4096}
    )
    cache_ttl_s: float = 300.0
    lookback_blocks: int = 20
    context_tokens: int = 1_000_000
    rpm: float = 0.0
    """Requests a minute, from a bucket that is full at first."""
    burst: float = 0.0
    """What the bucket holds; 0 for a minute's worth."""
    max_concurrent: int = 0
    retry_after: float | str = 0.05
    """Said with 429 and 503, as it is: a number of seconds, or anything a hostile server might say."""
    fault: str = ""
    """For every call."""
    fault_after: int = 3
    """Pieces of text before a fault in the middle of a stream."""
    hang_s: float = 3600.0
    canaries: dict[str, str] = field(default_factory=dict)
    """By name, what must not arrive."""

    def changed(self, settings: dict[str, Any]) -> Behaviour:
        """With other settings; values may be given as text. Raises ``ValueError`` for a name that is none."""
        names = {one.name: one for one in dataclasses.fields(self)}
        if unknown := set(settings) - set(names):
            raise ValueError(f"There is no setting {', '.join(sorted(unknown))}.")
        return dataclasses.replace(self, **{name: _read(getattr(self, name), value) for name, value in settings.items()})


def _read(before: Any, value: Any) -> Any:
    if not isinstance(value, str) or isinstance(before, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value
