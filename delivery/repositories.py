"""The nouns of delivery into repositories, and what a forge must be able to do. ``delivery.flows.landing`` says what is done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, Protocol

import httpx2
import pydantic
import requests
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from delivery.contract import DeliveryFailed, Shipment
from delivery.rules import repository_names as names
from delivery.rules.forge_answers import Words
from ground import egress

USER_AGENT = "SpecStep"
SECONDS = 300.0
"""How long all calls of one delivery may take together."""


class RepositoryPlace(BaseModel):
    """What every kind of repository asks for."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    base: str = Field("main", min_length=1, max_length=200, title="Base branch", description="The branch that requests go to.")
    folder: str = Field(names.FOLDER, max_length=200, title="Folder", description="All files go here and nowhere else.")
    branch: str = Field(
        "", max_length=100, title="Branch", description="Begins with specstep/. Left empty, it is named after the project."
    )

    @field_validator("base")
    @classmethod
    def _base(cls, base: str) -> str:
        return names.clean_base(base)

    @field_validator("folder")
    @classmethod
    def _folder(cls, folder: str) -> str:
        return names.clean_folder(folder)

    @field_validator("branch")
    @classmethod
    def _branch(cls, branch: str) -> str:
        return names.clean_branch(branch)

    @model_validator(mode="after")
    def _apart(self) -> RepositoryPlace:
        if self.branch and self.branch == self.base:
            raise ValueError("The branch that SpecStep writes to and the base branch are the same. Choose another one of them.")
        return self


@dataclass(frozen=True)
class Repository:
    """What is known of a repository without looking into it."""

    default: str
    """Name of its default branch; empty when the forge does not say."""
    is_empty: bool = False
    is_archived: bool = False
    may_write: bool | None = None
    """None where the forge tells only when it is tried."""
    may_request: bool | None = None


@dataclass(frozen=True)
class Head:
    """The newest commit of a branch: its id and what stands with it. No file."""

    sha: str
    message: str = ""
    tree: str = ""


@dataclass(frozen=True)
class Request:
    """A pull or merge request of ours."""

    number: str
    address: str
    state: Literal["open", "merged", "closed"]
    sha: str = ""
    """The commit it ends with, as far as the forge says; Bitbucket says its first twelve digits."""

    def ends_with(self, head: Head) -> bool:
        return bool(self.sha) and head.sha.startswith(self.sha)


@dataclass(frozen=True)
class Cargo:
    """A shipment made ready for one place."""

    files: dict[str, bytes]
    """By path in the repository."""
    key: str
    message: str
    title: str
    shipment: Shipment
    before: frozenset[str] = frozenset()
    """Paths that our last delivery left on its branch."""
    on_base: frozenset[str] = frozenset()
    """Paths that stand on the base branch, as far as merged requests tell."""

    def gone(self, known: frozenset[str]) -> list[str]:
        """What we once wrote and the package no longer has."""
        return sorted(known - self.files.keys())


@dataclass(frozen=True)
class Berth:
    """Where a delivery lands: a branch, the commit ours follows, and whether the branch is new."""

    branch: str
    parent: Head
    is_new: bool
    known: frozenset[str]
    """Paths of ours that stand there, as far as we remember."""
    has_content: bool = False
    """The commit is there already, only the request may be missing."""
    request: Request | None = None


class Moved(Exception):
    """Somebody wrote to the branch, or made it, between our look and our write."""


class Unfit(Exception):
    """The files there are not as we left them, and the forge takes changes only where they are."""


class RequestExists(Exception):
    """A request for the branch was opened between our look and our call."""


class Forge(Protocol):
    """What one forge must be able to do."""

    words: Words

    def repository(self) -> Repository: ...

    def head(self, branch: str) -> Head | None:
        """None when there is no such branch."""

    def requests(self, branch: str) -> list[Request]:
        """Requests from the branch into the base, in whatever state."""

    def commit(self, cargo: Cargo, berth: Berth) -> str | None:
        """One commit on the berth. Its id; None when nothing would change. Raises ``Moved`` or ``Unfit``."""

    def open(self, cargo: Cargo, branch: str) -> Request:
        """Raises ``RequestExists``."""

    def renew(self, request: Request, cargo: Cargo) -> Request: ...


@contextmanager
def reaching(forge: str) -> Iterator[None]:
    """Turns what happens on the way to a forge into ``DeliveryFailed``."""
    try:
        yield
    except egress.EgressRefused as error:
        raise DeliveryFailed(str(error), permanent=True) from error
    except (egress.AnswerTooLarge, pydantic.ValidationError, json.JSONDecodeError, requests.exceptions.InvalidJSONError) as error:
        # The cause may quote what the forge said, and that is kept nowhere.
        raise DeliveryFailed(f"{forge} answered with something we do not understand. We try again by ourselves.") from _bare(
            error
        )
    except (httpx2.HTTPError, requests.RequestException) as error:
        raise DeliveryFailed(f"{forge} could not be reached, or broke off in the middle. We try again by ourselves.") from _bare(
            error
        )


def _bare(error: Exception) -> Exception:
    return Exception(type(error).__name__)
