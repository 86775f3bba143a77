"""A picker of our own: lists sites, drives and folders as the provider says them, and stores nothing of it (S-037).

The browser holds only sealed notes of places that we listed ourselves, bound to this attempt; nobody can write one.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace

from connectors.contract import Entry, Spot, provider_of
from connectors.flows import attaching
from connectors.flows.calling import choosing
from connectors.models import Attach, Connection, Kind
from connectors.troubles import NotThere
from ground import clock, vault
from ground.errors import BadInput

PURPOSE = "folder picker"
DEEPEST = 25
UNKNOWN = "This place is not known here. Choose one of those that are listed."


@dataclass(frozen=True)
class Step:
    """A place with the note that leads there."""

    spot: Spot
    note: str


@dataclass(frozen=True)
class Picker:
    """What one page of the picker shows."""

    trail: list[Step]
    here: Step | None
    steps: list[Step]
    search: str = ""
    may_choose: bool = False


def look(attach: Attach, *, note: str, search: str) -> Picker:
    """What can be opened from the place of this note; without one, from the beginning. Raises ``BadInput``, ``FolderTrouble``."""
    _open(attach)
    trail = _read(attach, note)
    at = trail[-1] if trail else None
    with choosing(attach) as border:
        spots = provider_of(attach.kind).look(border, Kind(attach.kind), at, search=search)
    steps = [Step(spot, _note(attach, [*trail, spot])) for spot in spots] if len(trail) < DEEPEST else []
    walked = [Step(spot, _note(attach, trail[: place + 1])) for place, spot in enumerate(trail)]
    here = walked[-1] if walked else None
    return Picker(walked, here, steps, search, may_choose=here is not None and _may_choose(attach, here.spot))


def choose(attach: Attach, *, note: str) -> Connection:
    """This folder and no other. Raises ``BadInput`` for a note that is not ours, before anybody is asked."""
    _open(attach)
    trail = _read(attach, note)
    if not trail or not _may_choose(attach, trail[-1]):
        raise BadInput("Open a folder first, then choose it.")
    spot = trail[-1]
    if not spot.item:
        spot = _root(attach, spot)
    return _connect(attach, spot.drive, spot.item)


def name(attach: Attach, *, drive: str, folder: str) -> Connection:
    """The folder an administrator granted, said by its ids (``Files.SelectedOperations.Selected``). Raises ``BadInput``."""
    _open(attach)
    provider = provider_of(attach.kind)
    if not provider.names_folder(Kind(attach.kind)):
        raise BadInput(UNKNOWN)
    if not provider.knows_id(drive) or not provider.knows_id(folder):
        raise BadInput("These are no ids of a drive and a folder. Ask your administrator for the two that were granted.")
    return _connect(attach, drive, folder)


def _connect(attach: Attach, drive: str, folder: str) -> Connection:
    with choosing(attach) as border:
        try:
            found: Entry = provider_of(attach.kind).entry(border, drive, folder)
        except NotThere:
            raise BadInput("The provider does not show this folder with your permission. Choose another one.") from None
    if not found.is_folder or found.skip:
        raise BadInput(found.skip or "This is no folder. Choose a folder.")
    return attaching.connect(attach, drive=drive, folder=found.id, name=found.name)


def _root(attach: Attach, spot: Spot) -> Spot:
    """A library chosen as a whole: the folder at its beginning."""
    with choosing(attach) as border:
        return replace(spot, item=provider_of(attach.kind).root(border, spot.drive))


def _may_choose(attach: Attach, spot: Spot) -> bool:
    """A folder; a whole library of a site too, but not a whole OneDrive or My Drive: one folder is meant."""
    return spot.may_choose or (spot.what == "drive" and attach.kind == Kind.SHAREPOINT)


def _open(attach: Attach) -> None:
    if attach.ends_at <= clock.now() or not attach.sealed_access:
        raise BadInput(attaching.OVER)


def _note(attach: Attach, trail: list[Spot]) -> str:
    return vault.seal(json.dumps([asdict(spot) for spot in trail]), purpose=PURPOSE, row=attach.pk)


def _read(attach: Attach, note: str) -> list[Spot]:
    if not note:
        return []
    try:
        return [Spot(**spot) for spot in json.loads(vault.unseal(note, purpose=PURPOSE, row=attach.pk))]
    except vault.Unreadable:
        raise BadInput(UNKNOWN) from None
