"""The files programs read: the model, the backlog, the evidence."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from generation.rules.content import Content
from generation.rules.rendering import phrases

Row = dict[str, Any]

_QUESTION = ("id", "topic", "asked_at", "type", "text", "why", "options", "recommended", "triggered_by", "lint", "respondent")
_ANSWER = ("id", "q", "topic", "respondent", "origin", "text", "redactions", "rev")
_CONFLICT = ("id", "kind", "facts", "quotes", "subject", "question", "resolution", "decided_in", "result")
_FACT = (
    *("id", "topic", "slot", "subject", "attribute", "op", "value", "unit", "origin", "source", "quote", "confidence", "status"),
    *("superseded_by", "confirmed_by", "confirmed_at"),
)
_TOPIC = ("id", "topic", "weight", "state", "facts", "note", "ref", "owner", "trigger")


def dumps(value: object) -> str:
    """JSON as the package holds it."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def model(content: Content) -> Row:
    """``.specstep/model.json``: the typed source of the package."""
    evidence = content.evidence
    signed = evidence.anchor or {}
    return {
        "schema": "specstep/model@1",
        "project": {
            "title": content.title,
            "customer": content.customer,
            "system": content.system,
            "profile": evidence.profile,
            "added": [],
            "depth": evidence.depth,
            "language": evidence.language,
            "frozen_at": evidence.frozen_at,
            "drafted_by": content.drafted_by,
        },
        "anchor": {
            **content.anchor.model_dump(),
            "signed_by": signed.get("signed_by") or None,
            "signed_at": phrases.moment(signed.get("signed_at")),
        },
        "questions": [{**_only(_QUESTION, row), "asked_at": phrases.moment(row.get("asked_at"))} for row in evidence.questions],
        "answers": [_answer(row) for row in evidence.answers],
        "conflicts": [_only(_CONFLICT, row) for row in evidence.conflicts],
        "figures": [_figure(figure.model_dump()) for figure in content.figures],
        "outcomes": _dumped(content.outcomes),
        "counter_metrics": _dumped(content.counter_metrics),
        "journeys": _dumped(content.journeys),
        "rules": _dumped(content.rules),
        "constraints": _dumped(content.constraints),
        "permissions": content.permissions.model_dump(),
        "requirements": [_requirement(row.model_dump()) for row in content.requirements],
        "tests": [
            {
                "id": test.id,
                "title": test.title,
                "method": test.method,
                "feature": f"features/{test.feature}.feature" if test.method == "scenario" else None,
                "covers": _dumped(test.covers),
                "threshold": test.threshold.model_dump() if test.threshold else None,
                "procedure": test.procedure if test.method != "scenario" else None,
            }
            for test in content.tests
        ],
        "entities": [
            {**entity.model_dump(), "crud": {right.role: right.rights for right in entity.crud}} for entity in content.entities
        ],
        "elements": [element.model_dump(exclude_none=True) for element in content.elements],
        "adrs": [{"id": adr.id, "title": adr.title, "status": adr.status} for adr in content.adrs],
        "trust_boundaries": _dumped(content.trust_boundaries),
        "terms": _dumped(content.terms),
        "technology": _dumped(content.technology),
        "assumptions": _dumped(content.assumptions),
        "open_questions": _dumped(content.open_questions),
        "risks": _dumped(content.risks),
    }


def backlog(content: Content) -> Row:
    """``backlog/backlog.json``."""
    return {
        "project": content.title,
        "unit": "ideal days",
        "total_days": content.total_days,
        "epics": [
            {"id": epic.id, "title": epic.title, "stories": [story.id for story in content.stories_in(epic.id)]}
            for epic in content.epics
        ],
        "slices": [
            {
                "id": part.id,
                "title": part.title,
                "goal": part.goal,
                "stories": [story.id for story in content.stories_in(part.id)],
                "days": sum(story.size_days for story in content.stories_in(part.id)),
            }
            for part in content.slices
        ],
        "stories": _dumped(content.stories),
    }


COLUMNS = (
    *("id", "epic", "slice", "title", "role", "want", "benefit", "size_days", "depends_on", "requirements", "tests"),
    "open_questions",
)


