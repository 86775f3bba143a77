"""Which model a call is asked of: its tier names the model, its part in the work the vendor."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from django.conf import settings

from llm.calls import Call

OTHER = {"anthropic": "openai", "openai": "anthropic"}


def model_for(call: Call[Any, Any], provider: str) -> str:
    """The name of the model that ``provider`` is asked for. What has no models (scripted, offline) answers under its own name."""
    models: dict[tuple[str, str], str] = settings.LLM_MODELS
    return models.get((provider, call.tier), provider)


def provider_of(call: Call[Any, Any], provider: str, *, own: bool, configured: Set[str]) -> str:
    """The vendor that answers ``call`` in work that was begun with ``provider``.

    A reviewer judges what another model wrote, so it is asked of the vendor that ``LLM_REVIEW_PROVIDER`` names, if there is a key
    for it; without one, or with no such setting, of the same vendor as the rest. ``configured`` are the vendors with a key. With
    the owner's ``own`` keys these are the own ones, and no other vendor is ever named.
    """
    if provider not in OTHER:
        return provider
    if own and configured and provider not in configured:
        provider = min(configured)
    if not call.reviewer:
        return provider
    wanted = settings.LLM_REVIEW_PROVIDER
    reviewer = OTHER[provider] if wanted == "other" else wanted
    return reviewer if reviewer in configured else provider
