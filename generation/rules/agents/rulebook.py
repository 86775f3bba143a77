"""Business rules and constraints out of the answers: one plain sentence each, in the third person."""

from __future__ import annotations

import re

from generation.rules.agents.clauses import bounded, is_comment, said
from generation.rules.agents.language import (
    STOPWORDS,
    amounts,
    counts,
    flat,
    lower_first,
    number,
    stems,
    third_person,
    trim,
    unit_word,
    upper_first,
)
from generation.rules.agents.people import Cast
from generation.rules.agents.sentences import Sentence
from generation.rules.content import Constraint, Evidence, Rule

NORMATIVE = re.compile(
    r"\b(?:never|always|must|only|at most|at least|no more than|not more than|until|within|first|earliest|latest|maximum|"
    r"minimum|max|min|"
    r"nobody|nothing|no one|every|each|has to|have to|not allowed|allowed|may not|cannot|unless|except|under|over|limit|"
    r"required|needs? to|"
    r"is (?:always|never)|belongs?|wins?|stays?|two|one)\b",
    re.I,
)
_EXCEPTION = re.compile(r",?\s+\b(?:unless|except(?: for| when| if)?|with the exception of)\b\s+(.+)$", re.I)
_BARE_START = re.compile(
    r"^(?:online|until|under|over|within|after|before|earliest|latest|at|from|by|up to|max\w*|min\w*|not|no more|more than|"
    r"less than|about|"
    r"\d|one|two|three|four|five|six|seven|eight|nine|ten|yes|always|never|only)\b",
    re.I,
)
_GENERIC_SUBJECTS = frozenset(
    ["", "system", "answer", "scope", "owner", "project", "rule", "product", "it", "thing", "value", "the system"]
)
_STORY_RULE = re.compile(
    r"\b(?:whoever|comes? first|unless|has (?:half|an?|\d+|\w+) (?:an )?(?:hour|minute|day)\w*|at most|until|only)\b", re.I
)


def rules(evidence: Evidence, everything: list[Sentence], cast: Cast) -> list[Rule]:
    """The rules that were stated, each once, with its exception."""
    found: list[Rule] = []
    action = corrected = before = ""
    for sentence in everything:
        if sentence.topic == "R4" and _CORRECTS.match(sentence.clean):
            corrected = sentence.answer
        usable = not sentence.unsure and not is_comment(sentence) and sentence.english
        if not usable or not _is_rule(sentence) or not sentence.facts:
            continue
        near = action if sentence.answer in (before, corrected) else ""
        text, exception = _rule_text(evidence, sentence, cast, near)
        about, before = _ABOUT.match(text), sentence.answer
        action = about[1] if about else action
        if sentence.answer == corrected and about:
            found = [
                rule
                for rule in found
                if not (rule.text.startswith(about[1]) and amounts(rule.text) and sentence.answer not in _said(rule, evidence))
            ]
        text = _answered(text)
        if len(text.split()) < 3 or _DANGLING.search(text) or any(_same(text, rule.text) for rule in found):
            continue
        found.append(Rule(id="", text=text, exception=exception, facts=list(sentence.facts)))
    return [rule.model_copy(update={"id": f"BR-{place:02}"}) for place, rule in enumerate(found[:20], 1)]


def _said(rule: Rule, evidence: Evidence) -> set[str]:
    """The answers a rule rests on."""
    return {str(evidence.fact(fact)["source"]) for fact in rule.facts}


_ABOUT = re.compile(r"^([A-Z][a-z]+(?:ing|tion|s)?)(?=: | online\b| is possible| are possible)")
"""What a rule with a limit speaks of: "Cancelling online is possible until ..."."""
_CORRECTS = re.compile(r"^(?:good point|both then|actually|correction|sorry|no wait|you are right|let me correct)\b", re.I)


_DANGLING = re.compile(
    r"\b(?:those|these|this|that)(?= (?:in|on|at|of|for|is|are|was|were|had|has|belongs?)\b|[.,]|$)|^(?:If|When) (?:they|"
    r"people|the [a-z]+) (?:need|want)s? (?:more|less|it)\b|"
    r"\bnever (?:got|did|was|had|worked|came|went)\b|\b(?:has|have) written (?:it |this )?(?:down|up)\b",
    re.I,
)
"""Rules that point at something said elsewhere, or that are duties of people."""


_WHICH = re.compile(r"^(?:Which|What) [a-z ]+? (?P<verb>is|are|has|wins|counts|comes)\b(?P<rest>[^?]*)\? (?P<answer>[^.?]+)\.$")
_COUNTING = re.compile(
    r"^(?:How (?:many|much|long|often|far|soon)|By when|From when|Until when|What is the (?:largest|smallest|most|least))\b", re.I
)


def _answered(text: str) -> str:
    """A question with its answer as one rule: "Which list is right when two differ? Ours, always." says whose is right.

    A number is no answer to a question about who or what; that rule is empty and not kept.
    """
    question, mark, answer = text.partition("? ")
    if not mark:
        return text
    if which := _WHICH.match(text):
        name, _, more = which["answer"].partition(", ")
        return f"{upper_first(name)} {more + ' ' if more in ('always', 'never') else ''}{which['verb']}{which['rest']}."
    number_only = bool(counts(answer) or amounts(answer)) or answer.strip(" .").lower() in ("one", "two", "three", "four", "five")
    return "" if number_only and not _COUNTING.match(question) else text


