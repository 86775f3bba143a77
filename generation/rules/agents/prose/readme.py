"""README.md without a model: who wants what, and what this package is for."""

from __future__ import annotations

from generation.rules.agents.language import joined, lower_first, upper_first
from generation.rules.agents.phrases import clip
from generation.rules.agents.prose.view import View, within


def sections(view: View) -> dict[str, str]:
    """The one written section."""
    asked = [lower_first(c, view.names) for c in view.capabilities()][:4]
    goal = lower_first(clip(view.vision.anchor.goal, 40), view.names)
    who = upper_first(view.vision.customer)
    return {
        "Introduction": within(
            90,
            f"{who} wants {view.system}. The goal: {goal}.",
            f"Asked for first: {joined(asked)}." if asked else "",
            "This package says what is to be built, why, and how everybody will know that it works.",
        )
    }
