"""A strict kind of channel for tests: a folder on this machine that notes every call and can be told to fail.

It is loaded by its dotted path in ``DELIVERY_KINDS``, as every kind is. What it knows stands in the folder, so that a process
that is killed and the next one see the same shelf.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field

from delivery.contract import DeliveryFailed, Receipt, Shipment
from ground import crashpoints

NAME = "git"
"""The kind's name while a test runs; one of ``Channel.Kind``."""
KEY = "shelf-" + "Canary8Plover" * 3


class Place(BaseModel):
    folder: str = Field(min_length=1)
    floor: int = 1


class Shelf:
    """What a test reads and sets of the folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def calls(self) -> list[dict[str, Any]]:
        log = self.folder / "log"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def note(self, **call: Any) -> None:
        with (self.folder / "log").open("a") as log:
            log.write(json.dumps(call) + "\n")

    def files(self, package: Any) -> dict[str, str]:
        at = self.folder / str(package)
        return {str(path.relative_to(at)): path.read_text() for path in at.rglob("*") if path.is_file()} if at.exists() else {}

    def fail_next(self, *faults: dict[str, Any]) -> None:
        """``{"sentence": ..., "permanent": ..., "wait": ...}``, one for each of the next calls."""
        (self.folder / "faults").write_text(json.dumps(faults))

    def next_fault(self) -> dict[str, Any] | None:
        path = self.folder / "faults"
        faults = json.loads(path.read_text()) if path.exists() else []
        path.write_text(json.dumps(faults[1:]))
        return faults[0] if faults else None


class _Kind:
    place = Place
    credential_label = "Key of the shelf"

    def describe(self, place: BaseModel) -> str:
        return "Puts packages on the shelf."

    def check(self, place: BaseModel, credential: str) -> list[str]:
        shelf = _shelf(place)
        shelf.note(call="check")
        _demand(credential)
        return ["The shelf is there."]

    def send(self, place: BaseModel, credential: str, shipment: Shipment, before: Receipt | None) -> Receipt:
        shelf = _shelf(place)
        _demand(credential)
        at = shelf.folder / shipment.package
        shelf.note(
            call="send",
            package=shipment.package,
            number=shipment.number,
            digest=shipment.digest,
            title=shipment.title,
            summary=shipment.summary,
            changed=shipment.changed,
            gone=shipment.gone,
            before=before.facts if before else None,
        )
        if fault := shelf.next_fault():
            if fault.get("crash"):
                raise RuntimeError("not foreseen")
            raise DeliveryFailed(fault["sentence"], permanent=fault.get("permanent", False), wait=fault.get("wait"))
        there = (at / ".digest").read_text() if (at / ".digest").exists() else ""
        if there == shipment.digest:
            return Receipt(where="The shelf", unchanged=True, facts={"digest": there})
        for path, content in shipment.files.items():
            assert ".." not in path
            assert not path.startswith("/")
            (at / path).parent.mkdir(parents=True, exist_ok=True)
            draft = at / f"{path}.draft"
            draft.write_bytes(content)
            crashpoints.reached("shelf.file")
            draft.replace(at / path)
        (at / ".digest").write_text(shipment.digest)
        shelf.note(call="placed", package=shipment.package, digest=shipment.digest)
        return Receipt(
            where="The shelf",
            address="https://shelf.example/" + shipment.package,
            files=len(shipment.files),
            facts={"digest": shipment.digest},
        )


def _shelf(place: BaseModel) -> Shelf:
    assert isinstance(place, Place)
    return Shelf(Path(place.folder))


def _demand(credential: str) -> None:
    if credential != KEY:
        raise DeliveryFailed(f"The shelf does not know the key {credential}. Give it another one.", permanent=True)


KIND = _Kind()
