"""Whose key a model call uses: the managed ones of the settings, or the owner's own.

A workspace with an own key uses own keys only (S-068): nothing of it ever goes out with a managed key, also when the vendor
refuses the own one. ``credential`` is read just before a request is sent and kept no longer than the call.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings

from ground import vault
from ground.errors import NotConfigured
from llm.errors import Rejected
from llm.models import OwnKey, VendorChoice

PURPOSE = "own model key"
VENDORS = {"anthropic": "Anthropic", "openai": "OpenAI"}
"""The model vendors, by the name of the provider: the managed ones, and those an owner may bring a key of (S-064, S-072)."""


class KeyRevoked(Rejected):
    """The work was begun with an own key, and the workspace has none any more."""

    detail = (
        "This was begun with your own model key, and that key was revoked. "
        "Add a key in Settings and go on, or begin anew with the managed service."
    )


@dataclass(frozen=True)
class Credential:
    """A vendor and the key to ask it with."""

    provider: str
    secret: str
    own: bool
    """Brought and paid by the owner."""

    def __repr__(self) -> str:
        return f"Credential({self.provider}, own={self.own})"  # Never the key: this may end in a log.


def usable(workspace_id: uuid.UUID) -> set[str]:
    """The vendors that can be asked for this workspace: those of its own keys if it has any, else the managed ones."""
    return _own(workspace_id) or {provider for provider in VENDORS if _managed(provider)}


def credential(workspace_id: uuid.UUID, provider: str, *, own_only: bool = False) -> Credential:
    """The key to ask ``provider`` with, or the vendor whose key the workspace has.

    With an own key in the workspace only own keys count: the one for ``provider``, else the other one. ``own_only`` says that
    the work was begun with an own key. Raises ``KeyRevoked`` when there is none any more, ``NotConfigured`` for a missing managed
    key, ``vault.Unreadable`` for a stored key that does not open.
    """
    rows = {row.provider: row for row in OwnKey.objects.filter(workspace_id=workspace_id, provider__in=VENDORS)}
    row = rows.get(provider) or rows.get(min(rows, default=""))
    if row is not None:
        return Credential(row.provider, vault.unseal(row.sealed, purpose=PURPOSE, row=row.pk), own=True)
    if own_only:
        raise KeyRevoked
    secret = _managed(provider)
    if not secret:
        raise NotConfigured(f"{provider.upper()}_API_KEY is not set. Set it, or use LLM_PROVIDER=offline.", permanent=True)
    return Credential(provider, secret, own=False)


def failover(workspace_id: uuid.UUID, provider: str) -> Credential | None:
    """The other managed vendor, to be asked when ``provider`` cannot answer; None unless the owner allows it and it has a key.

    None for every workspace with an own key: its calls go nowhere else.
    """
    if _own(workspace_id) or not VendorChoice.objects.filter(workspace_id=workspace_id, failover=True).exists():
        return None
    others = [other for other in VENDORS if other != provider and _managed(other)]
    return Credential(others[0], _managed(others[0]), own=False) if others else None


def _own(workspace_id: uuid.UUID) -> set[str]:
    return set(OwnKey.objects.filter(workspace_id=workspace_id, provider__in=VENDORS).values_list("provider", flat=True))


def _managed(provider: str) -> str:
    managed: dict[str, str] = {"anthropic": settings.ANTHROPIC_API_KEY, "openai": settings.OPENAI_API_KEY}
    return managed.get(provider, "")
