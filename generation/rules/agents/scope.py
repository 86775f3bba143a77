"""What the first release holds: the owner's list, its order, and what was left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from generation.rules.agents.language import FORMS, PARTICIPLES, base_of, flat, gerund, lower_first, stems, trim, upper_first
from generation.rules.agents.sentences import Sentence
from generation.rules.agents.wishes import acts, plainly, things, wishes

_IN = re.compile(
    r"^(?:in the first (?:release|version)|the first (?:release|version)|first(?: release| version)?|in(?: it)?|must have|"
    r"mvp|version one|"
    r"(?:we|I) (?:need|want)|it (?:needs|must have)|(?:we )?start with|for the start)\b[^:]{0,25}?[:,]\s*|"
    r"^(?:first|we need|I need|we want|I want|start with|in scope(?: is| are)?)\s+",
    re.I,
)
_OUT = re.compile(
    r"^not\b|\b(?:not in (?:it|scope|the first)|out of scope|leave out|left out|excluded|not (?:now|yet|included)|we do not "
    r"need|without|nicht (?:drin|dabei|enthalten)|hors p[eé]rim[eè]tre|no incluye)\b",
    re.I,
)
_LATER = re.compile(
    r"\b(?:later|one day|next year|second (?:release|version)|afterwards|some day|phase two|not now|not yet)\b", re.I
)
_NO_ITEM = re.compile(r"\bno ((?:[a-z-]+ ){0,2}[a-z-]+)", re.I)


@dataclass(frozen=True)
class Capability:
    """One thing the system does, in the owner's words."""

    name: str
    """Heading: "Book", "Waiting list"."""
    verb: str
    """Base of its verb when it is one: "book"; else empty."""
    words: str
    """As said: "waiting list", "record a treatment"."""
    facts: tuple[str, ...]
    priority: str
    foreign: bool = False
    """Whether the words are not English: they are quoted, not built into a sentence."""

    @property
    def stems(self) -> set[str]:
        return stems(self.words) | stems(self.name)


def capabilities(everything: list[Sentence]) -> list[Capability]:
    """The first release in the owner's order; forced order (R22) decides the priorities."""
    listed: list[tuple[str, tuple[str, ...]]] = []
    for sentence in _under_headings(everything):
        if (
            sentence.topic == "V6"
            and not sentence.unsure
            and not _OUT.search(sentence.clean)
            and not _LATER.search(sentence.clean)
        ):
            if _NO_ITEM.match(sentence.clean):
                continue
            listed += [(item, sentence.facts) for item in items(_IN.sub("", sentence.clean))]
    order = [
        (_unordered(item), sentence.facts)
        for sentence in everything
        if sentence.topic == "R22" and not sentence.unsure
        for item in items(re.sub(r"\b(?:then|and then)\b", ",", sentence.clean, flags=re.I))
    ]
    order = [(item, facts) for item, facts in order if item and len(item.split()) <= 4]
    ranks = [stems(item) for item, _ in order]
    found: list[Capability] = []
    for item, facts in [*listed, *order]:
        own = stems(item)
        if not own or len(item.split()) > 9 or any(_same_part(item, own, known) for known in found):
            continue
        rank = next((place for place, own in enumerate(ranks) if own & stems(item)), None)
        ranked = order[rank][1] if rank is not None else ()
        found.append(_capability(item, tuple(dict.fromkeys((*facts, *ranked))), _priority(rank, len(order))))
    if any(sentence.foreign for sentence in everything):
        found = [replace(part, verb="", name=upper_first(part.words)[:60], foreign=True) for part in found]
    found = found or _wished(everything)
    found.sort(key=lambda one: next((place for place, own in enumerate(ranks) if own & one.stems), len(ranks)))
    return found[:12]


def _wished(everything: list[Sentence]) -> list[Capability]:
    """What the brief wishes for, when no answer lists the first release."""
    found: list[Capability] = []
    for _, act, sentence in wishes(everything):
        for words in map(plainly, acts(act)):
            verb = base_of(words.split()[0]) or ""
            if verb and not any(verb == known.verb and stems(words) <= known.stems for known in found):
                found.append(Capability(upper_first(gerund(verb)), verb, words, sentence.facts, "must"))
    for noun, sentence in things(everything):
        if not any(stems(noun) & known.stems for known in found):
            found.append(Capability(upper_first(noun)[:60], "", lower_first(noun), sentence.facts, "must"))
    return found


