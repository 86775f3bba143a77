"""A kind of repository, its forge on loopback and the repository behind it, ready to deliver."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pydantic import BaseModel

from delivery.contract import Kind, Receipt, Shipment
from tests.peers.azure_devops import AzureDevOps
from tests.peers.bitbucket import Bitbucket
from tests.peers.git_http import GitServer
from tests.peers.github import GitHub
from tests.peers.gitlab import GitLab
from tests.peers.peer import CANARIES, Peer
from tests.peers.store import Store

PEERS: dict[str, type[Peer]] = {
    "github": GitHub,
    "gitlab": GitLab,
    "azure_devops": AzureDevOps,
    "bitbucket": Bitbucket,
    "git": GitServer,
}
FORGES = [name for name in PEERS if name != "git"]
PLACES: dict[str, dict[str, str]] = {
    "github": {"owner": "harbour", "repository": "booking"},
    "gitlab": {"project": "harbour/booking"},
    "azure_devops": {"organization": "harbour", "project": "Sea side", "repository": "booking"},
    "bitbucket": {"workspace": "harbour", "repository": "booking"},
    "git": {},
}
COMMIT = {
    "github": "/git/refs",
    "gitlab": "/repository/commits",
    "azure_devops": "/pushes",
    "bitbucket": "POST /2.0/repositories/harbour/booking/src",
    "git": "POST /team/booking.git/git-receive-pack",
}
"""What in the line of a request tells that our branch is being written."""
REQUESTS = {"github": "/pulls", "gitlab": "/merge_requests", "azure_devops": "/pullrequests", "bitbucket": "/pullrequests"}
THEIRS: dict[str, bytes] = {
    "README.md": b"# Booking\n",
    "src/app.py": f'SECRET = "{CANARIES[0]}"\n'.encode(),
    ".github/workflows/ci.yml": b"on: push\n",
    "docs/guide.md": b"How to moor.\n",
}


@dataclass
class Bench:
    """A kind, its forge and the repository, ready to deliver."""

    name: str
    kind: Kind
    peer: Peer
    main: str
    """The base branch's head at the start."""
    details: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.peer.store

    @property
    def has_requests(self) -> bool:
        return self.name != "git"

    def place(self, **changes: str) -> BaseModel:
        return self.kind.place.model_validate(PLACES[self.name] | self.details | changes)

    def send(self, shipment: Shipment, before: Receipt | None = None, *, token: str = "", **changes: str) -> Receipt:
        return self.kind.send(self.place(**changes), token or self.peer.token, shipment, before)

    def check(self, **changes: str) -> list[str]:
        return self.kind.check(self.place(**changes), self.peer.token)

    def written(self, receipt: Receipt, folder: str = "docs/specstep") -> dict[str, bytes]:
        """Our files as they stand on the branch, by path in the package."""
        paths = [path for path in self.store.files(receipt.branch) if path.startswith(f"{folder}/")]
        return {path.removeprefix(f"{folder}/"): self.store.content(receipt.branch, path) for path in paths}


PACKAGE: dict[str, bytes] = {
    "README.md": b"# Harbour booking\n",
    "requirements/booking.feature": "Feature: Liegeplätze – buchen\n".encode(),
    "trace.json": b'{"a": 1}\n',
}


def shipment(
    files: Mapping[str, bytes] | None = None, *, number: int = 1, title: str = "Harbour booking", **more: Any
) -> Shipment:
    files = PACKAGE if files is None else files
    digest = sha256(b"".join(path.encode() + b"\0" + sha256(content).digest() for path, content in sorted(files.items())))
    summary = more.pop("summary", "Three documents. Scores: 4 of 5.")
    return Shipment(f"package-{number}", number, title, dict(files), digest.hexdigest(), summary, **more)
