"""Systems that stand beside ours: who they are, and which way the data goes. Read from names in the answers, never invented."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from generation.rules.agents.language import stems, upper_first
from generation.rules.agents.phrases import bare, safe_label
from generation.rules.agents.said import spoken, text_on
from generation.rules.agents.sentences import Sentence
from generation.rules.content import Evidence, RequirementsPart, VisionPart

_KINDS = (
    r"calendar|system|software|tool|erp|crm|database|register|registry|platform|portal|suite|warehouse|ledger|ehr|lims|mes|pms|"
    r"webshop|shop|till|bank|scanner|sensor|gateway|api|accounting|bookkeeping|payroll|archive|"
    r"spreadsheet|server|feed|network|monitor"
)
_NAME = r"([A-Z][\w&+]*(?:[ -][A-Z0-9][\w&+]*){0,2})"
_PREPOSED = re.compile(rf"\b(?i:in|into|from|to|out of|via|through|by|with|against)\s+{_NAME}")
_PLACED = re.compile(rf"\b(?:at|near|around)\s+{_NAME}")
_INTRODUCED = re.compile(rf"\b(?i:{_KINDS})\s*(?:is|are|,|called|named|:)?\s*(?:called|named)?\s*{_NAME}")
_EXPLAINED = re.compile(rf"{_NAME},?\s+(?:is|,)?\s*(?:our|the|an?|my|their)\s+(?:[a-z-]+\s+){{0,2}}(?:{_KINDS})\b")
_GENERIC = re.compile(
    rf"\b(?:the|our|their|an?|its|each|every)\s+((?:[a-z-]+\s+){{0,1}}(?:{_KINDS})(?:\s+(?:system|software))?)\b"
)
_ANYWHERE = re.compile(r"(?<![.!?\"'\[])(?<=[\w,;:)] )" + _NAME)

_OURS = frozenset({"system", "new system", "old system", "whole system", "software", "tool", "platform", "server", "database"})
"""Plain nouns that mean the thing itself, not a neighbour."""
_NOT_A_SYSTEM = frozenset(
    """
    I I'd I'm I'll I've It If We They You He She And But Or So No Yes Not The A An One Two Three First Then Today Tomorrow
    OK Monday Tuesday Wednesday Thursday Friday Saturday Sunday Mondays Fridays January February March April May June July
    August September October November December Christmas Easter Europe EU Germany Austria Switzerland France Spain Italy
    Netherlands Belgium Poland Denmark Sweden Norway Finland Ireland UK England Britain USA US Canada Japan India China
    Brazil Berlin London Paris Vienna Zurich Munich German English French Turkish Spanish Italian Polish Dutch Arabic
    Russian Portuguese Czech Ukrainian Danish Swedish European Python Linux Windows Mac Java PHP Ruby Rust Go Node React
    Vue Django Rails Flask Spring Postgres PostgreSQL MySQL SQLite Redis Docker Kubernetes Firefox Chrome Safari Edge
    Android iPhone iPad iOS Phone Phones Excel Word PDF CSV JSON XML SMS PC PCs IT HTTPS API SQL GDPR DSGVO HIPAA ISO IEC
    WCAG AA CE MDR FDA VAT Mr Mrs Ms Dr Prof Wi-Fi WLAN LAN USB ID IDs QR FAQ KPI CEO CTO CFO HR PM AM UTC ONLINE
    """.split()  # noqa: SIM905
)
_DELIVERS = re.compile(
    (
        r"\b(?:files?|exports?|deliver(?:y|ies)|records?|feeds?|messages?) from (?:the |our )?([a-z][\w "
        r"-]{2,30}?) (?:arrives?|has|have|comes?|is|are)\b"
    ),
    re.I,
)
_GIVES = re.compile(
    r"\b(?:it|that|this|which)?\s*(?:writes|exports|sends|gives|delivers|provides|drops|pushes|"
    r"publishes|produces|emits)\s+(?:us\s+|out\s+)?(?!up\b|it\b)(.{3,60})"
)
_WE_READ = re.compile(r"\b(?:we|you|it|system)\b[^.]{0,40}\b(?:read|pull|fetch|import|download|get|take)s?\b", re.I)
_WE_WRITE = re.compile(
    (
        r"\b(?:we|you|it|has to|must|should)\b[^.]{0,40}\b(?:write|post|upload|push|hand|send|book|"
        r"export)s?\b[^.]{0,40}\b(?:to|into)\b"
    ),
    re.I,
)

Direction = Literal["in", "out", "both", "unknown"]


@dataclass(frozen=True)
class Neighbour:
    """A system somebody named. ``gives`` is what comes from it, in the owner's words, or empty."""

    name: str
    direction: Direction
    gives: str
    sources: tuple[str, ...]
    """Labels of the answers that speak of it."""


def neighbours(evidence: Evidence, vision: VisionPart, requirements: RequirementsPart, limit: int = 4) -> list[Neighbour]:
    """The systems named in the answers, the most talked about first; none when nobody named one."""
    said = spoken(evidence)
    names = (
        _proper_names(evidence, vision, said)[:limit]
        or _required_names(vision, requirements)
        or _plain_names(evidence, vision)[:2]
    )
    return [_described(name, said) for name in names]