def _same_part(item: str, own: set[str], known: Capability) -> bool:
    """Whether an item repeats a part; "cancel lunch" is not "order lunch", though both speak of lunch."""
    verb = base_of(item.split()[0])
    if verb and known.verb and verb != known.verb and len(item.split()) > 1 and not _is_noun_phrase(item):
        return False
    return len(own & known.stems) * 2 >= min(len(own), len(known.stems))


_HEADING = re.compile(r"^(?P<out>out|not in(?: it)?|out of scope|not|later)$|^(?:in|in it|in scope|first release)$", re.I)


def _under_headings(everything: list[Sentence]) -> list[Sentence]:
    """The sentences on scope without those that stand in a list below a heading such as "Out"."""
    kept, out, answer = [], False, ""
    for sentence in everything:
        out = out and sentence.answer == answer
        answer = sentence.answer
        if heading := _HEADING.match(sentence.clean.strip(" :.")):
            out = bool(heading["out"])
        elif not out or sentence.topic != "V6":
            kept.append(sentence)
    return kept


def _unordered(item: str) -> str:
    item = re.sub(r"^(?:(?:then|first|second|third|last|next|finally|and|the)\b[:,]?\s*)+", "", item, flags=re.I)
    return re.sub(
        r"(?:\s+(?:first|last|next|then|at the (?:very )?end|comes? (?:first|last|next|then)|after that))+$", "", item, flags=re.I
    ).strip()


def _guess(word: str) -> str:
    """The base of a gerund no list knows: "restocking" gives "restock"."""
    if not word.endswith("ing") or len(word) < 6:
        return ""
    stem = word[:-3]
    if len(stem) > 3 and stem[-1] == stem[-2] and stem[-1] not in "sl":
        return stem[:-1]
    return (
        stem + "e"
        if re.search(r"(?:at|iz|is|ur|id|as|os|us|ng|rg|rv|lv|uc|ut|ag)$", stem) and not stem.endswith("ring")
        else stem
    )


def _capability(item: str, facts: tuple[str, ...], priority: str) -> Capability:
    first = item.split()[0].lower()
    base = base_of(first) or (_guess(first) if len(item.split()) == 1 else "")
    noun_like = base and len(item.split()) == 1 and not first.endswith("ing") and base != first
    verb = "" if noun_like or (base and _is_noun_phrase(item)) else base
    words = item if not first.endswith("ing") or not verb else " ".join([verb, *item.split()[1:]])
    heading = " ".join([gerund(verb), *words.split()[1:]]) if verb else words
    if len(heading.split()) > 3:
        heading = re.split(r"\s+(?:per|for|of|with|from|to|by|in|on|at|that|which|and|or)\s+", heading)[0]
    return Capability(upper_first(heading)[:60], verb, words, facts, priority)


_PLAIN_ACTS = frozenset(
    """
    cancel pay see add edit delete approve submit send create find choose enter remove reject confirm update upload download
    invite assign view
    """.split()  # noqa: SIM905
)
"""Verbs that do not stand in front of a noun to describe it."""
_OF_AN_ORDER = frozenset(
    """
    history list number status form book page overview confirmation tracking desk screen report line lines entry sheet queue
    """.split()  # noqa: SIM905
)


def _is_noun_phrase(item: str) -> bool:
    """ "waiting list", "desk screen", "order history": a verb form in front that only describes a thing."""
    tokens = item.lower().split()
    if len(tokens) < 2:
        return False
    if tokens[0] in ("list", "report", "plan", "overview", "summary") and tokens[1] in ("for", "of"):
        return True
    if tokens[0] in _PLAIN_ACTS:
        return False
    if tokens[0] == "order" and tokens[1] not in _OF_AN_ORDER:
        return False
    if tokens[1] in (
        "a",
        "an",
        "the",
        "their",
        "new",
        "online",
        "your",
        "all",
        "our",
        "for",
        "in",
        "by",
        "and",
        "or",
        "to",
        "on",
        "out",
        "up",
        "what",
        "who",
    ):
        return False
    if tokens[0].endswith("ing"):
        return True
    return not tokens[1].endswith("s") or tokens[0] in (
        "order",
        "stock",
        "price",
        "test",
        "report",
        "plan",
        "review",
        "search",
        "work",
        "link",
    )


