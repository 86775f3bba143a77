"""What was said, sentence by sentence, each with the place it stands and the fact that vouches for it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from generation.rules.agents.language import expand, flat, is_english
from generation.rules.content import Evidence, Grounds
from generation.rules.ears import PLACEHOLDER

UNSURE = re.compile(
    r"^(?:don't|do not) know|"
    r"\b(?:I (?:do not|don't|really don't|do n't) know|(?:we|really) don't know|dunno|no idea|not sure|no opinion|you tell me|"
    r"you decide|"
    r"decide later|ask (?:me|him|her|the vendor|them|someone)|to be decided|no clue|can't say|cannot say|hard to say|"
    r"whatever (?:is|you)|"
    r"keine ahnung|weiß nicht|weiss nicht|no sé|je ne sais)\b",
    re.I,
)
"""Words of somebody who does not know: the sentence asks for an owner, it states nothing."""
BRIEF = "A-000"
"""The answer that tells the project in the owner's own words."""
_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[^\sa-z])|\n\s*(?:[-*+]\s+|\d+[.)]\s+|#+\s+)|\n{2,}|\n(?=[-*+#|>])")
_BULLET = re.compile(r"(?:^|(?<=\s))[-*]\s+(?=\S)")
_BULLETED = re.compile(rf"\s+[-*]\s+(?=\S)|{_END.pattern}")
"""Where a list that lost its line breaks still shows its items."""
_ABBREVIATION = re.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|St|No|approx|e\.g|i\.e|etc|vs|ca|z\.B|bzw)\.$", re.I)


@dataclass(frozen=True)
class Sentence:
    """One sentence of one answer."""

    topic: str
    answer: str
    text: str
    """Exactly as in the answer."""
    facts: tuple[str, ...]
    """Live facts whose quotes overlap it; else the fact of the same answer that stands nearest."""
    index: int
    """Its place in the answer, from 0."""
    close: bool
    """Whether a fact's own quote overlaps it; False when the link is only the nearest one."""
    withdrawn: bool
    """Whether only superseded or rejected facts overlap it: the owner no longer means it."""
    foreign: bool = False
    """Whether the interview as a whole is not in English; single words of it then prove nothing."""

    @property
    def clean(self) -> str:
        """The sentence on one line, contractions written out, without Markdown."""
        return expand(flat(self.text))

    @property
    def unsure(self) -> bool:
        """Whether nothing can be built on it: the speaker does not know, asks back, leaves a blank, or has taken it back."""
        blank = bool(PLACEHOLDER.search(self.text)) or "[[SECRET:" in self.text
        return self.withdrawn or blank or bool(UNSURE.search(self.text)) or self.text.rstrip().endswith("?")

    @property
    def english(self) -> bool:
        return not self.foreign and is_english(self.text)


def split(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of a text; list items and lines after a blank line count as sentences."""
    spans: list[tuple[int, int]] = []
    start = 0
    run_on = "\n" not in text.strip() and len(_BULLET.findall(text)) > 1 and _BULLET.match(text)
    for match in (_BULLETED if run_on else _END).finditer(text):
        if _ABBREVIATION.search(text[start : match.start()]):
            continue
        spans.append((start, match.start()))
        start = match.end()
    spans.append((start, len(text)))
    trimmed = []
    for first, last in spans:
        piece = text[first:last]
        first += len(piece) - len(piece.lstrip(" \t\n-*#>"))
        last -= len(piece) - len(piece.rstrip())
        if last > first and re.search(r"\w", text[first:last]):
            trimmed.append((first, last))
    return trimmed


def sentences(evidence: Evidence) -> list[Sentence]:
    """All sentences of all answers in the order of the interview."""
    found: list[Sentence] = []
    told = [span for answer in evidence.answers for span in _texts(str(answer.get("text", "")))]
    foreign = len(told) > 1 and sum(is_english(text) for text in told) * 2 < len(told)
    for answer in evidence.answers:
        text = str(answer.get("text", ""))
        spans = _spans_of_facts(evidence, str(answer["id"]), text, live=True)
        dead = _spans_of_facts(evidence, str(answer["id"]), text, live=False)
        for index, (start, end) in enumerate(split(text)):
            over = tuple(fact for first, last, fact in spans if first < end and last > start)
            near = min(spans, key=lambda span: min(abs(span[0] - end), abs(span[1] - start)), default=None)
            facts = over or ((near[2],) if near else ())
            topic = _topic(str(answer.get("topic") or ""), str(answer["id"]), text[start:end])
            withdrawn = not over and any(first < end and last > start for first, last, _ in dead)
            found.append(Sentence(topic, str(answer["id"]), text[start:end], facts, index, bool(over), withdrawn, foreign))
    return found


def _texts(text: str) -> list[str]:
    """The sentences of a text that are long enough to tell a language by."""
    return [text[start:end] for start, end in split(text) if len(text[start:end].split()) > 5]


_RULE_IN_BRIEF = re.compile(
    r"^(?:and |but )?(?:nothing|nobody|no one|no [a-z]+(?: [a-z]+)?|never)\b.*\b(?:may|can|must|is allowed|should)\b|"
    r"\b(?:must (?:never|not)|may not|may only|is never allowed)\b",
    re.I,
)


def _topic(topic: str, answer: str, text: str) -> str:
    """The topic of a sentence: its answer's, except that a rule stated in the brief counts as a rule."""
    return "R4" if answer == BRIEF and _RULE_IN_BRIEF.search(expand(flat(text))) else topic


def _spans_of_facts(evidence: Evidence, answer: str, text: str, *, live: bool) -> list[tuple[int, int, str]]:
    spans = []
    for fact in evidence.facts:
        if fact["source"] == answer and (fact["status"] == "live") is live:
            at = text.find(str(fact["quote"]))
            if at >= 0 and fact["quote"]:
                spans.append((at, at + len(str(fact["quote"])), str(fact["id"])))
    return sorted(spans)


def grounds(evidence: Evidence, facts: tuple[str, ...] | list[str], *, most: int = 3) -> list[Grounds]:
    """The evidence entries of these live facts: the fact's own quote, word for word, and where it was said."""
    found: list[Grounds] = []
    by_id: dict[str, dict[str, Any]] = {str(fact["id"]): fact for fact in evidence.live()}
    for label in dict.fromkeys(facts):
        fact = by_id.get(label)
        if fact and fact.get("quote") and fact.get("origin") in ("user", "document", None):
            found.append(Grounds(fact=label, answer=str(fact["source"]), quote=str(fact["quote"])))
    return found[:most]
