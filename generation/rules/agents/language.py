"""English at the level of words: verbs and their forms, numbers in words, and the way from "we" and "I" to the third person.

No tagger and no model: short lists and rules that fail quietly. Whatever comes out is held to ``generation.rules.ears`` before it
is used as a requirement, so a wrong guess here costs a sentence, never a wrong package.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field


def _each(text: str) -> tuple[str, ...]:
    return tuple(text.split())


# --- verbs -----------------------------------------------------------------------------------------------------------------

REGULAR = _each(
    """
    accept access add adjust advise alert allow announce answer appear apply appoint approve archive arrange arrive
    ask assign attach attend ban belong block blame book borrow call calculate calibrate cancel change charge check
    claim clean clear click close collect compare complete compute confirm connect contact control convert copy
    correct count cover create dial decide decline define delete deliver deploy describe detect disable discard
    display dispatch divide dose download earn edit email enable encrypt end enter escalate estimate exchange
    explain export expire extend fail feed file fill filter finish fit fix flag follow forward free gather grant
    guess handle happen harvest help hire ignore import increase inform infuse insert inspect install invite invoice
    issue join jump kick label last learn leak like limit link list live load lock log look maintain manage mark
    match measure merge miss mix monitor move mute name need note notify offer open operate order pack pair park
    pass pause pay pick place plan play plant poll post prefer prepare press print process produce promise propose
    protect prove provide publish pull push query question queue rate reach react reassign receive recommend record
    recover redo reduce refill refund refuse register reject release reload remain remember remind remove rename
    renew rent repair repeat replace reply report request require reschedule reserve reset resolve respond restart
    restore resume retire retry return review revoke reward ring save scan schedule score search select separate
    serve settle share ship sign skip sort spawn start stay step stock stop store submit subscribe suggest supply
    support suspend swap switch sync tag talk tap test tick touch trace track trade train transfer translate treat
    trigger trust try turn type undo unlock update upgrade upload use validate verify view visit vote wait walk want
    warn wash watch weigh withdraw work water spray sow milk irrigate onboard interview enrol unsubscribe become
    lift curb void waive dismiss pin mention turn serve restate amend acknowledge silence dispense brew grade thresh
    allocate book respawn rejoin invest bid
    """
)
IRREGULAR = {
    "be": ("is", "was", "been", "being"),
    "have": ("has", "had", "had", "having"),
    "do": ("does", "did", "done", "doing"),
    "go": ("goes", "went", "gone", "going"),
    "get": ("gets", "got", "got", "getting"),
    "see": ("sees", "saw", "seen", "seeing"),
    "take": ("takes", "took", "taken", "taking"),
    "give": ("gives", "gave", "given", "giving"),
    "make": ("makes", "made", "made", "making"),
    "find": ("finds", "found", "found", "finding"),
    "send": ("sends", "sent", "sent", "sending"),
    "pay": ("pays", "paid", "paid", "paying"),
    "buy": ("buys", "bought", "bought", "buying"),
    "sell": ("sells", "sold", "sold", "selling"),
    "keep": ("keeps", "kept", "kept", "keeping"),
    "hold": ("holds", "held", "held", "holding"),
    "know": ("knows", "knew", "known", "knowing"),
    "leave": ("leaves", "left", "left", "leaving"),
    "lose": ("loses", "lost", "lost", "losing"),
    "meet": ("meets", "met", "met", "meeting"),
    "put": ("puts", "put", "put", "putting"),
    "read": ("reads", "read", "read", "reading"),
    "run": ("runs", "ran", "run", "running"),
    "say": ("says", "said", "said", "saying"),
    "set": ("sets", "set", "set", "setting"),
    "show": ("shows", "showed", "shown", "showing"),
    "tell": ("tells", "told", "told", "telling"),
    "win": ("wins", "won", "won", "winning"),
    "write": ("writes", "wrote", "written", "writing"),
    "choose": ("chooses", "chose", "chosen", "choosing"),
    "forget": ("forgets", "forgot", "forgotten", "forgetting"),
    "break": ("breaks", "broke", "broken", "breaking"),
    "bring": ("brings", "brought", "brought", "bringing"),
    "come": ("comes", "came", "come", "coming"),
    "cut": ("cuts", "cut", "cut", "cutting"),
    "draw": ("draws", "drew", "drawn", "drawing"),
    "drive": ("drives", "drove", "driven", "driving"),
    "fall": ("falls", "fell", "fallen", "falling"),
    "hear": ("hears", "heard", "heard", "hearing"),
    "let": ("lets", "let", "let", "letting"),
    "log": ("logs", "logged", "logged", "logging"),
    "spend": ("spends", "spent", "spent", "spending"),
    "stand": ("stands", "stood", "stood", "standing"),
    "ring": ("rings", "rang", "rung", "ringing"),
    "swap": ("swaps", "swapped", "swapped", "swapping"),
    "withdraw": ("withdraws", "withdrew", "withdrawn", "withdrawing"),
    "undo": ("undoes", "undid", "undone", "undoing"),
    "sow": ("sows", "sowed", "sown", "sowing"),
    "feed": ("feeds", "fed", "fed", "feeding"),
    "think": ("thinks", "thought", "thought", "thinking"),
    "mean": ("means", "meant", "meant", "meaning"),
    "deal": ("deals", "dealt", "dealt", "dealing"),
    "eat": ("eats", "ate", "eaten", "eating"),
    "sleep": ("sleeps", "slept", "slept", "sleeping"),
    "grow": ("grows", "grew", "grown", "growing"),
    "hide": ("hides", "hid", "hidden", "hiding"),
    "bid": ("bids", "bid", "bid", "bidding"),
}
DOUBLING = frozenset(
    _each("cancel plan scan ship stop tap swap log skip tag trigger ban drop submit control refill pop chat wrap grab fit format")
)
"""Verbs whose last letter may double: cancelled, planned."""


def third(base: str) -> str:
    """ "book" becomes "books"."""
    if base in IRREGULAR:
        return IRREGULAR[base][0]
    if re.search(r"(?:s|x|z|ch|sh|o)$", base):
        return base + "es"
    if re.search(r"[^aeiou]y$", base):
        return base[:-1] + "ies"
    return base + "s"


def past(base: str) -> str:
    """The participle: "book" becomes "booked", "write" becomes "written"."""
    if base in IRREGULAR:
        return IRREGULAR[base][2]
    if base.endswith("e"):
        return base + "d"
    if re.search(r"[^aeiou]y$", base):
        return base[:-1] + "ied"
    return base + (base[-1] if base in DOUBLING else "") + "ed"


def gerund(base: str) -> str:
    """ "cancel" becomes "cancelling"."""
    if base in IRREGULAR:
        return IRREGULAR[base][3]
    if base.endswith("e") and not base.endswith("ee"):
        return base[:-1] + "ing"
    return base + (base[-1] if base in DOUBLING else "") + "ing"


def _forms() -> dict[str, str]:
    forms: dict[str, str] = {}
    for base in (*REGULAR, *IRREGULAR):
        for form in (base, third(base), gerund(base)):
            forms.setdefault(form, base)
    return forms


FORMS = _forms()
"""Present forms and gerunds to their base."""
PARTICIPLES = {past(base): base for base in (*REGULAR, *IRREGULAR)}
MODALS = frozenset(_each("can could may might must shall should will would cannot"))
AUXILIARIES = frozenset(_each("is are was were be been am has have had do does did")) | MODALS


def base_of(word: str) -> str | None:
    """The verb a word is a present form of, or None."""
    return FORMS.get(word.lower())


def is_finite(word: str) -> bool:
    """Whether a word can head a predicate: "books", "is", "must"."""
    low = word.lower()
    return low in AUXILIARIES or (low in FORMS and not low.endswith("ing"))


# --- numbers ---------------------------------------------------------------------------------------------------------------

NUMBERS = {
    word: float(value)
    for value, word in enumerate(
        _each(
            "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
            "eighteen"
        )
    )
} | {
    "nineteen": 19.0,
    "twenty": 20.0,
    "thirty": 30.0,
    "forty": 40.0,
    "fifty": 50.0,
    "sixty": 60.0,
    "ninety": 90.0,
    "hundred": 100.0,
}
UNITS = {
    "s": r"seconds?|secs?|s",
    "min": r"minutes?|mins?",
    "h": r"hours?|hrs?|h",
    "days": r"days?",
    "weeks": r"weeks?",
    "months": r"months?",
    "years": r"years?",
    "%": r"%|per ?cent|percent",
    "EUR": r"euros?|eur|€",
    "USD": r"dollars?|usd|\$",
    "GBP": r"pounds?|gbp|£",
    "ms": r"ms|milliseconds?",
}
_NUMBER = r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|" + "|".join(sorted(NUMBERS, key=len, reverse=True))
_PLAIN_UNIT = "|".join(UNITS.values())
_UNIT = "|".join(f"(?P<u{index}>{pattern})" for index, pattern in enumerate(UNITS.values()))
AMOUNT = re.compile(
    rf"(?<![\w.])(?P<number>(?:\d[\d,.]*\d|\d)(?=[\s-]?(?:{_PLAIN_UNIT})(?!\w))|(?:{_NUMBER}|half an?|a quarter of an|"
    rf"an?)(?=[\s-]))[\s-]?(?:{_UNIT})(?![\w])",
    re.I,
)
_BARE = re.compile(rf"(?<![\w.,:])(?P<number>{_NUMBER})(?![\w:%]|[.,]\d)", re.I)
_UNIT_NAMES = tuple(UNITS)


@dataclass(frozen=True)
class Amount:
    """A number with its unit as said: value in that unit, the words, where they stand."""

    value: float
    unit: str
    words: str
    start: int
    end: int

    @property
    def spoken(self) -> str:
        """ "24 hours", "1 hour", "6 %"."""
        return f"{number(self.value)} {unit_word(self.unit, self.value)}"


def number(value: float) -> str:
    """ "24" rather than "24.0", with a comma per thousand."""
    return f"{int(value):,}" if float(value).is_integer() else f"{value:g}"


def unit_word(unit: str, value: float) -> str:
    """A unit's word beside a value: "hours", "hour", "%"."""
    names = {
        "s": "seconds",
        "min": "minutes",
        "h": "hours",
        "EUR": "euros",
        "USD": "dollars",
        "GBP": "pounds",
        "ms": "milliseconds",
    }
    word = names.get(unit, unit)
    return word[:-1] if value == 1 and word.endswith("s") and word != "s" else word


