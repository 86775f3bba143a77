"""The promise ledger as the trust page shows it: the state of each row at the last release (``script/promises --release``)."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path

from django.conf import settings

FILE = Path(__file__).with_name("ledger.json")
STATES = {
    "kept": "A test shows it",
    "refuted": "A test shows the opposite",
    "untested": "No test yet",
    "operator-side": "Only a document can show it",
}


FRAMEWORK = "S-190"
NAMES = (
    ("hello@specstep.com", "CONTACT_EMAIL"),
    ("www.nocompromise.ai", "OPERATOR_SITE"),
    ("No Compromise AI", "OPERATOR_NAME"),
    ("Delaware corporation", "OPERATOR_FORM"),
    ("EU-US Data Privacy Framework", "TRANSFER_FRAMEWORK"),
    ("specstep.com", "SERVICE_HOST"),
)
"""What the rows call by its default name, and the setting that says what it is called here; longer words first."""


@dataclass(frozen=True)
class Row:
    id: str
    area: str
    promise: str
    state: str
    tests: int

    @property
    def told(self) -> str:
        """The promise with the names of this server's configuration; what that does not claim is not claimed (N-56, N-57)."""
        if self.id == FRAMEWORK and not settings.TRANSFER_FRAMEWORK:
            return "A framework for transfers is named where its operator takes part in one. Nothing is claimed on this server."
        text = self.promise
        for ours, name in NAMES:
            text = text.replace(ours, getattr(settings, name))
        return text


@dataclass(frozen=True)
class Ledger:
    release: str
    day: dt.date
    rows: tuple[Row, ...]

    @property
    def tally(self) -> list[tuple[str, str, int]]:
        """State, what it means, how many rows."""
        return [(state, said, sum(row.state == state for row in self.rows)) for state, said in STATES.items()]

    @property
    def areas(self) -> list[tuple[str, list[Row], int]]:
        """Area, its rows, how many of them are kept; in the order of the ledger."""
        found: dict[str, list[Row]] = {}
        for area, rows in groupby(self.rows, key=lambda row: row.area):
            found.setdefault(area, []).extend(rows)
        return [(area, rows, sum(row.state == "kept" for row in rows)) for area, rows in found.items()]


@cache
def ledger() -> Ledger:
    """As the file of the release says."""
    given = json.loads(FILE.read_text())
    return Ledger(given["release"], dt.date.fromisoformat(given["day"]), tuple(Row(**row) for row in given["rows"]))
