"""What the reviewers said: their pages, the findings with ids, the findings as SARIF."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generation.rules import markdown
from generation.rules.checking.results import CheckResult
from generation.rules.content import Content, Finding, ReviewPart, Verdict
from generation.rules.rendering import phrases
from ground.agents import working_in

Row = dict[str, Any]

CHECKS = "checks"
"""The role under which the results of the checks are published."""
NAMES = {agent.key: agent.in_text for agent in working_in("check")} | {CHECKS: "the checks"}
QUESTIONS = {agent.key: agent.asks for agent in working_in("check")} | {
    CHECKS: "what does a program find that need not stop the package?"
}
_LEVEL = {"error": "error", "warning": "warning", "info": "note"}


def findings(reviews: Mapping[str, ReviewPart]) -> list[Row]:
    """All findings with their ids, in the order of the reviewers."""
    found = [finding for review in reviews.values() for finding in review.findings]
    return [_published(place, finding) for place, finding in enumerate(found, start=1)]


def of_checks(results: Iterable[CheckResult]) -> ReviewPart:
    """The results of the checks as a review."""
    listed = [_finding(result) for result in results]
    errors = sum(finding.severity == "error" for finding in listed)
    if not listed:
        summary = "Nothing to report: every check passed."
    else:
        counted = f"{phrases.counted(len(listed), 'finding')}, {phrases.counted(errors, 'error')} among them."
        summary = f"{counted} None stops the package."
    return ReviewPart(summary=summary, verdicts=[], findings=listed)


def with_true_quotes(review: ReviewPart, files: Mapping[str, str]) -> ReviewPart:
    """The review without quotes that are not in their document, and without findings about files that are not there."""
    kept = []
    for finding in review.findings:
        if finding.doc not in files:
            continue
        true = markdown.one_line(finding.quote) in markdown.one_line(files[finding.doc])
        kept.append(finding if true else finding.model_copy(update={"quote": ""}))
    return review.model_copy(update={"findings": kept})


def page(role: str, content: Content, review: ReviewPart, numbered: Iterable[Row], drafted: str) -> str:
    """``quality/reviews/<role>.md``."""
    lines = [f"# Review: {NAMES.get(role, role)}", *([drafted] if drafted else []), ""]
    lines += [f"Question: {QUESTIONS.get(role, 'is it right?')} {phrases.day(content.evidence.frozen_at)}.", ""]
    lines += ["## Verdict", "", markdown.demoted(review.summary), ""]
    reasons = {verdict.fix for verdict in review.verdicts}
    if review.verdicts and all(verdict.verdict == "unjudged" for verdict in review.verdicts) and len(reasons) == 1:
        lines += ["## Not judged", "", markdown.inline(reasons.pop()), ""]
        lines += [f"- {markdown.inline(verdict.document)}: {markdown.inline(verdict.criterion)}" for verdict in review.verdicts]
        lines.append("")
    elif review.verdicts:
        lines += ["## Judged", "", "| document | criterion | verdict | quote | fix |", "| --- | --- | --- | --- | --- |"]
        lines += [_verdict_row(verdict) for verdict in review.verdicts]
        lines.append("")
    lines += ["## Findings", ""]
    rows = [row for row in numbered if row["reviewer"] == role]
    if rows:
        lines += [
            "| id | severity | where | quote | what is wrong | fix | status |",
            "| --- | --- | --- | --- | --- | --- | --- |",
        ]
        lines += [_finding_row(row) for row in rows]
    else:
        lines.append("None.")
    return "\n".join(lines) + "\n"


def sarif(numbered: list[Row]) -> Row:
    """``quality/findings.sarif``: the findings in the form build servers show beside the text (SARIF 2.1.0)."""
    codes = sorted({row["code"] for row in numbered})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "SpecStep",
                        "informationUri": "https://specstep.example",
                        "rules": [
                            {"id": code, "shortDescription": {"text": code.replace("_", " ").capitalize()}} for code in codes
                        ],
                    }
                },
                "results": [
                    {
                        "ruleId": row["code"],
                        "level": _LEVEL[row["severity"]],
                        "message": {"text": f"{row['message']} {row['fix']}"},
                        "locations": [{"physicalLocation": {"artifactLocation": {"uri": row["doc"]}}}],
                        "suppressions": (
                            [{"kind": "external", "justification": row["why"]}]
                            if row["status"] in ("rejected", "deferred")
                            else []
                        ),
                        "properties": {"finding": row},
                    }
                    for row in numbered
                ],
            }
        ],
    }


def _published(place: int, finding: Finding) -> Row:
    row = finding.model_dump()
    code = re.sub(r"[^A-Z]+", "_", finding.code.upper()).strip("_") or "NOTE"
    row["code"] = code if "_" in code else f"REVIEW_{code}"
    for key in ("criterion", "doc", "section", "message", "why", "fix"):
        row[key] = markdown.one_line(row[key]) or "none"
    return {"id": f"FND-{place:03}", **row}


def _finding(result: CheckResult) -> Finding:
    code = re.sub(r"[^A-Z]+", "_", result.code).strip("_")
    doc = result.where if "/" in result.where or result.where.endswith(".md") else _home(result.where)
    return Finding(
        code=f"CHECK_{code}",
        severity=result.severity,
        criterion=f"check {result.code}",
        doc=doc,
        section=result.where,
        quote="",
        message=result.message,
        why="A program found it; a person decides whether it matters.",
        fix=result.fix,
        cause=result.cause,
        status="open",
        reviewer="checks",
    )


def _home(label: str) -> str:
    """The document a record stands in."""
    homes = {
        "TC": "docs/test-plan.md",
        "ST": "backlog/backlog.md",
        "CMP": "docs/architecture.md",
        "ASM": "docs/risks-assumptions.md",
        "OQ": "docs/risks-assumptions.md",
        "FIG": "docs/risks-assumptions.md",
        "X": "docs/risks-assumptions.md",
        "F": "evidence/facts.jsonl",
        "A": "evidence/interview.md",
        "REQ": "docs/requirements.md",
        "NFR": "docs/requirements.md",
    }
    return homes.get(label.partition("-")[0], "evidence/coverage.json")


def _verdict_row(verdict: Verdict) -> str:
    quote = f'"{markdown.cell(verdict.quote)}"' if verdict.quote.strip() else "none"
    cells = (
        markdown.cell(verdict.document),
        markdown.cell(verdict.criterion),
        verdict.verdict,
        quote,
        markdown.cell(verdict.fix),
    )
    return f"| {' | '.join(cells)} |"


def _finding_row(row: Row) -> str:
    quote = f'"{markdown.cell(row["quote"])}"' if row["quote"].strip() else "none"
    where = markdown.cell(f"{row['doc']}, {row['section']}")
    wrong = markdown.cell(f"{row['message']} {row['why']}")
    return f"| {row['id']} | {row['severity']} | {where} | {quote} | {wrong} | {markdown.cell(row['fix'])} | {row['status']} |"