def value_of(text: str) -> float:
    """The number a word or numeral stands for.

    :raises ValueError: when it stands for none.
    """
    low = text.lower().strip()
    if low.startswith("half"):
        return 0.5
    if low.startswith("a quarter"):
        return 0.25
    if low in ("a", "an"):
        return 1.0
    return NUMBERS[low] if low in NUMBERS else float(low.replace(",", ""))


def amounts(text: str) -> list[Amount]:
    """Every number with a known unit, in order. "half an hour" is 30 min, "a minute" is 1 min."""
    found = []
    for match in AMOUNT.finditer(text):
        unit = next(_UNIT_NAMES[int(key[1:])] for key, hit in match.groupdict().items() if key != "number" and hit)
        value = value_of(match["number"])
        if unit == "h" and value < 1:
            value, unit = value * 60, "min"
        found.append(Amount(value, unit, match[0], match.start(), match.end()))
    return found


def counts(text: str) -> list[tuple[float, str]]:
    """Numbers without a known unit, each with the word after it: "two bookings" gives (2, "bookings")."""
    taken = [(amount.start, amount.end) for amount in amounts(text)]
    found = []
    for match in _BARE.finditer(text):
        if any(start <= match.start() < end for start, end in taken):
            continue
        after = re.match(r"\s+([a-z][a-z-]+)", text[match.end() :])
        found.append((value_of(match["number"]), after[1] if after else ""))
    return found


