"""What the service holds about one account, by the register: counted for the console, handed out for a legal reason."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from django.core.serializers.json import DjangoJSONEncoder

from accounts import audit
from accounts.flows import collecting
from accounts.models import User
from accounts.rules.disclosure import REASONS, Reason, is_reference
from ground import clock, register
from ground.errors import BadInput
from ground.register import DataClass


@dataclass(frozen=True)
class Count:
    """How many rows of one class of data an account has."""

    name: str
    rows: int


def counts(user: User) -> list[Count]:
    """Rows by class of personal data, of what a person counts by: the first model of each class. No content."""
    return [Count(data.name, collecting.rows(data.models[0], data, user).count()) for data in register.declared()]


def disclose(user: User, *, reason: str, reference: str, actor: User) -> Iterator[bytes]:
    """Note the disclosure in the account's trail, and return the pieces of a zip with its data, made as it is sent.

    One JSON file for each model of each declared class. Secrets are in none of them; classes with content only where the reason
    covers content, and README.txt says which were left out. Nothing is stored. Raises ``BadInput`` for a reason that is not in
    the list and for a reference that is no number of a case.
    """
    if reason not in REASONS:
        raise BadInput("Choose one of the reasons.")
    if not is_reference(reference):
        raise BadInput("Give the number of the case: 3 to 20 letters, digits, dots, strokes.")
    audit.record(
        user.workspace,
        audit.Action.OPERATOR_DISCLOSED,
        actor=actor,
        means=audit.Means.OPERATOR,
        subject=user,
        label=f"{REASONS[reason].label}, {reference}"[:40],
    )
    return _pieces(user, REASONS[reason], reference)


def _pieces(user: User, reason: Reason, reference: str) -> Iterator[bytes]:
    pipe = _Pipe()
    left_out = []
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for data in register.declared():
            if data.content and not reason.content:
                left_out.append(data.name)
                continue
            for label in data.models:
                yield from _one(archive, pipe, f"{data.name}/{label}.json", label, data, user)
        archive.writestr("README.txt", _readme(user, reason, reference, left_out))
    yield pipe.taken()


def _one(archive: zipfile.ZipFile, pipe: _Pipe, name: str, label: str, data: DataClass, user: User) -> Iterator[bytes]:
    fields, first = collecting.shown(label), True
    with archive.open(name, "w", force_zip64=True) as entry:
        entry.write(b"[")
        for page in collecting.pages(label, data, user):
            for row in page:
                told = {field.attname: field.value_from_object(row) for field in fields}
                entry.write((b"\n" if first else b",\n") + json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False).encode())
                first = False
            yield pipe.taken()
        entry.write(b"\n]\n")
    yield pipe.taken()


def _readme(user: User, reason: Reason, reference: str, left_out: list[str]) -> str:
    without = f"Not covered by this reason, so left out: {', '.join(left_out)}.\n" if left_out else ""
    return (
        f"Data of the account {user.pk}, for: {reason.label}, {reference}.\n"
        f"Made at {clock.now():%Y-%m-%d %H:%M} UTC. One file for each kind of record, times in UTC.\n"
        f"Keys, tokens, cookies, codes and pictures are in none of them.\n{without}"
    )


class _Pipe(io.RawIOBase):
    """What the archive writes, to be taken piece by piece. Cannot be sought, so the archive never goes back."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]
        self._held += piece
        return len(piece)

    def taken(self) -> bytes:
        piece, self._held = bytes(self._held), bytearray()
        return piece
