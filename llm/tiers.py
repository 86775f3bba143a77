"""Which model answers a call, and which vendor is asked: the call names a tier, the settings name the models."""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from django.conf import settings

from llm.calls import Call


def model_for(call: Call[Any, Any], provider: str) -> str:
    """The model of ``provider`` for the tier of ``call``; a provider without models, such as "scripted", stands for itself."""
    return str(settings.LLM_MODELS.get((provider, call.tier), provider))


def provider_of(call: Call[Any, Any], provider: str, *, own: bool, configured: Set[str]) -> str:
    """The vendor to ask: ``provider``, and for a reviewer the one that LLM_REVIEW_PROVIDER means, if it is ``configured``.

    A reviewer of another vendor does not share the blind spots of the writer. ``own`` says that the work was begun with an own
    key: if there is none for ``provider`` any more, nobody else is chosen here; whoever reads the key says that it is gone.
    """
    wanted = settings.LLM_REVIEW_PROVIDER
    if not call.reviewer or provider not in {vendor for vendor, _ in settings.LLM_MODELS} or (own and provider not in configured):
        return provider
    return min(configured - {provider} if wanted == "other" else configured & {wanted}, default=provider)
