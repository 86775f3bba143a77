"""Arithmetic nobody said but that follows: shares of rates, prices times counts, money over days, weeks up to a date.

Each figure names its formula and what it is computed from, and exists only where the units make sense together.
"""

from __future__ import annotations

import datetime
import math
import re
from dataclasses import dataclass

from generation.rules.agents.language import lower_first, plural, stems
from generation.rules.agents.quantities import Quantity, quantities
from generation.rules.agents.said import Fact, text_on
from generation.rules.content import Figure, RisksInput

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_DATE = re.compile(
    (
        rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({'|'.join(_MONTHS)})(?:,? (\d{{4}}))?\b|\b({'|'.join(_MONTHS)}) "
        rf"(\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}})\b"
    ),
    re.I,
)
_START = re.compile(
    rf"\b(?:from|starts?|starting|as of|since|in)\s+(?:early |mid |late )?({'|'.join(_MONTHS)})(?: (\d{{4}}))?\b", re.I
)
_WORKING_DAYS = re.compile(r"(\d\d) working days", re.I)
MOST = 20
_PARTS_OF_TIME = frozenset({"quarter", "hour", "minute", "second"})
"""A quarter of an hour is a time, not a share of anything."""


@dataclass
class _Sheet:
    """The figures so far, numbered as they come."""

    rows: list[Figure]

    def add(self, name: str, value: float | str, unit: str, formula: str, sources: list[str]) -> str:
        if len(self.rows) == MOST or any(row.formula == formula and row.unit == unit for row in self.rows):
            return ""
        tidy: float | int | str = value
        if isinstance(value, float | int):
            tidy = int(value) if float(value).is_integer() else round(float(value), 2)
        label = f"FIG-{len(self.rows) + 1:02}"
        self.rows.append(
            Figure(id=label, name=name, value=tidy, unit=unit, formula=formula, sources=list(dict.fromkeys(sources)))
        )
        return label


def figures(given: RisksInput) -> list[Figure]:
    """What follows from the numbers that were said, at most twenty figures, the same for the same input."""
    sheet = _Sheet([])
    facts = given.evidence.live()
    known = quantities(facts)
    _shares_of_rates(sheet, given, known, facts)
    _peaks(sheet, known)
    _prices_times_counts(sheet, known, facts)
    _ceilings(sheet, given, known, facts)
    _changes(sheet, given)
    work = _work(sheet, given)
    _money_over_days(sheet, given, known, work)
    _time(sheet, given, known, work)
    return sheet.rows


def amount(value: float) -> str:
    """ "14,500", "0.07", "759.18"."""
    return f"{int(value):,}" if float(value).is_integer() else f"{round(value, 3):,g}"


def _subject(facts: list[Fact], label: str) -> str:
    return lower_first(next(str(f["subject"]) for f in facts if f["id"] == label))


def _percent(share: float) -> str:
    return f"{amount(round(share * 100, 1))} %"


def _shares_of_rates(sheet: _Sheet, given: RisksInput, known: list[Quantity], facts: list[Fact]) -> None:
    """A share of something that is counted per day: 2/3 of 240 calls a day. The glossary says what a word is a kind of."""
    for share in (q for q in known if q.share and 0 < q.value < 1 and not q.words & _PARTS_OF_TIME):
        rate = _rate_for(share, facts, given, known)
        if not rate:
            continue
        result = rate.value * share.value
        shown = round(result) if result >= 10 else round(result, 1)
        part = _as_said(facts, share)
        subject = _subject(facts, share.fact)
        own = stems(subject) == stems(rate.noun)
        sheet.add(
            f"{part} of the {plural(rate.noun)} a {rate.period}"
            if own
            else f"{subject} of {part}, in {plural(rate.noun)} a {rate.period}",
            shown,
            f"{plural(rate.noun)}/{rate.period}",
            f"{amount(rate.value)} x {part}{', rounded' if shown != result else ''}",
            [rate.fact, share.fact],
        )


def _as_said(facts: list[Fact], share: Quantity) -> str:
    """ "2/3" where it was said so, else "12 %"."""
    value = next(f["value"] for f in facts if f["id"] == share.fact)
    return value if isinstance(value, str) and "/" in value else _percent(share.value)


def _rate_for(share: Quantity, facts: list[Fact], given: RisksInput, known: list[Quantity]) -> Quantity | None:
    """The rate a share is a share of: the unit names it, or the subject is it, or the glossary calls the subject a kind of it."""
    fact = next(f for f in facts if f["id"] == share.fact)
    unit = str(fact["unit"] or "")
    subject = stems(str(fact["subject"]))
    heads = [stems(unit.removeprefix("of "))] if unit.startswith("of ") else [subject]
    for term in given.vision.terms:
        head = re.match(r"(?:an?|the|one) ([a-z-]+)\b", term.meaning, re.I)
        if head and stems(term.term) and stems(term.term) <= subject:
            heads.append(stems(head[1]))
    rates = [q for q in known if q.is_rate and q.period in ("day", "week", "month", "year")]
    return next((q for head in heads for q in rates if head and stems(q.noun) == head), None)


