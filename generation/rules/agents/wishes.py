"""Wishes of the brief: who is to be able to do what, and who "they" are, when no answer lists the first release."""

from __future__ import annotations

import re

from generation.rules.agents.clauses import core
from generation.rules.agents.language import base_of, trim
from generation.rules.agents.sentences import BRIEF, Sentence

_WISHED = re.compile(
    r"\b(?:(?:I|we) (?:want|need|would like|would love)|(?:it|this|that) should let|so that|let|allow)\s+"
    r"(?P<who>them|they|(?:the |our |my |all |each |every )?[a-zà-ÿ][\w'-]*(?: [a-zà-ÿ][\w'-]*){0,2}?)\s+(?:to|can|could)\s+"
    r"(?P<act>[a-z].+)$|"
    r"\b(?:I|we) (?:want|need|would like)\b.*?\bwhere\s+"
    r"(?P<who4>(?:the |our |my )?[a-zà-ÿ][\w'-]*)\s+(?:can |could )?(?P<act4>[a-z].+)$|"
    r"^(?P<who2>they|(?:the |our |my |all )?[a-zà-ÿ][\w'-]*(?: [a-zà-ÿ][\w'-]*)?)\s+(?:should|shall)(?: be able to)?\s+"
    r"(?P<act2>[a-z].+)$|"
    r"\bso that they (?P<act3>[a-z].+)$",
    re.I,
)


def wishes(everything: list[Sentence]) -> list[tuple[str, str, Sentence]]:
    """Who, act as said, and the sentence, for each wish the brief puts as "I want X to do Y"."""
    found = []
    for sentence in everything:
        if sentence.answer != BRIEF or sentence.unsure or not sentence.english or not sentence.facts:
            continue
        text = trim(core(trim(sentence.clean))[0])
        match = _WISHED.search(text)
        if not match:
            continue
        who = (match["who"] or match["who2"] or match["who4"] or "they").strip()
        act = (match["act"] or match["act2"] or match["act3"] or match["act4"]).strip()
        if base_of(act.split()[0]) == act.split()[0].lower() and who.lower() not in ("it", "this", "that", "there"):
            found.append((who, act, sentence))
    return found


_THINGS = re.compile(r"\b(?:I|we) (?:want|need|would like|would love)\s+(an? .+)$", re.I)
_VAGUE = re.compile(
    r"\b(?:tool|system|app|application|solution|place|thing|way|software|program|website|web ?site|end|it)\b", re.I
)


def things(everything: list[Sentence]) -> list[tuple[str, Sentence]]:
    """Things the brief asks for by a noun: "a plan per valve and a warning when soil is too wet" gives two."""
    found = []
    for sentence in everything:
        if sentence.answer != BRIEF or sentence.unsure or not sentence.english or not sentence.facts:
            continue
        match = _THINGS.search(trim(sentence.clean))
        for part in re.split(r",?\s+and\s+(?=an? )|,\s+(?=an? )", match[1]) if match else []:
            noun = re.split(
                r"\s+(?:when|if|that|which|where|who|so|because|for|with|to)\b", re.sub(r"^an? ", "", part, flags=re.I)
            )[0]
            if noun and len(noun.split()) <= 4 and not _VAGUE.search(noun):
                found.append((noun.strip(" ,."), sentence))
    return found


def acts(act: str) -> list[str]:
    """ "order and pay for lunch at home" as acts of their own: a new one begins at each verb that brings its own words."""
    parts = re.split(r",?\s+and\s+(?=[a-z]+ )|,\s+(?=[a-z]+ )", act)
    found = [parts[0]]
    for part in parts[1:]:
        verb = base_of(part.split()[0]) == part.split()[0].lower()
        if verb and len(found[-1].split()) > 1:
            found.append(part)
        else:
            found[-1] = f"{found[-1]} and {part}"
    return found


def plainly(act: str) -> str:
    """An act without "themselves" and the like."""
    text = re.sub(r"\b(?:by )?(?:themselves|itself|himself|herself)\b", "", act)
    return re.sub(r"\s+", " ", text).strip(" ,.")
