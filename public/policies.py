"""Policies as pages show them: text, tables from the register, list of sections."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

from accounts.flows import engaging, publishing
from accounts.rules import wording
from ground import register


@dataclass(frozen=True)
class Page:
    version: publishing.Version
    parts: list[wording.Part]
    headings: list[wording.Heading]
    current: publishing.Version
    """The version in force, which this one may be."""
    announced: list[publishing.Version]

    @property
    def is_current(self) -> bool:
        return self.version == self.current

    # What the tables of a text are made from, as it stands in the running service.
    @property
    def classes(self) -> list[register.DataClass]:
        return register.declared()

    @property
    def companies(self) -> dict[str, list[engaging.Entry]]:
        return by_company(engaging.entries())

    @property
    def framework(self) -> str:
        return str(settings.TRANSFER_FRAMEWORK)

    @property
    def operator(self) -> str:
        return str(settings.OPERATOR_NAME)


def page(version: publishing.Version) -> Page:
    """A version of a policy as a page."""
    return Page(
        version=version,
        parts=wording.parts(version.text, publishing.values()),
        headings=wording.headings(version.text),
        current=publishing.in_force(version.document),
        announced=publishing.announced(version.document),
    )


def by_company(entries: list[engaging.Entry]) -> dict[str, list[engaging.Entry]]:
    """The lines of the list of sub-processors, those of one company together."""
    found: dict[str, list[engaging.Entry]] = {}
    for entry in entries:
        found.setdefault(entry.company, []).append(entry)
    return found
