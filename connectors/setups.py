"""The words of each kind's screen, from ``setups.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from connectors.contract import provider_of
from connectors.models import Kind

FILE = Path(__file__).with_name("setups.yaml")


@dataclass(frozen=True)
class Setup:
    """What a kind's screen says."""

    kind: str
    label: str
    provider: str
    policy: str
    lead: str
    asks: str
    scopes: list[str]
    picks: bool
    by_hand: str

    @property
    def route(self) -> str:
        return f"connectors:add_{self.kind}"


def setup_of(kind: Kind) -> Setup:
    """Raises ``NotConfigured`` for a kind that this service is not set up for."""
    provider = provider_of(kind)
    words = _rows()["kinds"][kind.value]
    if provider.picks_files(kind):
        words = words | _rows()["picked"]
    elif provider.names_folder(kind):
        words = words | _rows()["selected"]
    return Setup(
        kind=kind.value,
        label=str(kind.label),
        provider=words["provider"],
        policy=words["policy"],
        lead=words["lead"],
        asks=words["asks"],
        scopes=[scope.rsplit("/", 1)[-1] for scope in provider.scopes(kind)],
        picks=provider.picks_files(kind),
        by_hand=provider.by_hand(),
    )


@cache
def _rows() -> dict[str, Any]:
    rows: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return rows
