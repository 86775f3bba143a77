"""A file of a package as a page shows it: text as HTML, diagrams, files for machines in colours, a CSV as a table."""

from __future__ import annotations

from dataclasses import dataclass, field

from generation.rules import highlighting, reading
from generation.rules.reading import Address


@dataclass(frozen=True)
class Shown:
    parts: list[tuple[str, str, int]] = field(default_factory=list)
    """Kind ("html", "diagram", "code"), content (of a diagram its source, else clean HTML), and the number of the diagram."""
    sheet: list[list[str]] = field(default_factory=list)
    """The rows of a CSV file, its head first."""

    @property
    def draws(self) -> bool:
        """Whether a diagram is among the parts."""
        return any(kind == "diagram" for kind, _, _ in self.parts)

    @property
    def rows(self) -> list[list[tuple[str, str]]]:
        """Each row of the sheet as (column, cell)."""
        head, *rows = self.sheet or [[]]
        return [list(zip(head, row, strict=False)) for row in rows]


def shown(text: str, path: str, address: Address, place: Address = lambda label: None) -> Shown:
    """The file by the ending of its name; ``address`` and ``place`` as ``reading.markdown`` takes them."""
    if path.endswith(".mmd"):
        return Shown([("diagram", text, 0)])
    if path.endswith(".csv"):
        return Shown(sheet=highlighting.sheet(text))
    if not path.endswith(".md"):
        return Shown([("code", highlighting.coloured(text, path), 0)])
    parts, number = [], 0
    for kind, content in reading.markdown(text, path, address, place):
        parts.append((kind, content, number))
        number += kind == "diagram"
    return Shown(parts)


def diagram(text: str, path: str, number: int) -> str | None:
    """The source of the diagram of that number in the file; None when there is none."""
    sources = [text] if path.endswith(".mmd") else reading.diagrams(text)
    return sources[number] if number < len(sources) else None
