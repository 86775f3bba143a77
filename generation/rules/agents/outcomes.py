"""Outcomes and counter-metrics: only what has a measure, a figure today, a target and a unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from generation.rules.agents.clauses import bounded, is_comment, said
from generation.rules.agents.language import (
    NUMBERS,
    amounts,
    flat,
    lower_first,
    number,
    singular,
    stems,
    third_person,
    trim,
    upper_first,
    value_of,
)
from generation.rules.agents.people import Cast
from generation.rules.agents.sentences import Sentence
from generation.rules.content import CounterMetric, Evidence, Outcome

_MONTHS = (
    "january february march april may june july august september october november december".split()  # noqa: SIM905
)
_DATE = re.compile(
    rf"\b(?:(\d{{1,2}})(?:st|nd|rd|th|\.)?(?: of)? )?({'|'.join(_MONTHS)}),?(?: (\d{{1,2}}),)? (20\d\d)\b|"
    r"\b(20\d\d)-(\d\d)-(\d\d)\b",
    re.I,
)
_NUM = rf"(?:\d+(?:,\d{{3}})*(?:\.\d+)?|half|a third|a quarter|{'|'.join(sorted(NUMBERS, key=len, reverse=True))})"
_TARGET = re.compile(
    rf"(?P<what>(?:[a-z-]+ ){{0,5}}?[a-z-]+)\s+(?:should |must |to |has to |have to |will |need to )?(?:be |go |come |get |"
    r"drop |fall |rise )?"
    rf"(?:down to|up to|to|below|under|above|over|at least|at most|less than|more than)\s+(?:about |around "
    rf")?(?P<value>{_NUM})\s*(?P<unit>%|per ?cent|(?:a|per) [a-z]+|[a-z]+(?: (?:a|per) [a-z]+)?)?",
    re.I,
)
_COUNTER = re.compile(
    r"\b(?:must not|mustn't|I have failed|have failed|failed|lose out|at the expense|not (?:longer|more|worse|fewer)|without|"
    r"but not)\b",
    re.I,
)
_DURATION_UNITS = frozenset(["months", "weeks", "years", "days"])


@dataclass(frozen=True)
class Target:
    """A measure with a target, before it is known whether a figure of today exists."""

    measure: str
    target: float
    unit: str
    facts: tuple[str, ...]
    baseline: float | None
    baseline_facts: tuple[str, ...]


_FROM_TO = re.compile(
    rf"(?:(?P<what>[A-Za-z][^,.:]*?) )?\bfrom (?:about |around )?(?P<start>{_NUM}) ?(?P<unit>%|[a-z]+)?(?P<of> of "
    r"[a-z ]+?)?(?P<per> (?:a|per) [a-z]+)? "
    rf"(?:down |up )?to (?:about |around |less than |at most |below |under |over |more than )?(?P<target>{_NUM})\b"
    r"(?P<then> (?:a|per) (?:day|week|month|quarter|year|hour)\b)?",
    re.I,
)


def _moves(sentence: Sentence) -> list[Target]:
    """ "feeds late by more than an hour from 20 % down to 5 %": measure, figure of today and target in one."""
    found = []
    moves = list(_FROM_TO.finditer(sentence.clean))
    spans = {match["per"] or match["then"] for match in moves} - {None}
    span = spans.pop() if len(spans) == 1 else ""  # "from 38 to 8 a month, late ones from 22 to 5": both count a month
    for match in moves:
        after = re.match(r",? (?:from )?([a-z][a-z ]+)", sentence.clean[match.end() :])
        what = re.sub(r"^(?:and|but|the|our|to (?:get|bring)|bring|get)\s+", "", (match["what"] or "").strip(), flags=re.I)
        measure = what or (match["of"] or "").removeprefix(" of ").strip() or (after[0].strip(" ,") if after else "")
        measure = re.sub(r"\s+(?:down|up|go|goes|drop|fall|rise|come)$", "", measure, flags=re.I)
        unit = f"{match['unit'] or ''}{match['per'] or ''}".strip() or f"{lower_first(measure)}{span}"
        words = {"half": 50.0, "a third": 33.0, "a quarter": 25.0}
        start, end = (words.get(match[name].lower()) or value_of(match[name].rstrip(".,")) for name in ("start", "target"))
        if measure and unit:
            found.append(
                Target(
                    upper_first(f"time {measure}" if measure.startswith("from ") else measure),
                    end,
                    unit,
                    sentence.facts,
                    start,
                    sentence.facts,
                )
            )
    return found


def targets(evidence: Evidence, everything: list[Sentence]) -> list[Target]:
    """Every measure with a target: from facts with numbers first, then from the words."""
    found = [_of_fact(evidence, fact) for fact in evidence.live("V3") if _is_target(fact)]
    for sentence in everything:
        if sentence.topic != "V3" or sentence.unsure or _COUNTER.search(sentence.clean) or not sentence.facts:
            continue
        moves = _moves(sentence)
        found += [
            move
            for move in moves
            if not any(stems(move.measure) & stems(one.measure) and move.target == one.target for one in found)
        ]
        for match in [] if moves else _TARGET.finditer(sentence.clean):
            target = _of_words(evidence, sentence, match)
            known = any(target.target == one.target or stems(target.measure) & stems(one.measure) for one in found)
            if target.measure and not known and target.unit not in _DURATION_UNITS:
                found.append(target)
    return found[:6]


def _is_target(fact: dict[str, Any]) -> bool:
    said_so = str(fact.get("slot")) == "target" or "target" in str(fact.get("attribute"))
    return said_so and _numeric(fact) and bool(fact.get("unit")) and bool(fact.get("subject"))


def _numeric(fact: dict[str, Any]) -> bool:
    return isinstance(fact.get("value"), (int, float)) and not isinstance(fact.get("value"), bool)


def _of_fact(evidence: Evidence, fact: dict[str, Any]) -> Target:
    today = [
        other
        for other in evidence.live("V1", "V3", "V4")
        if other["id"] != fact["id"]
        and _numeric(other)
        and str(other["subject"]).lower() == str(fact["subject"]).lower()
        and other.get("unit") == fact.get("unit")
        and not _is_target(other)
    ]
    first = today[0] if today else None
    return Target(
        upper_first(flat(str(fact["subject"]))),
        float(fact["value"]),
        _unit(str(fact["unit"])),
        (str(fact["id"]),),
        float(first["value"]) if first else None,
        (str(first["id"]),) if first else (),
    )


def _unit(unit: str) -> str:
    return unit.replace("/", " a ") if re.fullmatch(r"[a-z]+/(?:day|week|month|year|h|hour)", unit) else unit


def _of_words(evidence: Evidence, sentence: Sentence, match: re.Match[str]) -> Target:
    measure = re.sub(r"^(?:and|but|the|our|a|an|get|bring|have|want|we|I|to)\s+", "", match["what"].strip(), flags=re.I)
    measure = re.sub(r"^(?:and|but|the|our|a|an|get|bring)\s+", "", measure, flags=re.I)
    measure = re.sub(r"\b(?:should|must|is|are|be|go|goes|from \S+)$", "", measure, flags=re.I).strip()
    raw = match["value"].lower()
    value = {"half": 50.0, "a third": 33.0, "a quarter": 25.0}.get(raw)
    unit = "%" if value is not None else (match["unit"] or "").strip().lower().replace("percent", "%").replace("per cent", "%")
    value = value if value is not None else value_of(raw.rstrip(".,"))
    unit = "" if unit in ("and", "or", "by", "in", "within", "after", "at", "the", "for", "of", "six") else unit
    baseline = _today(evidence, measure, unit)
    if re.match(r"(?:a|per) ", unit):
        unit = f"{lower_first(measure)} {unit}"
    return Target(upper_first(measure), value, unit or lower_first(measure), sentence.facts, *baseline)


def _today(evidence: Evidence, measure: str, unit: str) -> tuple[float | None, tuple[str, ...]]:
    """The figure of today for a measure: only a number that stands beside the measure's own noun, or a share of it."""
    head = re.escape(singular(measure.split()[-1].lower())) if measure else ""
    period = unit.split()[-1] if re.match(r"(?:a|per) ", unit) else ""
    for fact in evidence.live("V1", "V3", "V4"):
        quote = flat(str(fact["quote"]))
        if not head or _TARGET.search(quote) or not re.search(rf"\b{head}", quote, re.I):
            continue
        beside = re.search(rf"(\d[\d,]*(?:\.\d+)?) (?:[a-z]+ )?{head}", quote, re.I)
        if unit == "%":
            share = next((amount.value for amount in amounts(quote) if amount.unit == "%"), None)
            if share is not None:
                return share, (str(fact["id"]),)
        elif beside and (not period or re.search(rf"\b{period}\b", quote)):
            return float(beside[1].replace(",", "")), (str(fact["id"]),)
    return None, ()


