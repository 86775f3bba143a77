"""What must be set before production starts (``manage.py check --deploy``)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution


@register(Tags.security, deploy=True)
def vault_ring_is_named(**_: Any) -> list[CheckMessage]:
    if settings.VAULT_KEYS:
        return []
    return [
        Error(
            "SPECSTEP_VAULT_KEYS is not set: credentials would be sealed with a key made in the data folder.",
            hint="Name a key ring outside the database. `manage.py rotate_vault --new-key` prints a key.",
            id="specstep.E001",
        )
    ]


@register(Tags.security, deploy=True)
def secret_key_is_named(**_: Any) -> list[CheckMessage]:
    if settings.SECRET_KEY_IS_NAMED:
        return []
    return [
        Error(
            "SECRET_KEY is not set: each machine would make its own, and sessions would end at every deployment.",
            id="specstep.E002",
        )
    ]


@register(Tags.security, deploy=True)
def operators_use_a_second_factor(**_: Any) -> list[CheckMessage]:
    if settings.OPERATOR_SECOND_FACTOR == "required":
        return []
    return [
        Error(
            "OPERATOR_SECOND_FACTOR is off: the operator console would open to a sign-in with one factor.",
            hint="Leave it out or set it to required.",
            id="specstep.E003",
        )
    ]


@register(Tags.security, deploy=True)
def storage_is_named(**_: Any) -> list[CheckMessage]:
    """A warning and no error: one machine alone may keep its packages beside its data."""
    if settings.AZURE_STORAGE_CONNECTION_STRING or settings.AZURE_STORAGE_ACCOUNT_URL or settings.BLOBS_DIR:
        return []
    return [
        Caution(
            "Packages are kept in the data folder of this machine, where no other machine finds them.",
            hint="Name AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT_URL, or a shared folder in SPECSTEP_BLOBS_DIR.",
            id="specstep.W003",
        )
    ]
