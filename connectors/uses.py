"""What was read from a folder, as the floor above knows it: that floor declares who tells."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.models import Connection


@dataclass(frozen=True)
class Document:
    """One file that was read."""

    name: str
    read_at: dt.datetime


@dataclass(frozen=True)
class Use:
    """What one interview has of a folder."""

    title: str
    address: str
    documents: list[Document] = field(default_factory=list)


_find: list[Callable[[Connection], list[Use]]] = []


def declare(find: Callable[[Connection], list[Use]]) -> None:
    """Say who knows what was read. Again is harmless."""
    if find not in _find:
        _find.append(find)


def uses_of(connection: Connection) -> list[Use]:
    return [use for find in _find for use in find(connection)]
