"""Which story comes next."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any


def next_story(backlog: Mapping[str, Any], *, done: Set[str], wanted: str = "") -> dict[str, Any] | None:
    """The story to build next: the one that is wanted, else the first in the order of the slices that is not done and whose
    stories it builds on are. Where none is free of the others, the first that is not done. None when there is no such story.

    ``backlog`` is the content of ``backlog/backlog.json``.
    """
    stories: dict[str, dict[str, Any]] = {story["id"]: story for story in backlog["stories"]}
    if wanted:
        return stories.get(wanted)
    in_order = [label for piece in backlog.get("slices", []) for label in piece["stories"]]
    left = [stories[label] for label in dict.fromkeys([*in_order, *stories]) if label in stories and label not in done]
    free = (story for story in left if set(story["depends_on"]) <= done)
    return next(free, left[0] if left else None)
