"""How a requirement's statement must read: EARS classes, their patterns, and the words that make a statement unclear.

The patterns and word lists follow appendix B of the product plan (EARS after Mavin et al., smells after Femmer et al.). They
hold for English; statements are written in English whatever language the owner speaks. Everything here is pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from generation.rules import lexicon
from generation.rules.content import Ears

CONDITION = r"[^.;]{3,300}?"
SYSTEM = r"(?:the|a|an) [^,.;]{2,61}?"
SYSTEM_FIRST = r"(?:The|A|An) [^,.;]{2,61}?"

PATTERNS: dict[Ears, re.Pattern[str]] = {
    "complex": re.compile(
        rf"^(?:Where {CONDITION}, )?While {CONDITION}, (?:when|if) {CONDITION}, (?:then )?{SYSTEM} shall [^;]+\.$"
    ),
    "event": re.compile(rf"^When {CONDITION}, {SYSTEM} shall [^;]+\.$"),
    "unwanted": re.compile(rf"^If {CONDITION}, then {SYSTEM} shall [^;]+\.$"),
    "state": re.compile(rf"^While {CONDITION}, {SYSTEM} shall [^;]+\.$"),
    "optional": re.compile(rf"^Where {CONDITION}, {SYSTEM} shall [^;]+\.$"),
    "ubiquitous": re.compile(rf"^{SYSTEM_FIRST} shall [^;]+\.$"),
}
"""The order is the order of trial: a complex statement also looks like a state."""


def _each(text: str) -> frozenset[str]:
    return frozenset(text.split())


SHORTEST, LONGEST = 8, 40
"""Words in a statement."""

VAGUE = _each(
    """
    fast quick slow easy simple user-friendly intuitive robust scalable flexible efficient seamless modern secure reliable
    adequate appropriate sufficient reasonable optimal good better best high-quality state-of-the-art large small many few
    several some various significant minimal real-time soon regularly periodically timely
    """
)
ESCAPE = (
    "if possible",
    "as far as possible",
    "where appropriate",
    "as needed",
    "if necessary",
    "best effort",
    "should",
    "may",
    "might",
    "could",
    "would",
    "can",
)
OPEN_END = (
    "etc.",
    "and so on",
    "and more",
    "including but not limited to",
    "such as",
    "for example",
    "among others",
)
COMBINATORS = ("and/or", "unless", "but also", "as well as")
TECHNOLOGY = _each(
    """
    django python postgresql postgres mysql sqlite redis kafka kubernetes docker sql html css javascript typescript react
    http https json xml yaml rest graphql api server database table browser cookie webhook microservice endpoint backend
    frontend aws azure linux
    """
)
PRONOUNS = _each(
    """
    it they he she we i you this that these those everything something
    """
)
"""A condition or a response that starts with one of these hides its subject."""

PLACEHOLDER = re.compile(rf"{lexicon.PLACEHOLDER.pattern}|%%|<name>", re.IGNORECASE)
STOCK = re.compile(
    r"\b(?:leverag\w+|seamless\w*|cutting-edge|state-of-the-art|delve|robust|in today's|it is important to note|game.chang\w+|"
    r"holistic\w*|synerg\w+|best practices?|empower\w*|streamlin\w+|world-class|ensure that|in order to|utili[sz]\w+)\b|\u2014",
    re.I,
)
_TITLED = re.compile(r"(?<!^)(?<![.] )\b([A-Z][a-z]+(?: [A-Z][a-z]+)*|[A-Z]{2,}(?: [a-z]+)?)\b")
_IDENTIFIER = re.compile(r"\b(?:BR|CON|REQ|ASM|OQ|UJ|SM)-\d+\b")
_EVERYDAY_CAPITALS = _each(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September
    October November December
    """
)


def words(text: str) -> int:
    """How many words a text has, split at white space."""
    return len(text.split())


def classify(statement: str) -> Ears | None:
    """The EARS class a statement has the form of, or None."""
    return next((ears for ears, pattern in PATTERNS.items() if pattern.match(statement)), None)


def smells(text: str) -> list[str]:
    """The unclear words in a text: vague adjectives, loopholes, open lists and combinators, in the order of the lists."""
    low = re.sub(r"\bMay\b", "", text).lower()
    single = [word for word in (*sorted(VAGUE), *ESCAPE) if re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", low)]
    return single + [phrase for phrase in (*OPEN_END, *COMBINATORS) if phrase in low]


def technology(text: str, allowed: Iterable[str] = ()) -> list[str]:
    """Words of the solution in a text; a word of the owner's own terms (``allowed``) belongs to the problem and passes."""
    own = {word for term in allowed for word in re.findall(r"\w+", term.lower())}
    return sorted(word for word in TECHNOLOGY - own if re.search(rf"\b{re.escape(word)}\b", text.lower()))


def titled(statement: str) -> list[str]:
    """Phrases written with capitals inside a statement: names that a glossary has to explain. Days and months are left out."""
    found = _TITLED.findall(_IDENTIFIER.sub("", statement)[1:])
    return [phrase for phrase in found if phrase not in _EVERYDAY_CAPITALS]


def strange_names(statement: str, terms: Iterable[str]) -> list[str]:
    """Capitalised phrases of a statement that no term covers."""
    known = list(terms)

    def explained(phrase: str) -> bool:
        head = phrase.split()[0]
        short = head if len(head) > 1 and head.isupper() else phrase
        return any(phrase in term or short in term.split() for term in known)

    return [phrase for phrase in titled(statement) if not explained(phrase)]


def hidden_subject(statement: str) -> str | None:
    """The pronoun a statement hides its subject behind, as in "When it fails, ...", or None."""
    found = re.match(r"^(?:When|If|While|Where) ([A-Za-z]+)\b", statement) or re.match(r"^([A-Za-z]+)\b", statement)
    word = found[1].lower() if found else ""
    return word if word in PRONOUNS else None


def faults(statement: str, ears: Ears, *, terms: Iterable[str] = ()) -> list[str]:
    """Everything wrong with a statement as a sentence, in words; empty when it is clean.

    :param terms: the glossary's terms; they explain capitalised names and excuse technology words the owner uses.
    """
    known = list(terms)
    found = []
    if not PATTERNS[ears].match(statement):
        found.append(f"does not have the form of an EARS {ears} statement")
    if statement.count("shall") != 1:
        found.append(f'has "shall" {statement.count("shall")} times instead of once')
    if not SHORTEST <= words(statement) <= LONGEST:
        found.append(f"has {words(statement)} words; {SHORTEST} to {LONGEST} are allowed")
    found += [f'uses the unclear word "{word}"' for word in smells(statement)]
    found += [f'names technology: "{word}"' for word in technology(statement, known)]
    found += [f'uses the name "{name}", which is not in the glossary' for name in strange_names(statement, known)]
    if pronoun := hidden_subject(statement):
        found.append(f'hides its subject behind "{pronoun}"')
    if PLACEHOLDER.search(statement):
        found.append("holds a placeholder")
    if "  " in statement or "\n" in statement:
        found.append("holds double spaces or line breaks")
    return found
