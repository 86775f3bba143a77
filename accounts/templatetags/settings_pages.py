"""The pages of Settings, for the list beside each of them."""

from __future__ import annotations

from dataclasses import dataclass

from django import template
from django.template import Context

from accounts.models import OperatorRole

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
            SettingsPage("billing:plan", "Plan"),
            SettingsPage("llm:keys", "Model keys"),
            SettingsPage("billing:usage", "Usage and limits"),
        ),
    ),
    SettingsGroup(
        "Connections",
        (
            SettingsPage("connectors:integrations", "Integrations"),
            SettingsPage("delivery:channels", "Delivery"),
            SettingsPage("delivery:webhooks", "Webhooks"),
            SettingsPage("accounts:keys", "API keys"),
            SettingsPage("oauth:tools", "Connected tools"),
        ),
    ),
    SettingsGroup(
        "Your data",
        (
            SettingsPage("accounts:activity", "Activity"),
            SettingsPage("accounts:reports", "Bug reports"),
            SettingsPage("accounts:held", "What we hold"),
            SettingsPage("accounts:consents", "Consent"),
            SettingsPage("accounts:data_export", "Data export"),
            SettingsPage("accounts:retention", "Retention"),
            SettingsPage("accounts:bin", "Recycle Bin"),
            SettingsPage("accounts:delete_account", "Delete account"),
        ),
    ),
)


OPERATORS = SettingsGroup("This service", (SettingsPage("console:home", "Operator console"),))
"""For who has a role; to everybody else the console does not exist."""


@register.simple_tag(takes_context=True)
def settings_groups(context: Context) -> tuple[SettingsGroup, ...]:
    user = context["request"].user
    return (*GROUPS, OPERATORS) if OperatorRole.objects.filter(user=user).exists() else GROUPS


def page_named(label: str) -> SettingsPage | None:
    """The page of this label, if there is one."""
    return next((page for group in GROUPS for page in group.pages if page.label == label), None)
