"""GitHub, by PyGithub over the one way out: a fine-grained token, or an App whose token is minted for each delivery.

Calls of a delivery: repository, branch reference, base reference, its commit, one tree with the files inside, one commit, the
reference, the pull request. No file, tree or comparison is asked for (N-22).
"""

from __future__ import annotations

import base64
import json
from typing import Literal

from github import Auth, Github, GithubException, InputGitAuthor, InputGitTreeElement
from github.GitCommit import GitCommit
from github.GitRef import GitRef
from github.GitTree import GitTree
from github.PullRequest import PullRequest
from github.Repository import Repository as Remote
from pydantic import BaseModel, Field, model_validator

from delivery.contract import PRODUCT_ADDRESS, PRODUCT_NAME, Kind, Receipt, Shipment
from delivery.flows import landing
from delivery.kinds.github import installation
from delivery.kinds.github.calling import calling, empty, github, said, words_for
from delivery.repositories import (
    Berth,
    Cargo,
    Head,
    Moved,
    Repository,
    RepositoryPlace,
    Request,
    RequestExists,
)
from delivery.rules import repository_names as names
from ground import clock

BODY_LIMIT = 60_000
TREE_BYTES = 4 * 1024 * 1024
"""How much is sent in one request for a tree; GitHub takes about 7 MB."""


class Place(RepositoryPlace):
    owner: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$", title="Owner", description="The user or organisation.")
    repository: str = Field(pattern=r"^[.]*[A-Za-z0-9_-][A-Za-z0-9._-]*$", max_length=100, title="Repository")
    app_id: str = Field("", pattern=r"^(\d{1,12}|Iv[A-Za-z0-9.]{5,40})?$", title="App id", description="Only for a GitHub App.")
    installation_id: str = Field("", pattern=r"^\d{0,12}$", title="Installation id", description="Only for a GitHub App.")

    @model_validator(mode="after")
    def _app(self) -> Place:
        if bool(self.app_id) != bool(self.installation_id):
            raise ValueError("A GitHub App needs both its app id and its installation id. Give both, or neither for a token.")
        return self


class _Channel:
    place: type[BaseModel] = Place
    credential_label = "Fine-grained token, or the private key of a GitHub App"

    def describe(self, place: BaseModel) -> str:
        assert isinstance(place, Place)
        return f"Opens pull requests in {place.owner}/{place.repository}, folder {place.folder}."

    def check(self, place: BaseModel, credential: str) -> list[str]:
        assert isinstance(place, Place)
        with calling(words_for(place.owner, place.repository)):
            if place.app_id:
                return installation.check(place, credential)
            return landing.look(_Forge(place, github(Auth.Token(credential))), place)

    def send(self, place: BaseModel, credential: str, shipment: Shipment, before: Receipt | None) -> Receipt:
        assert isinstance(place, Place)
        with calling(words_for(place.owner, place.repository)):
            auth = Auth.Token(installation.mint(place, credential) if place.app_id else credential)
            return landing.deliver(_Forge(place, github(auth)), place, shipment, before)


KIND: Kind = _Channel()


