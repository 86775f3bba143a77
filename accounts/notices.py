"""The register of notices: what can be told, to whom, by which channel (``notices.yaml``)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from django.conf import settings

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
    needs: str = ""
    """The setting without which nobody is ever told so: then it is neither offered nor named on a page."""

    @property
    def is_offered(self) -> bool:
        return not self.needs or bool(getattr(settings, self.needs))


@cache
def register() -> dict[str, Notice]:
    """Every notice by its kind."""
    rows = yaml.safe_load(FILE.read_text())["notices"]
    return {kind: Notice(kind=kind, **row | {"channels": tuple(row.get("channels", ()))}) for kind, row in rows.items()}


def optional() -> list[Notice]:
    """Those a person can choose."""
    return [notice for notice in register().values() if notice.channels and notice.is_offered]


def essential() -> list[Notice]:
    """Those a person always gets."""
    return [notice for notice in register().values() if notice.essential and notice.is_offered]