def _priority(rank: int | None, total: int) -> str:
    if rank is None or total < 3:
        return "must"
    if rank == total - 1:
        return "could"
    return "should" if rank == total - 2 and total > 3 else "must"


_TELLS = re.compile(
    r"(?:nobody|somebody|everybody|we|I|they|he|she|it|that|this|there|about|which|because|while|whoever)\b|"
    r"(?:[a-z]+ ){1,2}(?:brings|comes?|hangs|falls|goes|gets|knew|came|went|is|are|was|were|has|have)\b",
    re.I,
)
"""A clause that tells what happens is no entry of a list."""


def items(text: str) -> list[str]:
    """The entries of a spoken list: "book, cancel, reminder and a desk screen" gives four."""
    text = re.sub(r"\([^)]*\)", "", flat(text)).strip(" .!")
    text = text.split(":", 1)[1] if re.match(r"^[^,]{3,40}:\s", text) else text
    found: list[str] = []
    for part in re.split(r",\s*(?:and |or |also )?|;\s*|\.\s+|\s+plus\s+", text):
        part = trim(re.sub(r"^(?:the|a|an|also|and|then|some|being able to|to|maybe|perhaps)\s+", "", part.strip(), flags=re.I))
        halves = re.split(r"\s+and\s+", part)
        split_ok = len(halves) > 1 and all(len(half.split()) <= 3 for half in halves)
        found += halves if split_ok and not _shares_object(halves) else [part]
    cleaned = [lower_first(re.sub(r"^(?:the|a|an)\s+", "", item.strip(), flags=re.I)) for item in found]
    return [item for item in cleaned if re.search(r"[^\W\d]{3}", item) and len(item.split()) <= 9 and not _TELLS.match(item)]


def _shares_object(halves: list[str]) -> bool:
    """ "add and edit products": two verbs, one object; splitting would leave "add" alone."""
    return len(halves[0].split()) == 1 and base_of(halves[0]) is not None and len(halves[-1].split()) > 1


def left_out(everything: list[Sentence]) -> list[tuple[str, tuple[str, ...]]]:
    """What the owner said is not in the first release, with the facts that say so."""
    found: list[tuple[str, tuple[str, ...]]] = []
    for sentence in everything:
        if sentence.topic != "V6" or sentence.unsure or _LATER.search(sentence.clean):
            continue
        found += [
            (trim(re.split(r"\b(?:for|yet|now|please|at)\b", match[1])[0]), sentence.facts)
            for match in _NO_ITEM.finditer(sentence.clean)
        ]
        if ahead := re.match(
            r"^(?:the )?([A-Za-z][^,.:]{2,40}?) (?:is|are) (?:not in it|out\b|not included|excluded|not part)", sentence.clean
        ):
            found.append((lower_first(ahead[1]), sentence.facts))
        elif not _NO_ITEM.search(sentence.clean) and (cut := _OUT.search(sentence.clean)):
            rest = re.sub(r"^[^:,]{0,30}:\s*", "", sentence.clean[cut.end() :]).strip(" :,.")
            entries = items(re.split(r"\b(?:because|since)\b", rest)[0])
            found += [
                (entry, sentence.facts)
                for entry in entries
                if not re.match(r"(?:they|we|it|that|he|she|there|the)\b", entry, re.I)
            ]
    unique: dict[str, tuple[str, ...]] = {}
    for words, facts in found:
        if words and words.lower() not in unique and not re.match(r"^(?:more|one|other|way)\b", words):
            unique[words.lower()] = facts
    return list(unique.items())


def later(everything: list[Sentence]) -> list[tuple[str, tuple[str, ...]]]:
    """What the owner put off to a later release."""
    found = []
    for sentence in everything:
        if sentence.topic == "V6" and _LATER.search(sentence.clean):
            rest = re.sub(r"^\s*(?:maybe|perhaps|possibly)\b", "", _LATER.sub("", sentence.clean)).strip(" ,:.")
            found += [(item, sentence.facts) for item in items(rest)]
    return found


def is_a_participle(word: str) -> bool:
    """Whether a word can stand in "is ..." as a passive."""
    return word.lower() in PARTICIPLES and word.lower() not in FORMS
