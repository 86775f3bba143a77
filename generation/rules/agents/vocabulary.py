"""The glossary: the system, the roles, the words the owner insists on, and the names that appear in the answers."""

from __future__ import annotations

import re

from generation.rules.agents.clauses import bounded, has_subject, said
from generation.rules.agents.language import (
    STOPWORDS,
    base_of,
    flat,
    is_finite,
    lower_first,
    plural,
    singular,
    third_person,
    trim,
    upper_first,
)
from generation.rules.agents.people import Cast, proper_nouns
from generation.rules.agents.scope import capabilities
from generation.rules.agents.sentences import Sentence
from generation.rules.content import Evidence, Term

_SAY = re.compile(
    r"\b(?:say|call it|call (?:this|that|them)|use(?: the word)?|speak of|write)\s+(?:an? |the )?[\"']?(?P<term>[\w-]+(?: "
    r"[\w-]+)?)[\"']?\s+"
    r"(?:for|when|if|means?|meaning)\s+(?P<meaning>[^,.;]+?)(?=$|[,.;]| and (?:an? )?[\w-]+ (?:for|when|if)\b)",
    re.I,
)
_SECOND = re.compile(r"\band (?:an? )?[\"']?(?P<term>[\w-]+)[\"']? (?:for|when|if)\s+(?P<meaning>[^,.;]+)", re.I)
_IS = re.compile(
    r"^(?:the |an? |our )?[\"']?(?P<term>[A-Za-z][\w-]*(?: [\w-]+){0,2}?)[\"']?\s+(?:is|are|means?|=)\s+(?P<meaning>.+)$", re.I
)
_AVOID = re.compile(
    r"\b(?:do not|never|not|don't|no one) (?:call|say|use)(?: (?:it|them|that))?(?: an?| the)? [\"']?([\w-]+(?: [\w-]+)?)[\"']?|"
    r"(?:,| )not (?:an? )?[\"']([\w -]+)[\"']",
    re.I,
)


_NO_TERM = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?|January|February|March|April|May|June|July|August|September|October|November|"
    r"December|Christmas|Easter|English|German|French|Turkish|Spanish|Italian|Polish|Dutch|Arabic|Russian|Ukrainian|Portuguese|"
    r"Czech|Danish|Swedish|NOT|NEVER|ALWAYS|MUST|ONLY|ALL|AND|VERY|Mr|Mrs|Ms|Dr|Prof|St|PCs?|OK"
)
"""Days, months, languages, forms of address and stressed words: names that need no explanation."""


def terms(evidence: Evidence, everything: list[Sentence], people: Cast, system: str) -> list[Term]:
    """The terms with their meaning, system first, then the owner's own words, roles, names and parts of the release."""
    found: dict[str, Term] = {}

    def add(term: str, meaning: str, avoid: str = "") -> None:
        key = term.strip()
        if len(key) > 1 and key.lower() not in {known.lower() for known in found}:
            found[key] = Term(term=key, meaning=upper_first(meaning.strip(" ,.")) + ".", avoid=avoid)

    add(system, "The system described here", "")
    for term, meaning in _defined(everything, people):
        add(term, meaning)
    avoid = [
        one
        for sentence in everything
        if sentence.topic == "V9"
        for match in _AVOID.finditer(sentence.clean)
        for one in match.groups()
        if one
    ]
    own = [term for term in found if term != system]
    if avoid and own:
        found[own[-1] if len(own) < 3 else own[1]].avoid = ", ".join(dict.fromkeys(avoid))
    for role in people.roles:
        add(role, _role_meaning(role, everything, people))
    for capability in capabilities(everything):
        if not capability.verb and len(capability.words.split()) <= 3:
            add(capability.words, "Part of the first release")
    for name in proper_nouns(evidence):
        if _NO_TERM.fullmatch(name):
            continue
        if meaning := _name_meaning(name, everything, people):
            add(name, meaning)
    return list(found.values())[:40]


def _defined(everything: list[Sentence], people: Cast) -> list[tuple[str, str]]:
    found = []
    for sentence in everything:
        if sentence.topic != "V9" or sentence.unsure:
            continue
        text = sentence.clean.rstrip(".!")
        pairs = [*_SAY.finditer(text), *_SECOND.finditer(text)] if _SAY.search(text) else [*_IS.finditer(text)]
        for match in pairs:
            term = match["term"].strip()
            if (term.lower() not in STOPWORDS and not is_finite(term.split()[0])) or base_of(term) is not None:
                meaning = third_person(trim(match["meaning"]), people.voice)
                found.append((lower_first(term, people.voice.names), _meaning(term, meaning, match)))
    return [(term, meaning) for term, meaning in found if term.lower() not in ("it", "that", "this", "they", "there", "what")]


def _meaning(term: str, meaning: str, match: re.Match[str]) -> str:
    if re.search(r"\b(?:when|if)\s*$", match.string[: match.start("meaning")], re.I):
        return f"Said when {meaning}"
    if has_subject(meaning) or re.match(r"(?:an?|the|for|who|what|where|everything|every)\b", meaning, re.I):
        return f"It is {meaning}" if re.match(r"for\b", meaning) else meaning
    return meaning


def _role_meaning(role: str, everything: list[Sentence], people: Cast) -> str:
    if role == people.owner:
        return "The person interviewed, who owns this project"
    for topic in ("V2", "R1", "V7", "V1"):
        for sentence in everything:
            if (
                sentence.topic == topic
                and not sentence.unsure
                and people.subject_of(sentence.clean) == role
                and len(sentence.clean.split()) > 4
            ):
                return bounded(said(sentence, people), 24)
    return f"One of the {plural(role)} who use the system"


def _name_meaning(name: str, everything: list[Sentence], people: Cast) -> str:
    """What the answers say about a name: the first sentence of at least five words that holds it."""
    if name in people.names:
        return ""
    for sentence in everything:
        if re.search(rf"\b{re.escape(name)}\b", sentence.clean) and len(sentence.clean.split()) > 4 and not sentence.unsure:
            text = trim(flat(sentence.text))
            return f'Named in the interview: "{bounded(text, 24)}"' if text else ""
    return "Named in the interview"


def in_text(text: str, glossary: list[Term]) -> list[str]:
    """The terms a text uses, in the order of the glossary."""
    low = text.lower()
    return [
        term.term
        for term in glossary
        if re.search(rf"\b(?:{re.escape(term.term.lower())}|{re.escape(plural(singular(term.term.lower())))})\b", low)
    ]
