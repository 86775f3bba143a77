"""The key of a workspace's placeholders: made at first need, kept sealed, read just before it is used."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Sequence

from ground import vault
from ground.statements import UUID, Each, Select
from ground.together import Together
from llm.models import RedactionKey
from llm.redaction.remembering import find_once
from llm.redaction.replacing import Redaction

PURPOSE = "redaction key"
BYTES = 32
CLOSED = (
    "The key of this workspace's placeholders can no longer be opened, so nothing can be searched for secrets. "
    "An operator has to restore the key ring it was sealed with (SPECSTEP_VAULT_KEYS, or vault-keys in the data folder)."
)


def redaction_for(workspace_id: uuid.UUID) -> Redaction:
    """A fresh count of replacements, with the placeholders of this workspace.

    The same secret has the same placeholder in every payload, process and machine of the workspace, and another one elsewhere.
    Raises ``vault.Unreadable`` when the stored key does not open: with a new one, old and new placeholders would not match.
    """
    row = _kept(workspace_id) or _made(workspace_id)
    try:
        key = vault.unseal(row.sealed, purpose=PURPOSE, row=row.pk)
    except vault.Unreadable:
        raise vault.Unreadable(CLOSED, permanent=True) from None
    return Redaction(base64.b64decode(key), find=find_once)


_KEYS = Select(lambda workspaces: RedactionKey.objects.filter(workspace__pk__in=workspaces), workspaces=Each(UUID))


def _read(workspace_ids: Sequence[uuid.UUID]) -> list[RedactionKey | None]:
    rows = {row.workspace_id: row for row in _KEYS(workspaces=set(workspace_ids))}
    return [rows.get(workspace_id) for workspace_id in workspace_ids]


_kept: Together[uuid.UUID, RedactionKey | None] = Together(_read)


def _made(workspace_id: uuid.UUID) -> RedactionKey:
    row = RedactionKey(workspace_id=workspace_id)
    row.sealed = vault.seal(base64.b64encode(secrets.token_bytes(BYTES)).decode(), purpose=PURPOSE, row=row.pk)
    # Of two processes that need the first key at once, one inserts; both read what stands there.
    RedactionKey.objects.bulk_create([row], ignore_conflicts=True)
    return RedactionKey.objects.get(workspace_id=workspace_id)
