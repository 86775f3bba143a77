"""Sentences, clauses and quantities of what a person said. Every piece is a verbatim stretch of the text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from interviews.rules.topics import lexicon

_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])|\n{1,}")
_LIST_NUMBER = re.compile(r"(?:^|\n)[ \t]*\d{1,2}[.)]$")
_LIST_MARK = re.compile(r"\d{1,2}[.)][ \t]+(?=\S)")
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|approx|e\.g|i\.e|etc|ca|vs|incl)\.$", re.IGNORECASE)
_CLAUSE = re.compile(
    r"(?<=[a-z0-9)%])(?:;\s+|:\s+|, (?=(?:and|but|so|then|otherwise|unless|because|that's|they|we|it|nobody|the|she|he|if)\b))"
)
_CONDITION = re.compile(r"(?:and |but |so )?(?:if|when|while|as soon as|where|unless)\b", re.IGNORECASE)
_LEAD = re.compile(r"^(?:and|but|so|then|well|hm|oh|also|because|otherwise|obviously|good point)\b[,.]?\s+", re.IGNORECASE)

_WORD_NUMBER = "|".join(sorted(lexicon().numbers, key=len, reverse=True))
_UNITS = {
    "s": r"seconds?|secs?|s\b",
    "min": r"minutes?|mins?",
    "h": r"hours?|hrs?",
    "days": r"days?",
    "weeks": r"weeks?",
    "months": r"months?",
    "years": r"years?",
    "%": r"%|per ?cent|percent",
    "euros": r"euros?|eur\b|€",
    "dollars": r"dollars?|usd\b",
    "metres": r"metres?|meters?(?= away)|m\b(?= )",
}
_UNIT = "|".join(f"(?P<u{place}>{pattern})" for place, pattern in enumerate(_UNITS.values()))
_NUMBER = re.compile(
    rf"(?P<money>[€$£]\s?)?(?<![\w.,-])(?P<n>\d{{1,3}}(?:[,.]\d{{3}})+|\d+(?:[.,]\d+)?|(?:{_WORD_NUMBER})(?=[ -]))"
    rf"(?P<half> and a half)?[ -]?(?:{_UNIT}|(?P<noun>[a-z][a-z-]+(?: [a-z]+)?))?",
    re.IGNORECASE,
)
_FRACTION = re.compile(r"\b(?:a|one) (half|third|quarter|fifth|tenth)\b|\btwo (thirds|fifths)\b|\bhalf an hour\b", re.IGNORECASE)
_FRACTIONS = {"half": "1/2", "third": "1/3", "quarter": "1/4", "fifth": "1/5", "tenth": "1/10", "thirds": "2/3", "fifths": "2/5"}
_AT_MOST = re.compile(
    r"\b(?:at most|not more than|no more than|up to|at the latest|latest|less than|under|within|maximum|"
    r"max|must not take longer|not longer|down to)\b",
    re.I,
)
_AT_LEAST = re.compile(r"\b(?:at least|not less than|more than|over(?= \d)|minimum|from .* on|earliest)\b", re.I)
_ABOUT = re.compile(r"\b(?:about|around|roughly|approximately|some|maybe|or so|on average|typically)\b", re.I)
_CLOCK = re.compile(
    rf"\b(?:(?:half past|quarter past|quarter to) (?P<h1>{_WORD_NUMBER}|\d{{1,2}})|"
    rf"(?:at|by|before|until|from) (?P<h2>{_WORD_NUMBER}|\d{{1,2}})"
    rf"(?P<m>[:.]\d{{2}})?(?: o'clock|(?= (?:at the latest|in the morning|in the evening|with|for|on))|(?=[,.;)]|$)))",
    re.IGNORECASE,
)


_PART_OF_DAY = re.compile(
    rf"\b(?P<h>{_WORD_NUMBER}|\d{{1,2}})(?P<m>[:.]\d{{2}})? (?:o'clock )?"
    r"(?:(?P<early>in the morning)|(?:at night|in the (?:evening|afternoon)))",
    re.IGNORECASE,
)
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DAY = re.compile(
    rf"\b(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)? (?:of )?(?P<m>{'|'.join(_MONTHS)})(?: (?P<y>\d{{4}}))\b", re.IGNORECASE
)
_BEFORE_MONTH = re.compile(rf"\d{{1,2}}(?:st|nd|rd|th|\.)? (?:of )?(?:{'|'.join(_MONTHS)})\b", re.IGNORECASE)
_SPANS = frozenset({"days", "weeks", "months", "years"})
_IN_A = re.compile(r"\b(?:in|within|half|for|after|than)\s+$", re.IGNORECASE)
"""What turns "a day" from "per day" into a length of time."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the text: ``text == whole[start:end]``."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Quantity:
    """A number with its unit as the ledger keeps it."""

    value: float | int | str
    unit: str | None
    op: str
    at: int
    """Where it stands in the piece."""


