"""The address of a container with its signature (a service SAS), read and judged. Pure.

https://learn.microsoft.com/rest/api/storageservices/create-service-sas: ``sp`` rights, ``se`` end, ``st`` begin, ``spr``
protocols, ``sr`` what it is for, ``si`` a policy stored with the container, ``sig`` the signature. The whole is a credential.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from ground.errors import BadInput

SUFFIXES = (
    ".blob.core.windows.net",
    ".blob.storage.azure.net",
    ".blob.core.usgovcloudapi.net",
    ".blob.core.chinacloudapi.cn",
)
"""Azure and its sovereign clouds."""
SOON = dt.timedelta(days=14)
_ALLOWED = {"c", "w"}
_RIGHTS = {
    "r": "read",
    "l": "list",
    "d": "delete",
    "x": "delete versions",
    "y": "delete for good",
    "a": "add",
    "t": "change tags",
    "f": "search tags",
    "m": "move",
    "e": "execute",
    "o": "change the owner",
    "p": "change permissions",
    "i": "change the immutability policy",
}
_CONTAINER = re.compile(r"^[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]$")


@dataclass(frozen=True)
class Address:
    """What may be shown of it."""

    account: str
    container: str
    expires: dt.datetime
    host: str


def read(text: str, *, now: dt.datetime, is_allowed: Callable[[str, int], bool]) -> Address:
    """The parts of ``text``. Raises ``BadInput`` with what is wrong with it; the sentence holds no part of the signature.

    ``is_allowed``: whether the operator named this host and port as one of their own, where plain http is accepted.
    """
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        raise BadInput("This is not an address. Copy the “Blob SAS URL” of the container.") from None
    host = (parts.hostname or "").lower()
    own = is_allowed(host, port or (443 if parts.scheme == "https" else 80))
    if parts.scheme not in ("https", "http") or not host or parts.username or parts.password:
        raise BadInput("This is not the address of a container. Copy its “Blob SAS URL”; it begins with https://.")
    if parts.scheme != "https" and not own:
        raise BadInput("The address begins with http://. Only https is accepted.")
    if not own and not host.endswith(SUFFIXES):
        raise BadInput(
            "This is not an address of Azure Blob Storage. Those end in .blob.core.windows.net or as those of another cloud."
        )
    account, container = _names(host, [segment for segment in parts.path.split("/") if segment])
    expires = _judged({name: values[-1] for name, values in parse_qs(parts.query).items()}, now=now, own=own)
    return Address(account, container, expires, host)


def warnings(expires: dt.datetime, *, now: dt.datetime) -> list[str]:
    """What the owner should see to soon."""
    left = expires - now
    if left <= dt.timedelta():
        return ["The address has expired. Make a new one in Azure and enter it here."]
    if left <= SOON:
        days = max(1, left.days)
        return [f"The address expires in {days} day{'' if days == 1 else 's'}. Make a new one in Azure and enter it here before."]
    return []


def _names(host: str, path: list[str]) -> tuple[str, str]:
    if not host.endswith(SUFFIXES) and (_is_ip(host) or len(path) == 2):
        account, *path = path or [""]  # the account stands in the path, as at an emulator
    else:
        account = host.split(".", 1)[0]
    if len(path) != 1:
        raise BadInput("The address has to lead to a container and not to a blob or the whole account.")
    if not _CONTAINER.match(path[0]):
        raise BadInput("The name of the container in this address is not one that Azure accepts.")
    return account, path[0]


def _judged(signed: dict[str, str], *, now: dt.datetime, own: bool) -> dt.datetime:
    if not signed.get("sig"):
        raise BadInput("The address has no signature. Copy the “Blob SAS URL” and not the plain address of the container.")
    if signed.get("si"):
        raise BadInput("This signature takes its rights from a stored policy, which we cannot see. Make one that names them.")
    if signed.get("sr") != "c":
        raise BadInput("This signature is not for one container. Make one in the container’s menu, “Shared access tokens”.")
    _judge_rights(signed.get("sp", ""))
    if signed.get("spr") != "https" and not own:
        raise BadInput("This signature may be used without https. Make one with “HTTPS only”.")
    begins, expires = _moment(signed.get("st", "")), _moment(signed.get("se", ""))
    if expires is None:
        raise BadInput("This signature does not say when it ends. Make one with an expiry.")
    if expires <= now:
        raise BadInput("This signature has expired. Make a new one.")
    if begins is not None and begins > now + dt.timedelta(minutes=15):
        raise BadInput("This signature is not valid yet. Make one that begins now.")
    return expires


def _judge_rights(rights: str) -> None:
    if too_many := [_RIGHTS.get(right, f"“{right}”") for right in dict.fromkeys(rights) if right not in _ALLOWED]:
        listed = ", ".join(too_many[:-1]) + (" and " if too_many[1:] else "") + too_many[-1]
        raise BadInput(f"This signature also allows to {listed}. Make one with Create and Write only.")
    if "c" not in rights:
        raise BadInput("This signature does not allow to create. Make one with Create and Write.")


def _moment(text: str) -> dt.datetime | None:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