# --- text ------------------------------------------------------------------------------------------------------------------

_CONTRACTIONS = [
    (r"\bwon't\b", "will not"),
    (r"\bcan't\b", "cannot"),
    (r"\bshan't\b", "shall not"),
    (r"\b(\w+)n't\b", r"\1 not"),
    (r"\b(I)'m\b", r"\1 am"),
    (r"\b(we|you|they|who)'re\b", r"\1 are"),
    (r"\b(I|we|you|they)'ve\b", r"\1 have"),
    (r"\b(I|we|you|they|he|she|it|who|that)'ll\b", r"\1 will"),
    (r"\b(I|we|you|they|he|she|it|who)'d\b", r"\1 would"),
    (r"\b(it|that|there|what|here|who|he|she|where|everything|nothing|nobody|somebody|someone|everybody)'s\b", r"\1 is"),
]
_LEADING = re.compile(
    r"^(?:no[,:.]\s+|"
    r"(?:and|but|so|well|then|also|yes|yeah|ok|okay|oh|obviously|of course|please|just|actually|basically|honestly|"
    r"otherwise|"
    r"good point|in short|or|hm+|anyway|finally|plus|both then|now|sure|right|maybe|perhaps|probably)\b[,:.]?\s+|"
    r"(?:I|we) (?:think|guess|mean|suppose|believe|say|would say|would think)(?: that)?,?\s+|"
    r"(?:the |our )?(?:rule|point|thing|idea|main thing|important thing) is(?: that)?[,:]?\s+|(?:it is|it's) (?:important|"
    r"clear|true) that\s+)+",
    re.I,
)
_TRAILING = re.compile(
    r",?\s*(?:\b(?:please|full stop|period|obviously|I think|I guess|I would think|I would say|that is it|no thanks|thanks|"
    r"done|you know|let's say|"
    r"of course|never again|or so|right|okay|ok|and so on|etc\.?|and it was awful|if possible|straight away|"
    r"immediately))+[.!,]*$",
    re.I,
)


