"""What stands in the place of secrets: counted, told to the owner, and left out of names. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from llm.redaction.finding import PLACEHOLDER


def placeholders(data: Any) -> dict[str, int]:
    """How many different secrets stand as placeholders in ``data`` (dicts, lists, texts), by kind."""
    seen = {hit[0] for text in strings(data) for hit in PLACEHOLDER.finditer(text)}
    return dict(sorted(Counter(placeholder.split(":")[1] for placeholder in seen).items()))


def without_placeholders(title: str) -> str:
    """A title for the name of a file or a folder."""
    return " ".join(PLACEHOLDER.sub(" ", title).split())


def strings(data: Any) -> Iterator[str]:
    """Every text in ``data``; names of fields are none."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for value in data.values():
            yield from strings(value)
    elif isinstance(data, list):
        for value in data:
            yield from strings(value)


def in_words(removed: Mapping[str, int]) -> str:
    """How many of which kind: "2 password, 1 github token"; the most first, then by name."""
    counted = sorted(((kind, count) for kind, count in removed.items() if count), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {kind.replace('-', ' ')}" for kind, count in counted)


def told(removed: Mapping[str, int], *, of: str = "") -> str:
    """What the owner reads where secrets were taken out (``of`` "notes.md"); empty where none was."""
    count = sum(removed.values())
    if not count:
        return ""
    were, them, they_were = ("secret was", "it", "it was") if count == 1 else ("secrets were", "them", "they were")
    place = f" of {of}" if of else ""
    return (
        f"{count} {were} taken out{place} before this was stored ({in_words(removed)}). Change {them} where {they_were} in use."
    )
