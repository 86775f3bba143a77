"""What must be set before production starts (``manage.py check --deploy``)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from ground.addresses import is_this_machine


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


@register(Tags.security, deploy=True)
def storage_is_encrypted_at_rest(**_: Any) -> list[CheckMessage]:
    """S-175. No program can look below its own disk, so the deployment says it: ``deploy/azure`` sets encryption and this."""
    if settings.ENCRYPTED_AT_REST:
        return []
    return [
        Error(
            "ENCRYPTED_AT_REST is off: the privacy policy promises that database and files are encrypted where they lie.",
            hint="Encrypt the disks of PostgreSQL and of blob storage, or of the shared folder, then set it to true.",
            id="specstep.E027",
        )
    ]


@register(Tags.security, deploy=True)
def database_is_reached_over_verified_tls(**_: Any) -> list[CheckMessage]:
    """N-46. A database on this very machine, or behind a local socket, needs none."""
    database = settings.DATABASES["default"]
    host = str(database.get("HOST", ""))
    if not settings.DATABASE_ENGINE.endswith("postgresql") or is_this_machine(host):
        return []
    if database.get("OPTIONS", {}).get("sslmode") == "verify-full":
        return []
    return [
        Error(
            "DATABASE_URL does not ask for TLS with a verified certificate.",
            hint="Add ?sslmode=verify-full&sslrootcert=FILE to it.",
            id="specstep.E024",
        )
    ]


@register(Tags.security, deploy=True)
def broker_is_reached_over_verified_tls(**_: Any) -> list[CheckMessage]:
    parts = urlsplit(settings.REDIS_URL)
    if not parts.scheme or is_this_machine(parts.hostname or ""):
        return []
    if parts.scheme == "rediss" and parse_qs(parts.query).get("ssl_cert_reqs") == ["required"]:
        return []
    return [
        Error(
            "REDIS_URL does not ask for TLS with a verified certificate.",
            hint="Let it begin with rediss:// and end with ?ssl_cert_reqs=required.",
            id="specstep.E025",
        )
    ]


@register(Tags.security, deploy=True)
def storage_is_reached_over_tls(**_: Any) -> list[CheckMessage]:
    named = dict(part.partition("=")[::2] for part in settings.AZURE_STORAGE_CONNECTION_STRING.split(";"))
    plain = [
        address
        for address in (settings.AZURE_STORAGE_ACCOUNT_URL, named.get("BlobEndpoint", ""))
        if address and not address.startswith("https://") and not is_this_machine(urlsplit(address).hostname or "")
    ]
    if not plain and (named.get("DefaultEndpointsProtocol", "https") == "https" or named.get("BlobEndpoint")):
        return []
    return [
        Error(
            "Blob storage would be reached without TLS.",
            hint="Let AZURE_STORAGE_ACCOUNT_URL, or the endpoint of AZURE_STORAGE_CONNECTION_STRING, begin with https://.",
            id="specstep.E026",
        )
    ]
