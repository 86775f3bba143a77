"""Every check a program can make of a package. Pure: content and files in, results out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from generation.rules.checking import backlog, decisions, documents, evidence, requirements, schemas, testing
from generation.rules.checking.reading import Reading
from generation.rules.checking.results import CheckResult
from generation.rules.content import Content

__all__ = ["CheckResult", "blocking", "check"]


def check(content: Content, files: Mapping[str, str]) -> list[CheckResult]:
    """Everything that is wrong with this package, the blocking things first.

    Args:
        content: what the files were rendered from.
        files: text by path; files that are not there yet (trace, quality, manifest) are not checked.
    """
    reading = Reading(content, files)
    results = [
        *schemas.check(reading),
        *evidence.check(reading),
        *requirements.check(reading),
        *testing.check(reading),
        *backlog.check(reading),
        *decisions.check(reading),
        *documents.check(reading),
    ]
    unique = {result.model_dump_json(): result for result in results}
    return sorted(unique.values(), key=lambda result: (not result.blocking, result.severity != "error"))


def blocking(results: Iterable[CheckResult]) -> list[CheckResult]:
    """Those no package may leave with."""
    return [result for result in results if result.blocking]
