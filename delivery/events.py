"""The register of events a webhook endpoint can choose (``events.yaml``), and the schemas of their bodies."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
TEST = "test"
"""Sent at the owner's request only; nobody chooses it."""


@cache
def titles() -> dict[str, str]:
    """Every event that can be chosen and what it says, in the order of a generation."""
    return {kind: row["title"] for kind, row in yaml.safe_load((HERE / "events.yaml").read_text())["events"].items()}


@cache
def schema(kind: str) -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of the body of one event. Raises ``KeyError`` for a kind that does not exist."""
    if kind != TEST and kind not in titles():
        raise KeyError(kind)
    found: dict[str, Any] = json.loads((HERE / "schemas" / f"{kind}.schema.json").read_text())
    return found