def backlog_rows(content: Content) -> list[dict[str, str]]:
    """The stories as rows of ``backlog/backlog.csv``."""
    return [
        {
            "id": story.id,
            "epic": story.epic,
            "slice": story.slice,
            "title": _harmless(story.title),
            "role": _harmless(story.role),
            "want": _harmless(story.want),
            "benefit": _harmless(story.benefit),
            "size_days": str(story.size_days),
            "depends_on": " ".join(story.depends_on),
            "requirements": " ".join(story.req_ids),
            "tests": " ".join(story.tc_ids),
            "open_questions": " ".join(story.open_questions),
        }
        for story in content.stories
    ]


def backlog_csv(content: Content) -> str:
    """``backlog/backlog.csv``, for spreadsheets and trackers."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(backlog_rows(content))
    return file.getvalue()


def facts(content: Content) -> str:
    """``evidence/facts.jsonl``: the ledger, one fact a line."""
    return lines(fact_rows(content))


def fact_rows(content: Content) -> list[Row]:
    """The facts as they are published."""
    return [_only(_FACT, row) for row in content.evidence.facts]


def coverage(content: Content) -> Row:
    """``evidence/coverage.json``: where each topic stood at the freeze."""
    there = (
        {row.id for row in content.assumptions} | {row.id for row in content.open_questions} | {row.id for row in content.adrs}
    )
    topics = [_only(_TOPIC, row) for row in content.evidence.topics]
    for topic in topics:
        topic["ref"] = topic["ref"] if topic["ref"] in there else None
    return {
        "frozen_at": content.evidence.frozen_at,
        "topics": topics,
        "summary": dict(Counter(str(row["state"]) for row in topics).most_common()),
    }


def sources(content: Content) -> Row:
    """``evidence/sources.json``: which documents were read, and the spans facts rest on. Not their text."""
    rows = []
    for source in content.evidence.sources:
        text = str(source.get("text", ""))
        spans: list[Row] = []
        for fact in content.evidence.facts:
            if fact["source"] != source["id"] or (start := text.find(fact["quote"])) < 0:
                continue
            span = next((span for span in spans if span["start"] == start and span["text"] == fact["quote"]), None)
            if span:
                span["facts"].append(fact["id"])
                continue
            number = len(spans) + 1
            spans.append(
                {
                    "id": f"{source['id']}#{number}",
                    "start": start,
                    "end": start + len(fact["quote"]),
                    "text": fact["quote"],
                    "facts": [fact["id"]],
                    **({"place": fact["place"]} if fact.get("place") else {}),
                }
            )
        rows.append({**{key: value for key, value in source.items() if key != "text"}, "spans": spans})
    return {"sources": rows, "precedence": _precedence(rows)}


def lines(rows: Iterable[object]) -> str:
    """One JSON value a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _precedence(rows: list[Row]) -> str:
    if not rows:
        return "No documents were given."
    above = [row["id"] for row in rows if row.get("precedence") == "above"]
    said = ["Answers come first, documents second."]
    if above:
        said = [f"These documents win over answers: {', '.join(above)}. Answers win over all others."]
    said += [f"{row['id']} wins over {', '.join(row['wins_over'])}." for row in rows if row.get("wins_over")]
    return " ".join(said)


def _only(keys: Iterable[str], row: Mapping[str, Any]) -> Row:
    return {key: row.get(key) for key in keys}


def _answer(row: Mapping[str, Any]) -> Row:
    kept = _only(_ANSWER, row)
    kept["redactions"] = [_only(("kind", "placeholder"), redaction) for redaction in row.get("redactions") or []]
    return kept


def _requirement(row: Row) -> Row:
    return {"id": row.pop("id"), "rev": 1, "status": "confirmed", **row, "supersedes": None, "superseded_by": None}


def _figure(row: Row) -> Row:
    return {**{key: value for key, value in row.items() if key != "sources"}, "from": row["sources"]}


def _dumped(rows: Iterable[Any]) -> list[Row]:
    return [row.model_dump() for row in rows]


def _harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = " ".join(text.split())
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