_SIGNS: dict[str, str | int | None] = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": ", ", "\u00a0": " ", "\u202f": " "}
_TYPOGRAPHY = str.maketrans(_SIGNS)


_SHORTHAND = ((r"\btodo\b", "to-do"), (r"\btb[dc]\b", "still open"), (r"\bfixme\b", "to be mended"), (r"\?{2,}", "?"))
"""What a checker of documents would take for something left to fill in, though a person said it."""


_WITHHELD = {"email": "an e-mail address", "phone": "a phone number", "person": "somebody", "iban": "an account number"}
"""What stands for a personal detail that was taken out before the text was shared."""


def flat(text: str) -> str:
    """One line without Markdown, with straight quotes and single spaces."""
    text = unicodedata.normalize("NFC", text)
    text = text.translate(_TYPOGRAPHY)
    text = re.sub(r"\[\[SECRET:[a-z0-9-]+:\w+\]\]", r"(secret taken out)", text)
    text = re.sub(r"\[([a-z]+)-\d+\]", lambda match: _WITHHELD.get(match[1], f"a named {match[1]}"), text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"[`*_~|<>{}\[\]#\\]+|%%", " ", text)
    for shorthand, words in _SHORTHAND:
        text = re.sub(shorthand, words, text, flags=re.I)
    return re.sub(r"\s+", " ", text).strip(" -:")


def expand(text: str) -> str:
    """Contractions written out: "don't" becomes "do not"."""
    for pattern, words in _CONTRACTIONS:
        text = re.sub(pattern, words, text, flags=re.I)
    return text


def trim(text: str) -> str:
    """A sentence without the noises of talk at both ends and without its last full stop."""
    text = text.strip().rstrip(".!?;:, ").strip()
    while True:
        shorter = _TRAILING.sub("", _LEADING.sub("", text)).strip().rstrip(".!?;:, ").strip()
        if shorter == text or not shorter:
            return text
        text = shorter


def lower_first(text: str, names: frozenset[str] = frozenset()) -> str:
    """The first letter small, unless the first word is a name, "I" or an abbreviation."""
    first = re.match(r"[\w'-]*", text)
    word = first[0] if first else ""
    if not word or word in names or word == "I" or (len(word) > 1 and word[1:2].isupper()):
        return text
    return text[0].lower() + text[1:]


def upper_first(text: str) -> str:
    """The first letter capital, the rest as it is."""
    return text[:1].upper() + text[1:]


def singular(noun: str) -> str:
    """ "patients" becomes "patient"; what is no plain plural stays."""
    irregular = {"people": "person", "men": "man", "women": "woman", "children": "child", "staff": "staff", "mice": "mouse"}
    if " in charge" in noun:
        return singular(noun.replace(" in charge", "")) + " in charge"
    head, _, last = noun.rpartition(" ")
    low = last.lower()
    if low in irregular:
        last = irregular[low]
    elif low.endswith("ies") and len(low) > 4:
        last = last[:-3] + "y"
    elif re.search(r"(?:sses|shes|ches|xes)$", low):
        last = last[:-2]
    elif low.endswith("s") and not low.endswith(("ss", "us", "is")) and len(low) > 3:
        last = last[:-1]
    return f"{head} {last}".strip()


def plural(noun: str) -> str:
    """ "patient" becomes "patients"."""
    irregular = {"person": "people", "man": "men", "woman": "women", "child": "children", "staff": "staff"}
    if noun.endswith(" in charge"):
        return plural(noun.removesuffix(" in charge")) + " in charge"
    head, _, last = noun.rpartition(" ")
    if last.lower() in irregular:
        last = irregular[last.lower()]
    elif re.search(r"[^aeiou]y$", last):
        last = last[:-1] + "ies"
    elif re.search(r"(?:s|x|ch|sh)$", last):
        last = last + "es"
    else:
        last = last + "s"
    return f"{head} {last}".strip()


def article(noun: str) -> str:
    """ "a patient", "an order"."""
    sounds = re.match(r"(?:[aeioAEIO]|[uU](?!ni|se|ti)|IT\b|HR\b|X-|hour|honest|[FHLMNRSX][A-Z])", noun)
    return f"{'an' if sounds else 'a'} {noun}"