def _is_rule(sentence: Sentence) -> bool:
    if sentence.topic == "R4":
        return len(sentence.clean.split()) > 2 or bool(counts(sentence.clean) or amounts(sentence.clean))
    if sentence.topic == "R2":
        return bool(_STORY_RULE.search(sentence.clean))
    return sentence.topic in ("A5", "R5") and bool(
        re.search(r"\b(?:always|never|belongs?|wins?|only|nobody|must)\b", sentence.clean, re.I)
    )


def _rule_text(evidence: Evidence, sentence: Sentence, cast: Cast, action: str) -> tuple[str, str]:
    text = said(sentence, cast)
    exception = "none"
    if (cut := _EXCEPTION.search(text)) and len(text[: cut.start()].split()) > 2:
        exception = upper_first(cut[1].strip(" ,.")) + "."
        text = text[: cut.start()]
    fact = evidence.fact(sentence.facts[0])
    if len(text.split()) > 24 and sentence.close:
        text = upper_first(third_person(trim(flat(str(fact["quote"]))), cast.voice))
    text = bounded(text.strip(" ,.;:"), 34)
    subject = str(fact.get("subject") or "").strip()
    if len(text.split()) <= 2:
        value, asked = _value(fact), _asked(evidence, sentence)
        named = f"{subject}, {str(fact.get('attribute') or 'number').replace('_', ' ')}: {value}"
        text = named if value and _names(subject) else f"{asked} {text}" if asked else text
    elif _BARE_START.match(text) and action and not _names(subject):
        text = f"{action}: {lower_first(text, cast.voice.names)}"
    elif _BARE_START.match(text) and _names(subject) and not stems(subject) & stems(text):
        text = f"{upper_first(subject)}: {lower_first(text, cast.voice.names)}"
    return upper_first(text) + ".", exception


def _asked(evidence: Evidence, sentence: Sentence) -> str:
    """The question an answer of one word answers."""
    question = next((str(a.get("q") or "") for a in evidence.answers if a["id"] == sentence.answer), "")
    return next((flat(str(q["text"])) for q in evidence.questions if q["id"] == question), "")


def _names(subject: str) -> bool:
    return (
        subject.lower() not in _GENERIC_SUBJECTS
        and "rule" not in subject.lower()
        and not _BARE_START.match(subject)
        and len(subject.split()) <= 3
        and subject.lower() not in STOPWORDS
    )


def _value(fact: dict[str, object]) -> str:
    value, unit = fact.get("value"), str(fact.get("unit") or "")
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return ""
    prefix = {"<=": "at most ", ">=": "at least ", "<": "less than ", ">": "more than "}.get(str(fact.get("op")), "")
    return f"{prefix}{number(value)} {unit_word(unit, value)}".strip()


def _same(first: str, second: str) -> bool:
    one, two = stems(first), stems(second)
    return first == second or (bool(one) and len(one & two) / len(one | two) > 0.8)


_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|"
    r"winter|christmas|easter)"
)
_DATED = re.compile(rf"\b(?:{_MONTH}|20\d\d)\b", re.I)
_BINDING = re.compile(
    r"\b(?:must|has to|have to|server|cloud|hosted|in (?:germany|europe|the eu)|stays?|on[- ]premise|at most|budget|"
    r"python|java|linux|windows|firefox|chrome|phones?|tablets?|old|existing|own)\b|\d",
    re.I,
)


def constraints(everything: list[Sentence], cast: Cast, system: str) -> list[Constraint]:
    """Money, dates, people, what is prescribed and what is forbidden, as stated."""
    found: list[Constraint] = []
    last = ""
    for sentence in everything:
        if sentence.unsure or is_comment(sentence) or not sentence.facts or not _is_constraint(sentence):
            continue
        text = said(sentence, cast) if sentence.english else trim(flat(sentence.text))
        text = re.sub(r"^(?:It|This|The thing|The new thing|The whole thing|The system)\b", f"The {system}", text)
        if sentence.topic in _LABELS and sentence.answer == last and found and len((found[-1].text + text).split()) < 44:
            found[-1].text = f"{found[-1].text} {bounded(text, 34).strip(' ,.;:')}."
            found[-1].facts.extend(fact for fact in sentence.facts if fact not in found[-1].facts)
            continue
        last = sentence.answer
        text = f"{_label(sentence)}{text}" if _label(sentence) else text
        text = bounded(text, 34).strip(" ,.;:") + "."
        if not any(_same(text, other.text) for other in found):
            found.append(Constraint(id=f"CON-{len(found) + 1:02}", text=text, facts=list(sentence.facts)))
    return found[:22]


def _is_constraint(sentence: Sentence) -> bool:
    text = sentence.clean
    if sentence.topic in ("V7", "A4", "A14", "R20", "R21", "A2"):
        return len(text.split()) > 2
    if sentence.topic == "V10":
        return bool(_DATED.search(text))
    return sentence.topic in ("A8", "R8") and bool(_BINDING.search(text)) and len(text.split()) > 3


_LABELS = {"R20": "Rollout: ", "R21": "Acceptance: ", "A2": "Order of quality goals: "}


def _label(sentence: Sentence) -> str:
    """What kind of constraint a bare number is, put in front: "Budget: "."""
    if sentence.topic in _LABELS:
        return _LABELS[sentence.topic]
    text = sentence.clean.lower()
    money = any(amount.unit in ("EUR", "USD", "GBP") for amount in amounts(text)) or re.search(r"\b\d[\d,.]* ?k\b", text)
    if money and not re.search(r"\b(?:budget|cost|spend|money|price|pay)", text):
        return "Running cost: " if re.search(r"\b(?:month|monthly|a year|per year|yearly)\b", text) else "Budget: "
    if sentence.topic == "R8":
        return "Devices: " if not re.search(r"\b(?:has|have|use|uses|is|are)\b", text) else ""
    return ""
