"""The register of notices: what can be told, to whom, by which channel (``notices.yaml``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

FILE = Path(__file__).with_name("notices.yaml")


@dataclass(frozen=True)
class Notice:
    """One kind of notice."""

    kind: str
    title: str
    about: str = ""
    channels: tuple[str, ...] = ()
    """By which a person can choose it."""
    essential: bool = False
    """Sent by email whatever was chosen (N-43)."""
    to: str = "person"
    """person or operator."""


@cache
def register() -> dict[str, Notice]:
    """Every notice by its kind."""
    rows = yaml.safe_load(FILE.read_text())["notices"]
    return {kind: Notice(kind=kind, **row | {"channels": tuple(row.get("channels", ()))}) for kind, row in rows.items()}


def optional() -> list[Notice]:
    """Those a person can choose."""
    return [notice for notice in register().values() if notice.channels]