def outcomes(evidence: Evidence, everything: list[Sentence], people: Cast) -> list[Outcome]:
    """The targets whose figure of today is known, with the date they are judged at."""
    when, facts = judged_at(evidence, everything)
    complete = [target for target in targets(evidence, everything) if target.baseline is not None and target.unit]
    return [
        Outcome(
            id=f"SM-{place}",
            measure=target.measure,
            baseline=float(target.baseline or 0),
            target=target.target,
            unit=target.unit,
            date=when,
            owner=people.owner,
            counted_by="counted in the same way as the figure of today",
            facts=list(dict.fromkeys((*target.baseline_facts, *target.facts, *facts))),
        )
        for place, target in enumerate(complete, 1)
    ]


def judged_at(evidence: Evidence, everything: list[Sentence]) -> tuple[str, tuple[str, ...]]:
    """The date at which outcomes are judged: said, or the stated time after the deadline, or a year after the start."""
    start, start_facts = deadline(everything)
    for sentence in everything:
        if sentence.topic != "V3" or sentence.unsure:
            continue
        for amount in amounts(sentence.clean):
            around = sentence.clean[max(0, amount.start - 8) : amount.start] + sentence.clean[amount.end : amount.end + 7]
            if amount.unit in _DURATION_UNITS and re.search(r"\b(?:after|within|in)\b", around):
                return (_later(start, amount.value, amount.unit) if start else f"{amount.spoken} after the start"), (
                    *sentence.facts,
                    *start_facts,
                )
        if dated := first_date(sentence.clean):
            return dated.isoformat(), sentence.facts
    return (_later(start, 12, "months"), start_facts) if start else ("12 months after the start", ())


