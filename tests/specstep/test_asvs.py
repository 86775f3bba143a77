"""docs/asvs.md decides each requirement once, and every test that it names is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECTIONS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4 5.1:1
5.2:3 5.3:2 5.4:3 6.1:3 6.2:12 6.3:4 6.4:4 6.5:5 6.6:3 6.8:4 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2 8.1:4 8.2:4 8.3:3 8.4:2
9.1:3 9.2:4
10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3 11.1:2 11.2:3 11.3:3 11.4:4 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4
13.1:4 13.2:6 13.3:4 13.4:7 14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:4
"""
"""Requirements of each section: Level 2, and Level 3 of V8, V13 and V16. In a section the higher level always stands last."""


def rows() -> list[tuple[str, str, str]]:
    return re.findall(r"^\| (\d+\.\d+\.\d+) \| ([^|]+) \| ([^|]+) \|$", (ROOT / "docs" / "asvs.md").read_text(), re.MULTILINE)


def test_every_requirement_is_decided_once() -> None:
    sections = (one.split(":") for one in SECTIONS.split())
    wanted = [f"{section}.{number}" for section, count in sections for number in range(1, int(count) + 1)]
    assert [number for number, _, _ in rows()] == wanted
    text = (ROOT / "docs" / "asvs.md").read_text()
    told = re.findall(r"^\| (test|by design|operator|n/a|open) \| .* \| (\d+) \|$", text, re.MULTILINE)
    counted = {kind: int(count) for kind, count in told}
    assert counted == Counter(kind for _, kind, _ in rows())


def test_every_test_that_is_named_is_there() -> None:
    there = {name for file in (ROOT / "tests").rglob("*.py") for name in re.findall(r"def (test_\w+)\(", file.read_text())}
    named = [by.strip("`") for _, kind, by in rows() if kind == "test"]
    assert [name for name in named if name not in there] == []
