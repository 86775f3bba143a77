"""Names and labels out of the owner's words, and the two halves of a statement: what planners need beside ``language``."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from generation.rules.agents.language import base_of, singular, stems

_ARTICLE = re.compile(r"^(?:an?|the|one|each|every|its|their|our|his|her|my|your|some|any)\s+", re.I)
_DANGLING = re.compile(
    r"(?i)an?|the|of|and|or|to|in|at|for|with|by|from|on|its|their|that|than|within|as|into|is|"
    r"are|not|no|each|every|only|who|which|one|our|his|let|never|does|do|anything|be|has|have|can"
)


def kebab(text: str, fallback: str = "part") -> str:
    """A name as the tail of an id: ASCII letters and hyphens only, at most 40 characters, never empty.

    "Zoë's Café 24" becomes "zoes-cafe"; a name without a single Latin letter becomes the fallback.
    """
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("’", "'")).encode("ascii", "ignore").decode()
    spaced = re.sub(r"[^a-z]+", "-", plain.replace("'", "").lower())
    return spaced[:40].strip("-") or fallback


def pascal(text: str) -> str:
    """A noun as the name of an entity in a diagram: "visit type" becomes "VisitType"."""
    return "".join(part.capitalize() for part in kebab(text, "record").split("-"))


def bare(noun: str) -> str:
    """A noun phrase without its article."""
    return _ARTICLE.sub("", noun.strip())


def the(system: str) -> str:
    """The system in the middle of a sentence: "the Booking Desk"."""
    return system if re.match(r"(?i)(?:the|my|our)\b", system) else f"the {system}"


def counted(value: float, unit: str) -> str:
    """A value with its unit: "2 s", "1 offer", "14,500 patients"."""
    figure = f"{int(value):,}" if float(value).is_integer() else f"{value:g}"
    return f"{figure} {singular(unit) if value == 1 and len(unit) > 3 else unit}"


def base(verb: str) -> str:
    """The base form of a present verb, by the list of known verbs or else by its ending."""
    low = verb.lower()
    known = base_of(low)
    if known:
        return known
    if low.endswith("ies") and len(low) > 4:
        return low[:-3] + "y"
    if re.search(r"(?:ch|sh|ss|x|zz|o)es$", low):
        return low[:-2]
    return low[:-1] if low.endswith("s") and not low.endswith("ss") else low


def clip(text: str, words: int) -> str:
    """At most so many words, cut at the last comma of the second half or before a dangling short word, without a full stop."""
    parts = text.strip().rstrip(".").split()
    if len(parts) <= words:
        return " ".join(parts)
    kept = parts[:words]
    cut = max((i for i, part in enumerate(kept) if part.endswith((",", ";", ":"))), default=-1)
    if cut >= words // 2:
        kept = kept[: cut + 1]
    while len(kept) > 2 and _DANGLING.fullmatch(kept[-1]):
        kept.pop()
    return " ".join(kept).rstrip(",;:")


def safe_label(text: str, words: int = 7) -> str:
    """A label that every diagram renderer takes: letters, digits, spaces, commas, hyphens and apostrophes."""
    return clip(re.sub(r"\s+", " ", re.sub(r"[^\w ,'-]", " ", text)).strip(), words) or "uses"


def alike(first: str, second: str) -> int:
    """How many meaningful words two texts share."""
    return len(stems(first) & stems(second))


@dataclass(frozen=True)
class Clause:
    """A statement taken apart: who triggers it with which act, and what the system does."""

    condition: str
    """Without its keyword; empty for a ubiquitous statement."""
    response: str
    """After "shall", without the full stop."""

    @property
    def verb(self) -> str:
        return self.response.split(" ", 1)[0].lower()


def clause(statement: str) -> Clause:
    """Takes an EARS statement apart at its only "shall"."""
    head, _, response = statement.strip().rstrip(".").partition(" shall ")
    condition = re.sub(r"^(?:When|If|While|Where)\s+", "", head)
    condition = re.sub(r",?\s*(?:then\s+)?(?:the|a|an)\s+[^,]{2,61}$", "", condition, flags=re.I) if condition != head else ""
    return Clause(condition.strip(" ,"), (response or head).strip())
