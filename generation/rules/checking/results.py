"""What a check says."""

from __future__ import annotations

from typing import Literal

from generation.rules.content import Shape

Severity = Literal["error", "warning", "info"]
Cause = Literal["text", "missing-answer", "conflict"]


class CheckResult(Shape):
    """One thing a check found."""

    code: str
    """"EARS", "LINK" ...: the check that found it."""
    severity: Severity
    where: str
    """A path or an id."""
    message: str
    fix: str
    cause: Cause
    blocking: bool
    """True when no package may leave with it."""


def fault(code: str, where: str, message: str, fix: str, *, cause: Cause = "text") -> CheckResult:
    """Something no package may leave with."""
    return CheckResult(code=code, severity="error", where=where, message=message, fix=fix, cause=cause, blocking=True)


def error(code: str, where: str, message: str, fix: str, *, cause: Cause = "text") -> CheckResult:
    """Something that is wrong and costs the grade, and that the owner may live with."""
    return CheckResult(code=code, severity="error", where=where, message=message, fix=fix, cause=cause, blocking=False)


def warning(code: str, where: str, message: str, fix: str, *, cause: Cause = "text") -> CheckResult:
    """Something to look at."""
    return CheckResult(code=code, severity="warning", where=where, message=message, fix=fix, cause=cause, blocking=False)
