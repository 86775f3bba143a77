"""Azure DevOps Services and Server by its REST API 7.1, without a library: Microsoft's own for Python never left its beta.

Calls of a delivery: repository, our reference, base reference, one push with all files inside, the pull request. ``oldObjectId``
makes the push a compare-and-swap. Like GitLab it tells a new file from a changed one.
"""

from __future__ import annotations

import base64
from typing import Any, Literal
from urllib.parse import quote

from django.conf import settings
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from delivery.contract import PRODUCT_ADDRESS, PRODUCT_NAME, Kind, Receipt, Shipment
from delivery.flows import landing
from delivery.forge_client import ForgeClient, forge_client
from delivery.repositories import Berth, Cargo, Head, Moved, Repository, RepositoryPlace, Request, RequestExists, Unfit
from delivery.rules import repository_names as names
from delivery.rules.changes import guesses
from delivery.rules.forge_answers import Words

PARTY = "Azure DevOps (delivery)"
BODY_LIMIT = 4000
NEW = "0" * 40
STATES: dict[str, Literal["open", "merged", "closed"]] = {"active": "open", "completed": "merged"}
VERSION = {"api-version": "7.1"}
NAME = r"^[^/\\:*?\"<>|#%&{}~\x00-\x1f]{1,100}$"


class Place(RepositoryPlace):
    organization: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9-]{0,99}$", title="Organization")
    project: str = Field(pattern=NAME, title="Project")
    repository: str = Field(pattern=NAME, title="Repository")


class _Channel:
    place: type[BaseModel] = Place
    credential_label = "Personal access token of a service account"

    def describe(self, place: BaseModel) -> str:
        assert isinstance(place, Place)
        return f"Opens pull requests in {place.project}/{place.repository} of {place.organization}, folder {place.folder}."

    def check(self, place: BaseModel, credential: str) -> list[str]:
        assert isinstance(place, Place)
        with forge_client(party=PARTY, words=_words(place), root=_root(place), authorization=_basic(credential)) as client:
            return landing.look(_Forge(place, client, None), place)

    def send(self, place: BaseModel, credential: str, shipment: Shipment, before: Receipt | None) -> Receipt:
        assert isinstance(place, Place)
        with forge_client(party=PARTY, words=_words(place), root=_root(place), authorization=_basic(credential)) as client:
            return landing.deliver(_Forge(place, client, before), place, shipment, before)


KIND: Kind = _Channel()


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel)


class _Described(_Answer):
    default_branch: str = ""
    is_disabled: bool = False


class _Reference(_Answer):
    name: str
    object_id: str


class _References(_Answer):
    value: list[_Reference]


class _Commit(_Answer):
    commit_id: str
    comment: str = ""


class _Push(_Answer):
    commits: list[_Commit]


class _Pull(_Answer):
    pull_request_id: int
    status: str
    last_merge_source_commit: _Commit | None = None


class _Pulls(_Answer):
    value: list[_Pull]


