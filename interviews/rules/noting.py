"""The rule-based note taker: facts with verbatim quotes out of what a person said, without a model."""

from __future__ import annotations

import re
from dataclasses import dataclass

from interviews.rules.ledger import Noted
from interviews.rules.reading import (
    Piece,
    Quantity,
    clauses,
    clock_time,
    content_words,
    day_of,
    is_measure,
    quantities,
    sentences,
)
from interviews.rules.topics import BY_ID, lexicon

MAX_QUOTE_WORDS = 34


@dataclass(frozen=True)
class Cue:
    """Words that show what a clause speaks of, whatever was asked."""

    pattern: re.Pattern[str]
    topic: str
    slot: str
    strong: bool
    """Strong cues move a clause to their topic even when another was asked; weak ones only within the open first answer."""


def _cue(pattern: str, topic: str, slot: str, *, strong: bool = False) -> Cue:
    return Cue(re.compile(pattern, re.IGNORECASE), topic, slot, strong)


CUES = (
    _cue(r"\bbudget\b|\b\d[\d,.]*\s?(?:euros?|dollars?)(?! (?:per|a) )", "V7", "money"),
    _cue(r"\brunning cost|\b(?:a|per) month\b.*\b(?:run|text|cost)|\bfor running it\b", "A14", "ceiling", strong=True),
    _cue(
        r"\b(?:live|running|ready|pilot|start|go) (?:before|by|on|in|at) "
        r"(?:\d|the|spring|summer|autumn|winter|january|february|march|april|may|june|"
        r"july|august|september|october|november|december)|"
        r"\bbefore (?:summer|winter|christmas)|\bdeadline\b",
        "V7",
        "date",
    ),
    _cue(r"\b(?:retire|auditors? come|tender|expires?|switched off|closes in)\b", "V10", "deadline cause"),
    _cue(r"\b(?:english|german|french|turkish|spanish|italian|polish|language)\b", "R17", "languages"),
    _cue(
        r"\b(?:deleted?|go after|away after|kept? for|keep (?:them|it)? ?for|retention|old .* go after)\b"
        r".*\b(?:day|week|month|year)s?",
        "R15",
        "retention",
        strong=True,
    ),
    _cue(
        r"\b(?:stays?|stored|server|data) (?:everything )?in (?:germany|france|europe|the eu|the country|our own)\b",
        "R15",
        "residency",
    ),
    _cue(r"\b(?:data protection|personal data|gdpr)\b", "R15", "retention"),
    _cue(r"\b(?:IEC|ISO|EN|MDR|HIPAA|audit|notified body|law|regulat\w+)\b", "R16", "clause"),
    _cue(
        r"\b(?:not in it|out of scope|won't do|will not|no (?:video|payment|paying|billing|forecast\w*|app)\b|not:)",
        "V6",
        "not in it",
    ),
    _cue(r"\blater\b", "V6", "later"),
    _cue(
        r"\b(?:i|we) want\b|\bshould (?:be able to|have|get|see)\b|\bneeds? (?:one|a|to)\b|\bkeep asking for\b",
        "V6",
        "in first release",
    ),
    _cue(
        r"\b(?:killing us|fed up|annoy|complain|too long|wrong|ill nobody|takes? .* (?:hours|minutes)|wait\w*)\b",
        "V1",
        "what happens",
    ),
    _cue(r"\b(?:won't give it up|has to stay|stays as it is|no discussion|prescribed|forbidden|not allowed)\b", "V7", "mandated"),
    _cue(r"\b(?:our|the) (?:\w+ )?(?:calendar|system|tool|program|software) is\b|\bwe use\b", "R7", "direction"),
    _cue(r"\b(?:practice|company|utility|team|hospital|shop|school|we are|we're|we make|people)\b", "V2", "primary"),
)

_BUDGET = re.compile(r"\bbudget\b|\bfunding\b|\bgrant\b|\bto spend\b|\bceiling\b", re.IGNORECASE)
_PRICE = re.compile(
    r"\b(?:deposits?|fees?|fines?|prices?|priced|rent|fares?|tickets?|charge[ds]?|charges?|discounts?|wages?|cash)\b|"
    r"\b(?:euros?|dollars?) (?:a|an|per|each|for (?:a|an|each|every))\b",
    re.IGNORECASE,
)
"""An amount that somebody pays in the daily business is no limit on what the project may cost."""

