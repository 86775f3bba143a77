"""What people mean when they decide between two things."""

from __future__ import annotations

import re

from interviews.rules.reading import clock_time, quantities

FIRST, SECOND, BOTH = "first", "second", "both-when"
"""Values of ``Conflict.Resolution``."""

_BOTH = re.compile(r"\b(?:both|depends|each)\b", re.IGNORECASE)
_FIRST = re.compile(r"\b(?:the first|first holds|the former|first one)\b", re.IGNORECASE)
_SECOND = re.compile(r"\b(?:the second|second holds|the latter|second one)\b", re.IGNORECASE)
_ANSWERS = re.compile(
    r"\bwhat i (?:tell|told|say|said)\b|\b(?:my|our) answers?\b|\bthe answers?\b|\bi tell you now\b|"
    r"\b(?:forget|ignore) (?:the|that) (?:paper|document|note|deck|file)\b|"
    r"\b(?:paper|document|note|deck|file)s? (?:is|are) (?:old|out of date|outdated|wrong|from (?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_DOCUMENTS = re.compile(
    r"\b(?:paper|document|note|deck|file|contract)s? (?:wins?|holds?|counts?|is right|are right|is binding)\b|"
    r"\b(?:go|stick) (?:by|with|to) the (?:paper|document|note|deck|file|contract)s?\b|"
    r"^\W*the (?:paper|document|note|contract)s?\W*$",
    re.IGNORECASE,
)
_CORRECTS = re.compile(
    r"\bis the hard one\b|\b(?:that|this) is the one that counts\b|\binstead of what i (?:said|told)\b|"
    r"\bforget what i (?:said|told)\b|\bi was wrong\b|\bcorrection:|\bi (?:have to|must) correct myself\b",
    re.IGNORECASE,
)
_YES = re.compile(r"^\W*(?:yes|yep|still|correct|right|that holds|it does|sure)\b", re.IGNORECASE)
_NO = re.compile(r"^\W*(?:no|nope|not any ?more|outdated|that is old|wrong)\b", re.IGNORECASE)


def chosen(text: str, first: str, second: str, *, is_document: tuple[bool, bool] = (False, False)) -> str:
    """Which of two holds, by what was said to the question that put them side by side; "both" when it names neither."""
    if _BOTH.search(text):
        return BOTH
    if _SECOND.search(text):
        return SECOND
    if _FIRST.search(text):
        return FIRST
    if _figures(text) and (_figures(first) & _figures(text) != set()) != (_figures(second) & _figures(text) != set()):
        return FIRST if _figures(first) & _figures(text) else SECOND
    if is_document[0] != is_document[1] and (wins := document_wins(text, asked=True)) is not None:
        return FIRST if is_document[0] == wins else SECOND
    if _quoted(second, text):
        return SECOND
    if _quoted(first, text):
        return FIRST
    return BOTH


def document_wins(text: str, *, asked: bool) -> bool | None:
    """Whether the documents count when they differ from the answers; None when the text does not say.

    ``asked`` is True for an answer to exactly that question: then a short "mine" or "the paper" is enough.
    """
    if _ANSWERS.search(text):
        return False
    if _DOCUMENTS.search(text):
        return True
    if asked and re.search(r"\b(?:answers?|me|mine|i say)\b", text, re.IGNORECASE):
        return False
    if asked and re.search(r"\b(?:document|paper|note|contract)s?\b", text, re.IGNORECASE):
        return True
    return None


def document_chosen(text: str, first: str, second: str) -> str:
    """Which of two documents the owner wants to count, by the names they were offered under; "both" when neither is meant.

    A longer name is looked for first: "plan.md" stands in "old plan.md" too.
    """
    low = text.casefold()
    names = sorted(((first.casefold(), FIRST), (second.casefold(), SECOND)), key=lambda name: -len(name[0]))
    found = []
    for name, which in names:
        if name in low:
            found.append(which)
            low = low.replace(name, " ")
    if len(found) == 1:
        return found[0]
    if not found and _FIRST.search(text):
        return FIRST
    return SECOND if not found and _SECOND.search(text) else BOTH


def settles_itself(text: str) -> bool:
    """The speaker knows that it was said differently before, and says which one counts."""
    return _CORRECTS.search(text) is not None


def holds_still(text: str) -> bool | None:
    """The answer to "Does that still hold?": yes, no, or neither."""
    if _YES.search(text):
        return True
    if _NO.search(text):
        return False
    return None


def _figures(text: str) -> set[str]:
    """The figures of a text: times of day, and numbers with their units."""
    at = clock_time(text)
    return {f"{quantity.value} {quantity.unit}" for quantity in quantities(f"{text} ")} | ({at} if at else set())


def _quoted(quote: str, text: str) -> bool:
    return quote.lower()[:24] in text.lower()