def deadline(everything: list[Sentence]) -> tuple[date | None, tuple[str, ...]]:
    """The date by which it has to run, when one was said."""
    for topic in ("V10", "V7", "V1"):
        for sentence in everything:
            if sentence.topic == topic and not sentence.unsure and (found := first_date(sentence.clean)):
                return found, sentence.facts
    return None, ()


_QUARTERS = ("first", "second", "third", "fourth", "1st", "2nd", "3rd", "4th")
_QUARTER = re.compile(rf"\bend of (?:the )?({'|'.join(_QUARTERS)}) quarter,?(?: of)? (20\d\d)\b", re.I)


def first_date(text: str) -> date | None:
    """The first calendar date in a text; a month alone is its first day."""
    if quarter := _QUARTER.search(text):
        month = 3 * (_QUARTERS.index(quarter[1].lower()) % 4 + 1)
        return date(int(quarter[2]) + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    found = _DATE.search(text)
    if not found:
        return None
    try:
        if found[5]:
            return date(int(found[5]), int(found[6]), int(found[7]))
        return date(int(found[4]), _MONTHS.index(found[2].lower()) + 1, int(found[1] or found[3] or 1))
    except ValueError:
        return None


def _later(start: date | None, value: float, unit: str) -> str:
    if start is None:
        return f"{number(value)} {unit} after the start"
    months = {"months": 1, "years": 12}.get(unit)
    if months is None:
        return date.fromordinal(start.toordinal() + int(value * (7 if unit == "weeks" else 1))).isoformat()
    total = start.month - 1 + int(value * months)
    return date(start.year + total // 12, total % 12 + 1, min(start.day, 28)).isoformat()


_WORSE = re.compile(r"\b(?:longer|more|fewer|less|later|worse|slower|higher|lower)\b", re.I)
_NAMED = re.compile(r"^(?:what|which) must not (?:get worse|suffer|go up|rise|fall)(?: is| are|:)?:?\s+", re.I)


def counter_metrics(everything: list[Sentence], people: Cast) -> list[CounterMetric]:
    """What must not get worse while the outcomes get better.

    Of several sentences of one answer the one that compares counts; "must not lose out" alone cannot be counted.
    """
    spoken = [
        sentence
        for sentence in everything
        if sentence.topic == "V3"
        and not sentence.unsure
        and _COUNTER.search(re.sub(r"^[\w ]+ without [\w ]+\.?$", "", sentence.clean))
        and sentence.facts
        and not is_comment(sentence)
    ]
    compared = {sentence.answer for sentence in spoken if _WORSE.search(sentence.clean) and not _NAMED.match(sentence.clean)}
    found: list[CounterMetric] = []
    for sentence in spoken:
        compares = bool(_WORSE.search(sentence.clean))
        if sentence.answer in compared and not compares:
            continue
        measure, limit = _counted(sentence, people, compares=compares)
        today = _said_of_today(everything, sentence)
        found.append(
            CounterMetric(
                id=f"CM-{len(found) + 1}",
                measure=upper_first(measure),
                baseline=today or "the figure before the start",
                limit=limit,
                owner=people.owner,
                facts=list(sentence.facts),
            )
        )
    return found[:3]


def _counted(sentence: Sentence, people: Cast, *, compares: bool) -> tuple[str, str]:
    """What is counted, and how far it may go."""
    text = re.sub(r"[,.]?\s*\b(?:then )?(?:I have|I've|we have) failed\b.*$", "", sentence.clean)
    if (named := _NAMED.sub("", text)) != text:
        return trim(named), "not worse than before the start"
    if text == sentence.clean and not compares:
        return trim(said(sentence, people)), "not worse than before the start"
    clause = trim(re.sub(r"^(?:and |but )?(?:if|when)\s+", "", text, flags=re.I))
    clause = third_person(clause, people.voice)
    if re.search(r"\b(?:must|may|should) not\b", clause):
        return clause, "not worse than before the start"
    return f"cases in which {lower_first(clause, people.voice.names)}", "none"


def _said_of_today(everything: list[Sentence], sentence: Sentence) -> str:
    """The sentence of the same answer that tells today's figure, with its number."""
    later = [other for other in everything if other.answer == sentence.answer and other.index > sentence.index]
    for other in later:
        if re.match(_TODAY, other.clean, re.I):
            return bounded(re.sub(rf"^{_TODAY},?\s+(?:it is\s+)?", "", trim(other.clean), flags=re.I), 12)
    return ""


_TODAY = r"(?:today|now|at present)\b"
