"""What must be set before production starts (``manage.py check --deploy``)."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


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


US_REGIONS = frozenset(
    ("centralus", "eastus", "eastus2", "northcentralus", "southcentralus", "westcentralus", "westus", "westus2", "westus3")
)
"""Azure's regions in the United States, by the names that its tools print."""


@register(Tags.security, deploy=True)
def runs_in_the_united_states(**_: Any) -> list[CheckMessage]:
    """What the privacy policy says of the place (S-189)."""
    if settings.AZURE_REGION in US_REGIONS:
        return []
    named = f"AZURE_REGION is {settings.AZURE_REGION!r}" if settings.AZURE_REGION else "AZURE_REGION is not set"
    return [
        Error(
            f"{named}: the privacy policy promises Azure regions in the United States.",
            hint=f"Set it to where the machines stand: {', '.join(sorted(US_REGIONS))}.",
            id="specstep.E020",
        )
    ]


@register(Tags.security, deploy=True)
def database_is_postgresql(**_: Any) -> list[CheckMessage]:
    if settings.DATABASE_ENGINE.endswith("postgresql"):
        return []
    return [Error("Production runs on PostgreSQL, and DATABASE_URL names none.", id="specstep.E021")]


@register(Tags.security, deploy=True)
def broker_is_redis(**_: Any) -> list[CheckMessage]:
    if settings.REDIS_URL.startswith(("redis://", "rediss://")):
        return []
    return [Error("Production rings its workers through Redis, and REDIS_URL names none.", id="specstep.E022")]


@register(Tags.security, deploy=True)
def storage_is_named(**_: Any) -> list[CheckMessage]:
    """Blob storage, or on purpose a folder that all machines share (S-183)."""
    if settings.AZURE_STORAGE_CONNECTION_STRING or settings.AZURE_STORAGE_ACCOUNT_URL or settings.BLOBS_DIR:
        return []
    return [
        Error(
            "Packages would be kept in the data folder of this machine, where no other machine finds them.",
            hint="Name AZURE_STORAGE_ACCOUNT_URL or AZURE_STORAGE_CONNECTION_STRING, or a shared folder in SPECSTEP_BLOBS_DIR.",
            id="specstep.E023",
        )
    ]
