"""What a client says of itself, read with suspicion: anybody may send it (RFC 7591, 2; the client-id metadata documents).

What is not understood is ignored, as the RFC wants. What is understood and cannot be is an error with a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from api.oauth.rules import redirects

LARGEST = 16 * 1024
"""Bytes of metadata; the draft recommends 5 KB."""
LONGEST_NAME = 60
LONGEST_ID = 255
NONE, BASIC, POST = "none", "client_secret_basic", "client_secret_post"
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Controls, marks that turn the direction of writing, private and unassigned characters."""


class BadMetadata(Exception):
    """It cannot be used. ``code`` is the word of RFC 7591, 3.2.2; the text a sentence for who wrote the client."""

    def __init__(self, sentence: str, code: str = "invalid_client_metadata") -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class Registration:
    """A client, by value."""

    name: str
    redirect_uris: tuple[str, ...]
    method: str
    """How it proves at the token endpoint who it is."""


def read(said: Any) -> Registration:
    """A client's metadata as it registers itself. Raises ``BadMetadata``."""
    if not isinstance(said, dict):
        raise BadMetadata("The metadata must be a JSON object.")
    if "authorization_code" not in _words(said, "grant_types", ["authorization_code"]):
        raise BadMetadata("grant_types must hold authorization_code: it is the only grant of this server.")
    if "code" not in _words(said, "response_types", ["code"]):
        raise BadMetadata("response_types must hold code: it is the only response type of this server.")
    method = said.get("token_endpoint_auth_method", BASIC)
    if method not in (NONE, BASIC, POST):
        raise BadMetadata(f"token_endpoint_auth_method must be {NONE}, {BASIC} or {POST}.")
    return Registration(name_of(said.get("client_name", "")), _redirect_uris(said), method)


def read_document(said: Any, *, address: str) -> Registration:
    """The document that stands at ``address``, which is the client's id. Raises ``BadMetadata``."""
    if not isinstance(said, dict):
        raise BadMetadata("The document must be a JSON object.")
    if said.get("client_id") != address:
        raise BadMetadata("The document's client_id is not the address it stands at.")
    if {"client_secret", "client_secret_expires_at"} & said.keys():
        raise BadMetadata("The document holds a client_secret, which everybody can read.")
    registration = read({"token_endpoint_auth_method": NONE} | said)
    if registration.method != NONE:
        raise BadMetadata(f"token_endpoint_auth_method must be {NONE} in a document.")
    if not registration.name:
        raise BadMetadata("The document must hold a client_name.")
    return registration


def is_address(client_id: str) -> bool:
    """Does this client name itself by the address of a document?"""
    return client_id[:8].lower() == "https://" or client_id[:7].lower() == "http://"


def why_no_address(client_id: str) -> str:
    """Why no document can stand there, as half a sentence; empty when one can (the draft, 3)."""
    if len(client_id) > LONGEST_ID or not re.fullmatch(r"[!-~]+", client_id, re.ASCII) or "\\" in client_id:
        return f"must be an address of at most {LONGEST_ID} characters"
    try:
        parts = urlsplit(client_id)
        port = parts.port
    except ValueError:
        return "is no address"
    if parts.scheme != "https" or not client_id.startswith("https://"):
        return "must begin with https://"
    if not parts.hostname or "@" in parts.netloc or "#" in client_id or port == 0:
        return "must name a host, without user name and fragment"
    if len(parts.path) < 2 or {".", ".."} & {segment.lower().replace("%2e", ".") for segment in parts.path.split("/")}:
        return "must have a path, without dot segments"
    return ""


def name_of(said: Any) -> str:
    """The name a client gives itself, fit to be shown: one line, no sign that nobody sees, cut to ``LONGEST_NAME``."""
    if not isinstance(said, str):
        raise BadMetadata("client_name must be text.")
    spaced = "".join(" " if sign.isspace() else sign for sign in said[: LONGEST_NAME * 20])
    seen = "".join(sign for sign in unicodedata.normalize("NFC", spaced) if unicodedata.category(sign) not in _UNSEEN)
    return " ".join(seen.split())[:LONGEST_NAME].strip()


def max_age_of(cache_control: str, *, least: int, most: int) -> int:
    """For how many seconds a document holds (RFC 9111, 5.2.2), between ``least`` and ``most``."""
    said = cache_control.lower()
    if "no-store" in said or "no-cache" in said:
        return least
    found = re.search(r"(?:^|[\s,])max-age\s*=\s*\"?(\d{1,9})", said)
    return max(least, min(int(found[1]), most)) if found else most


def _words(said: dict[str, Any], name: str, usual: list[str]) -> list[Any]:
    words = said.get(name, usual)
    if not isinstance(words, list):
        raise BadMetadata(f"{name} must be a list.")
    return words


def _redirect_uris(said: dict[str, Any]) -> tuple[str, ...]:
    uris = said.get("redirect_uris")
    if not isinstance(uris, list) or not uris or len(uris) > redirects.AT_MOST:
        raise BadMetadata(f"redirect_uris must be a list of 1 to {redirects.AT_MOST} addresses.", "invalid_redirect_uri")
    for uri in uris:
        why = redirects.why_refused(uri) if isinstance(uri, str) else "must be text"
        if why:
            raise BadMetadata(f"An address of redirect_uris {why}.", "invalid_redirect_uri")
    return tuple(dict.fromkeys(uris))
