"""Secrets are taken out before anything is stored: what the doors and flows of the floors above call."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from ground.errors import SpecStepError
from llm.errors import RedactionFailed
from llm.redaction.finding import PLACEHOLDER
from llm.redaction.payload import clean_json
from llm.redaction.replacing import Redaction
from llm.redaction_keys import redaction_for


class NotSearched(SpecStepError):
    """The search for secrets failed, so nothing was stored."""

    detail = (
        "The search for secrets failed, so this was not stored. Try again; if it fails again, it is a fault of ours: report it."
    )


@dataclass(frozen=True)
class Guarded:
    """A text as it may be stored."""

    text: str
    removed: dict[str, int]
    """How many secrets were replaced, by kind. Never a value."""


def guarded(workspace_id: uuid.UUID, text: str, *, redaction: Redaction | None = None) -> Guarded:
    """``text`` with every secret replaced by its placeholder of this workspace.

    ``redaction`` is by default a fresh one with the workspace's key. Fails closed: raises ``NotSearched`` when the finder fails
    or takes longer than ``LLM_SEARCH_SECONDS``.
    """
    with_key = redaction or redaction_for(workspace_id)
    try:
        clean = clean_json(text, with_key, seconds=settings.LLM_SEARCH_SECONDS)
    except RedactionFailed:
        # From None: what went wrong may quote the text.
        raise NotSearched from None
    return Guarded(clean, dict(with_key.counts))


@contextmanager
def searching() -> Iterator[None]:
    """Whatever fails while secrets are searched for becomes ``NotSearched``; the failure itself may quote the text."""
    try:
        yield
    except Exception:  # noqa: BLE001  # fails closed, whatever it is
        raise NotSearched from None


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


def told(removed: Mapping[str, int]) -> str:
    """What the owner reads where secrets were taken out; empty where none was."""
    count = sum(removed.values())
    if not count:
        return ""
    kinds = in_words(removed)
    if count == 1:
        return f"1 secret was taken out before this was stored ({kinds}). Change it where it was in use."
    return f"{count} secrets were taken out before this was stored ({kinds}). Change them where they were in use."
