"""The register: one declaration per class of personal data, and per kind of outside call.

Apps declare in ``AppConfig.ready()``. From these declarations come the "what we hold" page, the nightly sweeps, the account
export, account deletion, the retention table of the privacy page, and a test that fails when a model with a path to a user is
not declared.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Period:
    """How long something is kept, and the scheduled job that ends it (S-157).

    Flows take the length from here, so that what is stated and what is done are one figure.
    """

    name: str
    """For people: "Recycle Bin"."""
    job: str
    """Its name on the schedule (``specstep/celery.py``)."""
    length: dt.timedelta = dt.timedelta()
    years: int = 0
    """Calendar years, in place of ``length``."""
    since: str = "since it was made"
    """From when it counts."""

    @property
    def in_words(self) -> str:
        """As a page says it: "30 days"."""
        if self.years:
            return f"{self.years} years"
        seconds = int(self.length.total_seconds())
        for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
            if seconds > size and seconds % size == 0:
                return f"{seconds // size} {unit}s"
        return f"{seconds} seconds"


@dataclass(frozen=True)
class DataClass:
    """One class of personal data."""

    name: str
    """For people: "Interview answers"."""
    purpose: str
    legal_basis: str
    """GDPR Article 6: "contract", "consent", "legitimate interest", "legal obligation"."""
    models: tuple[str, ...]
    """Where it lies: model labels, "interviews.Answer"."""
    kept: str
    """How long, as a person would say it."""
    periods: tuple[Period, ...] = field(default=(), kw_only=True)
    """Every period that ``kept`` states."""
    export: str
    """How it is handed out: the name of the file in the account export."""
    erase: str
    """How it goes: "cascade from Workspace", "overwritten"..."""
    owner_path: str = "workspace__owner"
    """From the first model to the user. Empty: no way leads to one, so that there is nothing to hand out by person."""
    optional: bool = False
    switch: str = ""
    """The page of Settings that turns it off, for optional processing; the place on the page may follow after a comma."""
    is_on: Callable[[uuid.UUID], bool] | None = None
    """Whether a person has it switched on, by the id of the user. None: while there is a row of the first model."""
    audited: tuple[str, ...] = field(default=())
    """The actions of the audit by which it is switched on or off. None: it comes and goes with another one of the same switch,
    or, like a plan, with a contract."""
    blobs: tuple[str, ...] = field(default=())
    """Folders in the blob store."""
    blobs_of: Callable[[uuid.UUID], Iterable[str]] | None = None
    """The names of a person's blobs, by the id of the user. There where ``blobs`` is."""
    content: bool = False
    """Holds what people wrote, or what was made from it: disclosed only where the legal reason covers content."""
    metadata: tuple[str, ...] = field(default=())
    """Of a class with content: names and titles ("interviews.Interview.title") that the account export holds beside ids, times,
    numbers and states. Everything else that people wrote is read where ``full`` says."""
    full: str = ""
    """Of a class with content: where its owner reads all of it."""
    secret: tuple[str, ...] = field(default=())
    """Fields that are handed out to nobody ("accounts.Session.session_data"); sealed and binary fields never are anyway."""

    @property
    def exported(self) -> bool:
        """Whether the account export holds it; if not, ``export`` says why."""
        return self.export.endswith(".json")


_declared: dict[str, DataClass] = {}
_periods: dict[str, Period] = {}


def declare(data: DataClass) -> None:
    """Add a class of personal data. A name can be declared once; saying the same again is harmless."""
    known = _declared.get(data.name)
    if known is not None and known != data:
        raise ValueError(f"The register holds another declaration named {data.name!r}.")
    _declared[data.name] = data
    for period in data.periods:
        declare_period(period)


def declare_period(period: Period) -> None:
    """Add a period that no class of personal data states. A name can be declared once; saying the same again is harmless."""
    known = _periods.get(period.name)
    if known is not None and known != period:
        raise ValueError(f"The register holds another period named {period.name!r}.")
    _periods[period.name] = period


def periods() -> list[Period]:
    """Every stated period, by name."""
    return sorted(_periods.values(), key=lambda period: period.name.casefold())


def declared() -> list[DataClass]:
    """All declarations by name."""
    return sorted(_declared.values(), key=lambda data: data.name.casefold())


def declared_models() -> set[str]:
    """The labels of every model that some declaration names."""
    return {label for data in _declared.values() for label in data.models}
