"""What every provider of folders can do: let a person in, list a folder, say what a file is and where its bytes are.

A provider is a folder in ``connectors/kinds`` whose module ``provider`` has one object ``PROVIDER``. Providers never import one
another. None of them sends anything by itself but in the way of its tokens: every call about files goes through
``connectors.border``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, cast

from django.conf import settings

from connectors.border import Border
from connectors.models import Kind
from ground.errors import NotConfigured


@dataclass(frozen=True)
class Tokens:
    """What a provider issued. Never shown, logged or stored but sealed."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    """Empty where none was issued."""
    expires_at: dt.datetime
    tenant: str = ""
    """What the provider counts calls by."""


@dataclass(frozen=True)
class Begun:
    """The way to the provider: the page people are sent to, and what must be known on the way back."""

    address: str
    secret: dict[str, Any] = field(repr=False)
    state: str = field(repr=False)


@dataclass(frozen=True)
class Spot:
    """A place in a picker: a site, a drive or a folder."""

    what: str
    """site, drive or folder."""
    drive: str
    item: str
    name: str
    may_choose: bool = False


@dataclass(frozen=True)
class Place:
    """The folder that was chosen."""

    drive: str
    folder: str


@dataclass(frozen=True)
class Entry:
    """A file or folder as the provider describes it."""

    id: str
    name: str
    is_folder: bool
    parents: tuple[str, ...] = ()
    drive: str = ""
    size: int = 0
    """Bytes; 0 where the provider does not say, as for documents that live only there."""
    version: str = ""
    media_type: str = ""
    skip: str = ""
    """Why it is left alone, in a sentence; empty for what may be read."""


class Provider(Protocol):
    """One vendor of folders."""

    name: str
    party: str
    downloads: str
    """The parties that listings and files come from."""

    def is_set_up(self) -> bool: ...

    def picks_files(self, kind: Kind) -> bool:
        """Whether people pick single files on the provider's own page instead of a folder on ours."""

    def names_folder(self, kind: Kind) -> bool:
        """Whether an administrator grants one folder and the person says which, because nothing else can be listed."""

    def scopes(self, kind: Kind) -> list[str]: ...

    def pages(self) -> list[str]:
        """Addresses of the pages people are sent to, for the content policy."""

    def begin(self, kind: Kind, *, back: str) -> Begun:
        """Raises ``FolderTrouble``."""

    def redeem(self, kind: Kind, secret: Mapping[str, Any], answer: Mapping[str, str], *, back: str) -> Tokens:
        """Change the code of the way back for tokens. Raises ``FolderTrouble``."""

    def renew(self, kind: Kind, refresh: str) -> Tokens:
        """Raises ``AccessEnded`` when the provider refuses it, ``FolderTrouble`` when it cannot be asked."""

    def revoke(self, token: str) -> None:
        """Tell the provider that the token is not to work any more. Raises ``FolderTrouble``; ``NotImplementedError`` where the
        provider has no such call."""

    def by_hand(self) -> str:
        """The provider's own page on which a person can take access back."""

    def look(self, border: Border, kind: Kind, at: Spot | None, *, search: str) -> list[Spot]:
        """What can be opened from here; ``at`` None is the beginning."""

    def root(self, border: Border, drive: str) -> str:
        """The id of the folder at the beginning of a drive."""

    def entry(self, border: Border, drive: str, item: str) -> Entry:
        """One item as it is now. Raises ``NotThere``."""

    def children(self, border: Border, drive: str, folder: str) -> Iterator[Entry]: ...

    def content(self, entry: Entry) -> str:
        """The address of its bytes."""

    def may_download_from(self) -> tuple[str, ...]:
        """Hosts that a download may be sent on to; ``.example.com`` means every host below it."""

    def knows_id(self, id_: str) -> bool:
        """Whether this can be an id at all."""

    def same_id(self, one: str, other: str) -> bool: ...


PROVIDERS = {Kind.ONEDRIVE: "microsoft", Kind.SHAREPOINT: "microsoft", Kind.GOOGLE: "google"}


def provider_of(kind: str) -> Provider:
    """Raises ``NotConfigured`` when this service does not have it."""
    found = provider_named(PROVIDERS[Kind(kind)])
    if not found.is_set_up():
        raise NotConfigured(f"This service is not set up for {Kind(kind).label}. Its operator can do that (docs/folders.md).")
    return found


def provider_named(name: str) -> Provider:
    """The vendor called ``name``, loaded at first use, set up or not. Raises ``KeyError``."""
    return cast(Provider, cast(Any, import_module(settings.FOLDER_PROVIDERS[name])).PROVIDER)


def offered() -> list[Kind]:
    """The kinds of folders this service is set up for."""
    return [kind for kind, name in PROVIDERS.items() if provider_named(name).is_set_up()]
