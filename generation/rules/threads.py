"""The thread: the words of an answer, followed to the fact, the requirement and the test, cut so that a page can mark them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

THREADS = 3
NEAR = 110
"""Letters of a long answer that are shown on each side of the quoted words."""
WINDOW = 7
"""Longest run of words that is marked in a statement or a step."""
_WORD = re.compile(r"[^\W_]+(?:[.,:]\d+)?")
_NUMBERS = {
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
}
_IDLE = frozenset(
    {
        *("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "given", "has", "have", "if", "in", "into", "is", "it"),
        *("its", "no", "not", "of", "on", "or", "shall", "so", "than", "that", "the", "then", "there", "they", "this", "to"),
        *("when", "where", "which", "while", "who", "with", "within"),
    }
)
_EARS = re.compile(
    r"^(While|When|Where|If)\b|(?<=, )(?:then )?the [^,]{2,60}? shall\b|^The [^,]{2,60}? shall\b|\b(?:when|if|while)\b(?= )"
)


@dataclass(frozen=True)
class Piece:
    """A stretch of text; ``thread`` is 0 where it is not part of one."""

    text: str
    thread: int = 0


@dataclass(frozen=True)
class Voice:
    """One place the words went: its label and its text in pieces."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Trace:
    """One requirement followed from who said it to the test that decides it."""

    requirement: str
    said: tuple[Voice, ...]
    noted: tuple[Voice, ...]
    required: Voice
    decided: Voice | None


@dataclass(frozen=True)
class Scenario:
    id: str
    title: str
    path: str
    text: str
    """From the first step to the last line, without indentation."""


def scenarios(files: Mapping[str, str]) -> dict[str, Scenario]:
    """Every scenario of the feature files by its test id."""
    found: dict[str, Scenario] = {}
    for path in sorted(files):
        for block in re.split(r"\n(?=[ \t]*@TC-)", files[path])[1:]:
            tags, _, rest = block.strip().partition("\n")
            title, _, steps = rest.strip().partition("\n")
            text = "\n".join(line.strip() for line in steps.splitlines() if line.strip())
            for label in re.findall(r"@(TC-\d+)", tags):
                found[label] = Scenario(label, title.partition(":")[2].strip(), path, text)
    return found


def statement(text: str) -> list[tuple[bool, str]]:
    """An EARS statement cut into its keywords (True) and the rest."""
    pieces: list[tuple[bool, str]] = []
    place = 0
    for match in _EARS.finditer(text):
        pieces += [(False, text[place : match.start()]), (True, match.group())]
        place = match.end()
    return [(strong, part) for strong, part in [*pieces, (False, text[place:])] if part]


def trace(
    requirement: Mapping[str, Any],
    holders: Mapping[str, str],
    facts: Mapping[str, Mapping[str, Any]],
    decided: Scenario | None,
) -> Trace:
    """Follow one requirement.

    Args:
        holders: the texts of answers and sources by label; quotes are substrings of them.
        facts: the ledger's facts by label.
        decided: the first scenario that covers it.
    """
    grounds = [item for item in requirement["evidence"] if item["quote"] in holders.get(item["answer"], "")][:THREADS]
    numbered = list(enumerate(grounds, start=1))
    said = []
    for label in dict.fromkeys(item["answer"] for item in grounds):
        quotes = [(number, item["quote"]) for number, item in numbered if item["answer"] == label]
        said.append(Voice(label, quoted(holders[label], quotes)))
    noted = tuple(Voice(item["fact"], _fact(facts.get(item["fact"]), item["quote"], number)) for number, item in numbered)
    words = {number: _stems(f"{item['quote']} {_value(facts.get(item['fact']))}") for number, item in numbered}
    required = _marked(requirement["statement"], words)
    in_statement = {piece.thread: _stems(piece.text) for piece in required if piece.thread}
    test = None
    if decided:
        test = Voice(
            decided.id, _marked(decided.text, {number: words[number] | in_statement.get(number, set()) for number in words})
        )
    return Trace(requirement["id"], tuple(said), noted, Voice(requirement["id"], required), test)


