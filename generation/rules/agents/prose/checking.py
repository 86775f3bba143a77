"""What written sections owe beyond their shape: all there, within their words, every id and number real, no stock phrase."""

from __future__ import annotations

import json
import re

from generation.rules import ears, markdown
from generation.rules.agents.coherence import decided_ids
from generation.rules.content import Parts, ProseInput, ProsePart, RisksInput
from generation.rules.contracts import contract_of, prose_headings

_BARE = re.compile(r"\[[^\]]*\bassumption\b[^\]]*\](?!\()", re.I)
_HEADING = re.compile(r"^#{1,6} ", re.M)
SLACK = 1.15
"""A section may run a little over; the document's own budget is checked apart."""


def check_prose(given: ProseInput, output: ProsePart) -> list[str]:
    """Faults of the written sections of one document, in words."""
    wanted = prose_headings(given.document)
    got = [section.heading for section in output.sections]
    found = [f'the section "{h}" is missing' for h in wanted if h not in got]
    found += [f'the section "{h}" is not asked for' for h in got if h not in wanted]
    found += [f'the section "{h}" is there twice' for h in dict.fromkeys(got) if got.count(h) > 1]
    found += [
        f'the section "{s.heading}" belongs to {s.document}, not to {given.document}'
        for s in output.sections
        if s.document != given.document
    ]
    known = _known(given.parts)
    pool = _numbers(given.parts) if contract_of(given.document).numbers_in_model else None
    spoken = _spoken(given.parts)
    for section in output.sections:
        if section.heading in wanted:
            found += _one(given.document, section.heading, section.text, known, pool, spoken)
    if given.document == "AGENTS.md":
        found += _rules(next((s.text for s in output.sections if s.heading == "Rules"), ""))
    return found


def _one(document: str, heading: str, text: str, known: set[str], pool: set[str] | None, spoken: list[str]) -> list[str]:
    where = f'"{heading}"'
    least, most = contract_of(document).section(heading).words
    count = markdown.words(text)
    found = []
    if count < least:
        found.append(f"{where} has {count} words; {least} at least are asked for")
    if most and count > most * SLACK:
        found.append(f"{where} has {count} words; {most} at most are asked for")
    if _HEADING.search(text):
        found.append(f"{where} holds a heading of its own; use bold or a table")
    found += [f"{where} names {label}, which does not exist" for label in markdown.ids(text) if label not in known]
    found += [
        f"{where} says {tag}; name the assumption, [assumption ASM-01]"
        for tag in _BARE.findall(text)
        if not re.search(r"ASM-\d\d", tag)
    ]
    own = text
    for quote in spoken:
        own = own.replace(quote, " ")
    if hit := ears.STOCK.search(own):
        found.append(f'{where} says "{hit[0]}", which fits any project')
    if hit := ears.PLACEHOLDER.search(own):
        found.append(f'{where} holds the placeholder "{hit[0]}"')
    if pool is not None:
        found += [
            f"{where} names the number {n}, which is in no fact, record or figure"
            for n in dict.fromkeys(markdown.numbers(text))
            if n not in pool
        ]
    return found


def _rules(text: str) -> list[str]:
    rules = [line for line in text.splitlines() if line.strip()]
    found = [
        f"the rule does not start with MUST or NEVER: {line[:60]}"
        for line in rules
        if not re.match(r"\d+\. (?:MUST|NEVER)\b", line)
    ]
    found += [f"the rule cites no id: {line[:60]}" for line in rules if not markdown.ids(line)]
    return found if rules else ["there is no rule"]


def _known(parts: Parts) -> set[str]:
    risks = RisksInput(**{name: getattr(parts, name) for name in RisksInput.model_fields})
    work, drawn = parts.backlog, parts.architecture
    later = {row.id for row in work.stories} | {row.id for row in work.slices} | {row.id for row in work.epics}
    later |= {row.id for row in parts.risks.risks} | {row.id for row in parts.risks.figures}
    later |= {row.id for row in drawn.elements} | {row.id for row in drawn.adrs} | {row.id for row in drawn.trust_boundaries}
    # An id that a person said is theirs ("room A-12"), not a reference of ours.
    said = {label for text in _spoken(parts) for label in markdown.ids(text)}
    return decided_ids(risks) | later | said


def _spoken(parts: Parts) -> list[str]:
    rows = [str(f["quote"]) for f in parts.evidence.facts] + [parts.evidence.title]
    return sorted(
        {form for row in rows for form in (row, markdown.inline(row).rstrip(".")) if len(form) > 2}, key=len, reverse=True
    )


def _numbers(parts: Parts) -> set[str]:
    """Numbers of the model, the answers, the references and the figures, in the forms a text may give them."""
    pool = set(markdown.numbers(json.dumps(parts.model_dump(mode="json"), ensure_ascii=False)))
    values = [fact["value"] for fact in parts.evidence.facts] + [figure.value for figure in parts.risks.figures]
    for value in values:
        pool |= set(markdown.numbers(str(value)))
        if isinstance(value, float):
            pool |= {str(int(value)), str(round(value)), f"{value:.2f}"}
    days = sum(story.size_days for story in parts.backlog.stories)
    pool |= {
        str(days),
        *(
            part.lstrip("0")
            for day in re.findall(r"\d{4}-\d\d-\d\d", json.dumps(parts.evidence.facts))
            for part in day.split("-")
        ),
    }
    return pool | {number.lstrip("0") for number in pool} | {number.lstrip("-") for number in pool}