SLOT_CUES: dict[str, tuple[tuple[str, str], ...]] = {
    "V1": (
        (r"\d|third|half|quarter|times|twice|once", "how often"),
        (r"\b(?:people|nurse|customer|patient|desk|team|staff|jana)\b", "who hurts"),
    ),
    "V2": (
        (r"\b(?:decides?|at the end|sign)\b", "deciders"),
        (r"\bno\b|\bnever\b|\bdon't\b|\bnot\b|own system", "explicit non-user"),
    ),
    "V3": ((r"\b(?:must not|lose out|worse|failed|false)\b", "counter-metric"), (r"\b(?:today|now|currently)\b", "baseline")),
    "V4": ((r"\b(?:looked at|tried|competitor|ready-made|portal|product|no thanks|but|left in)\b", "why not enough"),),
    "V6": (
        (r"^first\b|\bfirst:", "in first release"),
        (r"\bnot\b|\bno \w|\bwithout\b|\bisn't\b", "not in it"),
        (r"\blater\b|\bmaybe\b", "later"),
    ),
    "V7": (
        (r"\beuros?\b|\bdollars?\b|\bmoney\b|\bbudget\b|\bmonth\b|\bcost\b", "money"),
        (
            r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn)\b.*\d{4}|\b\d{4}\b",
            "date",
        ),
        (r"\b(?:developer|people|team|guy|of us|freelance|colleague)s?\b", "people"),
        (r"\b(?:must|has to|IEC|ISO|own data centre|no discussion)\b", "mandated"),
    ),
    "V9": ((r"\bdon't call|\bnot call|\bplease (?:don't|use)|\binstead\b|\bavoid\b", "synonyms to avoid"),),
    "V10": (
        (r"\b(?:hobby|internal|for the public|regulated|inside (?:one|our|the)|for (?:ourselves|our own))\b", "stakes"),
        (
            (
                r"\b(?:because|until|before|by|otherwise|deadline|tender|retires?|ends?|expires?|closes?|runs out|leaves?|"
                r"spring|summer|autumn|winter|january|february|march|april|may|june|july|august|september|october|november|"
                r"december|year|month|week|20\d\d)s?\b"
            ),
            "deadline cause",
        ),
    ),
    "R1": ((r"\b(?:grant|assign|gives? access|two of us)\b", "who grants"),),
    "R2": ((r"\b(?:that's the moment|straight away|glad|done\b|goes away by itself|takes the numbers)", "moment of value"),),
    "R4": ((r"\b(?:unless|except|exception|but (?:under|if|the))\b", "exception"),),
    "R5": ((r"\d|\babout\b|\bmaybe\b", "volume"),),
    "R7": ((r"\b(?:if|when) .*\b(?:not|down|missing|fails?)\b", "failure behaviour"),),
    "R13": ((r"\b(?:lost|lose|losing)\b", "lost data"),),
    "R15": ((r"\b(?:germany|country|europe|own data centre|stays in)\b", "residency"),),
    "R17": ((r"\b(?:english|german|french|turkish|language)\b", "languages"),),
    "R20": ((r"\b(?:back|wrong|bad|rollback|as before)\b", "rollback"),),
}

_EMPTY = re.compile(
    r"^(?:no thanks|good (?:point|question)|you know what i mean|obviously|well|hm|as i said|see above|i don't know|"
    r"what we could do|there usually isn't|done|sorry|i know|full stop|no opinion|that's it|good)$",
    re.IGNORECASE,
)
_NEGATED = re.compile(
    r"\b(?:no|not|never|nobody|nothing|none|without|don't|doesn't|won't|isn't|must not|may not)\b", re.IGNORECASE
)
_SUBJECT = re.compile(
    r"\b((?:the|our|a|an|every|each|only|no|all|my|their)\s+)?((?:[a-zà-ÿ-]+\s+){0,2}?[A-Za-zà-ÿ][a-zà-ÿ-]+)\s+"
    r"(?:is|are|was|were|has|have|had|must|may|can|will|should|gets?|sees?|shows?|writes?|takes?|sends?|comes?|goes|needs?|wants?|owns?|"
    r"never|always|only|do|does|don't|doesn't|looks?|rings?|waits?|decides?)\b"
)
_LISTS = frozenset({"forced order"})
"""Slots that are answered by a list whose order matters; it is kept as one fact."""
_LEAD_TIME = re.compile(
    r"\b(\w*cancel\w*|book\w*|order\w*|chang\w*|mov\w*)\b.*\bat (\w+)(?: in the (?:morning|evening))? for (\w+)(?: o'clock)?",
    re.IGNORECASE,
)


