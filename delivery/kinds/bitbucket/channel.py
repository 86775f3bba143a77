"""Bitbucket Cloud by its REST API 2.0, without a library: none has the call that commits files.

Calls of a delivery: repository, our branch, base branch, one form with all files inside, the pull request. ``fields`` keeps names
of people and everything else we have no use for out of the answers.
"""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import quote

from django.conf import settings
from pydantic import BaseModel, Field

from delivery.contract import PRODUCT_ADDRESS, PRODUCT_NAME, DeliveryFailed, Kind, Receipt, Shipment
from delivery.flows import landing
from delivery.forge_client import ForgeClient, forge_client
from delivery.repositories import Berth, Cargo, Head, Moved, Repository, RepositoryPlace, Request, RequestExists
from delivery.rules import repository_names as names
from delivery.rules.changes import guesses
from delivery.rules.forge_answers import Words

PARTY = "Bitbucket (delivery)"
BODY_LIMIT = 30_000
STATES: dict[str, Literal["open", "merged", "closed"]] = {"OPEN": "open", "MERGED": "merged"}
SLUG = r"^[a-zA-Z0-9_.-]{1,62}$"
OF_PULL = "id,state,links.html.href,source.commit.hash"


class Place(RepositoryPlace):
    workspace: str = Field(pattern=SLUG, title="Workspace")
    repository: str = Field(pattern=SLUG, title="Repository", description="As in its address.")


class _Channel:
    place: type[BaseModel] = Place
    credential_label = "Repository access token"

    def describe(self, place: BaseModel) -> str:
        assert isinstance(place, Place)
        return f"Opens pull requests in {place.workspace}/{place.repository}, folder {place.folder}."

    def check(self, place: BaseModel, credential: str) -> list[str]:
        assert isinstance(place, Place)
        with forge_client(party=PARTY, words=_words(place), root=_root(place), authorization=f"Bearer {credential}") as client:
            return landing.look(_Forge(place, client), place)

    def send(self, place: BaseModel, credential: str, shipment: Shipment, before: Receipt | None) -> Receipt:
        assert isinstance(place, Place)
        with forge_client(party=PARTY, words=_words(place), root=_root(place), authorization=f"Bearer {credential}") as client:
            return landing.deliver(_Forge(place, client), place, shipment, before)


KIND: Kind = _Channel()


class _Name(BaseModel):
    name: str


class _Described(BaseModel):
    mainbranch: _Name | None = None


class _Commit(BaseModel):
    hash: str
    message: str = ""


class _Branch(BaseModel):
    target: _Commit


class _Link(BaseModel):
    href: str


class _Links(BaseModel):
    html: _Link


class _Source(BaseModel):
    commit: _Commit | None = None


class _Pull(BaseModel):
    id: int
    state: str
    links: _Links
    source: _Source


class _Pulls(BaseModel):
    values: list[_Pull]


class _Forge:
    def __init__(self, place: Place, client: ForgeClient) -> None:
        self.words, self._place, self._client = _words(place), place, client

    def repository(self) -> Repository:
        answer = self._client.call("GET", "", params={"fields": "mainbranch.name"})
        found = _Described.model_validate_json(answer.content)
        # Answers to an access token name what it may do.
        scopes = {scope.strip() for scope in answer.headers.get("X-OAuth-Scopes", "").split(",") if scope.strip()}
        return Repository(
            default=found.mainbranch.name if found.mainbranch else "",
            is_empty=found.mainbranch is None,
            may_write="repository:write" in scopes if scopes else None,
            may_request="pullrequest:write" in scopes if scopes else None,
        )

    def head(self, branch: str) -> Head | None:
        path = f"/refs/branches/{quote(branch, safe='')}"
        answer = self._client.call("GET", path, params={"fields": "target.hash,target.message"}, ok=(200, 404))
        if answer.status_code == 404:
            return None
        target = _Branch.model_validate_json(answer.content).target
        return Head(target.hash, target.message)

    def requests(self, branch: str) -> list[Request]:
        search = {
            "q": f'source.branch.name="{branch}" AND destination.branch.name="{self._place.base}"',
            "state": ["OPEN", "MERGED", "DECLINED", "SUPERSEDED"],
            "sort": "-created_on",
            "fields": ",".join(f"values.{field}" for field in OF_PULL.split(",")),
        }
        return [_request(one) for one in self._client.read(_Pulls, "GET", "/pullrequests", params=search).values]

    def commit(self, cargo: Cargo, berth: Berth) -> str | None:
        form: dict[str, Any] = {
            "branch": berth.branch,
            "parents": berth.parent.sha,
            "message": cargo.message,
            "author": f"{PRODUCT_NAME} <{PRODUCT_ADDRESS}>",
        }
        # A leading slash keeps a file called "message" from being read as the message.
        files = [(f"/{path}", (path.rpartition("/")[2], content)) for path, content in cargo.files.items()]
        for removed in dict.fromkeys(there - frozenset(cargo.files) for there in guesses(cargo.files, berth.known)):
            removals = {"files": [f"/{path}" for path in sorted(removed)]} if removed else {}
            answer = self._client.call("POST", "/src", data=form | removals, files=files, ok=(201, 400, 409, 412, 422))
            if answer.status_code == 201:
                return _written(answer.headers.get("Location", ""))
            # Bitbucket does not document what it says to a parent that is no longer the newest: look whether it is.
            now = self.head(berth.branch)
            if (now.sha if now else "") != ("" if berth.is_new else berth.parent.sha):
                raise Moved
        raise self._client.failure(answer)

    def open(self, cargo: Cargo, branch: str) -> Request:
        asked = {
            "title": cargo.title,
            "description": names.request_body(cargo.shipment, BODY_LIMIT),
            "source": {"branch": {"name": branch}},
            "destination": {"branch": {"name": self._place.base}},
        }
        answer = self._client.call("POST", "/pullrequests", json=asked, params={"fields": OF_PULL}, ok=(200, 201, 409))
        if answer.status_code == 409:
            raise RequestExists
        return _request(_Pull.model_validate_json(answer.content))

    def renew(self, request: Request, cargo: Cargo) -> Request:
        asked = {"title": cargo.title, "description": names.request_body(cargo.shipment, BODY_LIMIT)}
        self._client.call("PUT", f"/pullrequests/{request.number}", json=asked, params={"fields": OF_PULL})
        return request


def _written(location: str) -> str:
    """The id of the commit, which stands in its address only."""
    sha = location.rstrip("/").rpartition("/")[2]
    if len(sha) != 40:
        raise DeliveryFailed("Bitbucket answered with something we do not understand. We try again by ourselves.")
    return sha


def _request(found: _Pull) -> Request:
    sha = found.source.commit.hash if found.source.commit else ""
    return Request(str(found.id), found.links.html.href, STATES.get(found.state, "closed"), sha)


def _words(place: Place) -> Words:
    return Words("Bitbucket", f"{place.workspace}/{place.repository}", "Repositories: write and Pull requests: write")


def _root(place: Place) -> str:
    return f"{settings.BITBUCKET_API_URL}/2.0/repositories/{quote(place.workspace, safe='')}/{quote(place.repository, safe='')}"
