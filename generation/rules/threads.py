"""The thread: the words of an answer, followed into the fact, the requirement and the test, cut for marking."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

THREADS = 3
NEAR = 110
"""Letters of a long answer that are shown on each side of the quoted words."""
_WORD = re.compile(r"(?P<half>half an)(?= hour)|[^\W_]+(?:[.,:]\d+)?(?:['’]\w+)?", re.IGNORECASE)
_NUMBERS = {
    word: str(place)
    for place, word in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"), 1)
}
_UNITS = {
    **dict.fromkeys(("h", "hour", "hours"), "h"),
    **dict.fromkeys(("min", "minute", "minutes"), "min"),
    **dict.fromkeys(("s", "sec", "second", "seconds"), "s"),
    **dict.fromkeys(("percent", "cent"), "%"),
}
_MEASURED = {*_UNITS.values(), "ms", "days", "weeks", "months", "years"}
_IDLE = frozenset(
    """
    a an and any are as at be by do does each every for from given has have i if in into is it its no not of on or our shall so
    than that the their them then there they this to us was we when where which while who whoever will with within you your
    """.split()  # noqa: SIM905  # a list of words reads as words
)
_EARS = re.compile(
    r"^(While|When|Where|If)\b|(?<=, )(?:then )?the [^,]{2,60}? shall\b|^The [^,]{2,60}? shall\b|\b(?:when|if|while)\b(?= )"
)
_STEP = re.compile(r"(^(?:Given|When|Then|And|But|Examples:|Scenario Outline:)(?= |$))", re.MULTILINE)
_OPERATORS = {"<=": "at most ", "<": "less than ", ">=": "at least ", ">": "more than "}


@dataclass(frozen=True)
class Piece:
    """A stretch of text; ``thread`` is 0 where it is not part of one."""

    text: str
    thread: int = 0
    id: str = ""
    href: str = ""
    """The id of the next place the same words went; from the last place back to the first."""
    came_from: str = ""
    """The id of the place before, empty at the first."""
    is_keyword: bool = False


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

    @property
    def worth(self) -> float:
        """How well it shows the way: threads that reach the test, best with a figure, out of one short answer."""
        if not self.decided:
            return 0.0
        there = {piece.thread: piece.text for piece in self.decided.pieces if piece.thread}
        length = sum(len(piece.text) for voice in self.said for piece in voice.pieces)
        return (
            sum(3.0 if re.search(r"\d", words) else min(len(words.split()), 4) for words in there.values())
            + 2.0 * (len(self.said) == 1)
            - (length > 320)
            # A statement that only points at a rule shows little.
            - 3.0 * bool(re.search(r"\b[A-Z]{2,3}-\d", "".join(piece.text for piece in self.required.pieces)))
        )


@dataclass(frozen=True)
class Scenario:
    id: str
    title: str
    path: str
    text: str
    """From the first step to the last line, without indentation."""

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """The text with its step keywords told apart."""
        return _stepped((Piece(self.text),))


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


@dataclass(frozen=True)
class _Token:
    start: int
    end: int
    stem: str

    @property
    def weight(self) -> float:
        if self.stem in _IDLE:
            return 0.2
        return 2.5 if self.stem[0].isdigit() else 1.0


@dataclass(frozen=True)
class _Shared:
    """Words that stand in a quote and in the statement: places in both, and their weight."""

    ground: int
    said: tuple[int, int]
    required: tuple[int, int]
    stems: frozenset[str]
    weight: float


def trace(
    requirement: Mapping[str, Any],
    holders: Mapping[str, str],
    facts: Mapping[str, Mapping[str, Any]],
    decided: Scenario | None,
    system: str = "",
) -> Trace:
    """Follow one requirement.

    Args:
        holders: the texts of answers and sources by label; quotes are substrings of them.
        facts: the ledger's facts by label.
        decided: the first scenario that covers it.
        system: the name of what is specified; it stands in every statement and says nothing.
    """
    grounds = [item for item in requirement["evidence"] if item["quote"] in holders.get(item["answer"], "")]
    statement_ = str(requirement["statement"])
    shared = _shared([item["quote"] for item in grounds], statement_, system)
    if not shared:
        grounds = grounds[:THREADS]
        shared = [_Shared(place, (0, len(item["quote"])), (0, 0), _stems(item["quote"]), 0) for place, item in enumerate(grounds)]
    used = list(dict.fromkeys(ground for ground in range(len(grounds)) if any(words.ground == ground for words in shared)))
    numbered = list(enumerate(shared, start=1))
    said = []
    for label in dict.fromkeys(grounds[place]["answer"] for place in used):
        marks = []
        for number, words in numbered:
            ground = grounds[words.ground]
            if ground["answer"] == label:
                start = holders[label].index(ground["quote"])
                marks.append((number, start + words.said[0], start + words.said[1]))
        said.append(Voice(label, _near(holders[label], marks)))
    noted = []
    for place in used:
        own = [(number, *words.said) for number, words in numbered if words.ground == place]
        noted.append(Voice(grounds[place]["fact"], _noted(facts.get(grounds[place]["fact"]), grounds[place]["quote"], own)))
    required = _cut(statement_, [(number, *words.required) for number, words in numbered if words.required[1]])
    test = (
        Voice(decided.id, _found(decided.text, {number: words.stems for number, words in numbered}, system)) if decided else None
    )
    return _linked(Trace(requirement["id"], tuple(said), tuple(noted), Voice(requirement["id"], required), test))


def best(traces: Iterable[Trace]) -> Trace | None:
    """The one that shows the thread best; the first of equals."""
    return max(traces, key=lambda found: found.worth, default=None)


def quoted(text: str, quotes: Sequence[tuple[int, str]]) -> tuple[Piece, ...]:
    """A text with its quotes marked; far from them a long text is cut, and the cut is shown."""
    return _near(text, [(number, text.find(quote), text.find(quote) + len(quote)) for number, quote in quotes if quote in text])


def _near(text: str, marks: Sequence[tuple[int, int, int]]) -> tuple[Piece, ...]:
    pieces = list(_cut(text, marks))
    if len(pieces) == 1:
        return tuple(pieces)
    head, tail = pieces[0], pieces[-1]
    if not head.thread and len(head.text) > 2 * NEAR:
        pieces[0] = Piece("… " + head.text[_word_edge(head.text, len(head.text) - NEAR, -1) :])
    if not tail.thread and len(tail.text) > 2 * NEAR:
        pieces[-1] = Piece(tail.text[: _word_edge(tail.text, NEAR, 1)] + " …")
    return tuple(pieces)


def _cut(text: str, marks: Iterable[tuple[int, int, int]]) -> tuple[Piece, ...]:
    """The text cut at its marks (number, start, end); a mark that crosses an earlier one is left out."""
    pieces, place = [], 0
    for number, start, end in sorted(marks, key=lambda mark: (mark[1], -mark[2])):
        if start >= place:
            pieces += [Piece(text[place:start]), Piece(text[start:end], number)]
            place = end
    return tuple(piece for piece in [*pieces, Piece(text[place:])] if piece.text)


def _word_edge(text: str, place: int, step: int) -> int:
    if place <= 0:
        return 0
    while 0 < place < len(text) and not text[place - 1 if step < 0 else place].isspace():
        place += step
    return min(place, len(text))


def _noted(fact: Mapping[str, Any] | None, quote: str, marks: Sequence[tuple[int, int, int]]) -> tuple[Piece, ...]:
    """A fact as the interview showed it, slot and words; a figure read out of the words carries their thread."""
    words = _near(quote, marks)
    if fact is None:
        return words
    slot = str(fact.get("slot") or fact["attribute"]).replace("_", " ").replace(" x ", " and ")
    value = _value(fact)
    figured = next((number for number, start, end in marks if value and f"{fact['value']:g}" in _stems(quote[start:end])), 0)
    if figured:
        words = tuple(replace(piece, thread=0) if piece.thread == figured else piece for piece in words)
    line = [Piece(f"{slot[:1].upper()}{slot[1:]}: "), *words]
    return tuple([*line, Piece(", read as "), Piece(value, figured)] if figured else line)


def _value(fact: Mapping[str, Any]) -> str:
    value = fact.get("value")
    if isinstance(value, bool) or not isinstance(value, int | float) or fact.get("unit") not in _MEASURED:
        return ""
    return f"{_OPERATORS.get(fact.get('op') or '', '')}{value:g} {fact['unit']}"


def _linked(found: Trace) -> Trace:
    """Every marked word is a link to the next place where its thread is marked."""
    stations = {
        "said": found.said,
        "noted": found.noted,
        "required": (found.required,),
        "test": (found.decided,) if found.decided else (),
    }
    stops: dict[int, list[str]] = {}
    for name, voices in stations.items():
        for number in sorted({piece.thread for voice in voices for piece in voice.pieces if piece.thread}):
            stops.setdefault(number, []).append(f"{name}-{number}")

    def linked(name: str, voice: Voice) -> Voice:
        pieces = []
        for piece in voice.pieces:
            if piece.thread:
                way, here = stops[piece.thread], f"{name}-{piece.thread}"
                place = way.index(here)
                before = way[place - 1] if place else ""
                piece = replace(piece, id=here, href=way[(place + 1) % len(way)], came_from=before)
            pieces.append(piece)
        return Voice(voice.label, tuple(pieces))

    return Trace(
        found.requirement,
        tuple(linked("said", voice) for voice in found.said),
        tuple(linked("noted", voice) for voice in found.noted),
        linked("required", found.required),
        linked("test", found.decided) if found.decided else None,
    )


def _shared(quotes: Sequence[str], text: str, system: str) -> list[_Shared]:
    """Up to ``THREADS`` runs of words that a quote and the statement share, the weightiest first; none overlaps another."""
    required = _tokens(text, system)
    said = [_tokens(quote, system) for quote in quotes]
    found: list[_Shared] = []
    while len(found) < THREADS:
        runs = [run for place, tokens in enumerate(said) for run in _runs(place, tokens, required, found)]
        heaviest = max(runs, key=lambda run: run.weight, default=None)
        if heaviest is None or heaviest.weight < 1:
            break
        found.append(heaviest)
    return sorted(found, key=lambda words: words.required[0])


def _runs(place: int, said: list[_Token], required: list[_Token], taken: list[_Shared]) -> Iterable[_Shared]:
    free_said = [
        not any(words.ground == place and _cross((token.start, token.end), words.said) for words in taken) for token in said
    ]
    free = [not any(_cross((token.start, token.end), words.required) for words in taken) for token in required]
    for i, first in enumerate(said):
        for j, other in enumerate(required):
            if first.stem != other.stem or first.stem in _IDLE:
                continue
            length, last = 0, 0
            while i + length < len(said) and j + length < len(required) and free_said[i + length] and free[j + length]:
                if said[i + length].stem != required[j + length].stem:
                    break
                length += 1
                last = length if said[i + length - 1].stem not in _IDLE else last
            if last:
                tokens = said[i : i + last]
                yield _Shared(
                    place,
                    (first.start, tokens[-1].end),
                    (other.start, required[j + last - 1].end),
                    frozenset(token.stem for token in tokens) - _IDLE,
                    sum(token.weight for token in tokens),
                )


def _found(text: str, wanted: Mapping[int, frozenset[str]], system: str) -> tuple[Piece, ...]:
    """The text with, per thread, the run of words that holds most of its words; runs stay within a line and never overlap."""
    tokens = _tokens(text, system)
    marks: list[tuple[int, int, int]] = []
    for number, stems in wanted.items():
        heaviest, mark = 0.0, None
        for i, first in enumerate(tokens):
            if first.stem not in stems:
                continue
            for last in tokens[i : i + 2 * len(stems) + 2]:
                span = (first.start, last.end)
                if (
                    last.stem in stems
                    and "\n" not in text[span[0] : span[1]]
                    and not any(_cross(span, taken[1:]) for taken in marks)
                ):
                    inside = {token for token in tokens if span[0] <= token.start and token.end <= span[1]}
                    weight = sum({token.stem: token.weight for token in inside if token.stem in stems}.values())
                    weight -= 0.3 * sum(token.stem not in stems for token in inside)
                    if weight > heaviest:
                        heaviest, mark = weight, (number, *span)
        if mark:
            marks.append(mark)
    return _stepped(_cut(text, marks))


def _stepped(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for piece in pieces:
        if piece.thread:
            found.append(piece)
        else:
            found += [Piece(part, is_keyword=bool(_STEP.fullmatch(part))) for part in _STEP.split(piece.text) if part]
    return tuple(found)


def _cross(one: tuple[int, int], other: tuple[int, ...]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _tokens(text: str, system: str = "") -> list[_Token]:
    names = [match.span() for match in re.finditer(re.escape(system), text)] if system else []
    found: list[_Token] = []
    for match in _WORD.finditer(text):
        if not any(_cross(match.span(), name) for name in names):
            stem = "30" if match["half"] else _stem(match.group())
            half = found and found[-1].stem == "30" and text[found[-1].start : found[-1].end].lower() == "half an"
            found.append(_Token(match.start(), match.end(), "min" if half else stem))
    return found


def _stems(text: str) -> frozenset[str]:
    return frozenset(token.stem for token in _tokens(text)) - _IDLE


def _stem(word: str) -> str:
    low = word.lower()
    low = _NUMBERS.get(low, _UNITS.get(low, low))
    for ending in ("ing", "ed", "es", "s"):
        if len(low) > len(ending) + 3 and low.endswith(ending):
            return low[: -len(ending)]
    return low
