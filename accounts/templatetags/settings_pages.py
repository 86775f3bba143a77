"""The pages of Settings, for the list beside each of them."""

from __future__ import annotations

from dataclasses import dataclass

from django import template

register = template.Library()


@dataclass(frozen=True)
class SettingsPage:
    """One concern, one page."""

    route: str
    label: str


@dataclass(frozen=True)
class SettingsGroup:
    """Pages that belong together, under one word in the list."""

    label: str
    pages: tuple[SettingsPage, ...]


GROUPS = (
    SettingsGroup(
        "You",
        (
            SettingsPage("accounts:settings", "Profile"),
            SettingsPage("accounts:identities", "Sign-in"),
            SettingsPage("accounts:notifications", "Notifications"),
        ),
    ),
    SettingsGroup(
        "Models and cost",
        (
            SettingsPage("llm:keys", "Model keys"),
            SettingsPage("billing:usage", "Usage and limits"),
        ),
    ),
    SettingsGroup(
        "Connections",
        (
            SettingsPage("delivery:channels", "Delivery"),
            SettingsPage("delivery:webhooks", "Webhooks"),
            SettingsPage("accounts:keys", "API keys"),
        ),
    ),
    SettingsGroup(
        "Your data",
        (
            SettingsPage("accounts:activity", "Activity"),
            SettingsPage("accounts:reports", "Bug reports"),
            SettingsPage("accounts:held", "What we hold"),
            SettingsPage("accounts:delete_account", "Delete account"),
        ),
    ),
)


@register.simple_tag
def settings_groups() -> tuple[SettingsGroup, ...]:
    return GROUPS
