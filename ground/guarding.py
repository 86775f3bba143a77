"""A cleaner of texts for floors that stand below the finder of secrets: the floor above registers it when it starts."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from ground.errors import SpecStepError

Cleaner = Callable[[uuid.UUID, str], str]
"""Takes the id of a workspace and a text, returns the text with every secret replaced."""


class NotSearched(SpecStepError):
    """The search for secrets failed, so nothing was stored."""

    detail = (
        "The search for secrets failed, so this was not stored. Try again; if it fails again, it is a fault of ours: report it."
    )


Finder = Callable[[str], bool]
"""Takes a text, returns whether a secret is in it."""

_cleaner: list[Cleaner] = []
_finder: list[Finder] = []


def register(cleaner: Cleaner) -> None:
    """Name the cleaner. The last one named counts: an app registers when it is ready, and may be made ready twice."""
    _cleaner[:] = [cleaner]


def register_finder(finder: Finder) -> None:
    """Name who finds secrets; again is harmless."""
    _finder[:] = [finder]


def cleaned(workspace_id: uuid.UUID, text: str) -> str:
    """``text`` without secrets. Fails closed: raises ``NotSearched`` when the search fails in any way, or nobody registered."""
    if not _cleaner:
        raise NotSearched
    try:
        return _cleaner[0](workspace_id, text)
    except Exception:  # noqa: BLE001  # fails closed, whatever it is
        # From None: what went wrong may quote the text.
        raise NotSearched from None


def is_clean(text: str) -> bool:
    """Whether there is no secret in ``text``: for short fields, in which a placeholder makes no sense. Fails closed as well."""
    if not _finder:
        raise NotSearched
    try:
        return not _finder[0](text)
    except Exception:  # noqa: BLE001  # fails closed, whatever it is
        raise NotSearched from None
