"""The scorecard: what was counted and what was judged, side by side, and a grade by rule."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from generation.rules import ears, markdown
from generation.rules.checking import decisions
from generation.rules.checking.backlog import FEWEST, LARGEST, MOST
from generation.rules.checking.reading import Reading
from generation.rules.content import Content, Grounds, LinkedRequirement, ReviewPart, Verdict
from generation.rules.contracts import contract_of
from generation.rules.rendering import pages
from generation.rules.rubric import Judgeable, Judged, rubric

Row = dict[str, Any]

WORTH: dict[str, float] = {"strong": 1.0, "adequate": 0.75, "thin": 0.4, "broken": 0.0}
"""A verdict as a number, for the dashboard only."""
IMPORTANT = 4
"""Importance from which an unjudged criterion keeps a package from being excellent."""
NOT_MEASURED = "Nobody has judged the same text twice yet."
WITHOUT_A_MODEL = "Drafted without a model: a program cannot judge this, and nobody else has read it."


def score(content: Content, files: Mapping[str, str], reviews: Mapping[str, ReviewPart]) -> Row:
    """``quality/scorecard.json``.

    Args:
        files: text by path, as rendered.
        reviews: what each role said; a verdict whose quote is not in its document is discarded.
    """
    reading = Reading(content, files)
    counts = count(reading)
    documents = [_document(row, counts[row.document], reading, reviews) for row in rubric().documents if row.document in files]
    thin = sum(row["verdict"] == "thin" for row in documents)
    unjudged = sum(criterion["verdict"] == "unjudged" for row in documents for criterion in row["judged"]["criteria"])
    errors = sum(
        finding.severity == "error" and finding.status == "open" for review in reviews.values() for finding in review.findings
    )
    return {
        "rubric": rubric().id,
        "frozen_at": content.evidence.frozen_at,
        "documents": documents,
        "ears_mix": dict(Counter(row.ears for row in content.requirements).most_common()),
        "flip_rate": {"value": None, "reason": NOT_MEASURED},
        "package": {
            "grade": grade(documents, errors),
            "rule": rubric().grade,
            "thin": thin,
            "open_errors": errors,
            "unjudged": unjudged,
        },
    }


def grade(documents: list[Row], open_errors: int) -> str:
    """The grade that follows from verdicts and open errors; never a feeling."""
    verdicts = [row["verdict"] for row in documents]
    criteria = [criterion for row in documents for criterion in row["judged"]["criteria"]]
    if "broken" in verdicts:
        return "poor"
    if verdicts.count("thin") > 1 or open_errors:
        return "fair"
    if criteria and all(criterion["verdict"] in ("unjudged", "n-a") for criterion in criteria):
        return "unjudged"
    missing = any(criterion["verdict"] == "unjudged" and criterion["importance"] >= IMPORTANT for criterion in criteria)
    return "good" if "thin" in verdicts or missing else "excellent"


def count(reading: Reading) -> dict[str, dict[str, tuple[int, int]]]:
    """What a program counts: hits and total per criterion per document. A total of 0 means the criterion does not apply."""
    content, files = reading.content, reading.files
    rows = content.requirements
    must = [row for row in rows if row.priority == "must"]
    functional = [row for row in must if row.kind == "functional"]
    quality = [row for row in must if row.kind == "quality"]
    ten = reading.section("docs/architecture.md", "10. Quality requirements")
    adrs = [path for path in files if re.match(r"adr/\d", path)]
    plan = files.get("docs/test-plan.md", "")
    scenarios = [test for test in content.tests if test.method == "scenario"]
    stories = content.stories
    signs = _signs(content)
    terms = [term.term for term in content.terms]
    return {
        "BRIEF.md": {
            "sections present": _sections(reading, "BRIEF.md"),
            "within its length": _length(reading, "BRIEF.md"),
            "sections with a source": _cited(reading, "BRIEF.md"),
        },
        "docs/vision.md": {
            "sections present": _sections(reading, "docs/vision.md"),
            "outcomes with unit, target, date, owner": _of(
                content.outcomes, lambda row: all((row.unit.strip(), row.date.strip(), row.owner.strip()))
            ),
            "sections with a source": _cited(reading, "docs/vision.md"),
        },
        "docs/requirements.md": {
            "EARS class matches": _of(rows, lambda row: bool(ears.PATTERNS[row.ears].match(row.statement))),
            "one shall, 8 to 40 words": _of(
                rows,
                lambda row: row.statement.count("shall") == 1 and ears.SHORTEST <= ears.words(row.statement) <= ears.LONGEST,
            ),
            "no smell in a must": _of(must, lambda row: not ears.smells(_without(row.statement, terms))),
            "evidence quotes verbatim": _quotes(reading),
            "fit criterion complete": _of(rows, _is_fit),
            "has a test": _of(rows, lambda row: bool(row.verified_by)),
        },
        "docs/architecture.md": {
            "12 arc42 sections": _sections(reading, "docs/architecture.md"),
            "must quality requirements in section 10": _of(quality, lambda row: row.id in ten),
            "ADRs with all MADR sections": _of(adrs, lambda path: all(f"## {name}\n" in files[path] for name in decisions.MADR)),
        },
        "docs/test-plan.md": {
            "sections present": _sections(reading, "docs/test-plan.md"),
            "must with positive and negative test": _of(functional, lambda row: signs.get(row.id) == {"+", "-"}),
            "scenarios listed": _of(scenarios, lambda test: f"| {test.id} " in plan),
        },
        "backlog/backlog.md": {
            "must requirements in a story": _of(must, lambda row: bool(row.stories)),
            "stories with 2 to 7 acceptance criteria": _of(stories, lambda story: FEWEST <= len(story.acceptance) <= MOST),
            "stories within 6 days": _of(stories, lambda story: story.size_days <= LARGEST),
        },
    }


def verified(verdict: Verdict, files: Mapping[str, str]) -> bool:
    """True when the quote of a verdict stands in its document, line breaks apart."""
    quote = markdown.one_line(verdict.quote)
    return len(quote) > 2 and quote in markdown.one_line(files.get(verdict.document, ""))


def _document(row: Judgeable, counts: Mapping[str, tuple[int, int]], reading: Reading, reviews: Mapping[str, ReviewPart]) -> Row:
    applicable = [counted for counted in row.counted if counts[counted.criterion][1]]
    whole = sum(counted.weight for counted in applicable)
    criteria: list[Row] = [
        {
            "criterion": counted.criterion,
            "weight": round(counted.weight / whole, 4),
            "hits": counts[counted.criterion][0],
            "total": counts[counted.criterion][1],
            "blocking": counted.blocking,
        }
        for counted in applicable
    ]
    blocked = any(criterion["blocking"] and criterion["hits"] < criterion["total"] for criterion in criteria)
    judged = [_judged(row.document, criterion, reading, reviews) for criterion in row.judged]
    return {
        "document": row.document,
        "deterministic": {
            "score": round(sum(c["weight"] * c["hits"] / c["total"] for c in criteria), 4) if criteria else None,
            "blocked": blocked,
            "criteria": criteria,
        },
        "judged": {"score": worth(judged), "criteria": judged},
        "verdict": verdict(judged, blocked=blocked),
    }


def verdict(judged: list[Row], *, blocked: bool) -> str:
    """The lowest judged verdict; a failed blocking check caps it at thin."""
    real = [row["verdict"] for row in judged if row["verdict"] in WORTH]
    lowest = min(real, key=lambda name: WORTH[name]) if real else "unjudged"
    if blocked and WORTH.get(lowest, 1.0) > WORTH["thin"]:
        return "thin"
    return lowest


def worth(judged: list[Row]) -> float | None:
    """The judged part as a number over what was judged; None when nothing was."""
    real = [row for row in judged if row["verdict"] in WORTH]
    whole = sum(row["weight"] for row in real)
    return round(sum(row["weight"] * WORTH[row["verdict"]] for row in real) / whole, 4) if real else None


def _judged(document: str, criterion: Judged, reading: Reading, reviews: Mapping[str, ReviewPart]) -> Row:
    opinions: list[Row] = []
    reasons: list[str] = []
    for role in criterion.by:
        review = reviews.get(role)
        verdicts = [v for v in review.verdicts if v.document == document and v.criterion == criterion.criterion] if review else []
        for verdict in verdicts[:1]:
            if verdict.verdict == "unjudged":
                reasons.append(verdict.fix or f"{role} did not judge it.")
            elif not verified(verdict, reading.files):
                reasons.append(f"{role} judged it {verdict.verdict}, but its quote is not in the document, so it does not count.")
            else:
                opinions.append(_opinion(role, verdict))
        if not verdicts:
            reasons.append(f"{role} did not judge it.")
    real = [opinion["verdict"] for opinion in opinions if opinion["verdict"] in WORTH]
    lowest = min(real, key=lambda name: WORTH[name]) if real else "n-a" if opinions else "unjudged"
    return {
        "criterion": criterion.criterion,
        "weight": criterion.weight,
        "importance": criterion.importance,
        "verdict": lowest,
        "opinions": opinions,
        "reason": " ".join(dict.fromkeys(reasons)) or None,
    }


def _opinion(role: str, verdict: Verdict) -> Row:
    return {
        "by": role,
        "verdict": verdict.verdict,
        "quotes": [{"section": verdict.section or markdown.HEAD, "text": verdict.quote}],
        "fix": verdict.fix or "None.",
    }


# --- counting ----------------------------------------------------------------------------------------------------------


def _of(rows: Any, good: Callable[[Any], bool]) -> tuple[int, int]:
    rows = list(rows)
    return sum(bool(good(row)) for row in rows), len(rows)


def _sections(reading: Reading, path: str) -> tuple[int, int]:
    names = contract_of(path).headings
    have = {name for name, _ in markdown.sections(reading.files.get(path, ""))}
    return sum(name in have for name in names), len(names)


def _length(reading: Reading, path: str) -> tuple[int, int]:
    cap = contract_of(path).budget.words or 0
    return int(markdown.words(reading.files.get(path, "").replace(pages.DRAFTED, "")) <= cap), 1


def _cited(reading: Reading, path: str) -> tuple[int, int]:
    body = [text for name, text in markdown.sections(reading.files.get(path, "")) if name != markdown.HEAD]
    return sum(bool(markdown.ids(text)) for text in body), len(body)


def _quotes(reading: Reading) -> tuple[int, int]:
    def verbatim(found: Grounds) -> bool:
        fact = reading.facts.get(found.fact)
        return (
            fact is not None and found.quote == fact["quote"] and found.quote in reading.source_texts.get(str(fact["source"]), "")
        )

    return _of([found for row in reading.content.requirements for found in row.evidence], verbatim)


def _is_fit(row: LinkedRequirement) -> bool:
    return all(text.strip() for text in (row.fit.measure, row.fit.unit, row.fit.at))


def _without(statement: str, terms: list[str]) -> str:
    for term in sorted(terms, key=len, reverse=True):
        statement = re.sub(rf"(?<![\w-]){re.escape(term)}(?![\w-])", "it", statement)
    return statement


def _signs(content: Content) -> dict[str, set[str]]:
    signs: dict[str, set[str]] = {}
    for test in content.tests:
        for cover in test.covers:
            signs.setdefault(cover.req, set()).add(cover.sign)
    return signs
