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


PAGES = (
    SettingsPage("accounts:settings", "Profile"),
    SettingsPage("accounts:identities", "Sign-in"),
    SettingsPage("accounts:notifications", "Notifications"),
    SettingsPage("llm:keys", "Model keys"),
    SettingsPage("delivery:webhooks", "Webhooks"),
    SettingsPage("billing:usage", "Usage and limits"),
    SettingsPage("accounts:keys", "API keys"),
    SettingsPage("delivery:channels", "Delivery"),
    SettingsPage("accounts:activity", "Activity"),
    SettingsPage("accounts:reports", "Bug reports"),
    SettingsPage("accounts:held", "What we hold"),
    SettingsPage("accounts:delete_account", "Delete account"),
)


@register.simple_tag
def settings_pages() -> tuple[SettingsPage, ...]:
    return PAGES
