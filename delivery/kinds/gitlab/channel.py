"""GitLab, on its own host or ours, by python-gitlab over the one way out.

Calls of a delivery: project, our branch, base branch, one commit with all files inside, the merge request. GitLab tells a new
file from a changed one and refuses the whole commit when we are wrong; we know what we wrote, do not look, and try the other way.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import gitlab
import requests
from django.conf import settings
from gitlab.exceptions import GitlabError, GitlabParsingError
from pydantic import BaseModel, Field

from delivery.contract import PRODUCT_ADDRESS, PRODUCT_NAME, DeliveryFailed, Kind, Receipt, Shipment
from delivery.flows import landing
from delivery.repositories import (
    SECONDS,
    USER_AGENT,
    Berth,
    Cargo,
    Head,
    Moved,
    Repository,
    RepositoryPlace,
    Request,
    RequestExists,
    Unfit,
    reaching,
)
from delivery.rules import repository_names as names
from delivery.rules.changes import guesses
from delivery.rules.forge_answers import Words, failure
from ground import clock, egress

PARTY = "GitLab (delivery)"
BODY_LIMIT = 200_000
DEVELOPER = 30
"""The lowest access level that may push and open merge requests (GitLab, "Roles and permissions")."""
STATES: dict[str, Literal["open", "merged", "closed"]] = {"opened": "open", "merged": "merged", "locked": "open"}


class Place(RepositoryPlace):
    project: str = Field(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_.][A-Za-z0-9_.-]*)+$|^\d+$",
        max_length=255,
        title="Project",
        description="With its group: group/project.",
    )


class _Channel:
    place: type[BaseModel] = Place
    credential_label = "Project access token"

    def describe(self, place: BaseModel) -> str:
        assert isinstance(place, Place)
        return f"Opens merge requests in {place.project}, folder {place.folder}."

    def check(self, place: BaseModel, credential: str) -> list[str]:
        assert isinstance(place, Place)
        with _calling(place, credential) as forge:
            return landing.look(forge, place)

    def send(self, place: BaseModel, credential: str, shipment: Shipment, before: Receipt | None) -> Receipt:
        assert isinstance(place, Place)
        with _calling(place, credential) as forge:
            return landing.deliver(forge, place, shipment, before)


KIND: Kind = _Channel()


class _Level(BaseModel):
    access_level: int


class _Project(BaseModel):
    default_branch: str | None = None
    empty_repo: bool = False
    archived: bool = False
    merge_requests_access_level: str = ""
    permissions: dict[str, _Level | None] = {}


class _Commit(BaseModel):
    id: str
    message: str = ""


class _Branch(BaseModel):
    commit: _Commit


class _Merge(BaseModel):
    iid: int
    web_url: str
    state: str
    sha: str | None = None


class _Client(gitlab.Gitlab):
    def http_request(self, verb: str, path: str, *arguments: Any, **options: Any) -> requests.Response:
        """Without the library's own waiting: who asks us to wait gets another delivery later, not a worker that sleeps."""
        return super().http_request(verb, path, *arguments, **{**options, "obey_rate_limit": False})


class _Forge:
    def __init__(self, place: Place, client: gitlab.Gitlab) -> None:
        self.words, self._place, self._client = _words(place), place, client
        self._project = client.projects.get(place.project, lazy=True)

    def repository(self) -> Repository:
        found = _Project.model_validate(self._client.projects.get(self._place.project).attributes)
        level = max((one.access_level for one in found.permissions.values() if one), default=None)
        may_write = None if level is None else level >= DEVELOPER
        return Repository(
            default=found.default_branch or "",
            is_empty=found.empty_repo,
            is_archived=found.archived,
            may_write=may_write,
            may_request=False if found.merge_requests_access_level == "disabled" else may_write,
        )

    def head(self, branch: str) -> Head | None:
        try:
            found = self._project.branches.get(branch)
        except GitlabError as error:
            if error.response_code == 404:
                return None
            raise
        commit = _Branch.model_validate(found.attributes).commit
        return Head(commit.id, commit.message)

    def requests(self, branch: str) -> list[Request]:
        found = self._project.mergerequests.list(
            source_branch=branch, target_branch=self._place.base, state="all", per_page=50, get_all=False
        )
        return [_request(one) for one in found]

    def commit(self, cargo: Cargo, berth: Berth) -> str | None:
        asked: dict[str, Any] = {
            "branch": berth.branch,
            "commit_message": cargo.message,
            "author_name": PRODUCT_NAME,
            "author_email": PRODUCT_ADDRESS,
        }
        if berth.is_new:
            asked["start_sha"] = berth.parent.sha
        for there in guesses(cargo.files, berth.known):
            asked["actions"] = [_action(path, content, path in there) for path, content in cargo.files.items()] + [
                {"action": "delete", "file_path": path} for path in sorted(there - cargo.files.keys())
            ]
            try:
                return _Commit.model_validate(self._project.commits.create(asked).attributes).id
            except GitlabError as error:
                said = str(error.error_message).lower()
                if error.response_code == 400 and "branch called" in said and "already exists" in said:
                    raise Moved from None
                if error.response_code != 400 or not ("file with this name" in said or "has changed since" in said):
                    raise
        raise Unfit

    def open(self, cargo: Cargo, branch: str) -> Request:
        asked = {
            "source_branch": branch,
            "target_branch": self._place.base,
            "title": cargo.title,
            "description": names.request_body(cargo.shipment, BODY_LIMIT),
        }
        try:
            return _request(self._project.mergerequests.create(asked))
        except GitlabError as error:
            if error.response_code == 409:
                raise RequestExists from None
            raise

    def renew(self, request: Request, cargo: Cargo) -> Request:
        body = names.request_body(cargo.shipment, BODY_LIMIT)
        self._project.mergerequests.update(int(request.number), {"title": cargo.title, "description": body})
        return request


def _action(path: str, content: bytes, is_there: bool) -> dict[str, str]:
    return {
        "action": "update" if is_there else "create",
        "file_path": path,
        "content": base64.b64encode(content).decode(),
        "encoding": "base64",
    }


def _request(answer: Any) -> Request:
    found = _Merge.model_validate(answer.attributes)
    return Request(str(found.iid), found.web_url, STATES.get(found.state, "closed"), found.sha or "")


def _words(place: Place) -> Words:
    return Words("GitLab", place.project, "the role Developer and the scope api", "merge request")


@contextmanager
def _calling(place: Place, credential: str) -> Iterator[_Forge]:
    words = _words(place)
    headers: dict[str, str] = {}

    def note(response: requests.Response, *_: object, **__: object) -> None:
        # python-gitlab's errors do not carry the headers, and Retry-After is one.
        headers.clear()
        headers.update(response.headers)

    with reaching(words.forge), egress.requests_session(party=PARTY, purpose="delivery", seconds=SECONDS) as session:
        session.hooks["response"].append(note)
        client = _Client(
            settings.GITLAB_URL, private_token=credential, user_agent=USER_AGENT, timeout=60, session=session, keep_base_url=True
        )
        try:
            yield _Forge(place, client)
        except GitlabParsingError:
            raise DeliveryFailed("GitLab answered with something we do not understand. We try again by ourselves.") from None
        except GitlabError as error:
            status, said = error.response_code or 500, str(error.error_message)
            raise failure(words, status, message=said, headers=headers, now=clock.now()) from None
