"""What looks like a secret leaves neither in the frozen ledger nor in a package, and everything made from it still agrees.

A quote has to stay a part of its text, and a number or name has to read the same in every file. So a hit is not blotted out where
it was seen: its value is replaced in the material from which all files are made.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from generation.rules import packaging, rendering
from generation.rules.content import Content, ReviewPart
from llm.placeholders import strings
from llm.redaction import Redaction, Secret

Row = dict[str, Any]
Found = dict[str, str]
"""Placeholders by value."""

ROUNDS = 3
"""A replacement can bring two words together that look like a secret in their turn; more than twice is no accident."""
SHORTEST = 4
"""Letters of a value that is replaced wherever it stands."""


def ledger(rows: Row, redaction: Redaction) -> Row:
    """The frozen ledger, in the shape of ``Evidence``, without secrets. Quotes stay parts of their answers and documents."""
    rows = _with_true_quotes(rows, redaction)
    for _ in range(ROUNDS):
        found = found_in(strings(rows), redaction)
        if not found:
            return rows
        rows = without(rows, found)
    clean: Row = _walked(rows, redaction.clean)
    return clean


def content(given: Content, redaction: Redaction) -> Content:
    """``given``, changed so that no file rendered from it holds what looks like a secret."""
    for _ in range(ROUNDS):
        found = found_in(rendering.render_all(given, ()).values(), redaction)
        if not found:
            break
        given = Content.model_validate(without(given.model_dump(mode="json"), found))
    return given


def document(path: str, text: str, redaction: Redaction) -> str:
    """The text of one file for people without secrets. Files for programs are left as they are: ``content`` has seen to them."""
    return redaction.clean(text) if path.endswith((".md", ".feature", ".mmd")) else text


def package(
    given: Content,
    files: Mapping[str, str],
    reviews: Mapping[str, ReviewPart],
    redaction: Redaction,
    *,
    receipts: Mapping[str, packaging.Receipt],
) -> dict[str, str]:
    """``packaging.finish`` with nothing in it that looks like a secret, also where reviews and files meet."""
    for _ in range(ROUNDS):
        whole = packaging.finish(given, files, reviews, receipts=receipts)
        found = found_in(_searched(whole).values(), redaction)
        if not found:
            break
        given = Content.model_validate(without(given.model_dump(mode="json"), found))
        files = without(dict(files), found)
        reviews = {
            role: ReviewPart.model_validate(without(part.model_dump(mode="json"), found)) for role, part in reviews.items()
        }
    return whole


def left(files: Mapping[str, str], redaction: Redaction) -> list[str]:
    """What still looks like a secret, in words without its value: "README.md: password"."""
    return [f"{path}: {secret.kind}" for path, text in sorted(_searched(files).items()) for secret in redaction.find(text)]


def _searched(files: Mapping[str, str]) -> dict[str, str]:
    # The manifest holds nothing but hashes, and names from the other files.
    return {path: _cells(text) if path.endswith(".csv") else text for path, text in files.items() if path != packaging.MANIFEST}


def _cells(table: str) -> str:
    """Each cell by itself, as it stands in the material: what two of them look like together could not be replaced there."""
    return "\n\n".join(cell for row in csv.reader(io.StringIO(table)) for cell in row)


def found_in(texts: Iterable[str], redaction: Redaction) -> Found:
    """The values of all secrets in these texts, each with its placeholder."""
    found: Found = {}
    for text in texts:
        for secret in redaction.find(text):
            for value in _ways_to_write(text[secret.start : secret.end]):
                if len(value) >= SHORTEST and value not in found:
                    found[value] = redaction.placeholder(secret.kind, value)
    return found


def without(data: Any, found: Found) -> Any:
    """``data`` with these values replaced in every string, where they stand as words of their own; keys stay."""
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(value)}(?!\w)" for value in sorted(found, key=len, reverse=True)))
    return _walked(data, lambda text: pattern.sub(lambda hit: found[hit[0]], text))


def _with_true_quotes(rows: Row, redaction: Redaction) -> Row:
    """Answers and documents without their secrets, and each quote as it then stands in its text."""
    texts = {str(row["id"]): str(row["text"]) for row in (*rows["answers"], *rows["sources"])}
    spans = {label: redaction.find(text) for label, text in texts.items()}
    for fact in rows["facts"]:
        # A quote by itself can look like more than it does in its text; what it looks like goes from both.
        label, quote = str(fact["source"]), str(fact["quote"])
        at = texts[label].find(quote) if label in texts else -1
        if at >= 0:
            spans[label] += [Secret(at + hit.start, at + hit.end, hit.kind) for hit in redaction.find(quote)]
    found = {label: _merged(hits) for label, hits in spans.items() if hits}
    if not found:
        return rows

    def clean(row: Row) -> Row:
        label = str(row["id"])
        return {**row, "text": redaction.replace(texts[label], found[label])} if label in found else row

    def quoted(fact: Row) -> Row:
        label, quote = str(fact["source"]), str(fact["quote"])
        at = texts[label].find(quote) if label in found else -1
        if at < 0:
            return fact
        return {**fact, "quote": redaction.replace(texts[label], found[label], at, at + len(quote))}

    facts = [quoted(fact) for fact in rows["facts"]]
    quotes: Mapping[str, str] = {str(fact["id"]): str(fact["quote"]) for fact in facts}
    return {
        **rows,
        "answers": [clean(row) for row in rows["answers"]],
        "sources": [clean(row) for row in rows["sources"]],
        "facts": facts,
        "conflicts": [
            {
                **row,
                "quotes": [quotes.get(str(label), quote) for label, quote in zip(row["facts"], row["quotes"], strict=True)],
            }
            for row in rows["conflicts"]
        ],
    }


def _merged(hits: list[Secret]) -> list[Secret]:
    """In order and without overlaps."""
    merged: list[Secret] = []
    for hit in sorted(hits, key=lambda hit: (hit.start, -hit.end)):
        if merged and hit.start < merged[-1].end:
            merged[-1] = Secret(merged[-1].start, max(merged[-1].end, hit.end), merged[-1].kind)
        else:
            merged.append(hit)
    return merged


def _walked(data: Any, change: Callable[[str], str]) -> Any:
    if isinstance(data, str):
        return change(data)
    if isinstance(data, dict):
        return {name: _walked(value, change) for name, value in data.items()}
    if isinstance(data, list):
        return [_walked(value, change) for value in data]
    return data


def _ways_to_write(value: str) -> list[str]:
    """As it was found, and as it was before a JSON file escaped it."""
    try:
        plain = json.loads(f'"{value}"')
    except ValueError:
        return [value]
    return [value] if plain == value else [value, plain]