def note(text: str, *, topic: str, slot: str = "", is_document: bool = False, is_first: bool = False) -> list[Noted]:
    """Facts from one answer or document. Every quote is a substring of ``text``.

    Args:
        topic: what was asked about; the home of every clause that no cue takes elsewhere.
        slot: the slot that was asked for.
        is_first: the open first answer, whose clauses go wherever their cues point.
    """
    found: list[Noted] = []
    for piece in sentences(text) if slot in _LISTS and not is_first else clauses(text):
        if not is_substantial(piece.text):
            continue
        found += _from_clause(piece, topic, slot, is_document=is_document, is_free=is_first or is_document)
    return without_repeats(found)


def is_substantial(text: str) -> bool:
    """False for fillers and for clauses that say nothing on their own."""
    words = text.split()
    if _EMPTY.match(text.strip(" .,!?")) or text.lstrip().startswith("|") or set(text) <= set("|-: "):
        return False
    return len(words) >= 2 or bool(quantities(text + " ")) or text.strip().lower() in lexicon().numbers or len(text) > 7


def is_unknown(text: str) -> bool:
    """The whole answer says that the person does not know."""
    low = text.lower()
    return any(phrase in low for phrase in lexicon().unknown) and len(low.split()) <= 14 and not quantities(text)


def put_off_until(text: str) -> str:
    """What has to happen before the decision is made, when the answer puts it off; else empty.

    The wish has to be the point of the answer: it stands in its first or its last sentence.
    """
    parts = [piece.text for piece in sentences(text)]
    if not parts:
        return ""
    ends = {parts[0], parts[-1]}
    if not any(phrase in part.lower() for part in ends for phrase in lexicon().later):
        return ""
    rest = [part for part in parts if not re.fullmatch(r"(?:please )?(?:decide|ask me) later", part, re.IGNORECASE)]
    return ". ".join(rest) or "when the owner takes it up again"


def vague_words(text: str) -> list[str]:
    """The soft words of a text that calls for a number or a name, in order."""
    low = text.lower()
    sweeping = [word for word in lexicon().sweeping if low.strip(" .!,") == word]
    return sweeping + [
        word for word in (*lexicon().vague, *lexicon().hedges) if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", low)
    ]


def _from_clause(piece: Piece, topic: str, slot: str, *, is_document: bool, is_free: bool) -> list[Noted]:
    home, place = _home(piece.text, topic, slot, is_free=is_free)
    numbers = [quantity for quantity in quantities(piece.text + " ") if not _is_article(quantity, piece.text)]
    quote = _short(piece.text)
    numbers = [quantity for quantity in numbers if quantity.at < len(quote)]
    confidence = 0.6 if is_document else 0.9 if numbers else 0.8
    soft = vague_words(piece.text)
    if soft and not numbers and not re.search(r"\d", piece.text):
        # "Fast" alone cannot be tested; "fast, two seconds" can.
        confidence = 0.4 if len(piece.text.split()) <= 8 else 0.6
    subject = _subject(piece.text, home)
    if lead := _lead_time(piece.text):
        subject, hours = lead
        return [Noted(home, place, subject, "lead time", quote, "=", hours, "h", confidence)]
    if before := re.search(r"\b(?:until|up to) (\S+) hours? before", piece.text, re.IGNORECASE):
        numbers = [quantity for quantity in numbers if quantity.unit == "h"]
        about = re.match(r"\W*([a-z]+ing|[a-z]+s)\b", piece.text, re.IGNORECASE)
        if numbers and before:
            return [
                Noted(
                    home,
                    place,
                    _title(about[1]) if about else subject,
                    "lead time",
                    quote,
                    ">=",
                    numbers[0].value,
                    "h",
                    confidence,
                )
            ]
    at = clock_time(piece.text)
    if at and not any(quantity.unit in {"%", "euros", "s", "min"} for quantity in numbers):
        return [Noted(home, place, subject, "time of day", quote, "<=" if _is_limit(piece.text) else "=", at, None, confidence)]
    if day := day_of(piece.text):
        return [Noted(home, place, subject, "date", quote, "<=" if _is_limit(piece.text) else "=", day, None, confidence)]
    if slot in _LISTS and home == topic and (items := listed(piece.text)):
        return [Noted(home, place, subject, "order", quote, None, ", ".join(items), None, confidence)]
    if not numbers:
        value = "no" if _NEGATED.search(piece.text) else None
        return [Noted(home, place, subject, _attribute(piece.text, place), quote, None, value, None, confidence)]
    return [
        Noted(home, place, subject, _measured(number, place), quote, number.op, number.value, number.unit, confidence)
        for number in numbers[:3]
    ]