def joined(items: list[str], word: str = "and") -> str:
    """ "a, b and c"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {word} {items[-1]}"


def stems(text: str) -> set[str]:
    """The words of a text that carry meaning, cut to a rough stem, for telling whether two texts speak of one thing."""
    found = set()
    for word in re.findall(r"[a-zà-ÿ]{3,}", text.lower()):
        if word in STOPWORDS:
            continue
        stem = base_of(word) or PARTICIPLES.get(word) or singular(word)
        stem = re.sub(r"ellation$", "el", stem)
        found.add(re.sub(r"(?:ations?|ings?|ed|er)$", "", stem)[:7] if len(stem) > 6 else stem)
    return found


STOPWORDS = frozenset(
    _each(
        """
        the and for with that this from into are was were been have has had not but you our your their its his her him
        they them all any one two three who what when where which how why than then there here very just only also more
        most some such own same over under after before out off too can will would should could may might must shall
        does did doing done being about other others another every each both either neither per via let like way thing
        things stuff get got gets put new old first last next later
        """
    )
)
ENGLISH = frozenset(
    _each("the a an is are of to in and for not no we i they it that if when on by with or at be have has can must do")
)

FOREIGN = frozenset(
    _each(
        """
        der die das und ist nicht wir ich mit für auf ein eine einen den dem zu von sind muss soll kann werden bei nur
        auch oder wenn le la les des est nous une pas avec pour et que dans sur sont qui vous ne doit el los las una
        para con por y es pero cuando il di che per non è sono gli della een het van niet voor zijn met o um uma não os
        em
        """
    )
)


def is_english(text: str) -> bool:
    """Whether a text is English enough to build sentences on; a text without telling words counts as English."""
    found = re.findall(r"[^\W\d_]+", text.lower())
    if any(ord(letter) > 0x24F for word in found for letter in word):
        return False
    foreign = sum(word in FOREIGN for word in found)
    return foreign == 0 or foreign < sum(word in ENGLISH or base_of(word) is not None for word in found)


# --- the third person --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Voice:
    """Who "I", "we" and "they" are in this interview."""

    owner: str = "owner"
    team: str = "team"
    others: str = "users"
    names: frozenset[str] = field(default_factory=frozenset)


def _agree(rest: str) -> str:
    """The predicate after a subject that became singular: "do not look" becomes "does not look"."""
    found = re.match(r"((?:(?:only|also|always|never|just|still|then|usually|often) )*)([A-Za-z]+)(.*)$", rest, re.S)
    if not found:
        return rest
    adverbs, verb, tail = found.groups()
    special = {"am": "is", "are": "is", "were": "was", "have": "has", "do": "does"}
    low = verb.lower()
    if low in special:
        verb = special[low]
    elif low not in MODALS and FORMS.get(low) == low:
        verb = third(low)
    return adverbs + verb + tail


def third_person(text: str, voice: Voice) -> str:
    """A sentence about "us" turned into one about the owner's organisation; quotes are never passed through here.

    "we note it as late" becomes "the practice notes it as late".
    """
    text = expand(text)
    text = re.sub(r"\b(\w[\w. ]*?) and I\b", rf"\1 and the {voice.owner}", text)
    text = _resubject(text, r"I", f"the {voice.owner}")
    text = _resubject(text, r"[Ww]e", f"the {voice.team}")
    text = re.sub(r"\bmyself\b", f"the {voice.owner}", text)
    text = re.sub(r"\bmy\b", f"the {voice.owner}'s", text, flags=re.I)
    text = re.sub(r"\bour\b", f"the {voice.team}'s", text, flags=re.I)
    text = re.sub(r"\bours\b", f"the {voice.team}'s", text, flags=re.I)
    text = re.sub(r"\bme\b", f"the {voice.owner}", text)
    text = re.sub(r"\bus\b", f"the {voice.team}", text)
    text = re.sub(r"\byourself\b", "oneself", text, flags=re.I)
    text = re.sub(r"\byour\b", "their", text, flags=re.I)
    text = re.sub(r"\byou\b", "people", text, flags=re.I)
    text = re.sub(r"^[Tt]hey\b", f"the {voice.others}", text)
    return re.sub(r"\s+", " ", text).strip()


def _resubject(text: str, pronoun: str, noun: str) -> str:
    def put(match: re.Match[str]) -> str:
        return f"{noun} {_agree(match[1])}"

    return re.sub(rf"\b{pronoun}\b\s+((?:(?:only|also|always|never|just|still|then|usually|often) )*[A-Za-z]+)", put, text)