def _peaks(sheet: _Sheet, known: list[Quantity]) -> None:
    """The busiest hour against the whole day."""
    for hour in (q for q in known if q.is_rate and q.period == "hour"):
        day = next((q for q in known if q.is_rate and q.period == "day" and q.noun == hour.noun and q.value > hour.value), None)
        if day:
            sheet.add(
                f"share of a day's {plural(day.noun)} in the busiest hour",
                round(100 * hour.value / day.value),
                "%",
                f"{amount(hour.value)} / {amount(day.value)}",
                [hour.fact, day.fact],
            )


def _prices_times_counts(sheet: _Sheet, known: list[Quantity], facts: list[Fact]) -> None:
    """A price for each of something, times how many there are, beside a ceiling where there is one."""
    ceiling = _ceiling(known)
    for price in (q for q in known if q.currency and q.each):
        count = next((q for q in known if not q.currency and not q.share and q.noun == price.each and q.value > 1), None)
        if not count:
            continue
        period = price.period or count.period
        unit = f"{price.currency}/{period}" if period else price.currency
        total = price.value * count.value
        label = sheet.add(
            f"{_subject(facts, price.fact)}, all {amount(count.value)} {plural(count.noun)}",
            total,
            unit,
            f"{amount(count.value)} x {amount(price.value)}",
            [count.fact, price.fact],
        )
        if label and ceiling and ceiling.currency == price.currency and ceiling.period == period and total > ceiling.value:
            sheet.add(
                f"{_subject(facts, price.fact)}, above the ceiling of {amount(ceiling.value)}",
                total - ceiling.value,
                unit,
                f"{amount(total)} - {amount(ceiling.value)}",
                [label, ceiling.fact],
            )


def _ceiling(known: list[Quantity]) -> Quantity | None:
    return next((q for q in known if q.currency and q.period and q.upper and not q.each), None)


def month_of(given: RisksInput) -> tuple[int, list[str]]:
    """Days of a month on which things happen, and the assumption that says so; 21 for Monday to Friday, else 30."""
    for assumption in given.requirements.assumptions:
        match = _WORKING_DAYS.search(assumption.text)
        if match:
            return int(match[1]), [assumption.id]
    hours = text_on(given.evidence, "R8", "R13", "A9", "R9")
    return (21 if re.search(r"monday (?:to|through|-) friday|weekdays|working days|office hours", hours, re.I) else 30), []


def _ceilings(sheet: _Sheet, given: RisksInput, known: list[Quantity], facts: list[Fact]) -> None:
    """What a monthly ceiling means per thing that happens, for the things a message is sent about."""
    ceiling = _ceiling(known)
    if not ceiling or ceiling.period != "month":
        return
    sheet.add(
        f"{_subject(facts, ceiling.fact)}, a year at most",
        ceiling.value * 12,
        f"{ceiling.currency}/year",
        f"{amount(ceiling.value)} x 12",
        [ceiling.fact],
    )
    carried = {s.req for s in given.architecture.satisfies if "CMP-messages" in s.by}
    sent = {word for r in given.requirements.requirements if r.id in carried for word in stems(r.statement)}
    rate = max(
        (q for q in known if q.is_rate and q.period == "day" and stems(q.noun) <= sent), key=lambda q: q.value, default=None
    )
    if not rate or not carried:
        return
    days, assumed = month_of(given)
    monthly = sheet.add(
        f"messages a month, one for each {rate.noun}",
        rate.value * days,
        "messages/month",
        f"{amount(rate.value)} x {days} days",
        [rate.fact, *assumed],
    )
    if monthly:
        price = math.floor(ceiling.value / (rate.value * days) * 1000) / 1000
        row = Figure(
            id=f"FIG-{len(sheet.rows) + 1:02}",
            name="highest price of one message that the ceiling bears, if nothing else is paid from it",
            value=price,
            unit=f"{ceiling.currency}/message",
            formula=f"{amount(ceiling.value)} / {amount(rate.value * days)}, rounded down",
            sources=[ceiling.fact, monthly],
        )
        sheet.rows.append(row)


def _changes(sheet: _Sheet, given: RisksInput) -> None:
    """How much of today's value a target asks for."""
    for outcome in given.vision.outcomes:
        if outcome.baseline > 0 and outcome.baseline != outcome.target:
            change = round(100 * (outcome.target - outcome.baseline) / outcome.baseline)
            sheet.add(
                f"{lower_first(outcome.measure)}, change asked for by {outcome.id}",
                change,
                "%",
                f"({amount(outcome.target)} - {amount(outcome.baseline)}) / {amount(outcome.baseline)}",
                [outcome.id],
            )


