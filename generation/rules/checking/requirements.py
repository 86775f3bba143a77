"""Each statement can be read in one way, and each requirement is in the document as the model has it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from generation.rules import ears, markdown
from generation.rules.checking.reading import Reading
from generation.rules.checking.results import CheckResult, fault, warning
from generation.rules.content import LinkedRequirement

LONGEST_PLAIN = 24
"""Words in one sentence for the owner."""
DOCUMENT = "docs/requirements.md"


def check(reading: Reading) -> Iterator[CheckResult]:
    seen: dict[str, str] = {}
    terms = [term.term for term in reading.content.terms] + [reading.content.system]
    for row in reading.content.requirements:
        yield from _form(row)
        yield from _words(reading, row, terms)
        yield from _rendered(reading, row)
        same = markdown.one_line(row.statement.lower())
        if same in seen:
            yield fault("DUPLICATE", row.id, f"It says the same as {seen[same]}.", "Keep one of them.")
        seen.setdefault(same, row.id)


def _form(row: LinkedRequirement) -> Iterator[CheckResult]:
    statement = row.statement
    if not ears.PATTERNS[row.ears].match(statement):
        yield fault("EARS", row.id, f"Not an EARS {row.ears} statement: {statement[:70]}", "Write it in the form of its class.")
    if statement.count("shall") != 1:
        yield fault("SINGULAR", row.id, f'"shall" stands there {statement.count("shall")} times.', "One requirement, one shall.")
    if not ears.SHORTEST <= ears.words(statement) <= ears.LONGEST:
        yield warning(
            "LENGTH",
            row.id,
            f"The statement has {ears.words(statement)} words.",
            f"Use {ears.SHORTEST} to {ears.LONGEST} words, or make two requirements.",
        )


def _words(reading: Reading, row: LinkedRequirement, terms: list[str]) -> Iterator[CheckResult]:
    statement = row.statement
    for term in sorted(terms, key=len, reverse=True):
        statement = re.sub(rf"(?<![\w-]){re.escape(term)}(?![\w-])", "it", statement)
    for word in ears.smells(statement):
        say = fault if row.priority == "must" else warning
        yield say(
            "SMELL", row.id, f'"{word}" can be read in two ways.', "Replace it by a number or a name.", cause="missing-answer"
        )
    for word in ears.technology(row.statement, terms):
        yield warning("LEVEL", row.id, f'"{word}" says how, not what.', "Say what is to happen; the how belongs into a decision.")
    for name in ears.strange_names(row.statement, terms):
        if name.lower() not in reading.spoken.lower():
            yield warning("TERM", row.id, f'"{name}" is not in the glossary.', "Add the term, or use one of the glossary's.")
    for sentence in re.split(r"(?<=[.;]) ", row.plain):
        if ears.words(sentence) > LONGEST_PLAIN:
            yield warning("PLAIN", row.id, f"A plain sentence has {ears.words(sentence)} words.", "Make two sentences of it.")


def _rendered(reading: Reading, row: LinkedRequirement) -> Iterator[CheckResult]:
    text = reading.files.get(DOCUMENT)
    if text is None:
        return
    for needle in (row.statement, row.plain, row.rationale):
        if markdown.inline(needle) not in text:
            yield fault("RENDER", row.id, f"Not in {DOCUMENT}: {needle[:50]}", "Render the document from the model.")
