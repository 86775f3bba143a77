"""Prints, per row of docs/promises.md, whether a test of the last run keeps it."""

from __future__ import annotations

import argparse
import datetime as dt
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
ANY_ROW = re.compile(r"^\| ([A-Z]\w?-\d{2,3}) \|", re.MULTILINE)
"""Decisions and rows of the other pages too: a test may name them beside a row of SpecStep."""


RELEASED = ROOT / "public" / "ledger.json"
"""What the trust page prints."""


@dataclass(frozen=True)
class Promise:
    row: str
    area: str
    how: str
    text: str


def ledger(text: str) -> list[Promise]:
    """The 191 rows of SpecStep, in the order of the ledger. Columns: id, area, §, kind, how, promise, check."""
    rows = []
    for line in text.splitlines():
        if found := ROW.match(line):
            cells = [cell.strip() for cell in found[2].split("|")]
            rows.append(Promise(found[1], cells[0], cells[3], cells[4]))
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


def release(states: list[tuple[Promise, str, int]], *, name: str, day: str) -> None:
    """Write the state of each row where the trust page reads it. The day is that of the test run."""
    rows = [
        {"id": promise.row, "area": promise.area, "promise": promise.text, "state": state, "tests": count}
        for promise, state, count in states
    ]
    RELEASED.write_text(json.dumps({"release": name, "day": day, "rows": rows}, indent=1, ensure_ascii=False) + "\n")


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--release", metavar="NAME", help="also write public/ledger.json, which the trust page prints")
    given = arguments.parse_args()
    if not RECORD.exists():
        print("No test run is recorded yet: run script/test first.", file=sys.stderr)
        return 1
    record = json.loads(RECORD.read_text())
    tests: dict[str, list[str]] = {}
    for entry in record.values():
        for row in entry["rows"]:
            tests.setdefault(row, []).append(entry["outcome"])
    text = LEDGER.read_text()
    promises = ledger(text)
    unknown = sorted(set(tests) - set(ANY_ROW.findall(text)))
    pages = {path: path.read_text() for path in sorted((ROOT / "docs").rglob("*.md")) if path != LEDGER}
    totals: Counter[str] = Counter()
    states: list[tuple[Promise, str, int]] = []
    for promise in promises:
        documents = [str(path.relative_to(ROOT)) for path, text in pages.items() if re.search(rf"\b{promise.row}\b", text)]
        state = state_of(promise, tests.get(promise.row, []), documents)
        totals[state.split(" (")[0]] += 1
        count = len(tests.get(promise.row, []))
        states.append((promise, state.split(" (")[0], count))
        print(f"{promise.row}  {state:<14} {f'{count} tests' if count else '':<9} {promise.text[:110]}")
    print()
    print(
        ", ".join(f"{totals[state]} {state}" for state in ("kept", "refuted", "untested", "operator-side"))
        + f", {len(promises)} rows"
    )
    for row in unknown:
        print(f"{row} is named by a test and stands in no ledger.", file=sys.stderr)
    if given.release:
        day = dt.datetime.fromtimestamp(RECORD.stat().st_mtime, tz=dt.UTC).date()
        release(states, name=given.release, day=day.isoformat())
        print(f"{RELEASED.relative_to(ROOT)} is written: what the tests of {day:%d %B %Y} said.")
    return 1 if totals["refuted"] or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