def richest(requirements: Iterable[Mapping[str, Any]], covered: Iterable[str]) -> str:
    """The requirement that shows the thread best: most quotes from one answer, a must, decided by a scenario."""
    known = set(covered)

    def worth(requirement: Mapping[str, Any]) -> tuple[bool, int, int, bool]:
        evidence = requirement["evidence"]
        answers = {item["answer"] for item in evidence}
        return (
            any(test in known for test in requirement.get("verified_by", [])),
            min(len(evidence), THREADS),
            -len(answers),
            requirement["priority"] == "must",
        )

    ranked = list(requirements)
    return str(max(ranked, key=worth)["id"]) if ranked else ""


def quoted(text: str, quotes: Sequence[tuple[int, str]]) -> tuple[Piece, ...]:
    """A text with its quotes marked; far from them a long text is cut, and the cut is shown."""
    spans: list[tuple[int, int, int]] = []
    for number, quote in quotes:
        start = text.find(quote)
        if start >= 0 and all(start + len(quote) <= a or start >= b for a, b, _ in spans):
            spans.append((start, start + len(quote), number))
    if not spans:
        return (Piece(text),)
    spans.sort()
    first, last = _word_edge(text, spans[0][0] - NEAR, -1), _word_edge(text, spans[-1][1] + NEAR, 1)
    pieces, place = [Piece("… ")] if first else [], first
    for start, end, number in spans:
        pieces += [Piece(text[place:start]), Piece(text[start:end], number)]
        place = end
    pieces.append(Piece(text[place:last] + (" …" if last < len(text) else "")))
    return tuple(piece for piece in pieces if piece.text)


def _word_edge(text: str, place: int, step: int) -> int:
    if place <= 0:
        return 0
    while 0 < place < len(text) and not text[place - 1 if step < 0 else place].isspace():
        place += step
    return min(place, len(text))


def _fact(fact: Mapping[str, Any] | None, quote: str, number: int) -> tuple[Piece, ...]:
    if fact is None:
        return (Piece(quote, number),)
    attribute = str(fact["attribute"]).replace("_", " ")
    value = _value(fact)
    if not value:
        return (Piece(f"{fact['subject']}: "), Piece(attribute, number))
    return (Piece(f"{fact['subject']}, {attribute}: "), Piece(value, number))


def _value(fact: Mapping[str, Any] | None) -> str:
    if fact is None or fact.get("value") in (None, "", []):
        return ""
    value = fact["value"]
    words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    operator = {"<=": "at most ", "<": "less than ", ">=": "at least ", ">": "more than "}.get(fact.get("op") or "", "")
    return f"{operator}{words}{' ' + fact['unit'] if fact.get('unit') else ''}"


def _marked(text: str, words: Mapping[int, set[str]]) -> tuple[Piece, ...]:
    """The text with, per thread, the run of words that fits its words best; threads never overlap."""
    tokens = [(match.start(), match.end(), _stem(match.group())) for match in _WORD.finditer(text)]
    taken: list[tuple[int, int, int]] = []
    for number, wanted in words.items():
        best: tuple[float, int, int] | None = None
        for i in range(len(tokens)):
            if tokens[i][2] not in wanted:
                continue
            for j in range(i, min(i + WINDOW, len(tokens))):
                start, end = tokens[i][0], tokens[j][1]
                if tokens[j][2] not in wanted or "\n" in text[start:end] or any(start < b and end > a for a, b, _ in taken):
                    continue
                hits = {token[2] for token in tokens[i : j + 1]} & wanted
                worth = sum(2.5 if hit[0].isdigit() else 1.0 for hit in hits) - 0.3 * (j - i + 1 - len(hits))
                if best is None or worth > best[0]:
                    best = (worth, start, end)
        if best:
            taken.append((best[1], best[2], number))
    pieces, place = [], 0
    for start, end, number in sorted(taken):
        pieces += [Piece(text[place:start]), Piece(text[start:end], number)]
        place = end
    return tuple(piece for piece in [*pieces, Piece(text[place:])] if piece.text)


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in _WORD.findall(text)} - _IDLE


def _stem(word: str) -> str:
    low = _NUMBERS.get(word.lower(), word.lower())
    for ending in ("ing", "ed", "es", "s"):
        if len(low) > len(ending) + 3 and low.endswith(ending):
            return low[: -len(ending)]
    return low
