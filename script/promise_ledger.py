"""Prints, per row of docs/promises.md, whether a test of the last run keeps it."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEDGER = ROOT / "docs" / "promises.md"
RECORD = ROOT / "var" / "test-results" / "promises.json"
ROW = re.compile(r"^\| (S-\d{3}) \|(.*)\|\s*$")


@dataclass(frozen=True)
class Promise:
    row: str
    how: str
    text: str


def ledger(text: str) -> list[Promise]:
    """The 191 rows of SpecStep, in the order of the ledger. Columns: id, area, §, kind, how, promise, check."""
    rows = []
    for line in text.splitlines():
        if found := ROW.match(line):
            cells = [cell.strip() for cell in found[2].split("|")]
            rows.append(Promise(found[1], cells[3], cells[4]))
    return rows


def state_of(promise: Promise, outcomes: list[str], documents: list[str]) -> str:
    """kept: all its tests passed. refuted: one failed. untested: none ran. operator-side: proved by a document."""
    if "failed" in outcomes:
        return "refuted"
    if "passed" in outcomes:
        return "kept"
    if promise.how == "O":
        return f"operator-side ({', '.join(documents) or 'no document yet'})"
    return "untested"


def main() -> int:
    if not RECORD.exists():
        print("No test run is recorded yet: run script/test first.", file=sys.stderr)
        return 1
    record = json.loads(RECORD.read_text())
    tests: dict[str, list[str]] = {}
    for entry in record.values():
        for row in entry["rows"]:
            tests.setdefault(row, []).append(entry["outcome"])
    promises = ledger(LEDGER.read_text())
    unknown = sorted(set(tests) - {promise.row for promise in promises})
    pages = {path: path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")) if path != LEDGER}
    totals: Counter[str] = Counter()
    for promise in promises:
        documents = [str(path.relative_to(ROOT)) for path, text in pages.items() if re.search(rf"\b{promise.row}\b", text)]
        state = state_of(promise, tests.get(promise.row, []), documents)
        totals[state.split(" (")[0]] += 1
        count = len(tests.get(promise.row, []))
        print(f"{promise.row}  {state:<14} {f'{count} tests' if count else '':<9} {promise.text[:110]}")
    print()
    print(
        ", ".join(f"{totals[state]} {state}" for state in ("kept", "refuted", "untested", "operator-side"))
        + f", {len(promises)} rows"
    )
    for row in unknown:
        print(f"{row} is named by a test and stands in no ledger.", file=sys.stderr)
    return 1 if totals["refuted"] or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
