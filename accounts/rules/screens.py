"""Which role of an operator opens which screen of the console (S-179, N-52)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

SUPPORT, BILLING, SECURITY, OWNER = "support", "billing", "security", "owner"
EVERYONE = frozenset({SUPPORT, BILLING, SECURITY, OWNER})


@dataclass(frozen=True)
class Screen:
    """One screen of the console."""

    key: str
    label: str
    """For the list of screens and for the audit trail."""
    roles: frozenset[str]
    route: str = ""
    """Where the list of screens leads; empty for screens that are reached from an account. With a colon: of another floor."""
    about: str = ""

    @property
    def address(self) -> str:
        """The name of its address, for ``url``."""
        return self.route if ":" in self.route else f"console:{self.route}"


SCREENS = {
    screen.key: screen
    for screen in (
        Screen("home", "Overview", EVERYONE, "home", "What waits."),
        Screen("accounts", "Accounts", EVERYONE, "accounts", "Look up one account by its address or id."),
        Screen("reports", "Bug reports", frozenset({SUPPORT, SECURITY, OWNER}), "reports", "Read, sort and resolve."),
        Screen(
            "correction", "Correction", frozenset({SUPPORT, SECURITY, OWNER}), about="Put a profile right at its owner's request."
        ),
        Screen("suspension", "Suspension", frozenset({SECURITY, OWNER}), about="Close an account, open it again."),
        Screen("disclosure", "Disclosure", frozenset({SECURITY, OWNER}), about="Hand out an account's data for a legal reason."),
        Screen("deletion", "Deletion", frozenset({SECURITY, OWNER}), about="Delete an account that was reported to us."),
        Screen("incidents", "Incident notices", frozenset({SECURITY, OWNER}), "incidents", "Tell the people concerned."),
        Screen("developer", "Developer access", frozenset({OWNER}), about="Let a person bring own model keys."),
        Screen("policies", "Policy letters", frozenset({OWNER}), "policies", "Tell everyone before a text changes."),
        Screen("texts", "Policy texts", frozenset({OWNER}), "texts", "Which text is in force, and what replaces it."),
        Screen(
            "sub_processors", "Sub-processors", frozenset({OWNER}), "sub_processors", "Who receives data, and who is to join."
        ),
        Screen("traffic", "Visitors", frozenset({OWNER}), "public:figures", "How many read the public pages, and which."),
        Screen("roles", "Roles", frozenset({OWNER}), "roles", "Who runs the service."),
        Screen("review", "Access review", frozenset({OWNER}), "review", "Confirm or take each role, every 90 days."),
    )
}


def may_open(roles: Collection[str], key: str) -> bool:
    """Whether one of these roles opens the screen. Raises ``KeyError`` for a screen that is not in the table."""
    return bool(SCREENS[key].roles & set(roles))


def opened_by(roles: Collection[str]) -> list[Screen]:
    """The screens of these roles, in the order of the table."""
    return [screen for screen in SCREENS.values() if screen.roles & set(roles)]


def labels_of(role: str) -> list[str]:
    """The labels of all screens that this role opens: what the audit trail calls its use."""
    return [screen.label for screen in SCREENS.values() if role in screen.roles]
