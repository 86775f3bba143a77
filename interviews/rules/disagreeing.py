"""Facts that cannot both hold, found in code: same thing, same measure, values that exclude one another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from interviews.rules.ledger import Noted
from interviews.rules.reading import content_words
from interviews.rules.topics import lexicon

SHARED = 3
OVERLAP = 0.5
"""How many meaning words two clauses about one measure share, and which part of the shorter one that is."""
_CHANGE = re.compile(r"\b(?:down to|up to|from \S+ to|instead of|today|target|goal|already|last year)\b", re.IGNORECASE)
_PAST = {"evidence", "how often", "baseline", "what happens", "current steps"}
_SPAN_UNITS = {"s": 1, "min": 60, "h": 3600, "days": 86_400, "weeks": 604_800}
_QUALITY = {"R11", "R13"}
"""Topics of one measure each: two lengths of time said about them speak of the same thing even in other words."""
_NO = re.compile(r"\b(?:no|not|never|nobody|nothing|none|without|don't|doesn't|won't|isn't|aren't|cannot|can't)\b", re.IGNORECASE)
_LIMITED = re.compile(r"\b(?:unless|except|but|only|until|after|before|later|yet|if|when|else|alone)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Clash:
    """Two facts that disagree. ``first`` was said before ``second``."""

    kind: str
    first: Noted
    second: Noted
    subject: str


def clashes(old: Sequence[Noted], new: Sequence[Noted]) -> list[Clash]:
    """Disagreements between live facts that were known and those that came, at most one for each pair of sources."""
    found: list[Clash] = []
    for fact in new:
        for other in old:
            clash = _clash(other, fact)
            pair = {other.source, fact.source}
            if clash and not any(pair == {known.first.source, known.second.source} for known in found):
                found.append(clash)
    return found


def excludes(first: Noted, second: Noted) -> bool:
    """Two measures of the same thing that no single value satisfies."""
    a, b = _amount(first), _amount(second)
    return (
        a is not None
        and b is not None
        and a[1] == b[1]
        and first.attribute == second.attribute
        and not _compatible(first.op, a[0], second.op, b[0])
    )


def candidates(old: Sequence[Noted], new: Sequence[Noted], *, limit: int) -> list[tuple[Noted, Noted]]:
    """Pairs (known, new) that speak of the same things and that code cannot judge, the closest first."""
    ranked = []
    for place, fact in enumerate(new):
        words = content_words(fact.quote)
        for other in old:
            if not other.is_live or other.is_vague or fact.is_vague or other.source == fact.source:
                continue
            known = content_words(other.quote)
            shared = words & known
            if len(shared) < 2:
                continue
            closeness = len(shared) / min(len(words), len(known))
            if closeness >= OVERLAP and other.quote != fact.quote and not _clash(other, fact):
                ranked.append((-closeness, place, other.label, other, fact))
    ranked.sort(key=lambda entry: entry[:3])
    kept: list[tuple[Noted, Noted]] = []
    for *_, other, fact in ranked:
        if not any((known.source, new.quote) == (other.source, fact.quote) for known, new in kept):
            kept.append((other, fact))
    return kept[:limit]


def opposite(first: str, second: str) -> bool:
    """The same statement once with and once without a no: "nurses see names", "nurses see no names"."""
    if bool(_NO.search(first)) == bool(_NO.search(second)) or _LIMITED.search(first) or _LIMITED.search(second):
        return False
    one, two = content_words(first) | _short_names(first), content_words(second) | _short_names(second)
    return len(one & two) >= SHARED and len(one ^ two) <= 1


def _short_names(text: str) -> set[str]:
    """PC, IT, TV: too short for a word of meaning, and still another thing."""
    return {name.lower() for name in re.findall(r"\b[A-Z]{2}\b", text)}


def _clash(first: Noted, second: Noted) -> Clash | None:
    if first.source == second.source or first.is_vague or second.is_vague:
        return None
    if _numbers_exclude(first, second):
        return Clash("numeric", first, second, _subject(first, second))
    if _scope_excludes(first, second):
        return Clash("scope", first, second, _subject(first, second))
    if _tense(first, second):
        return Clash("tradeoff", first, second, _subject(first, second))
    return None


def _numbers_exclude(first: Noted, second: Noted) -> bool:
    if first.value is None or second.value is None:
        return False
    if first.attribute == second.attribute == "time of day":
        return first.value != second.value and _same_words(first, second)
    a, b = _amount(first), _amount(second)
    if a is None or b is None or a[1] != b[1]:
        return False
    if first.attribute == second.attribute == "lead time":
        return _first_word(first) == _first_word(second) and not _compatible(first.op, a[0], second.op, b[0])
    if (first.slot in _PAST) != (second.slot in _PAST) or {first.slot, second.slot} & {"target"}:
        return False
    if _CHANGE.search(first.quote) or _CHANGE.search(second.quote):
        return False
    return _same_measure(first, second) and not _compatible(first.op, a[0], second.op, b[0])


def _amount(fact: Noted) -> tuple[float, str] | None:
    if isinstance(fact.value, str) or fact.value is None or fact.unit is None:
        return None
    if fact.unit in _SPAN_UNITS:
        return float(fact.value) * _SPAN_UNITS[fact.unit], "span"
    return float(fact.value), fact.unit


def _compatible(op: str | None, a: float, other: str | None, b: float) -> bool:
    """Can one value satisfy both?"""
    if op == other and op in {"<=", ">="}:
        # Two limits of one thing are two opinions about it, although a value could satisfy both.
        return abs(a - b) <= 0.01 * max(abs(a), abs(b), 1)
    if op == ">=" and other in {"=", "~"}:
        return b >= a
    if other == ">=" and op in {"=", "~"}:
        return a >= b
    if "~" in {op, other}:
        return abs(a - b) <= 0.2 * max(abs(a), abs(b))
    return abs(a - b) <= 0.01 * max(abs(a), abs(b), 1e-9)


def _same_measure(first: Noted, second: Noted) -> bool:
    if first.topic == second.topic and first.topic in _QUALITY and first.slot == second.slot == "value":
        # Two figures of one answer-and-its-document pair name different things more often than not.
        return not (first.source.startswith("S-") or second.source.startswith("S-")) or _same_words(first, second)
    return _same_words(first, second)


def _same_words(first: Noted, second: Noted) -> bool:
    one, two = content_words(first.quote), content_words(second.quote)
    if not one or not two:
        return False
    shared = one & two
    named = any(word.startswith("same") for word in shared)
    return named or (len(shared) >= SHARED and len(shared) / min(len(one), len(two)) >= OVERLAP)


def _first_word(fact: Noted) -> str:
    stems = sorted(content_words(fact.subject))
    return stems[0][:5] if stems else ""


def _scope_excludes(first: Noted, second: Noted) -> bool:
    """One says that it is in the first release, the other that it is not."""
    slots = {first.slot, second.slot}
    if not (first.topic == second.topic == "V6") or slots != {"in first release", "not in it"}:
        return False
    inside, outside = (first, second) if first.slot == "in first release" else (second, first)
    wanted = set(re.findall(r"[a-zà-ÿ-]+", inside.quote.lower()))
    for name in re.split(r",| and |:", outside.quote.lower()):
        words = set(re.findall(r"[a-zà-ÿ-]+", name)) - {"no", "not", "in", "it", "the", "a", "is", "isn", "t"}
        if words and content_words(name) and words <= wanted:
            return True
    return False


def _tense(first: Noted, second: Noted) -> bool:
    """One of the known pairs of qualities that cannot both be had."""
    one, two = _poles(first.quote), _poles(second.quote)
    return any((place, 1 - side) in two for place, side in one)


@lru_cache(maxsize=4096)
def _poles(text: str) -> frozenset[tuple[int, int]]:
    """Which sides of the tense pairs a text speaks for: (pair, side)."""
    low = text.lower()
    return frozenset(
        (place, side) for place, pair in enumerate(lexicon().tense) for side, phrases in enumerate(pair) if _says(low, phrases)
    )


def _says(text: str, phrases: Iterable[str]) -> bool:
    return any(phrase in text and re.search(rf"\b{re.escape(phrase)}\b", text) for phrase in phrases)


def _subject(first: Noted, second: Noted) -> str:
    """What the two disagree about, for people."""
    if first.attribute == "lead time":
        return f"how long before it counts: {first.subject.lower()}"
    shared = sorted(content_words(first.quote) & content_words(second.quote), key=lambda stem: first.quote.lower().find(stem))
    for stem in shared:
        if stem.startswith("same") and stem[4:].isdigit():
            return lexicon().same[int(stem[4:])][0]
    words = []
    for stem in shared[:3]:
        found = re.search(rf"\b{re.escape(stem)}\w*", first.quote, re.IGNORECASE)
        if found:
            words.append(found[0].lower())
    return " ".join(words) or first.subject.lower()
