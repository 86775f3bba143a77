"""A requirement in the making: what a maker proposes, what is accepted, and how accepted drafts get their ids."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, timedelta

from generation.rules import ears
from generation.rules.agents.clauses import bounded
from generation.rules.agents.language import article, flat, stems, upper_first
from generation.rules.agents.people import Cast, mention, mentions
from generation.rules.agents.phrases import clause, clip
from generation.rules.agents.scope import Capability
from generation.rules.agents.sentences import BRIEF, Sentence, grounds
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
_KEEPERS = (
    (
        re.compile(r"\b(?:secur\w*|protected|privacy|encrypt\w*|personal data|compliance|laws?|stored about a person)\b", re.I),
        re.compile(r"\b(?:data protection|privacy|security|compliance|legal|regulatory|works council)\b", re.I),
    ),
    (
        re.compile(r"\b(?:outage|down|backup|restore|server|machines?|hosting|delivery|new file)\b", re.I),
        re.compile(r"\b(?:IT|administrator|operations?|operator|technician|engineer(?:ing)?)\b", re.I),
    ),
)
"""Matters that one kind of role can judge better than the owner, and how such roles are called."""
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
                owner=owner or self._answers_for(text),
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
                owner=owner or self._answers_for(f"{text} {why}"),
                due=due or self.due(14),
                answers=answers,
                default=default,
            )
        )
        return label

    def _answers_for(self, text: str) -> str:
        """Who can say: the role of that field where the answers name one, else the owner."""
        named = [role for s in self.everything if s.topic in ("V2", "R14", "R15", "R16", "R18") for role in mentions(s.clean)]
        for matter, keeper in _KEEPERS:
            if matter.search(text) and (role := next((one for one in (*self.people.roles, *named) if keeper.search(one)), "")):
                return role
        return self.people.owner

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
    if told := _in_two(text):
        return told
    return upper_first(bounded(text, LONGEST_PLAIN).strip(" .,;")) + "." if text != statement else text


_CASE = re.compile(r"^(?:If|When|While|Where) (?P<case>[^,]+), (?P<then>.+)\.$")


def _in_two(text: str) -> str:
    """A conditional too long for one sentence as two: what is the case, and what is done then; empty when both do not fit."""
    found = _CASE.match(text)
    if not found:
        return ""
    case, then = found["case"], re.sub(r"^then ", "", found["then"])
    if len(case.split()) + 4 > LONGEST_PLAIN or len(then.split()) + 1 > LONGEST_PLAIN:
        then = bounded(then, LONGEST_PLAIN - 1).strip(" .,;")
        if re.search(r"\b(?:and|or|not|the|a|an|of|to|let|until)$", then):
            return ""
    return f"{upper_first(case)}. Then {then}."


def _same_refusal(first: Draft, second: Draft) -> bool:
    head, refused, _ = first.statement.partition(" shall refuse")
    return bool(refused) and first.statement.startswith("If ") and second.statement.startswith(f"{head} shall refuse")


def _near(first: str, second: str) -> bool:
    one, two = stems(first), stems(second)
    numbers = re.findall(r"\d+", first) == re.findall(r"\d+", second)
    return first == second or (numbers and bool(one | two) and len(one & two) / len(one | two) > 0.88)


_WHY = {
    "R4": "Stated as a rule without an exception",
    "R9": "Said when asked who has to hear of what, and when",
    "R10": "Said when asked which figures are looked at",
    "R13": "Said when asked what a failure may cost",
    "R15": "Said when asked what may be kept about people, and how",
    "R16": "Named as binding",
    "R17": "Said of those it is made for, who have to manage alone",
    "R18": "Said of those who look after it, who have to manage alone",
    "A7": "Said when asked how people are to be recognised",
}
"""Why, when the answer itself gives no reason: what kind of statement it rests on. The answer's id follows."""
_ORDINAL = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth", "Eleventh", "Twelfth")