def _work(sheet: _Sheet, given: RisksInput) -> tuple[str, int]:
    total = sum(story.size_days for story in given.backlog.stories)
    label = sheet.add(
        "estimated work", total, "days", f"sum of {len(given.backlog.stories)} story sizes", [s.id for s in given.backlog.stories]
    )
    return label, total


def _money_over_days(sheet: _Sheet, given: RisksInput, known: list[Quantity], work: tuple[str, int]) -> None:
    budget = budget_of(given, known)
    if budget and work[1]:
        sheet.add(
            "highest day rate the budget bears",
            math.floor(budget.value / work[1]),
            f"{budget.currency}/day",
            f"{amount(budget.value)} / {work[1]}, rounded down",
            [budget.fact, work[0]],
        )


def budget_of(given: RisksInput, known: list[Quantity] | None = None) -> Quantity | None:
    """The one-off money, from the constraints."""
    on = {str(f["id"]) for f in given.evidence.live("V7")}
    found = [
        q for q in (known or quantities(given.evidence.live())) if q.fact in on and q.currency and not q.period and not q.each
    ]
    return max(found, key=lambda q: q.value, default=None)


def deadline_of(given: RisksInput) -> tuple[datetime.date, str] | None:
    """The date it has to run on, with its fact."""
    frozen = datetime.date.fromisoformat(given.evidence.frozen_at[:10])
    for fact in given.evidence.live("V10", "V7", "R20"):
        for text in (str(fact["value"]), str(fact["quote"])):
            if found := date_in(text, frozen):
                return (found, str(fact["id"])) if found > frozen else None
    return None


def date_in(text: str, after: datetime.date) -> datetime.date | None:
    """The first calendar day named in a text; a day without a year is the next one after ``after``."""
    iso = re.search(r"\b(\d{4})-(\d\d)-(\d\d)\b", text)
    match = _DATE.search(text)
    try:
        if iso:
            return datetime.date(int(iso[1]), int(iso[2]), int(iso[3]))
        if not match:
            return None
        day, month, year = (match[1], match[2], match[3]) if match[1] else (match[5], match[4], match[6])
        number = _MONTHS.index(month.lower()) + 1
        if year:
            return datetime.date(int(year), number, int(day))
        this = datetime.date(after.year, number, int(day))
        return this if this > after else datetime.date(after.year + 1, number, int(day))
    except ValueError:
        return None


def _time(sheet: _Sheet, given: RisksInput, known: list[Quantity], work: tuple[str, int]) -> None:
    """Working days up to the date, times the people who build, against the estimate."""
    deadline = deadline_of(given)
    if not deadline or not work[1]:
        return
    until, fact = deadline
    begin, why = _begin(given, until)
    days = weekdays(begin, until)
    label = sheet.add(
        f"weekdays from {spoken(begin)} to the day before {spoken(until)}",
        days,
        "days",
        "weekdays counted, holidays not taken off",
        [fact, *why],
    )
    on = {str(f["id"]) for f in given.evidence.live("V7")}
    team = next(
        (
            q
            for q in known
            if q.fact in on and re.search(r"developer|people|engineer|programmer|team", q.noun) and 1 <= q.value <= 20
        ),
        None,
    )
    hands = int(team.value) if team else 1
    sources = [label, work[0], *([team.fact] if team else [])]
    formula = f"{days} x {hands} - {work[1]}" if hands > 1 else f"{days} - {work[1]}"
    sheet.add("spare days before the date, without holidays and illness", days * hands - work[1], "days", formula, sources)


def _begin(given: RisksInput, until: datetime.date) -> tuple[datetime.date, list[str]]:
    """The first day of work: the month that was named for the team, else the day after the freeze."""
    frozen = datetime.date.fromisoformat(given.evidence.frozen_at[:10])
    for fact in given.evidence.live("V7"):
        match = _START.search(str(fact["quote"]))
        if match:
            month = _MONTHS.index(match[1].lower()) + 1
            year = int(match[2]) if match[2] else frozen.year if month > frozen.month else frozen.year + 1
            first = datetime.date(year, month, 1)
            if frozen < first < until:
                return first, [str(fact["id"])]
    return frozen + datetime.timedelta(days=1), []


def weekdays(first: datetime.date, until: datetime.date) -> int:
    """Monday to Friday from ``first`` to the day before ``until``."""
    return sum((first + datetime.timedelta(days=n)).weekday() < 5 for n in range((until - first).days))


def spoken(day: datetime.date) -> str:
    """ "1 June 2027"."""
    return f"{day.day} {_MONTHS[day.month - 1].capitalize()} {day.year}"
