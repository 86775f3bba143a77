"""Tokens of a GitHub App: made for one delivery and one repository, kept nowhere."""

from __future__ import annotations

from typing import Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from github import Auth, Github

from delivery.contract import DeliveryFailed
from delivery.kinds.github.calling import NEEDED, github, said

PERMISSIONS = {"contents": "write", "pull_requests": "write", "metadata": "read"}


class Installed(Protocol):
    """Where an App is installed."""

    owner: str
    repository: str
    base: str
    app_id: str
    installation_id: str


def mint(place: Installed, key: str) -> str:
    """An installation token for this one repository; it ends after an hour and is kept nowhere."""
    wanted = {"repositories": [place.repository], "permissions": PERMISSIONS}
    path = f"/app/installations/{place.installation_id}/access_tokens"
    _, answer = _app(place, key).requester.requestJsonAndCheck("POST", path, input=wanted)
    return said(answer.get("token"))


def check(place: Installed, key: str) -> list[str]:
    """What the App may do, without minting a token: that would be a POST, and testing sends none (S-052)."""
    name = f"{place.owner}/{place.repository}"
    _, answer = _app(place, key).requester.requestJsonAndCheck("GET", f"/repos/{name}/installation")
    if str(answer.get("id")) != place.installation_id:
        raise DeliveryFailed(f"The App is installed for {name} under another installation id. Put that in.", permanent=True)
    granted = answer.get("permissions") or {}
    if any(granted.get(one) != "write" for one in ("contents", "pull_requests")):
        raise DeliveryFailed(f"The App may not write to {name}. It needs {NEEDED}.", permanent=True)
    return [
        f"Repository {name} found.",
        "May write.",
        "Can open pull requests.",
        f"Whether there is a branch {place.base} shows at the first delivery.",
    ]


def _app(place: Installed, key: str) -> Github:
    try:
        load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise DeliveryFailed(
            "The private key of the App cannot be read. Paste the whole file that GitHub gave you, with its first and last line.",
            permanent=True,
        ) from None
    return github(Auth.AppAuth(place.app_id, key))
