"""Small words of the renderer: numbers, dates, thresholds, citations."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable

from generation.rules.content import Content, Fit, Threshold
from generation.rules.lexicon import OPERATORS
from generation.rules.markdown import inline

_NUMERALS: list[str] = re.findall(
    r"\w+",
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
    nineteen
""",
)
_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


NUMBER_WORDS = {word: number for number, word in enumerate(_NUMERALS)} | {
    word: 10 * tens for tens, word in enumerate(_TENS) if word
}
"""Numbers as people say them, without compounds: "seven", "forty"."""


def number_word(count: int) -> str:
    """ "eighteen", "forty-two"; figures from one hundred on."""
    if count < 20:
        return _NUMERALS[count]
    if count < 100:
        tens, ones = divmod(count, 10)
        return _TENS[tens] + (f"-{_NUMERALS[ones]}" if ones else "")
    return number(count)


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 story", "18 stories"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def number(value: float | int | str) -> str:
    """A value as people write it: 14,500; 0.07; 759.18; a text stays as it is."""
    if isinstance(value, str):
        return value
    if float(value).is_integer():
        return f"{int(value):,}"
    return f"{value:,}"


def day(text: str) -> str:
    """ "1 December 2027" for 2027-12-01 or an ISO time; any other text stays as it is."""
    try:
        date = datetime.date.fromisoformat(text[:10])
    except ValueError:
        return text
    if text[10:11] not in ("", "T"):
        return text
    return f"{date.day} {date.strftime('%B %Y')}"


def moment(text: object) -> str | None:
    """An ISO time as a package writes it, "2026-11-20T10:00:00Z"; None for anything else. A time without a zone is UTC."""
    try:
        time = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    if time.tzinfo is not None:
        time = time.astimezone(datetime.UTC)
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def threshold(fit: Fit | Threshold) -> str:
    """ "at most 2 s"."""
    unit = inline(fit.unit)
    if fit.value == 1 and re.fullmatch(r"[A-Za-z]{3,}[^su\W]s", unit):
        unit = unit[:-1]
    return f"{OPERATORS[fit.op]} {number(fit.value)} {unit}".rstrip()


def person(text: str) -> str:
    """A role as a sentence names it: "the practice manager"; names and what has an article stay as they are."""
    name = text.split(",")[0].strip()
    role = name[:1].islower() or re.match(r"[A-Z]{2,4} [a-z]", name)
    with_article = re.match(r"(?:the|a|an|my|our|your|his|her|their|whoever|nobody|somebody|everybody)\b", name)
    return f"the {name}" if role and not with_article else name


def sources(content: Content, facts: Iterable[str]) -> str:
    """The answers and references these facts come from, as a citation: "[A-001, S-01]"; empty without facts."""
    labels = sorted({str(content.evidence.fact(label)["source"]) for label in facts} - {""})
    return f"[{', '.join(labels)}]" if labels else ""
