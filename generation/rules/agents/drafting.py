"""A requirement in the making: what a maker proposes, what is accepted, and how accepted drafts get their ids."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from generation.rules import ears
from generation.rules.agents.clauses import bounded
from generation.rules.agents.language import flat, stems, upper_first
from generation.rules.agents.people import Cast
from generation.rules.agents.scope import Capability
from generation.rules.agents.sentences import Sentence, grounds
from generation.rules.agents.vocabulary import in_text
from generation.rules.content import Assumption, Evidence, Fit, Level, OpenQuestion, Priority, Requirement, VisionPart

CHARACTERISTICS = {
    "PER": "Performance efficiency",
    "CAP": "Performance efficiency",
    "AVA": "Reliability",
    "SEC": "Security",
    "PRI": "Security",
    "CMP": "Compliance",
    "USA": "Interaction capability",
    "MNT": "Maintainability",
    "SAF": "Safety",
    "COM": "Compatibility",
}
"""Letters of a quality requirement's id to the characteristic of ISO/IEC 25010 it stands under."""
LONGEST_PLAIN = 24
"""Words per sentence of the plain form."""


@dataclass
class Draft:
    """One behaviour, proposed."""

    statement: str
    plain: str
    fit: Fit
    facts: tuple[str, ...]
    topic: str
    rationale: str = ""
    priority: Priority | None = None
    heading: str = ""
    code: str = ""
    """Three letters for a quality requirement; empty for a functional one."""
    rules: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()


@dataclass
class Desk:
    """Where requirements are put together: the material, and what has been accepted so far."""

    evidence: Evidence
    vision: VisionPart
    everything: list[Sentence]
    people: Cast
    parts: list[Capability]
    drafts: list[Draft] = field(default_factory=list)
    assumptions: list[Assumption] = field(default_factory=list)
    questions: list[OpenQuestion] = field(default_factory=list)

    @property
    def system(self) -> str:
        return f"the {self.vision.system}"

    @property
    def terms(self) -> list[str]:
        return [term.term for term in self.vision.terms]

    def of(self, *topics: str) -> list[Sentence]:
        """Sentences of these topics that say something."""
        return [s for s in self.everything if s.topic in topics and not s.unsure and s.facts]

    def propose(self, draft: Draft) -> bool:
        """Takes a draft when its words pass every check and it says something new; tells whether it did."""
        draft.statement = re.sub(r"\s+", " ", draft.statement).replace(" ,", ",").strip()
        kind = ears.classify(draft.statement)
        if kind is None or ears.faults(draft.statement, kind, terms=self.terms) or not self._grounded(draft):
            return False
        if any(_near(draft.statement, other.statement) or _same_refusal(draft, other) for other in self.drafts):
            return False
        draft.plain = plain(draft.plain, draft.statement)
        self.drafts.append(draft)
        return True

    def _grounded(self, draft: Draft) -> bool:
        return bool(draft.assumptions) or bool(grounds(self.evidence, draft.facts))

    def assume(
        self,
        text: str,
        *,
        basis: tuple[str, ...],
        if_wrong: str,
        test: str,
        risk: Level = "medium",
        owner: str = "",
        trigger: str = "",
    ) -> str:
        """Notes an assumption once and returns its id."""
        for known in self.assumptions:
            if known.text == text:
                return known.id
        label = f"ASM-{len(self.assumptions) + 1:02}"
        self.assumptions.append(
            Assumption(
                id=label,
                text=text,
                basis=list(basis),
                if_wrong=if_wrong,
                test=test,
                owner=owner or self.people.owner,
                trigger=trigger or self.due(21),
                risk=risk,
            )
        )
        return label

    def ask(self, text: str, *, why: str, default: str, answers: list[str], owner: str = "", due: str = "") -> str:
        """Notes an open question once and returns its id."""
        for known in self.questions:
            if known.text == text or _near(known.text, text):
                return known.id
        label = f"OQ-{len(self.questions) + 1:02}"
        self.questions.append(
            OpenQuestion(
                id=label,
                text=text,
                why=why,
                owner=owner or self.people.owner,
                due=due or self.due(14),
                answers=answers,
                default=default,
            )
        )
        return label

    def due(self, days: int) -> str:
        """A date this many days after the freeze: "5 December 2026"."""
        frozen = re.match(r"(\d{4})-(\d\d)-(\d\d)", self.evidence.frozen_at)
        when = (date(int(frozen[1]), int(frozen[2]), int(frozen[3])) if frozen else date(2026, 1, 1)) + timedelta(days=days)
        return f"{when.day} {when:%B %Y}"

    def facts_in(self, sentence: Sentence, clause: str) -> tuple[str, ...]:
        """The facts of a sentence whose quotes speak of this clause; all of them when none does clearly."""
        own = stems(clause)
        shared = [(len(own & stems(str(self.evidence.fact(fact)["quote"]))), fact) for fact in sentence.facts]
        most = max((count for count, _ in shared), default=0)
        return tuple(fact for count, fact in shared if count == most and most) or sentence.facts

    def heading_for(self, text: str, fallback: str) -> str:
        """The capability a text belongs to by its words; else the fallback."""
        own = stems(text)
        scored = [(len(own & part.stems), -place, part.name) for place, part in enumerate(self.parts)]
        best = max(scored, default=(0, 0, ""))
        return best[2] if best[0] else fallback

    def priority_for(self, heading: str) -> Priority:
        """What the owner's order says about a heading; what has no rank is a must."""
        for part in self.parts:
            if part.name == heading:
                return "could" if part.priority == "could" else "should" if part.priority == "should" else "must"
        return "must"

    def reason(self, facts: tuple[str, ...], fallback: str) -> str:
        """The owner's reason, raw, when the answer gives one; else the fallback."""
        for fact in facts:
            for sentence in self.everything:
                if fact in sentence.facts and sentence.close and (quote := _reason(sentence)):
                    return f'The owner gives the reason: "{quote}".'
        return fallback


