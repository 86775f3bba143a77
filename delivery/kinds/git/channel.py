"""Any other git server over https, by git itself. There is no request to open: the branch is all.

What is asked for: the list of references, then single commits and the trees on the way to our folder, each by its id and with the
filter ``tree:0``, so that no file of the repository ever reaches us. A server that cannot leave files out is refused.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, Field, field_validator

from delivery.contract import DeliveryFailed, Kind, Receipt, Shipment
from delivery.flows import landing
from delivery.forge_client import ForgeClient, forge_client
from delivery.kinds.git.advertised import Advertised, read_advertisement
from delivery.kinds.git.plumbing import NOT_PLAIN, PARTY, PLAIN, Git, Rejected, basic
from delivery.kinds.git.trees import changed_tree
from delivery.repositories import Berth, Cargo, Head, Moved, Repository, RepositoryPlace, Request
from delivery.rules.forge_answers import Words, failure
from ground import clock

RIVAL = ("fetch first", "non-fast-forward", "stale info", "already exists", "failed to update ref", "cannot lock ref")
"""What git prints when the branch is not where it was."""


class Place(RepositoryPlace):
    url: str = Field(max_length=400, title="Address", description="As for git clone: https://git.example.org/team/project.git")
    username: str = Field("git", pattern=r"^[A-Za-z0-9._@-]{1,100}$", title="User name", description="What the server expects.")

    @field_validator("url")
    @classmethod
    def _url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("https", "http") or not parts.hostname or not parts.path.strip("/"):
            raise ValueError(
                "Give the address that git clone takes over https, such as https://git.example.org/team/project.git."
            )
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("Leave name, password and everything after ? or # out of the address. The token has its own field.")
        if not PLAIN.fullmatch(url):
            raise ValueError(NOT_PLAIN)
        return url.rstrip("/")


class _Channel:
    place: type[BaseModel] = Place
    credential_label = "Access token or deploy token"

    def describe(self, place: BaseModel) -> str:
        assert isinstance(place, Place)
        return f"Pushes a branch to {_words(place).repository}, folder {place.folder}."

    def check(self, place: BaseModel, credential: str) -> list[str]:
        assert isinstance(place, Place)
        with _calling(place, credential) as forge:
            return landing.look(forge, place)

    def send(self, place: BaseModel, credential: str, shipment: Shipment, before: Receipt | None) -> Receipt:
        assert isinstance(place, Place)
        with _calling(place, credential) as forge:
            return landing.deliver(forge, place, shipment, before)


KIND: Kind = _Channel()


class _Forge:
    def __init__(self, place: Place, client: ForgeClient, credential: str, folder: Path) -> None:
        self.words, self._place, self._client, self._folder = _words(place), place, client, folder
        self._authorization = basic(place.username, credential)
        self._advertised: Advertised | None = None
        self._git: Git | None = None

    @property
    def git(self) -> Git:
        if self._git is None:
            self._git = Git(self._folder, self._place.url, self._authorization, self.words)
        return self._git

    def repository(self) -> Repository:
        found = self._references()
        if "filter" not in found.abilities and found.heads:
            raise DeliveryFailed(
                f"{self.words.forge} cannot leave files out of what it sends, and SpecStep does not read yours. Ask its "
                "administrator for uploadpack.allowFilter.",
                permanent=True,
            )
        # Answered only to who may push; nothing is pushed by asking.
        self._client.call("GET", "/info/refs", params={"service": "git-receive-pack"})
        return Repository(default=found.default, is_empty=not found.heads, may_write=True)

    def _references(self) -> Advertised:
        if self._advertised is None:
            answer = self._client.call("GET", "/info/refs", params={"service": "git-upload-pack"})
            try:
                self._advertised = read_advertisement(answer.content)
            except ValueError:
                raise DeliveryFailed(
                    f"{self.words.forge} does not answer like a git server. Check the address.", permanent=True
                ) from None
        return self._advertised

    def head(self, branch: str) -> Head | None:
        sha = self._references().heads.get(branch)
        return Head(sha) if sha and branch == self._place.base else self._described(sha) if sha else None

    def _described(self, sha: str) -> Head:
        self.git.fetch(sha)
        about, _, message = self.git.run("cat-file", "commit", sha).decode("utf-8", "replace").partition("\n\n")
        return Head(sha, message, about.split("\n", 1)[0].removeprefix("tree "))

    def requests(self, branch: str) -> list[Request]:
        return []

    def commit(self, cargo: Cargo, berth: Berth) -> str | None:
        parent = berth.parent if berth.parent.tree else self._described(berth.parent.sha)
        with tempfile.TemporaryDirectory(dir=self._folder) as folder:
            files = Path(folder) / "files"
            tree = changed_tree(self.git, parent.tree, cargo.files, cargo.gone(berth.known), files)
        if tree == parent.tree:
            return None
        made = self.git.run("commit-tree", tree, "-p", parent.sha, given=cargo.message.encode()).decode().strip()
        try:
            self.git.push(made, berth.branch)
        except Rejected as error:
            said = str(error).lower()
            if any(word in said for word in RIVAL):
                self._advertised = None
                raise Moved from None
            raise failure(self.words, 422, message=said, now=clock.now()) from None
        return made

    def open(self, cargo: Cargo, branch: str) -> Request:
        return Request("", "", "open")

    def renew(self, request: Request, cargo: Cargo) -> Request:
        return request


def _words(place: Place) -> Words:
    parts = urlsplit(place.url)
    name = parts.path.strip("/").removesuffix(".git")
    return Words(parts.hostname or "", name, "to read and to push", request="", address=place.url)


@contextmanager
def _calling(place: Place, credential: str) -> Iterator[_Forge]:
    authorization = basic(place.username, credential)
    with (
        tempfile.TemporaryDirectory(prefix="specstep-git-") as folder,
        forge_client(party=PARTY, words=_words(place), root=place.url, authorization=authorization) as client,
    ):
        yield _Forge(place, client, credential, Path(folder))