def sentences(text: str) -> list[Piece]:
    """The sentences of ``text``, without the space around them. Neither an abbreviation nor the number of a list ends one."""
    gaps = (gap for gap in _SENTENCE.finditer(text) if not _ends_none(text[max(0, gap.start() - 24) : gap.start()]))
    cuts = [0, *(gap.end() for gap in gaps), len(text)]
    return [piece for a, b in pairwise(cuts) if (piece := _trimmed(text, _behind_mark(text, a), b)) is not None]


def _ends_none(before: str) -> bool:
    return bool(_ABBREVIATION.search(before.rstrip("\"')]")) or _LIST_NUMBER.search(before))


def _behind_mark(text: str, start: int) -> int:
    """Where the words of a line begin, behind "3." or "3)" of a list."""
    begins = start == 0 or text[start - 1] == "\n"
    mark = _LIST_MARK.match(text, start) if begins else None
    return mark.end() if mark else start


def clauses(text: str) -> list[Piece]:
    """The sentences, long ones cut where a new thought begins. Leading "and", "but", "so" are left off."""
    found: list[Piece] = []
    for sentence in sentences(text):
        start, parts = sentence.start, []
        if len(sentence.text.split()) > 9 and not _CONDITION.match(sentence.text):
            for gap in _CLAUSE.finditer(sentence.text):
                left = sentence.text[start - sentence.start : gap.start()]
                if len(left.split()) >= 4 and len(sentence.text[gap.end() :].split()) >= 4:
                    parts.append((start, sentence.start + gap.start()))
                    start = sentence.start + gap.end()
        parts.append((start, sentence.end))
        for a, b in parts:
            lead = _LEAD.match(text[a:b])
            piece = _trimmed(text, a + (lead.end() if lead else 0), b)
            if piece is not None:
                found.append(piece)
    return found


def _trimmed(text: str, start: int, end: int) -> Piece | None:
    while start < end and (text[start].isspace() or text[start] in "-*#>|"):
        start += 1
    while end > start and (text[end - 1].isspace() or text[end - 1] in ".,;:!?"):
        end -= 1
    return Piece(text[start:end], start, end) if end > start else None


def number(word: str) -> float | int | None:
    """ "240", "68,000", "2.5" or "twelve" as a number."""
    low = word.lower().strip()
    if low in lexicon().numbers:
        return lexicon().numbers[low]
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+", low):
        return int(low.replace(",", ""))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", low):
        return int(low.replace(".", ""))
    if re.fullmatch(r"\d+", low):
        return int(low)
    if re.fullmatch(r"\d+[.,]\d+", low):
        return float(low.replace(",", "."))
    return None


def quantities(text: str) -> list[Quantity]:
    """The numbers of a piece with unit and direction (at most, at least, about), in order."""
    found: list[Quantity] = []
    for match in _FRACTION.finditer(text):
        word = (match[1] or match[2] or "").lower()
        value: float | int | str = _FRACTIONS.get(word, 30)
        found.append(
            Quantity(value, "min" if not word else _noun_after(text, match.end()), _op(text, match.start()), match.start())
        )
    taken = [(quantity.at, quantity.at + 1) for quantity in found]
    for match in _NUMBER.finditer(text):
        amount = number(match["n"])
        if amount is None or any(a <= match.start() < b + 12 for a, b in taken) or _is_a_name(text, match):
            continue
        unit = _unit(match)
        if match["n"].lower() == "a" and (unit not in _UNITS or (unit in _SPANS and not _IN_A.search(text[: match.start()]))):
            continue
        if match["half"]:
            amount = amount + 0.5
        found.append(Quantity(amount, unit, _op(text, match.start()), match.start()))
    return sorted(found, key=lambda quantity: quantity.at)