def _home(text: str, topic: str, slot: str, *, is_free: bool) -> tuple[str, str]:
    is_price = _PRICE.search(text) is not None and not _BUDGET.search(text)
    for cue in CUES:
        if (is_free or cue.strong) and cue.topic != topic and cue.pattern.search(text):
            if is_price and (cue.topic, cue.slot) == ("V7", "money"):
                continue
            return cue.topic, cue.slot
    for pattern, name in SLOT_CUES.get(topic, ()):
        if re.search(pattern, text, re.IGNORECASE):
            return topic, name
    slots = list(BY_ID[topic].slots)
    return topic, slot if slot in slots else slots[0]


def _is_article(quantity: Quantity, text: str) -> bool:
    """A small counting word that only names the thing ("one calendar") carries no measure."""
    counts = quantity.value == 1 and re.match(r"(?:one|a)\b", text[quantity.at :], re.IGNORECASE) is not None
    return counts and quantity.unit not in {"s", "min", "h", "days", "weeks", "months", "years"}


def _is_limit(text: str) -> bool:
    return bool(re.search(r"\b(?:by|at the latest|before|until|latest)\b", text, re.IGNORECASE))


def _lead_time(text: str) -> tuple[str, float | int] | None:
    """Someone cancels at 8 for 10: an action, and how many hours before."""
    match = _LEAD_TIME.search(text)
    if match is None:
        return None
    hours = [lexicon().numbers.get(word.lower(), int(word) if word.isdigit() else -1) for word in (match[2], match[3])]
    if -1 in hours or hours[1] <= hours[0]:
        return None
    return _title(match[1]), hours[1] - hours[0]


def listed(text: str) -> list[str]:
    """The items of a list in their order: "Table, then the report, figures last" gives table, report, figures."""
    items = [
        re.sub(
            r"^(?:first|then|and|second|third|the|a|an|at the end)\b[:,]?\s*|\s+(?:first|last|at the end)$",
            "",
            part.strip(),
            flags=re.I,
        )
        for part in re.split(r",\s*(?:and )?(?:then )?|;\s*|\bthen\b|:\s", text)
    ]
    kept = [re.sub(r"^(?:the|a|an)\s+", "", item, flags=re.I).lower() for item in items if item.strip()]
    return kept if len(kept) >= 3 and all(len(item.split()) <= 6 for item in kept) else []


def _subject(text: str, topic: str) -> str:
    """Who or what the clause speaks of, as a short noun phrase."""
    empty = lexicon().pronouns | lexicon().common | lexicon().numbers.keys()
    for match in _SUBJECT.finditer(text):
        words = [word for word in match[2].split() if word.lower() not in empty]
        if words:
            return _title(" ".join(words))[:60]
    names = re.findall(r"(?<![.!?] )(?<!^)\b[A-Z][a-zà-ÿ]+\b", text)
    if names:
        return str(names[0])
    carried = [word for word in re.findall(r"[A-Za-zà-ÿ-]{4,}", text) if content_words(word)]
    return _title(carried[0]) if carried else _title(BY_ID[topic].topic)


def _attribute(text: str, slot: str) -> str:
    if _NEGATED.search(text):
        return "not"
    return slot.replace(" ", "_")


def _measured(quantity: Quantity, slot: str) -> str:
    """What the number counts: the noun behind it, else what was asked for."""
    is_noun = quantity.unit is not None and not is_measure(quantity.unit)
    return quantity.unit.replace(" ", "_") if quantity.unit and is_noun else slot.replace(" ", "_")


def _short(text: str) -> str:
    """The clause itself, or its first words when it is long; always a prefix, so it stays a substring."""
    words = list(re.finditer(r"\S+", text))
    if len(words) <= MAX_QUOTE_WORDS:
        return text
    return text[: words[MAX_QUOTE_WORDS - 1].end()].rstrip(" ,;:")


def _title(text: str) -> str:
    return text[:1].upper() + text[1:]


def without_repeats(facts: list[Noted]) -> list[Noted]:
    """The facts, each once: the same quote that says the same."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for fact in facts:
        key = (fact.topic, fact.quote, fact.attribute, fact.value, fact.unit)
        if key not in seen:
            seen.add(key)
            kept.append(fact)
    return kept
