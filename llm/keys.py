"""Whose key a model call uses: the managed ones of the settings, or the owner's own.

A workspace with an own key uses own keys only (S-068): nothing of it ever goes out with a managed key, also when the vendor
refuses the own one. ``credential`` is read just before a request is sent and kept no longer than the call.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.conf import settings

from ground import vault
from ground.errors import NotConfigured
from ground.statements import UUID, Each, Select
from ground.together import Together
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


class Writer(NamedTuple):
    """Who writes for a workspace, as its owner is told before anything starts."""

    provider: str
    own: bool
    """With the owner's own key."""

    @property
    def vendor(self) -> str:
        """The name people know; empty where no model vendor is asked."""
        return VENDORS.get(self.provider, "")


def own_of(workspace_id: uuid.UUID) -> dict[str, OwnKey]:
    """The own keys of a workspace by vendor, sealed. For a reader that asks more than one of the questions below."""
    return _kept(workspace_id)


_KEYS = Select(
    lambda workspaces: OwnKey.objects.filter(workspace__pk__in=workspaces, provider__in=VENDORS), workspaces=Each(UUID)
)


def _read(workspace_ids: Sequence[uuid.UUID]) -> list[dict[str, OwnKey]]:
    found: dict[uuid.UUID, dict[str, OwnKey]] = {}
    for row in _KEYS(workspaces=set(workspace_ids)):
        found.setdefault(row.workspace_id, {})[row.provider] = row
    return [found.get(workspace_id, {}) for workspace_id in workspace_ids]


_kept: Together[uuid.UUID, dict[str, OwnKey]] = Together(_read)


def usable(workspace_id: uuid.UUID, own: dict[str, OwnKey] | None = None) -> set[str]:
    """The vendors that can be asked for this workspace: those of its own keys if it has any, else the managed ones."""
    kept = _own(workspace_id) if own is None else set(own)
    return kept or {provider for provider in VENDORS if _managed(provider)}


def credential(
    workspace_id: uuid.UUID, provider: str, *, own_only: bool = False, own: dict[str, OwnKey] | None = None
) -> Credential:
    """The key to ask ``provider`` with, or the vendor whose key the workspace has.

    With an own key in the workspace only own keys count: the one for ``provider``, else the other one. ``own_only`` says that
    the work was begun with an own key. Raises ``KeyRevoked`` when there is none any more, ``NotConfigured`` for a missing managed
    key, ``vault.Unreadable`` for a stored key that does not open.
    """
    rows = own_of(workspace_id) if own is None else own
    row = rows.get(provider) or rows.get(min(rows, default=""))
    if row is not None:
        return Credential(row.provider, vault.unseal(row.sealed, purpose=PURPOSE, row=row.pk), own=True)
    if own_only:
        raise KeyRevoked
    secret = _managed(provider)
    if not secret:
        raise NotConfigured(f"{provider.upper()}_API_KEY is not set. Set it, or use LLM_PROVIDER=offline.", permanent=True)
    return Credential(provider, secret, own=False)


def provider_for(workspace_id: uuid.UUID) -> Writer:
    """Who will write for this workspace, and whether with its own key: what the owner is told before anything starts (S-070).

    The provider is "offline" where no model is configured and the workspace has no key of its own.
    """
    own = _own(workspace_id)
    wanted = settings.LLM_PROVIDER
    if own:
        return Writer(wanted if wanted in own else min(own), own=True)
    return Writer(wanted, own=False)


def stand_in_for(workspace_id: uuid.UUID, provider: str) -> str:
    """The other managed vendor, to be asked when ``provider`` cannot answer; empty unless the owner allows it and it has a key.

    Empty for every workspace with an own key: its calls go nowhere else.
    """
    if _own(workspace_id) or not VendorChoice.objects.filter(workspace_id=workspace_id, failover=True).exists():
        return ""
    return next((other for other in VENDORS if other != provider and _managed(other)), "") if provider in VENDORS else ""


def failover(workspace_id: uuid.UUID, provider: str) -> Credential | None:
    """The key to ask ``stand_in_for`` with; None where nobody stands in."""
    other = stand_in_for(workspace_id, provider)
    return Credential(other, _managed(other), own=False) if other else None


def _own(workspace_id: uuid.UUID) -> set[str]:
    return set(OwnKey.objects.filter(workspace_id=workspace_id, provider__in=VENDORS).values_list("provider", flat=True))


def _managed(provider: str) -> str:
    managed: dict[str, str] = {"anthropic": settings.ANTHROPIC_API_KEY, "openai": settings.OPENAI_API_KEY}
    return managed.get(provider, "")