def clock_time(text: str) -> str | None:
    """The first time of day in a piece as "HH:MM"."""
    if part := _PART_OF_DAY.search(text):
        at = number(part["h"])
        if at is not None and at == int(at) and 0 < at <= 12:
            is_early = part["early"] or ("night" in part[0].lower() and (at == 12 or at < 6))
            noon = 0 if is_early else 12
            return f"{int(at) % 12 + noon:02d}{(part['m'] or ':00').replace('.', ':')}"
    for match in _CLOCK.finditer(text):
        hour = number(match["h1"] or match["h2"])
        if hour is None or hour != int(hour) or not 0 <= hour <= 24:
            continue
        if match["h1"]:
            phrase = match[0].lower()
            minutes = int(hour) * 60 + (30 if phrase.startswith("half") else 15 if phrase.startswith("quarter past") else -15)
        else:
            minutes = int(hour) * 60 + (int(match["m"][1:]) if match["m"] else 0)
        return f"{minutes // 60:02d}:{minutes % 60:02d}"
    return None


def day_of(text: str) -> str | None:
    """The first full date of a piece as ISO 8601, when there is such a day."""
    found = _DAY.search(text)
    if found is None:
        return None
    try:
        return dt.date(int(found["y"]), _MONTHS.index(found["m"].lower()) + 1, int(found["d"])).isoformat()
    except ValueError:
        return None


def is_measure(unit: str) -> bool:
    """A unit of measure (seconds, percent, euros) rather than a counted noun."""
    return unit in _UNITS


@lru_cache(maxsize=4096)
def content_words(text: str) -> frozenset[str]:
    """The words that carry the meaning, shortened so that singular and plural meet."""
    low = text.lower()
    for place, group in enumerate(lexicon().same):
        for phrase in group:
            low = re.sub(rf"\b{re.escape(phrase)}", f"same{place}", low)
    return frozenset(_stem(word) for word in re.findall(r"[a-zà-ÿ][a-zà-ÿ0-9-]{2,}", low) if word not in lexicon().common)


def _stem(word: str) -> str:
    for ending in ("lings", "ling", "ings", "ing", "lation", "led", "ies", "es", "ed", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def _op(text: str, at: int) -> str:
    near = text[max(0, at - 40) : at + 30]
    if _AT_MOST.search(near):
        return "<="
    if _AT_LEAST.search(near):
        return ">="
    return "~" if _ABOUT.search(near) else "="


def _unit(match: re.Match[str]) -> str | None:
    if match["money"]:
        return {"€": "euros", "$": "dollars", "£": "pounds"}[match["money"].strip()]
    for place, name in enumerate(_UNITS):
        if match[f"u{place}"]:
            return name
    noun = (match["noun"] or "").lower().split()
    return noun[0] if noun and noun[0] not in lexicon().common and len(noun[0]) > 2 else None


def _noun_after(text: str, end: int) -> str | None:
    words = re.findall(r"[a-z-]+", text[end : end + 40].lower())
    return " ".join(words[:2]) if words[:1] == ["of"] and len(words) > 1 else None


def _is_a_name(text: str, match: re.Match[str]) -> bool:
    """A number inside an identifier (IEC 62304, rule 11, 2019) is no quantity."""
    before = text[: match.start("n")].rstrip()
    word = before.rsplit(" ", 1)[-1]
    is_year = re.fullmatch(r"(?:19|20)\d\d", match["n"]) is not None and _unit(match) is None
    return (
        is_year
        or _BEFORE_MONTH.match(text, match.start("n")) is not None
        or bool(re.fullmatch(r"(?:[A-Z]{2,}|ISO|IEC|EN|DIN|[Rr]ule|[Aa]rticle|[Vv]ersion|[Dd]raft|No\.?|#)", word))
        or "placeholder" in word
    )
