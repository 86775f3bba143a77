"""Saying back what was understood: one line per fact, and the card the owner signs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from interviews.rules.ledger import Ledger, Noted
from interviews.rules.reading import sentences
from interviews.rules.topics import BY_ID

SLOT_NAMES = {
    "primary": "who uses it",
    "deciders": "who decides",
    "explicit non-user": "who will not use it",
    "target": "what should change",
    "baseline": "today's numbers",
    "counter-metric": "what must not get worse",
    "current steps": "how it is done today",
    "why not enough": "what was tried",
    "bet": "what makes it different",
    "people": "who builds it",
    "mandated": "prescribed or forbidden",
    "assumption": "what could sink it",
    "canonical term": "words in use",
    "synonyms to avoid": "words to avoid",
    "deadline cause": "why now",
    "stakes": "for whom",
    "actor x capability": "who may do what",
    "beats": "step",
    "recovery": "when it fails",
    "key attributes": "what is known",
    "volume": "how many",
    "formats": "in and out",
    "direction": "other systems",
    "failure behaviour": "when a system is silent",
    "devices": "where it is used",
    "trigger": "who is told",
    "R10 what": "figures and lists",
    "R11 value": "how fast",
    "R12 value": "how many at once",
    "R13 value": "how long down",
    "R14 value": "to be protected",
    "retention": "kept about people",
    "residency": "where it is kept",
    "clause": "law or contract",
    "measure": "who manages alone",
    "R18 value": "a later change",
    "hazard": "how it could hurt",
    "cut-over": "how to start",
    "rollback": "way back",
    "evidence": "how it is accepted",
    "forced order": "the order",
    "neighbours": "what stays as it is",
    "order": "what comes first",
    "choice": "shape",
    "free": "technology",
    "owner per entity": "which one is right",
    "style": "how programs talk to it",
    "provider": "how people sign in",
    "where": "where it runs",
    "who is woken": "who is told when it breaks",
    "A10 data": "tested with",
    "agent policy": "who looks at changes",
    "per capability": "build or buy",
    "risk": "worry",
    "ceiling": "running cost",
    "what still works": "still works",
}
"""What a slot is called on a page; a name that several topics share stands here with its topic. Others are plain as they are."""
_STRICT = re.compile(
    r"\b(?:never|always|only|nobody|nothing|must not|not one|no matter|in any case|no discussion|ever)\b", re.IGNORECASE
)
_WISH = re.compile(r"\b(?:i|we) want (?P<wish>.{15,180}?)(?=;|$)", re.IGNORECASE)
_POINTS_BACK = re.compile(r"(?:this|it|that|them|those|these)\b", re.IGNORECASE)
_THEY_TO = re.compile(r"them to (?=[a-z])", re.IGNORECASE)
_PEOPLE = re.compile(r"(?!This|Always|As|Towards|Sometimes|Besides)[A-Z][a-z]+s(?= [a-z])")
"""People who are named first in the sentence before: "Members ring. I want them to ..." """
_ASKED_FOR = re.compile(
    r"\b(?:keep asking for|ask for|asked for|needs?|should have) (?P<what>(?:a|an|one|some) .{15,200}?)(?=;|: |$)", re.I
)
_IT_IS = re.compile(r"\b(?P<what>(?:it is|it's|this is) an? .{10,180}?)(?=;|$)", re.IGNORECASE)
_WHO_TO = re.compile(r"^([a-zà-ÿ]+(?: [a-zà-ÿ]+)?) to ([a-z]+)", re.IGNORECASE)
_REFUSAL = re.compile(r"\b(?:no|not|never|without|nothing)\b", re.IGNORECASE)


def slot_name(topic: str, slot: str) -> str:
    """ "how fast" for the slot "value" of R11: everyday words for what an answer contains."""
    return SLOT_NAMES.get(f"{topic} {slot}", SLOT_NAMES.get(slot, slot))


def noted_line(topic: str, slot: str, quote: str) -> str:
    """ "How often: around 240 calls a day" """
    name = slot_name(topic, slot)
    return (
        f"{name[:1].upper()}{name[1:]}: {quote[:1].lower() + quote[1:] if quote[:2].islower() or quote[1:2].islower() else quote}"
    )


@dataclass(frozen=True)
class AnchorDraft:
    """What must survive every later decision, before it is signed."""

    goal: str
    invariants: tuple[Noted, ...]
    non_goals: tuple[Noted, ...]


def anchor(ledger: Ledger) -> AnchorDraft:
    """Goal from the owner's own wish, invariants from what must never or always be, non-goals from what is not in it."""
    goal = _goal(ledger.said[0].text if ledger.said else "")
    strict = [
        fact
        for fact in ledger.live()
        if fact.topic in {"R4", "A2", "A5", "R1", "R3", "R19", "V6"}
        and _STRICT.search(fact.quote)
        and 3 <= len(fact.quote.split()) <= 22
    ]
    strict.sort(key=lambda fact: (fact.topic != "R4", -BY_ID[fact.topic].weight, fact.label))
    outside = [fact for fact in ledger.live("V6") if fact.slot == "not in it" and _REFUSAL.search(fact.quote)]
    return AnchorDraft(goal, tuple(_without_overlap(strict)[:5]), tuple(outside[:8]))


def _goal(text: str) -> str:
    """What should exist: the owner's "I want ...", else what "is" or "shows" or "needs" something, else the first sentence."""
    parts = [" ".join(piece.text.split()) for piece in sentences(text)]
    for before, part in zip(["", *parts], parts, strict=False):
        if (wish := _WISH.search(part)) and (they := _THEY_TO.match(wish["wish"])) and (who := _PEOPLE.match(before)):
            return _sentence(f"{who[0]} {wish['wish'][they.end() :]}")
        if (wish := _WISH.search(part)) and not _POINTS_BACK.match(wish["wish"]):
            return _sentence(_WHO_TO.sub(r"\1 \2", wish["wish"]))
    for pattern in (_ASKED_FOR, _IT_IS):
        for part in parts:
            if found := pattern.search(part):
                return _sentence(found["what"])
    return _sentence(parts[0]) if parts else ""


def _without_overlap(facts: list[Noted]) -> list[Noted]:
    kept: list[Noted] = []
    for fact in facts:
        if all(fact.quote != other.quote and fact.source != other.source for other in kept):
            kept.append(fact)
    return kept


def _sentence(text: str) -> str:
    text = text.strip(" ,;:")
    return f"{text[:1].upper()}{text[1:]}." if text else ""