class _Forge:
    def __init__(self, place: Place, client: Github) -> None:
        self.words, self._place, self._client = words_for(place.owner, place.repository), place, client
        self._remote: Remote | None = None
        self._references: dict[str, GitRef] = {}

    @property
    def remote(self) -> Remote:
        if self._remote is None:
            self._remote = self._client.get_repo(f"{self._place.owner}/{self._place.repository}")
        return self._remote

    def repository(self) -> Repository:
        found = self.remote
        may_push = bool(found.permissions.push) if found.permissions is not None else None
        # What the account may do. Only a classic token says what it may do itself.
        may_write = may_push if may_push is False or "repo" in (self._client.oauth_scopes or []) else None
        return Repository(
            default=said(found.default_branch), is_archived=bool(found.archived), may_write=may_write, may_request=may_write
        )

    def head(self, branch: str) -> Head | None:
        try:
            reference = self.remote.get_git_ref(f"heads/{branch}")
        except GithubException as error:
            if error.status == 404:
                return None
            if error.status == 409:
                raise empty(self.words) from None
            raise
        # Kept to be changed later: PyGithub patches the address it read, and a reference made by hand has the wrong one.
        self._references[branch] = reference
        sha = said(reference.object and reference.object.sha)
        return Head(sha) if branch == self._place.base else self._described(sha)

    def _described(self, sha: str) -> Head:
        commit = self.remote.get_git_commit(sha)
        return Head(sha, said(commit.message), said(commit.tree and commit.tree.sha))

    def requests(self, branch: str) -> list[Request]:
        found = self.remote.get_pulls(state="all", head=f"{self._place.owner}:{branch}", base=self._place.base)
        return [_request(pull) for pull in found.get_page(0)]

    def commit(self, cargo: Cargo, berth: Berth) -> str | None:
        parent = berth.parent if berth.parent.tree else self._described(berth.parent.sha)
        tree = self._tree(cargo, berth, parent.tree)
        if tree.sha == parent.tree:
            return None
        author = InputGitAuthor(PRODUCT_NAME, PRODUCT_ADDRESS, clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))
        before = GitCommit(self.remote.requester, {}, {"sha": parent.sha}, completed=True)
        made = self.remote.create_git_commit(cargo.message, tree, [before], author=author, committer=author)
        try:
            if berth.is_new:
                self.remote.create_git_ref(f"refs/heads/{berth.branch}", made.sha)
            else:
                self._references[berth.branch].edit(made.sha, force=False)
        except GithubException as error:
            said = str(error.message).lower()
            if error.status == 422 and ("already exists" in said or "fast forward" in said or "fast-forward" in said):
                raise Moved from None
            raise
        return made.sha

    def _tree(self, cargo: Cargo, berth: Berth, base: str) -> GitTree:
        """The parent's tree with our files in it. Text goes inside the request, so the number of files costs no calls."""
        tree = GitTree(self.remote.requester, {}, {"sha": base}, completed=True)
        elements: list[InputGitTreeElement] = []
        size = 0
        for path, content in cargo.files.items():
            text = _text(content)
            # JSON makes six letters of one that is not ASCII.
            written = len(json.dumps(text))
            if written > TREE_BYTES:
                text, written = None, 0
            if elements and size + written > TREE_BYTES:
                tree, elements, size = self.remote.create_git_tree(elements, tree), [], 0
            elements.append(self._element(path, content, text))
            size += written
        gone = [InputGitTreeElement(path, "100644", "blob", sha=None) for path in cargo.gone(berth.known)]
        try:
            return self.remote.create_git_tree(elements + gone, tree)
        except GithubException as error:
            if error.status != 422 or not gone:
                raise
        # Somebody removed one of them before us, and GitHub takes no removal of what is not there.
        tree = self.remote.create_git_tree(elements, tree)
        for one in gone:
            try:
                tree = self.remote.create_git_tree([one], tree)
            except GithubException as error:
                if error.status != 422:
                    raise
        return tree

    def _element(self, path: str, content: bytes, text: str | None) -> InputGitTreeElement:
        if text is not None:
            return InputGitTreeElement(path, "100644", "blob", content=text)
        blob = self.remote.create_git_blob(base64.b64encode(content).decode(), "base64")
        return InputGitTreeElement(path, "100644", "blob", sha=blob.sha)

    def open(self, cargo: Cargo, branch: str) -> Request:
        try:
            body = names.request_body(cargo.shipment, BODY_LIMIT)
            return _request(self.remote.create_pull(self._place.base, branch, title=cargo.title, body=body))
        except GithubException as error:
            if error.status == 422 and "already exists" in str(error.data).lower():
                raise RequestExists from None
            raise

    def renew(self, request: Request, cargo: Cargo) -> Request:
        address = f"{self.remote.url}/pulls/{request.number}"
        pull = PullRequest(self.remote.requester, {}, {"url": address}, completed=True)
        pull.edit(title=cargo.title, body=names.request_body(cargo.shipment, BODY_LIMIT))
        return request


def _text(content: bytes) -> str | None:
    """None for what cannot be sent as text."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


def _request(pull: PullRequest) -> Request:
    state: Literal["open", "merged", "closed"] = "open" if pull.state == "open" else "merged" if pull.merged_at else "closed"
    return Request(str(pull.number), said(pull.html_url), state, said(pull.head and pull.head.sha))
