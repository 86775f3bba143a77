"""The rule-based agent of the step "vision": who, why, how far, in which words, out of what was said."""

from __future__ import annotations

import re
from typing import Any

from generation.rules import ears
from generation.rules.agents.access import permissions
from generation.rules.agents.clauses import bounded, core, has_subject, is_comment, said
from generation.rules.agents.language import expand, flat, lower_first, third_person, trim, upper_first
from generation.rules.agents.outcomes import counter_metrics, outcomes
from generation.rules.agents.people import Cast, cast
from generation.rules.agents.rulebook import constraints, rules
from generation.rules.agents.scope import left_out
from generation.rules.agents.sentences import Sentence, sentences
from generation.rules.agents.stories import journeys
from generation.rules.agents.vocabulary import terms
from generation.rules.content import Anchor, Evidence, Invariant, Unused, VisionInput, VisionPart

_WANT = re.compile(
    r"\b(?:I|we) (?:want|need|would like|would love)\s+(?:a (?:tool|system|thing|place|page|app|way)\s+(?:that|where|so that|"
    r"to)\s+)?(.+)$",
    re.I,
)
_LASTING = re.compile(
    r"\b(?:never|always|must not|under no circumstances|nobody|no one|not a single|in no case|at no time|nothing about)\b", re.I
)
_NO_NAME = frozenset(["the", "a", "an", "our", "my", "new", "project", "shall", "if", "when", "while", "where", "then"])
_ANECDOTAL = re.compile(
    r"\b(?:once|never again|never (?:got|had|did|was))\b|\b(?:those|these|this|that|it)(?: in\b|[.,]|$)", re.I
)
BACKGROUND = "Background: it explains the situation; no behaviour follows from it."


def write_vision(given: VisionInput) -> VisionPart:
    """Decides the vision part by rules alone."""
    evidence = given.evidence
    everything = sentences(evidence)
    people = cast(evidence)
    system = system_name(evidence.title)
    told = journeys(everything, people)
    book = rules(evidence, everything, people)
    limits = constraints(everything, people, system)
    wanted = anchor(evidence, everything, people)
    goals, limits_of_goals = outcomes(evidence, everything, people), counter_metrics(everything, people)
    lists = [row.facts for row in told] + [row.facts for row in book] + [row.facts for row in limits]
    lists += [row.facts for row in goals] + [row.facts for row in limits_of_goals]
    used = {fact for facts in lists for fact in facts}
    used |= {one.fact for one in wanted.invariants}
    return VisionPart(
        customer=customer(evidence, people),
        system=system,
        anchor=wanted,
        outcomes=goals,
        counter_metrics=limits_of_goals,
        journeys=told,
        rules=book,
        constraints=limits,
        permissions=permissions(everything, people),
        terms=terms(evidence, everything, people, system),
        unused=[one for one in unused(evidence, everything) if one.id not in used],
    )


def system_name(title: str) -> str:
    """A name for statements out of the project's title: "Clinic booking desk" gives "Booking Desk"."""
    head = re.split(r"\s+(?:for|of|in|at|with|to|by|and)\s+|\s*[:(|,;/-]\s+|\s+-\s+|[.]", flat(title))[0]
    words = re.findall(r"[^\W_][\w'&+-]*", head)
    words = [word for word in words if word.lower() not in _NO_NAME and not ears.smells(word) and not word.isdigit()]
    name = " ".join(upper_first(word) for word in (words[-2:] if len(words) > 2 else words))
    name = re.sub(r"[,.;]", "", name)[:50].strip()
    return name if len(name) >= 2 and not ears.smells(name) and not ears.technology(name) else "System"


def customer(evidence: Evidence, people: Cast) -> str:
    """The organisation the system is for, as a noun."""
    if people.customer:
        return f"the {people.customer}"
    return f"the team behind {flat(evidence.title) or 'the project'}"


def anchor(evidence: Evidence, everything: list[Sentence], people: Cast) -> Anchor:
    """The signed anchor when there is one; else goal, invariants and non-goals as the answers give them."""
    signed: dict[str, Any] = evidence.anchor or {}
    non_goals = [words for words, _ in left_out(everything)]
    kept = [one for one in signed.get("invariants") or [] if _is_backed(one, evidence)]
    return Anchor(
        goal=str(signed.get("goal") or "").strip() or goal(evidence, everything, people),
        invariants=[
            Invariant(
                value=str(one["value"]),
                quote=str(one["quote"]),
                fact=str(one["fact"]),
                confidence=float(one.get("confidence", 0.8)),
            )
            for one in kept
        ]
        or invariants(evidence),
        non_goals=[item for one in signed.get("non_goals") or [] for item in excluded(str(one), people)] or non_goals,
    )


