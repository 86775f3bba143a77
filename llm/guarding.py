"""Secrets are taken out before anything is stored: what the doors and flows of the floors above call."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from ground.guarding import NotSearched as NotSearched
from llm.errors import RedactionFailed
from llm.redaction.payload import clean_json
from llm.redaction.remembering import find_once
from llm.redaction.replacing import Redaction
from llm.redaction_keys import redaction_for


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


def cleaned(workspace_id: uuid.UUID, text: str) -> str:
    """The text alone, for ``ground.guarding``."""
    return guarded(workspace_id, text).text


def holds_a_secret(text: str) -> bool:
    """Whether a secret is in the text, for ``ground.guarding``. Unlike the cleaning it needs no key of a workspace."""
    return bool(find_once(text))


@contextmanager
def searching() -> Iterator[None]:
    """Whatever fails while secrets are searched for becomes ``NotSearched``; the failure itself may quote the text."""
    try:
        yield
    except Exception:  # noqa: BLE001  # fails closed, whatever it is
        raise NotSearched from None