def _proper_names(evidence: Evidence, vision: VisionPart, said: list[Sentence]) -> list[str]:
    own = stems(" ".join([vision.system, vision.customer, evidence.title, *vision.permissions.roles]))
    score: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    for sentence in said:
        beside = sentence.topic in ("R7", "A1", "A5", "R6")
        for name in set(_ANYWHERE.findall(sentence.text)):
            seen[name] += 1
            score[name] += 2 if beside else 0
        for pattern, weight in ((_INTRODUCED, 4), (_EXPLAINED, 4), (_PREPOSED, 1), (_PLACED, -2)):
            for name in pattern.findall(sentence.text):
                score[name] += weight
                seen[name] += pattern in (_INTRODUCED, _EXPLAINED)
    for fact in evidence.live("R7", "A1", "A5", "V7", "A12"):
        subject = str(fact["subject"])
        if seen[subject]:
            score[subject] += 4
    people = stems(" ".join(row.actor for row in vision.journeys) + " " + " ".join(_journey_people(vision)))
    fit = [
        name
        for name, points in score.items()
        if points >= 4
        and seen[name]
        and not set(name.split()) & _NOT_A_SYSTEM
        and not stems(name) & (own | people)
        and len(name) > 2
        and not _is_person(name, said)
    ]
    return sorted(fit, key=lambda name: (-score[name], name))


def _journey_people(vision: VisionPart) -> list[str]:
    return [match for journey in vision.journeys for match in re.findall(r"\b([A-Z][a-zà-ÿ]+),? \d\d\b", " ".join(journey.beats))]


def _required_names(vision: VisionPart, requirements: RequirementsPart) -> list[str]:
    """Systems that a requirement takes something from: "a file from metering arrives"."""
    found: dict[str, str] = {}
    for requirement in requirements.requirements:
        for name in _DELIVERS.findall(requirement.statement):
            if stems(name) - stems(vision.system):
                found.setdefault(name.lower(), upper_first(name))
    return list(found.values())[:4]


def _is_person(name: str, said: list[Sentence]) -> bool:
    """True when somebody speaks of a name as of a person: who is ill, takes hours, comes from trading."""
    cue = re.compile(
        rf"\b(?:takes|ask|asks|tell|tells|when|and|with|Mr|Mrs|Ms|Dr)\.? {re.escape(name)} (?:is|has|"
        r"and|or|two|three|an|a|about|does|was)\b|"
        rf"\b{re.escape(name)}(?:, \d\d\b|,? (?:from|who|herself|himself)\b| (?:is|was) (?:ill|sick|"
        r"away|on holiday|retir\w+)| (?:works|opens|sees|knows|says|presses|retires))"
    )
    return any(cue.search(sentence.text) for sentence in said)


def _plain_names(evidence: Evidence, vision: VisionPart) -> list[str]:
    own = stems(vision.system)
    found: list[str] = []
    for phrase in _GENERIC.findall(text_on(evidence, "R7")):
        name = upper_first(bare(phrase))
        if name.lower() not in _OURS and stems(name) - own and name not in found:
            found.append(name)
    return found


def _described(name: str, said: list[Sentence]) -> Neighbour:
    about = [s for s in said if name.lower() in s.text.lower()]
    near = about + [s for s in said if s.topic in ("R7", "R6") and s not in about]
    gives, takes = "", False
    for sentence in near:
        match = _GIVES.search(sentence.text)
        if match and not gives and not _WE_WRITE.search(sentence.text):
            gives = safe_label(re.split(r"\b(?:with|and|but|so|which|that)\b|[,.:;(]", bare(match[1]))[0], 6)
        takes = takes or bool(
            _WE_WRITE.search(sentence.text) and re.search(rf"\b(?:to|into)\s+(?:the\s+)?{re.escape(name)}", sentence.text)
        )
    reads = bool(gives) or any(_WE_READ.search(s.text) and "from" in s.text for s in about)
    direction: Direction = "both" if reads and takes else "in" if reads else "out" if takes else "unknown"
    first = [s.answer for s in about if s.topic in ("R7", "A5", "A1", "R6")] + [s.answer for s in about]
    return Neighbour(name, direction, gives, tuple(dict.fromkeys(first))[:4])


def channels(evidence: Evidence, requirements: RequirementsPart) -> list[str]:
    """How messages leave: "texts", "e-mails", "push messages", as far as they were named; empty when nothing is sent."""
    said = text_on(evidence, "R9", "A7", "R3")
    stated = " ".join(requirement.statement for requirement in requirements.requirements)
    both = f"{said}\n{stated}"
    named = []
    if re.search(r"\bSMS\b|\btext messages?\b|\b(?:by|a|per|via) text\b|\btexts\b|(?:^|[.!?] )Text\b", both):
        named.append("texts")
    if re.search(r"\be-?mails?\b", both, re.I):
        named.append("e-mails")
    if re.search(r"\bpush (?:message|notification)s?\b", both, re.I):
        named.append("push messages")
    sends = re.search(r"shall (?:send|notify|remind|inform|alert)\b", stated)
    return named if named and (sends or said) else ["messages"] if sends else []