def _own_reason(desk: Desk, draft: Draft) -> str:
    """The reason of its kind, about this one behaviour."""
    told = clause(draft.statement)
    answers = list(dict.fromkeys(str(desk.evidence.fact(fact)["source"]) for fact in draft.facts))[:2]
    cited = f" [{', '.join(answers)}]" if answers else ""
    place = next((i for i, part in enumerate(desk.parts) if part.name == draft.heading), None)
    if draft.topic == "V6" and place is not None:
        where = "wish of the brief" if answers == [BRIEF] else "in the list for the first release"
        return f"{_ORDINAL[place]} {where}: {draft.heading.lower()}."
    if draft.topic == "R2" and (step := _step(desk, told.condition)):
        return step
    if draft.topic == "R3" and told.condition:
        return f"Left open, everybody would act differently when {clip(told.condition, 16)}."
    if draft.topic == "R1":
        return _right(desk, draft, told.condition, told.response) + cited + "."
    if draft.topic == "R7":
        lost = "What is lost on arrival is missed by nobody until it hurts"
        return f"{'Old data looks like new data unless its age is shown' if told.condition.startswith('no ') else lost}{cited}."
    if draft.rules:
        rule = next(rule for rule in desk.vision.rules if rule.id == draft.rules[0])
        return f"{rule.id} is stated {'without an' if rule.exception == 'none' else 'with one'} exception{cited}."
    return f"{_WHY.get(draft.topic, 'The owner asked for it in so many words')}{cited}."


def _step(desk: Desk, condition: str) -> str:
    """Which step of which journey this is, and what comes after it."""
    own = stems(condition)
    scored = [
        (len(own & stems(beat)), journey, place) for journey in desk.vision.journeys for place, beat in enumerate(journey.beats)
    ]
    best = max(scored, key=lambda row: row[0], default=None)
    if not best or best[0] < 2:
        return ""
    _, journey, place = best
    after = journey.beats[place + 1] if place + 1 < len(journey.beats) else journey.value
    return f"Step {place + 1} of {journey.id}; what comes next rests on it: {clip(re.split(r'(?<=[.!?]) ', after)[0], 14)}."


def _right(desk: Desk, draft: Draft, condition: str, response: str) -> str:
    """Why somebody may or may not do something, without a full stop."""
    named = sorted(desk.people.roles, key=len, reverse=True)
    role = next((one for one in named if mention(one, draft.statement)), desk.people.primary)
    if re.match(r"anybody other than\b", condition):
        return f"One person answers for it, the {role}"
    if re.search(r"\banother\b", condition):
        return f"What belongs to one {role} is no other {role}'s business"
    if re.search(r"\bno\b", response):
        return f"{upper_first(article(role))} can do the work without it"
    act = re.sub(r"^let (?:an?|the|each) | after signing in$", "", response).removeprefix(f"{role} ")
    return f"{upper_first(clip(act, 12))}: part of the work of {article(role)}"


def why(desk: Desk, draft: Draft, label: str, given: dict[str, str]) -> str:
    """The reason for one behaviour: as proposed, as said nearby, or of its kind; never the sentence another one has."""
    own = _own_reason(desk, draft)
    text = draft.rationale or desk.reason(draft.facts, own)
    known = stems(text.partition('"')[2])
    if known and known <= stems(draft.statement):
        text = own
    if text in given:
        text = own if own not in given else f"It belongs to {given[text]} and has the same reason."
    given.setdefault(text, label)
    return text


def number_them(desk: Desk) -> list[Requirement]:
    """Accepted drafts as requirements: the functional ones in the owner's order, then the quality ones by characteristic."""
    order = {part.name: place for place, part in enumerate(desk.parts)}
    functional = [draft for draft in desk.drafts if not draft.code]
    functional.sort(key=lambda draft: order.get(draft.heading, len(order)))
    codes = list(CHARACTERISTICS)
    quality = sorted((draft for draft in desk.drafts if draft.code), key=lambda draft: codes.index(draft.code))
    reasons: dict[str, str] = {}
    found = [_requirement(desk, f"REQ-{place:03}", draft, reasons) for place, draft in enumerate(functional, 1)]
    seen: dict[str, int] = {}
    for draft in quality:
        seen[draft.code] = seen.get(draft.code, 0) + 1
        found.append(_requirement(desk, f"NFR-{draft.code}-{seen[draft.code]:02}", draft, reasons))
    return found


def _requirement(desk: Desk, label: str, draft: Draft, reasons: dict[str, str]) -> Requirement:
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
        rationale=why(desk, draft, label, reasons),
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
