"""The files programs read fit their JSON schemas (``generation/schemas``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry, Resource

from generation.rules.checking.reading import Reading
from generation.rules.checking.results import CheckResult, fault

FOLDER = Path(__file__).resolve().parent.parent.parent / "schemas"
FILES = {
    ".specstep/model.json": "model",
    "trace/trace.json": "trace",
    "backlog/backlog.json": "backlog",
    "quality/scorecard.json": "scorecard",
    "evidence/coverage.json": "coverage",
    ".specstep/manifest.json": "manifest",
}
LINES = {"evidence/facts.jsonl": "fact", "quality/decisions.jsonl": "decision"}
SHOWN = 5
"""Faults named per file."""


def _unique(validator: Any, wanted: bool, rows: Any, schema: Any) -> Iterator[ValidationError]:
    """``uniqueItems`` by a set of texts. The library compares each row with each other, which took most of a run's time."""
    if wanted and isinstance(rows, list) and len({json.dumps(row, sort_keys=True) for row in rows}) < len(rows):
        yield ValidationError(f"a row of {len(rows)} stands there twice")


_Validator = extend(Draft202012Validator, {"uniqueItems": _unique})  # type: ignore[no-untyped-call]


@cache
def validator(name: str) -> Any:
    """The validator of this schema: "model", "fact", "trace" ..."""
    store = {file.name: json.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.schema.json"))}
    resources = [(key, Resource.from_contents(schema)) for key, schema in store.items()]
    registry: Registry[Any] = Registry().with_resources(resources)
    return _Validator(store[f"{name}.schema.json"], registry=registry)


def check(reading: Reading) -> Iterator[CheckResult]:
    for path, name in FILES.items():
        if path not in reading.files:
            continue
        value = reading.parsed(path)
        if value is None:
            yield fault("SCHEMA", path, "It is not JSON.", "Render it again.")
        else:
            yield from misfits(name, value, path)
    for path, name in LINES.items():
        for number, line in enumerate(reading.files.get(path, "").splitlines(), start=1):
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                yield fault("SCHEMA", path, f"Line {number} is not JSON.", "Render it again.")
                continue
            yield from misfits(name, row, f"{path} line {number}")
    sarif = reading.parsed("quality/findings.sarif")
    if isinstance(sarif, dict):
        for found in sarif["runs"][0]["results"]:
            yield from misfits("finding", found["properties"]["finding"], "quality/findings.sarif")


def misfits(name: str, value: object, where: str) -> Iterator[CheckResult]:
    """What does not fit the schema of this name."""
    errors = sorted(validator(name).iter_errors(value), key=lambda found: [str(part) for part in found.absolute_path])
    for found in errors[:SHOWN]:
        place = "/".join(map(str, found.absolute_path)) or "the whole"
        yield fault("SCHEMA", where, f"{place}: {found.message[:200]}", f"See generation/schemas/{name}.schema.json.")