_LEAD = re.compile(
    r"^(?:(?:and|but|also|we|I|it|will|do|does|is|are)\s+)*"
    r"(?:not(?: (?:in(?: (?:it|scope|the first (?:release|version)))?|included|yet|now))?"
    r"|NOT|out of scope|out|without|leave out|no)\b[:,]?\s+",
    re.I,
)
_TAIL = re.compile(r"\s+(?:is|are|will be|stays?)\s+(?:not (?:in it|in scope|included|part of it)|out(?: of scope)?)\b.*$", re.I)


def excluded(text: str, people: Cast) -> list[str]:
    """What a sentence leaves out, as nouns or acts: "Not in it: gift cards, no vouchers" gives two; what explains is cut."""
    found: list[str] = []
    words = trim(core(re.sub(r"\bdo not\b", "not", expand(flat(text))))[0])
    for part in re.split(r"[,;]\s+(?:and |or )?|\s+(?:and|or)\s+(?=no\b|not\b)", words):
        bare_words = _TAIL.sub("", _LEAD.sub("", part.strip()))
        explains = re.match(r"(?:that|this|it|they|we|he|she|because|which|who|I|as|there)\b", bare_words, re.I)
        if found and (explains or has_subject(bare_words)):
            continue
        found.append(lower_first(third_person(bare_words.strip(" ,.:"), people.voice), people.voice.names))
    return [item for item in dict.fromkeys(found) if item] or [text]


def _is_backed(one: dict[str, Any], evidence: Evidence) -> bool:
    live = {str(fact["id"]): fact for fact in evidence.live()}
    return {"value", "quote", "fact"} <= set(one) and one["fact"] in live and one["quote"] == live[one["fact"]]["quote"]


def goal(evidence: Evidence, everything: list[Sentence], people: Cast) -> str:
    """What the owner wants, as one sentence in the third person."""
    opening = [s for s in everything if s.answer == "A-000"] or [s for s in everything if s.topic in ("V1", "V6")]
    for sentence in opening:
        wish = _WANT.search(trim(sentence.clean))
        if wish and sentence.english and not sentence.unsure:
            text = re.sub(r"^(?:the |our |my )?((?:[a-z]+ ){0,3}?[a-z]+) to (?=[a-z]+)", _acting, wish[1])
            return bounded(upper_first(third_person(trim(core(text)[0]), people.voice)), 40).rstrip(".,;") + "."
    for sentence in opening:
        if not is_comment(sentence) and len(sentence.clean.split()) > 4:
            return bounded(said(sentence, people) if sentence.english else trim(flat(sentence.text)), 40).rstrip(".,;") + "."
    return f"{upper_first(flat(evidence.title) or 'The project')} does what its owner described."


def _acting(match: re.Match[str]) -> str:
    noun = match[1]
    rest = match.string[match.end() :]
    verb = re.match(r"[a-z]+", rest)
    return f"{noun} " if noun.endswith("s") or noun in ("people", "staff") or not verb else f"{noun} will "


def invariants(evidence: Evidence) -> list[Invariant]:
    """What must always or never be, with the raw quote; the ranked quality goals and the rules come first."""
    order = {topic: place for place, topic in enumerate(("R4", "A5", "R15", "R1", "A2", "V6", "R13", "R14", "A7", "V1"))}
    candidates = [
        fact
        for fact in evidence.live()
        if fact["topic"] in order
        and fact.get("quote")
        and _LASTING.search(str(fact["quote"]))
        and not _ANECDOTAL.search(str(fact["quote"]))
        and fact["origin"] != "assumption"
    ]
    candidates.sort(key=lambda fact: (order[fact["topic"]], fact["id"]))
    found: list[Invariant] = []
    for fact in candidates:
        quote = str(fact["quote"])
        value = bounded(upper_first(trim(flat(quote))), 12)
        if not any(value.lower() in one.value.lower() or one.value.lower() in value.lower() for one in found):
            found.append(
                Invariant(value=value, quote=quote, fact=str(fact["id"]), confidence=float(fact.get("confidence") or 0.5))
            )
    return found[:5]


def unused(evidence: Evidence, everything: list[Sentence]) -> list[Unused]:
    """Live facts whose sentence only comments on another one."""
    spoken = {fact: sentence for sentence in everything if sentence.close for fact in sentence.facts}
    found = []
    for fact in evidence.live():
        sentence = spoken.get(str(fact["id"]))
        if sentence is not None and is_comment(sentence) and len(sentence.facts) == 1:
            found.append(Unused(id=str(fact["id"]), reason=BACKGROUND))
    return found
