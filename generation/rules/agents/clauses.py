"""Clauses: where one thought of a sentence ends, what is its point and what its reason, how it reads in a document."""

from __future__ import annotations

import re

from generation.rules.agents.language import (
    AUXILIARIES,
    PARTICIPLES,
    amounts,
    counts,
    is_finite,
    lower_first,
    third_person,
    trim,
    upper_first,
)
from generation.rules.agents.people import Cast
from generation.rules.agents.sentences import Sentence

_REASON = re.compile(
    r"[,;:]?\s+(?:because|since|otherwise|or else|so that|that way|as that|those are|that is (?:why|what|how|exactly|just|"
    r"the)|it is (?:why|just|only))\b.*$|"
    r",\s+(?:we|I|they|it|that|he|she|this) (?:had|was|were|would be|is (?:awful|terrible|annoying|bad|important|enough|"
    r"not))\b.*$",
    re.I | re.S,
)
_ANECDOTE = re.compile(
    r"\b(?:once|last (?:year|winter|summer|week|month|spring|autumn))\b(?! (?:a|per|every|each)\b)(?!.*\b(?:must|always|only)\b)",
    re.I,
)
_SUBJECT_WORDS = frozenset(
    [
        "i",
        "we",
        "he",
        "she",
        "it",
        "they",
        "you",
        "who",
        "whoever",
        "somebody",
        "someone",
        "anybody",
        "anyone",
        "nobody",
        "everybody",
        "everyone",
        "this",
        "that",
        "there",
    ]
)
_COMMENT = re.compile(
    r"\b(?:you know what I mean|it was awful|never again$|annoying|I don't want that|once read|fed up|in trouble|lovely|no "
    r"thanks|good point|"
    r"that's it|that is it|no way|thank you|thanks|hello|hope (?:this|that) helps|as I said|see above)\b",
    re.I,
)


def core(text: str) -> tuple[str, str]:
    """A sentence's point and, cut off, the reason given for it ("otherwise they ring")."""
    found = _REASON.search(text)
    if not found or len(text[: found.start()].split()) < 3:
        return text, ""
    return text[: found.start()].strip(" ,;:"), found[0].strip(" ,;:.")


def said(sentence: Sentence, cast: Cast, *, whole: bool = False) -> str:
    """A sentence in the third person, without noises and, unless ``whole``, without its reason; no full stop."""
    text = trim(re.sub(r",? (?:see above|as I said|as said)\b", "", sentence.clean))
    if not whole:
        text = trim(core(text)[0])
    return upper_first(third_person(text, cast.voice))


def is_comment(sentence: Sentence) -> bool:
    """Whether a sentence only carries feeling or courtesy."""
    text = sentence.clean
    if len(text.split()) < 2:
        return not counts(text) and not amounts(text)
    return bool(_ANECDOTE.search(core(text)[0])) or (bool(_COMMENT.search(text)) and len(text.split()) < 9)


def starts_with_verb(clause: str) -> bool:
    """ "sees the free times": a predicate whose subject went before."""
    word = re.match(r"(?:(?:then|also|only|just|never|always)\s+)?([A-Za-z']+)", clause)
    nouns = ("order", "stock", "name", "price", "date", "text", "email", "number", "mobile")
    return word is not None and is_finite(word[1]) and word[1].lower() not in nouns


def has_subject(clause: str) -> bool:
    """Whether a finite verb stands in a clause with something before it."""
    tokens = re.findall(r"[A-Za-z][\w'-]*", clause)
    return any(
        index and (token.lower() in AUXILIARIES or (token.islower() and is_finite(token) and _agrees(tokens[index - 1], token)))
        for index, token in enumerate(tokens[:12])
    )


def _agrees(before: str, verb: str) -> bool:
    low = before.lower()
    if low in _SUBJECT_WORDS or (verb.endswith("s") and not low.endswith("s")) or (low.endswith("s") and not verb.endswith("s")):
        return low not in ("a", "an", "the", "of", "for", "at", "in", "on", "and", "or", "to", "no", "free", "one", "two")
    return False


def clauses(text: str) -> list[str]:
    """A sentence cut where a new predicate starts; lists of nouns stay together."""
    parts = re.split(r",\s+(?:and\s+|then\s+|and then\s+)?|;\s+|\s+and then\s+|\s+then\s+", text)
    found: list[str] = []
    for part in parts:
        part = part.strip(" .")
        if not part or part.lower() in ("done", "finished", "ready", "that is it", "end"):
            continue
        dependent = re.match(r"(?:unless|otherwise|if|when|until|except|because|but)\b", part, re.I)
        if not found or (not dependent and (starts_with_verb(part) or has_subject(part))):
            found += _at_and(part)
        else:
            found[-1] = f"{found[-1]}, {part}"
    return found


def _at_and(part: str) -> list[str]:
    """ "picks a time and sees the price" gives two clauses; "book and cancel" stays one."""
    halves = re.split(r"\s+and\s+", part)
    found = [halves[0]]
    for half in halves[1:]:
        whole = len(found[-1].split()) > 1 and not is_finite(found[-1].split()[-1])
        if len(half.split()) > 1 and whole and (starts_with_verb(half) or re.match(r"(?:they|we|he|she|it|I)\b", half)):
            found.append(half)
        else:
            found[-1] = f"{found[-1]} and {half}"
    return found


def with_subject(clause: str, subject: str) -> str:
    """A clause as a sentence of its own, with a full stop: "sees the price" becomes "Leyla sees the price." """
    clause = re.sub(r"^(?:then|and|also)\s+", "", clause)
    clause = re.sub(r"\b(?:she|he)\b", subject, clause, count=1) if re.search(r"\b(?:she|he)\b", clause) else clause
    if starts_with_verb(clause) and clause.split()[0].lower() not in PARTICIPLES.keys() - {
        "put",
        "set",
        "read",
        "cut",
        "let",
        "bid",
    }:
        clause = f"{subject} {lower_first(clause)}"
    return upper_first(clause.strip(" ,.")) + "."


def bounded(text: str, most: int) -> str:
    """A text of at most this many words, cut at a comma when there is one."""
    tokens = text.split()
    if len(tokens) <= most:
        return text
    short = " ".join(tokens[:most])
    return short.rsplit(",", 1)[0] if "," in short and len(short.rsplit(",", 1)[0].split()) >= 4 else short
