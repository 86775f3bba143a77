"""The chain from answer to story, both ways, and what was not used with the reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from generation.rules import markdown
from generation.rules.content import Content
from generation.rules.rendering import records

Row = dict[str, Any]
Link = tuple[str, str, str]

USING = ("grounds", "used_in", "asks")
"""Kinds of links that count as using a fact or an answer."""


READING = (
    "Read a row from left to right: who said it, what it became, what builds it, what proves it. Answers lead to their text in "
    "the [interview](../evidence/interview.md). Rendered from `trace/trace.json`."
)


def known(content: Content) -> dict[str, list[tuple[str, Row]]]:
    """Every record of the content by id, as it is published, with its kind. More than one entry means an id given twice."""
    model, backlog = records.model(content), records.backlog(content)
    groups: list[tuple[str, Iterable[Row]]] = [
        (kind, model[kind])
        for kind in (
            *("questions", "answers", "requirements", "rules", "constraints", "outcomes", "counter_metrics", "journeys", "tests"),
            *("assumptions", "open_questions", "risks", "figures", "elements", "adrs", "conflicts", "trust_boundaries"),
        )
    ]
    groups += [(kind, backlog[kind]) for kind in ("epics", "stories", "slices")]
    groups += [("facts", records.fact_rows(content)), ("sources", records.sources(content)["sources"])]
    found: dict[str, list[tuple[str, Row]]] = {}
    for kind, rows in groups:
        for row in rows:
            found.setdefault(str(row["id"]), []).append((kind, row))
    return found


def trace(content: Content, files: Mapping[str, str]) -> Row:
    """``trace/trace.json``: nodes, links and what is unused.

    Args:
        files: the documents, read for what they cite; a fact that nothing else rests on counts as used where its answer is cited.
    """
    links = _links(content)
    links += _citations(content, files, {source for source, _, kind in links if kind in USING})
    links = list(dict.fromkeys(links))
    used = {source for source, _, kind in links if kind in USING}
    return {
        "nodes": _nodes(content, links),
        "links": [{"from": source, "to": target, "kind": kind} for source, target, kind in links],
        "unused": [{"id": label, "reason": reason} for label, reason in unused(content, used).items()],
    }


def unused(content: Content, used: set[str]) -> dict[str, str]:
    """Facts nothing rests on, with the reason."""
    given = {row.id: row.reason for row in content.unused}
    found: dict[str, str] = {}
    for fact in content.evidence.facts:
        label = str(fact["id"])
        if label in used:
            continue
        if fact["status"] == "superseded":
            found[label] = f"Superseded: {fact['superseded_by']}"
        elif fact["status"] == "rejected":
            found[label] = "Rejected: the person who said it took it back."
        else:
            found[label] = given.get(label) or "No record of this package rests on it; it stays in the ledger."
    return found


def unexplained(content: Content, links: Iterable[Row]) -> list[str]:
    """Live facts that nothing rests on and nobody gave a reason for."""
    used = {link["from"] for link in links if link["kind"] in USING}
    reasons = {row.id for row in content.unused}
    return [str(fact["id"]) for fact in content.evidence.live() if fact["id"] not in used | reasons]


def matrix(content: Content, traced: Mapping[str, Any], drafted: str) -> str:
    """``trace/matrix.md``: the chain as tables."""
    source = {str(fact["id"]): str(fact["source"]) for fact in content.evidence.facts}
    lines = ["# Trace matrix", drafted] if drafted else ["# Trace matrix"]
    lines += [
        "",
        READING,
        "",
        "## From requirement",
        "",
        "| requirement | answers | facts and assumptions | components and ADRs | tests | stories |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for row in content.requirements:
        answers = sorted({source[grounds.fact] for grounds in row.evidence} - {""})
        grounds = [*(grounds.fact for grounds in row.evidence), *row.assumptions]
        cells = [row.id, *map(markdown.listed, (answers, grounds, row.satisfied_by, row.verified_by, row.stories))]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "## From answer", "", "| answer | topic | leads to |", "| --- | --- | --- |"]
    lines += [
        f"| {answer['id']} | {answer['topic']} | {markdown.cell(_leads_to(content, str(answer['id']), traced['links']))} |"
        for answer in content.evidence.answers
    ]
    lines += ["", "## Not used", ""]
    if traced["unused"]:
        lines += ["| fact | reason |", "| --- | --- |"]
        lines += [f"| {row['id']} | {markdown.cell(row['reason'])} |" for row in traced["unused"]]
    else:
        lines.append("Every fact is used.")
    return "\n".join(lines) + "\n"


def _leads_to(content: Content, answer: str, links: Iterable[Row]) -> str:
    facts = [fact for fact in content.evidence.facts if fact["source"] == answer]
    starts = {answer, *(str(fact["id"]) for fact in facts)}
    targets = sorted({link["to"] for link in links if link["from"] in starts and link["kind"] in USING})
    records_, places = [target for target in targets if "#" not in target], [target for target in targets if "#" in target]
    parts = [", ".join(records_), ", ".join(place.replace("#", ", ", 1) for place in places)]
    said = "; ".join(part for part in parts if part)
    if said:
        return said
    replaced = sorted({_source(content, str(fact["superseded_by"])) for fact in facts if fact["status"] == "superseded"})
    if replaced:
        return f"superseded by {', '.join(replaced)}"
    return "nothing was noted from it" if not facts else "not used, see below"


def _source(content: Content, label: str) -> str:
    return next((str(fact["source"]) for fact in content.evidence.facts if fact["id"] == label), label)


def _links(content: Content) -> list[Link]:
    links: list[Link] = [(str(fact["source"]), str(fact["id"]), "states") for fact in content.evidence.facts if fact["source"]]
    for row in content.requirements:
        links += [(grounds.fact, row.id, "grounds") for grounds in row.evidence]
        links += [(label, row.id, "grounds") for label in row.assumptions]
        links += [(row.id, label, "satisfied_by") for label in row.satisfied_by]
        links += [(row.id, label, "verified_by") for label in row.verified_by]
        links += [(row.id, label, "built_in") for label in row.stories]
    grounded: list[tuple[str, list[str]]] = [
        *((rule.id, rule.facts) for rule in content.rules),
        *((constraint.id, constraint.facts) for constraint in content.constraints),
        *((outcome.id, outcome.facts) for outcome in content.outcomes),
        *((metric.id, metric.facts) for metric in content.counter_metrics),
        *((journey.id, journey.facts) for journey in content.journeys),
        *((assumption.id, assumption.basis) for assumption in content.assumptions),
        *((figure.id, figure.sources) for figure in content.figures),
    ]
    links += [(fact, label, "grounds") for label, facts in grounded for fact in facts]
    links += [(answer, question.id, "asks") for question in content.open_questions for answer in question.answers]
    return links


def _citations(content: Content, files: Mapping[str, str], used: set[str]) -> list[Link]:
    by_source: dict[str, list[str]] = {}
    for fact in content.evidence.live():
        by_source.setdefault(str(fact["source"]), []).append(str(fact["id"]))
    links: list[Link] = []
    for path, text in sorted(files.items()):
        if not path.endswith(".md") or path.startswith(("evidence/", "quality/", "trace/", "backlog/")) or path == "README.md":
            continue
        for name, body in markdown.sections(text):
            if re.match(r"(?:REQ|NFR)-", name):
                continue
            place = f"{path}#{_title(text) if name == markdown.HEAD else name}"
            for label in markdown.ids(body):
                if label in by_source:
                    links += [(fact, place, "used_in") for fact in by_source[label] if fact not in used]
                elif re.match(r"F-\d", label) and label not in used and any(label in facts for facts in by_source.values()):
                    links.append((label, place, "used_in"))
    return links


def _title(text: str) -> str:
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1].strip() if found else markdown.HEAD


def _nodes(content: Content, links: list[Link]) -> list[Row]:
    groups: list[tuple[str, Iterable[str]]] = [
        ("answer", (str(row["id"]) for row in content.evidence.answers)),
        ("source", (str(row["id"]) for row in content.evidence.sources)),
        ("fact", (str(row["id"]) for row in content.evidence.facts)),
        ("requirement", (row.id for row in content.requirements)),
        ("assumption", (row.id for row in content.assumptions)),
        ("adr", (row.id for row in content.adrs)),
        ("component", (row.id for row in content.elements if row.id.startswith("CMP-"))),
        ("test", (row.id for row in content.tests)),
        ("story", (row.id for row in content.stories)),
        ("rule", (row.id for row in content.rules)),
        ("constraint", (row.id for row in content.constraints)),
        ("outcome", (row.id for row in content.outcomes)),
        ("counter-metric", (row.id for row in content.counter_metrics)),
        ("journey", (row.id for row in content.journeys)),
        ("figure", (row.id for row in content.figures)),
        ("open question", (row.id for row in content.open_questions)),
        ("section", dict.fromkeys(target for _, target, kind in links if kind == "used_in")),
    ]
    named = [{"id": label, "type": kind} for kind, labels in groups for label in labels]
    there = {row["id"] for row in named}
    rest = dict.fromkeys(end for source, target, _ in links for end in (source, target) if end not in there)
    return named + [{"id": label, "type": _kind(label)} for label in rest]


def _kind(label: str) -> str:
    """The type of what only figures name: slices, epics and conflicts stand for the stories or facts in them."""
    return "story" if label.startswith(("SL-", "EP-")) else "fact" if label.startswith("X-") else "component"
