"""What is taken from a provider's answer, and what is not. Pure: dictionaries in, claims out.

Taken: the stable subject, the address, whether the provider says it is verified, the name to show, the picture (S-011, S-014),
and whether a second factor was used, which only the session remembers.
Everything else in an answer is left where it is. Whatever does not look as the provider documents it raises ``Unreadable``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from accounts.rules.factors import has_second_factor
from ground.errors import SpecStepError

SUBJECT = re.compile(r"[\x21-\x7e]{1,150}")
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
NAME_LENGTH = 150
PICTURE_HOSTS = {"google": ".googleusercontent.com", "github": "avatars.githubusercontent.com"}


class Unreadable(SpecStepError):
    """The provider's answer is not what it documents; nothing of it is used."""

    detail = "The service you chose answered with something we cannot read."


@dataclass(frozen=True)
class Picture:
    """An address at Google or GitHub, or bytes from Microsoft; both empty: the person has none."""

    url: str = ""
    content: bytes = b""
    content_type: str = ""


@dataclass(frozen=True)
class Claims:
    """Who a provider says this is. ``picture`` None: it was not learned this time."""

    provider: str
    subject: str
    email: str = ""
    email_verified: bool = False
    name: str = ""
    picture: Picture | None = None
    second_factor: bool = False
    """The provider states that more than one factor was used; what the operator console asks for."""

    @property
    def stored(self) -> dict[str, Any]:
        """What is kept with the identity, exactly."""
        return {"email": self.email, "email_verified": self.email_verified}


def google(token: dict[str, Any]) -> Claims:
    """From the id token (OpenID Connect Core 1.0, 5.1)."""
    return Claims(
        provider="google",
        subject=_subject(token.get("sub")),
        email=_text(token.get("email")),
        email_verified=_says_so(token.get("email_verified")),
        name=_name(token.get("name")),
        picture=Picture(url=_picture_url("google", token.get("picture"))),
        second_factor=has_second_factor(token),
    )


def github(profile: dict[str, Any], emails: list[Any]) -> Claims:
    """From GET /user and GET /user/emails. The public address of the profile says nothing and is not looked at (N-64)."""
    number = profile.get("id")
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        raise Unreadable
    entries = [entry for entry in emails if isinstance(entry, dict) and entry.get("primary") is True]
    primary = entries[0] if len(entries) == 1 else {}
    return Claims(
        provider="github",
        subject=_subject(str(number)),
        email=_text(primary.get("email")),
        email_verified=primary.get("verified") is True,
        name=_name(profile.get("name")) or _name(profile.get("login")),
        picture=Picture(url=_picture_url("github", profile.get("avatar_url"))),
    )


def microsoft(token: dict[str, Any]) -> Claims:
    """From the id token. Any tenant can write any address into ``email``, so it is verified only where Microsoft says so (N-63).

    ``xms_edov`` is Microsoft's optional claim "the owner of the address's domain is verified"; it comes as true, "1" or 1.
    The subject is tenant and object: it stays the same when the app is registered anew, which the claim ``sub`` does not.
    """
    tenant, person = token.get("tid"), token.get("oid")
    if not (isinstance(tenant, str) and isinstance(person, str) and GUID.fullmatch(tenant) and GUID.fullmatch(person)):
        raise Unreadable
    return Claims(
        provider="microsoft",
        subject=f"{tenant}.{person}".lower(),
        email=_text(token.get("email")),
        email_verified=_says_so(token.get("xms_edov")) or _says_so(token.get("email_verified")),
        name=_name(token.get("name")),
        second_factor=has_second_factor(token),
    )


def kind_of_image(content: bytes) -> str:
    """The media type by the first bytes; empty for what is no picture we serve. What the other side calls it does not count."""
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return ""


def _subject(value: Any) -> str:
    if not isinstance(value, str) or not SUBJECT.fullmatch(value):
        raise Unreadable
    return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _name(value: Any) -> str:
    """A name as it is shown: one line, no control characters."""
    kept = "".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in _text(value)[: NAME_LENGTH * 4])
    return " ".join(kept.split())[:NAME_LENGTH]


def _says_so(value: Any) -> bool:
    """An explicit yes; silence and everything odd is a no."""
    return value is True or (not isinstance(value, bool) and value in (1, "1", "true", "True"))


def _picture_url(provider: str, value: Any) -> str:
    try:
        parts = urlsplit(_text(value))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    allowed = PICTURE_HOSTS[provider]
    ours = host == allowed or (allowed.startswith(".") and host.endswith(allowed))
    return parts.geturl() if ours and parts.scheme == "https" and port is None and len(_text(value)) <= 500 else ""
