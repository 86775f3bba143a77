"""The audit trail as it is shown and handed out: groups of actions, one form for every event, cells that no spreadsheet runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "signing-in": ("Signing in", ("session", "identity")),
    "account": ("Account and notices", ("account", "phone", "notices", "consent", "data", "bug_report", "objection")),
    "api-keys": ("API keys", ("api_key",)),
    "tools": ("Tools", ("tool",)),
    "model-keys": ("Model keys and vendors", ("own_key", "failover")),
    "generations": ("Generations", ("run",)),
    "recycle-bin": ("Recycle Bin and retention", ("package", "interview", "retention")),
    "delivery": ("Delivery and webhooks", ("channel", "webhook")),
    "folders": ("Folders", ("folder",)),
    "plan": ("Plan", ("subscription",)),
    "operators": ("Rights and operators", ("developer_access", "operator_role", "operator")),
}
"""By the word in the address: what people read, and the first words of the actions in it."""

COLUMNS = ("id", "at", "action", "what", "actor", "means", "about", "label", "through", "kept")
SYSTEM, OPERATOR, OWNER = "system", "operator", "owner"


@dataclass(frozen=True)
class Event:
    """One event, by value."""

    id: UUID
    at: dt.datetime
    action: str
    what: str
    """The action as a sentence."""
    actor: str
    """owner, operator or system; of an event that was unlinked, system."""
    means: str
    about: UUID | None
    label: str
    through: str
    """The tool or the key that acted for its owner."""
    kept: str

    def as_record(self) -> dict[str, str | None]:
        """In the form of the schema in docs/audit.md."""
        return {
            "id": str(self.id),
            "at": self.at.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
            "action": self.action,
            "what": self.what,
            "actor": self.actor,
            "means": self.means,
            "about": str(self.about) if self.about else None,
            "label": self.label,
            "through": self.through,
            "kept": self.kept,
        }

    def as_row(self) -> list[str]:
        """In the order of ``COLUMNS``, for a table."""
        record = self.as_record()
        return [harmless(record[name] or "") for name in COLUMNS]


def group_of(action: str) -> str:
    """The group an action belongs to. Raises ``KeyError`` for one that is in none."""
    first = action.partition(".")[0]
    for name, (_, firsts) in GROUPS.items():
        if first in firsts:
            return name
    raise KeyError(action)


def harmless(cell: str) -> str:
    """A cell that a spreadsheet shows and does not run (OWASP, CSV injection): what begins like a formula gets an apostrophe."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n")) else cell