_REASON = re.compile(r"\b(because|otherwise|or else|so that|since)\b\s+(.+)$", re.I | re.S)
_AWFUL = re.compile(r"\b(?:awful|never again|fed up|annoying|we had that|in trouble|worse|afraid|killing us|hate)\b", re.I)


def _reason(sentence: Sentence) -> str:
    text = sentence.text.strip().rstrip(".!")
    found = _REASON.search(text)
    if found and 3 <= len(found[0].split()) <= 24 and '"' not in found[0]:
        return found[0].strip()
    return text if _AWFUL.search(text) and len(text.split()) <= 24 and '"' not in text and "\n" not in text else ""


def plain(text: str, statement: str) -> str:
    """The owner's form: sentences of at most 24 words, first letter capital, one full stop at the end."""
    text = upper_first(flat(text).strip(" .")) + "."
    if all(len(part.split()) <= LONGEST_PLAIN for part in re.split(r"(?<=[.;]) ", text)):
        return text
    return upper_first(bounded(text, LONGEST_PLAIN).strip(" .,;")) + "." if text != statement else text


def _same_refusal(first: Draft, second: Draft) -> bool:
    head, refused, _ = first.statement.partition(" shall refuse")
    return bool(refused) and first.statement.startswith("If ") and second.statement.startswith(f"{head} shall refuse")


def _near(first: str, second: str) -> bool:
    one, two = stems(first), stems(second)
    numbers = re.findall(r"\d+", first) == re.findall(r"\d+", second)
    return first == second or (numbers and bool(one | two) and len(one & two) / len(one | two) > 0.88)


_WHY = {
    "R1": "Who may do what was settled in the interview; anything else would show work or data to the wrong person.",
    "R2": "It is a step of a journey the owner described from beginning to end.",
    "R3": "The owner was asked what happens when this goes wrong, and this is the answer.",
    "R4": "The owner stated it as a rule that holds in every case.",
    "R7": "The data comes from outside, so what arrives and what does not has to be seen.",
    "R9": "The owner said who has to hear of it and when.",
    "R10": "These are the figures the owner wants to look at.",
    "R13": "The owner said what an outage may cost and what it may not.",
    "R15": "It is a condition for handling data about people.",
    "R16": "The norm was named as binding.",
    "R17": "The people it is made for have to manage it.",
    "R18": "Those who look after it have to manage alone.",
    "A7": "It is how the owner wants people to be recognised.",
}
"""Why, when the answer itself gives no reason: what kind of statement it rests on."""


def number_them(desk: Desk) -> list[Requirement]:
    """Accepted drafts as requirements: the functional ones in the owner's order, then the quality ones by characteristic."""
    order = {part.name: place for place, part in enumerate(desk.parts)}
    functional = [draft for draft in desk.drafts if not draft.code]
    functional.sort(key=lambda draft: order.get(draft.heading, len(order)))
    codes = list(CHARACTERISTICS)
    quality = sorted((draft for draft in desk.drafts if draft.code), key=lambda draft: codes.index(draft.code))
    found = [_requirement(desk, f"REQ-{place:03}", draft) for place, draft in enumerate(functional, 1)]
    seen: dict[str, int] = {}
    for draft in quality:
        seen[draft.code] = seen.get(draft.code, 0) + 1
        found.append(_requirement(desk, f"NFR-{draft.code}-{seen[draft.code]:02}", draft))
    return found


def _requirement(desk: Desk, label: str, draft: Draft) -> Requirement:
    kind = ears.classify(draft.statement)
    assert kind is not None, draft.statement
    facts = set(draft.facts)
    told = stems(draft.statement)
    journeys = [j.id for j in desk.vision.journeys if facts & set(j.facts) or len(told & stems(" ".join(j.beats))) >= 4]
    rules = list(dict.fromkeys((*draft.rules, *(rule.id for rule in desk.vision.rules if facts & set(rule.facts)))))
    return Requirement(
        id=label,
        kind="quality" if draft.code else "functional",
        capability=CHARACTERISTICS[draft.code] if draft.code else draft.heading,
        ears=kind,
        statement=draft.statement,
        plain=draft.plain,
        rationale=draft.rationale or desk.reason(draft.facts, _WHY.get(draft.topic, "The owner asked for it in so many words.")),
        fit=draft.fit,
        priority=draft.priority or (desk.priority_for(draft.heading) if not draft.code else "must"),
        journeys=journeys,
        rules=rules,
        terms=in_text(draft.statement, desk.vision.terms),
        evidence=grounds(desk.evidence, draft.facts),
        assumptions=list(draft.assumptions),
    )


def zero(measure: str, unit: str, at: str) -> Fit:
    """A fit criterion of the kind "none of these, ever"."""
    return Fit(measure=measure, op="=", value=0, unit=unit, at=at)
