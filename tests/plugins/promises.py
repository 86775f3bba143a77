"""Records which test keeps which row of docs/promises.md, and how it went. ``script/promises`` reads the record."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

RECORD = Path(__file__).resolve().parents[2] / "var" / "test-results" / "promises.json"
MARK = "promise"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        rows = sorted({row for mark in item.iter_markers(MARK) for row in mark.args})
        if rows:
            # User properties travel from an xdist worker to the controller inside the report.
            item.user_properties.append((MARK, rows))


class _Recorder:
    def __init__(self, whole: bool) -> None:
        self.whole = whole
        self.results: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        rows = next((value for name, value in report.user_properties if name == MARK), None)
        if not rows:
            return
        entry = self.results.setdefault(report.nodeid, {"rows": rows, "outcome": "passed"})
        if report.failed:
            entry["outcome"] = "failed"
        elif report.skipped and entry["outcome"] == "passed":
            entry["outcome"] = "skipped"

    def pytest_sessionfinish(self) -> None:
        known = {} if self.whole or not RECORD.exists() else json.loads(RECORD.read_text())
        if self.results or self.whole:
            RECORD.parent.mkdir(parents=True, exist_ok=True)
            RECORD.write_text(json.dumps(known | self.results, indent=1, sort_keys=True))


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and not config.option.collectonly:
        # A run of some tests updates the record; a run of all of them replaces it.
        whole = (
            not config.option.keyword and not config.option.markexpr and config.args_source is not pytest.Config.ArgsSource.ARGS
        )
        config.pluginmanager.register(_Recorder(whole), "promise-recorder")
