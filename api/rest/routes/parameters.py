"""What several routes ask for in their address."""

from __future__ import annotations

import uuid
from typing import Any

from ninja import Query


def query(default: Any = ..., **options: Any) -> Any:
    """A parameter of the query; ``...`` is one that has to be there."""
    return Query(default, **options)  # type: ignore[type-arg]


LIMIT = query(50, ge=1, le=100, description="How many rows at most.", examples=[20])
CURSOR = query(
    None,
    pattern="^[A-Za-z0-9_-]{22}$",
    description="The next of the page before; left out for the first.",
    examples=["AZMkJ8nVc7S3u0vXqk1H2w"],
)
INTERVIEW = query(None, description="Of this interview only.", examples=[str(uuid.UUID("01932427-c9d5-7b2d-b7ba-d2f75ea93d47"))])
