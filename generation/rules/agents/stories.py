"""Journeys out of the answers that tell a story: who, the steps in order, the moment of value, what goes wrong."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generation.rules.agents.clauses import bounded, clauses, core, is_comment, said, with_subject
from generation.rules.agents.language import lower_first, stems, third_person, trim, upper_first
from generation.rules.agents.people import Cast
from generation.rules.agents.sentences import Sentence
from generation.rules.content import Journey

_INTRODUCED = re.compile(
    r"^(?:take|imagine|say|think of|meet|picture|let's say|for example,?|example:?)\s+(?=(?:our |my |the )?\w+)", re.I
)
_VALUE = re.compile(
    r"\b(?:must see|straight away|immediately|at once|so that|relieved|happy|done in|has to be done|the point is|finally)\b", re.I
)
MOST_BEATS = 6
NOT_SAID = "Nobody said what happens when this goes wrong."


@dataclass(frozen=True)
class Failure:
    """Something that goes wrong, and what is to happen then."""

    condition: str
    """In the third person, without "if": "Ordinata is not there"; empty when only the remedy was said."""
    remedy: str
    text: str
    """Both as one sentence."""
    sentence: Sentence
    facts: tuple[str, ...]


_CONDITIONAL = re.compile(
    r"^(?:if|when|whenever|in case|should|once|as soon as)\s+(.+?)(?:,\s*(?:then\s+)?|(?=\s(?:they|we|you|I|it|the "
    r"[a-z ]{2,24}?|a [a-z]+) (?:should|must|can|need|needs|have|has to|get|gets|ring|call|want|goes|shows|says|stays|"
    r"waits|counts|stops|do)\b)\s|(?=\s(?:show|tell|send|ask|put|let|keep|stop|use|say|warn|block|hide|mark|do "
    r"not)\b)\s|\?\s*(?:then\s+)?| then )(.+)$",
    re.I | re.S,
)
_AFTER = re.compile(r"^(.+?),?\s+\b(?:if|when|in case|whenever)\s+(.+)$", re.I | re.S)


def failures(everything: list[Sentence], cast: Cast) -> list[Failure]:
    """Every "if ..., then ..." among the answers about failures, also when the condition was put as a question."""
    found = []
    asked: Sentence | None = None
    for sentence in everything:
        if sentence.topic not in ("R3", "A15"):
            continue
        if re.match(r"(?:(?:and|or|but) )?(?:if|when|what if)\b", sentence.clean, re.I) and sentence.text.rstrip().endswith("?"):
            asked = sentence
            continue
        if sentence.text.rstrip().endswith("?") and len(sentence.clean.split()) < 12:
            asked = sentence
            continue
        if sentence.unsure or is_comment(sentence) or not sentence.english:
            asked = None
            continue
        clean = sentence.clean
        if (
            asked
            and asked.answer == sentence.answer
            and (asked.clean.lower().startswith(("if", "no ", "when", "and if", "what if")) or clean.startswith("Then"))
        ):
            condition = re.sub(r"^(?:and |or |but )?(?:what )?(?:if|when)\s+", "", asked.clean, flags=re.I).rstrip("?")
            condition = re.sub(r"^no (?=[a-z])", "there is no ", condition, flags=re.I)
            clean = f"If {condition}, {lower_first(trim(clean), cast.voice.names)}"
        asked = None
        found.append(_failure(trim(clean), sentence, cast))
    return found


def _failure(clean: str, sentence: Sentence, cast: Cast) -> Failure:
    front, back = _CONDITIONAL.match(clean), _AFTER.match(clean)
    if front:
        condition, remedy = front[1], front[2]
    elif back:
        remedy, condition = back[1], back[2]
    else:
        condition, remedy = "", clean
    condition, remedy = (third_person(trim(core(part)[0]) if part else "", cast.voice) for part in (condition, remedy))
    remedy = lower_first(remedy, cast.voice.names)
    text = f"If {lower_first(condition, cast.voice.names)}, {remedy}" if condition else upper_first(remedy)
    return Failure(lower_first(condition, cast.voice.names), remedy, text + ".", sentence, sentence.facts)


def journeys(everything: list[Sentence], cast: Cast) -> list[Journey]:
    """One journey per answer about the main journeys, in the order of telling."""
    found: list[Journey] = []
    for answer in dict.fromkeys(s.answer for s in everything if s.topic == "R2"):
        told = [s for s in everything if s.answer == answer and not s.unsure and not is_comment(s)]
        if any(s.facts for s in told) and all(s.english for s in told):
            found.append(_journey(len(found) + 1, told, cast))
    return _with_failures(found, everything, cast)


def actor_of(told: list[Sentence], cast: Cast) -> tuple[str, str]:
    """Role and subject of a story: ("patient", "Leyla") or ("desk employee", "the desk employee")."""
    text = " ".join(s.clean for s in told)
    for name, role in cast.names.items():
        if re.search(rf"\b{re.escape(name)}\b", text):
            return role, name
    for sentence in told:
        first = cast.subject_of(sentence.clean)
        if first and (first != cast.primary or not re.search(r"\bon the (?:line|phone)\b", sentence.clean)):
            return first, f"the {first}"
    if re.search(r"\b(?:someone|somebody|anyone)\b", text, re.I):
        return cast.primary, f"the {cast.primary}"
    role = cast.role_in(text) or cast.primary
    return role, f"the {role}"


def _journey(number: int, told: list[Sentence], cast: Cast) -> Journey:
    role, subject = actor_of(told, cast)
    beats: list[str] = []
    value = ""
    for sentence in told:
        text = third_person(_INTRODUCED.sub("", trim(sentence.clean)), cast.voice)
        if role != cast.primary:
            text = re.sub(r"\b(?:her|him)\b(?! [a-z]+(?:s|er|me)\b)", f"the {cast.primary}", text)
        if _VALUE.search(sentence.clean) and beats and not value:
            value = upper_first(said(sentence, cast, whole=True)) + "."
            continue
        parts = [text] if len(text.split()) <= 9 else clauses(text)
        current = subject
        for part in parts:
            current = _doer(part, current, subject)
            beats.append(re.sub(r"\b[Tt]he (?:new |whole )?thing\b", "the system", with_subject(part, current)))
    beats = [upper_first(beat) for beat in beats if len(beat.split()) > 1] or [upper_first(said(told[0], cast)) + "."]
    while len(beats) > MOST_BEATS:
        beats[-2:] = [f"{beats[-2].rstrip('.')}. {beats[-1]}"]
    if len(beats) == 1:
        beats.append(value or f"{upper_first(subject)} has what was wanted.")
    long = [b for b in beats if len(_titled(b).split()) > 3 and "," not in b]
    title = next((b for b in long if subject.lower() in b.lower()), long[0] if long else beats[0])
    facts = tuple(dict.fromkeys(fact for sentence in told for fact in sentence.facts))
    return Journey(
        id=f"UJ-{number}",
        title=_titled(title),
        actor=role,
        beats=beats,
        value=value or re.split(r"(?<=[.!?])\s", beats[-1])[-1],
        failures=[],
        facts=list(facts),
    )


_AT_FIRST = re.compile(
    r"^(?:(?:at|on|in|every|by) )?(?:the )?(?:[\w:]+ ){0,2}?(?:at night|in the (?:morning|afternoon|evening|night)|o'clock|"
    r"morning|evening|afternoon|\d{1,2}:\d\d|(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?: (?:morning|evening|afternoon))?,? "
    r"(?=[A-Z]|the |an? )"
)


def _titled(beat: str) -> str:
    """A beat as a title: its first sentence, without the time of day in front."""
    first = re.split(r"(?<=[.!?])\s", beat.strip())[0].rstrip(".!?")
    plain = _AT_FIRST.sub("", first, count=1)
    return bounded(upper_first(plain if len(plain.split()) > 2 else first), 12)


def _doer(part: str, current: str, subject: str) -> str:
    """Who acts in the clauses after this one: a clause with its own subject hands over to it."""
    if re.search(rf"\b(?:she|he|{re.escape(subject)})\b", part, re.I):
        return subject
    own = re.match(r"^((?:the|a|an) [a-z]+)(?: (?:in|at|of|on) the [a-z]+)? (?=[a-z]+s\b)", part, re.I)
    return lower_first(own[1]) if own else current


def _with_failures(found: list[Journey], everything: list[Sentence], cast: Cast) -> list[Journey]:
    for failure in failures(everything, cast) if found else []:
        own = stems(failure.text)
        best = max(found, key=lambda journey: len(own & stems(" ".join((*journey.beats, journey.title)))))
        best.failures.append(failure.text)
        best.facts.extend(fact for fact in failure.facts if fact not in best.facts)
    for journey in found:
        if not journey.failures:
            journey.failures.append(NOT_SAID)
    return found