class _Forge:
    def __init__(self, place: Place, client: ForgeClient, before: Receipt | None) -> None:
        self.words, self._place, self._client, self._before = _words(place), place, client, before

    def repository(self) -> Repository:
        found = self._client.read(_Described, "GET", "", params=VERSION)
        default = found.default_branch.removeprefix("refs/heads/")
        return Repository(default=default, is_empty=not default, is_archived=found.is_disabled)

    def head(self, branch: str) -> Head | None:
        found = self._client.read(_References, "GET", "/refs", params={"filter": f"heads/{branch}", **VERSION})
        # The filter matches beginnings.
        sha = next((one.object_id for one in found.value if one.name == f"refs/heads/{branch}"), None)
        if sha is None or branch == self._place.base:
            return Head(sha) if sha else None
        if self._before and self._before.commit == sha:
            return Head(sha, names.trailer(self._before.facts.get("content", "")))
        return Head(sha, self._client.read(_Commit, "GET", f"/commits/{sha}", params={"changeCount": "0", **VERSION}).comment)

    def requests(self, branch: str) -> list[Request]:
        search = {
            "searchCriteria.sourceRefName": f"refs/heads/{branch}",
            "searchCriteria.targetRefName": f"refs/heads/{self._place.base}",
            "searchCriteria.status": "all",
        }
        return [
            self._request(one) for one in self._client.read(_Pulls, "GET", "/pullrequests", params={**search, **VERSION}).value
        ]

    def commit(self, cargo: Cargo, berth: Berth) -> str | None:
        by = {"name": PRODUCT_NAME, "email": PRODUCT_ADDRESS}
        commit: dict[str, Any] = {"comment": cargo.message, "author": by, "committer": by}
        if berth.is_new:
            commit["parents"] = [berth.parent.sha]
        update = {"name": f"refs/heads/{berth.branch}", "oldObjectId": NEW if berth.is_new else berth.parent.sha}
        for there in guesses(cargo.files, berth.known):
            commit["changes"] = [_change(path, content, path in there) for path, content in cargo.files.items()] + [
                {"changeType": "delete", "item": {"path": f"/{path}"}} for path in sorted(there - cargo.files.keys())
            ]
            push = {"refUpdates": [update], "commits": [commit]}
            answer = self._client.call("POST", "/pushes", json=push, params=VERSION, ok=(200, 201, 400, 409))
            if answer.status_code < 400:
                return _Push.model_validate_json(answer.content).commits[0].commit_id
            said = answer.text.lower()
            if "stale" in said or "tf401028" in said:
                raise Moved
            if "path" not in said and "item" not in said:
                raise self._client.failure(answer)
        raise Unfit

    def open(self, cargo: Cargo, branch: str) -> Request:
        asked = {
            "sourceRefName": f"refs/heads/{branch}",
            "targetRefName": f"refs/heads/{self._place.base}",
            "title": cargo.title,
            "description": names.request_body(cargo.shipment, BODY_LIMIT),
        }
        answer = self._client.call("POST", "/pullrequests", json=asked, params=VERSION, ok=(200, 201, 409))
        if answer.status_code == 409:
            raise RequestExists
        return self._request(_Pull.model_validate_json(answer.content))

    def renew(self, request: Request, cargo: Cargo) -> Request:
        asked = {"title": cargo.title, "description": names.request_body(cargo.shipment, BODY_LIMIT)}
        self._client.call("PATCH", f"/pullrequests/{request.number}", json=asked, params=VERSION)
        return request

    def _request(self, found: _Pull) -> Request:
        sha = found.last_merge_source_commit.commit_id if found.last_merge_source_commit else ""
        return Request(
            str(found.pull_request_id), _page(self._place, found.pull_request_id), STATES.get(found.status, "closed"), sha
        )


def _change(path: str, content: bytes, is_there: bool) -> dict[str, Any]:
    return {
        "changeType": "edit" if is_there else "add",
        "item": {"path": f"/{path}"},
        "newContent": {"content": base64.b64encode(content).decode(), "contentType": "base64Encoded"},
    }


def _words(place: Place) -> Words:
    name = f"{place.project}/{place.repository}"
    return Words("Azure DevOps", name, "the scope Code (read & write)", address=f"{place.organization}/{name}")


def _basic(token: str) -> str:
    return "Basic " + base64.b64encode(f":{token}".encode()).decode()


def _project(place: Place) -> str:
    return f"{settings.AZURE_DEVOPS_URL}/{quote(place.organization, safe='')}/{quote(place.project, safe='')}"


def _root(place: Place) -> str:
    return f"{_project(place)}/_apis/git/repositories/{quote(place.repository, safe='')}"


def _page(place: Place, number: int) -> str:
    return f"{_project(place)}/_git/{quote(place.repository, safe='')}/pullrequest/{number}"
