"""What nobody said: an assumption with an owner and a date, or an open question with an owner and a date."""

from __future__ import annotations

import re
from typing import Any

from generation.rules.agents.clauses import bounded, is_comment
from generation.rules.agents.drafting import Desk
from generation.rules.agents.language import NUMBERS, PARTICIPLES, STOPWORDS, flat, lower_first, trim, upper_first
from generation.rules.agents.outcomes import targets
from generation.rules.agents.stories import NOT_SAID

MOST_QUESTIONS = 12
_HEAVY = 4
"""Topics of this weight and more become an open question when nothing was said about them."""


def note_gaps(desk: Desk) -> None:
    """Turns conflicts, deferred and assumed topics, unsure answers and missing figures into records."""
    _fears(desk)
    _conflicts(desk)
    _topics(desk)
    _unsure(desk)
    _figures(desk)
    _journeys(desk)
    _least_privilege(desk)
    del desk.questions[MOST_QUESTIONS:]


def _fears(desk: Desk) -> None:
    """What the owner is most afraid of: assumed not to happen, and said so."""
    for sentence in desk.of("V8"):
        quote = re.sub(r"^(?:and|but) ", "", flat(sentence.text).strip(" .").replace('"', "'"), flags=re.I)
        if len(quote.split()) > 3 and not is_comment(sentence) and not re.match(r"(?:then|they|it|I)\b", quote, re.I):
            desk.assume(
                f'What the owner fears does not happen: "{quote}".',
                basis=sentence.facts,
                if_wrong="The owner named it as one of the biggest risks; the plan does not hold then.",
                test="Try it out before the first slice is built.",
                risk="high",
            )


def _conflicts(desk: Desk) -> None:
    for conflict in desk.evidence.conflicts:
        if conflict.get("resolution") in (None, "", "open"):
            quotes = [flat(str(quote)) for quote in conflict.get("quotes") or []]
            if len(quotes) > 1:
                desk.ask(
                    f'Which holds: "{quotes[0]}" or "{quotes[1]}"?',
                    why="Both were said and they exclude each other.",
                    default="The one said last.",
                    answers=_answers_of(desk, [str(fact) for fact in conflict.get("facts") or []]),
                )


def _answers_of(desk: Desk, facts: list[str]) -> list[str]:
    """The answers these facts come from; what a document says has no answer."""
    known = {str(fact["id"]): str(fact["source"]) for fact in desk.evidence.facts if str(fact["source"]).startswith("A-")}
    return list(dict.fromkeys(known[fact] for fact in facts if fact in known))


def _topics(desk: Desk) -> None:
    for topic in desk.evidence.topics:
        state, note = topic.get("state"), trim(flat(str(topic.get("note") or "")))
        name = str(topic.get("topic") or topic["id"])
        facts = tuple(str(fact) for fact in topic.get("facts") or [])
        answers = _answers_of(desk, list(facts))
        owner, trigger = str(topic.get("owner") or ""), str(topic.get("trigger") or "")
        if state == "deferred":
            when, told = _when(trigger)
            said = next((quote for fact in facts if len((quote := _quote(desk, fact)).split()) > 3), "")
            subject = f'"{bounded(said, 14)}"' if said else lower_first(name)
            trigger = when
            desk.ask(
                f"What is decided about {subject}?",
                why=f"{upper_first(told or note).rstrip('.')}." if told or note else "The decision was put off in the interview.",
                default="Nothing is built for it before the decision.",
                answers=answers,
                owner=owner,
                due=trigger,
            )
        elif state == "assumed" and note:
            desk.assume(
                f"{upper_first(name)}: {lower_first(note)}.",
                basis=facts,
                if_wrong=_consequence(topic),
                test="Show this sentence to the owner and ask whether it holds.",
                owner=owner,
                trigger=trigger,
                risk="high"
                if int(topic.get("weight") or 0) >= _HEAVY + 1
                else "medium"
                if int(topic.get("weight") or 0) == _HEAVY
                else "low",
            )
        elif state == "empty" and int(topic.get("weight") or 0) >= _HEAVY:
            desk.ask(
                f"What holds for {lower_first(name)}?",
                why="Nobody said anything about it, and other decisions rest on it.",
                default="Decided by the team that builds it, and shown to the owner.",
                answers=[],
            )


_EVENT = re.compile(
    r"\b((?:after|before|by|until|in|on|at) (?:the |their |our |next )?(?:[a-z']+ ){0,2}"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|spring|summer|autumn|winter|"
    r"monday|tuesday|wednesday|thursday|friday|week|month|year|quarter|meeting|pilot|release|start|go-live)(?: 20\d\d)?)\b",
    re.I,
)


def _when(trigger: str) -> tuple[str, str]:
    """When a put-off decision is due, in a few words, and the whole sentence where it had to be shortened."""
    text = flat(trigger).strip(" .")
    if len(text.split()) <= 6:
        return text, ""
    found = [match[1] for match in _EVENT.finditer(text)]
    dated = next((words for words in found if not re.search(r"(?:meeting|release|start|pilot)$", words)), "")
    return dated or (found[0] if found else ""), text


def _quote(desk: Desk, fact: str) -> str:
    return flat(str(desk.evidence.fact(fact)["quote"])).strip(" .").replace('"', "'")


def _consequence(topic: dict[str, Any]) -> str:
    said = topic.get("consequence")
    return (
        str(said) if said else f"Work that rests on {lower_first(str(topic.get('topic') or topic['id']))} has to be done again."
    )


def _unsure(desk: Desk) -> None:
    for sentence in desk.everything:
        if sentence.withdrawn or not sentence.unsure or sentence.text.rstrip().endswith("?"):
            continue
        question = next(
            (q for q in desk.evidence.questions if q.get("topic") == sentence.topic and _asked(desk, sentence.answer) == q["id"]),
            None,
        )
        quote = flat(sentence.text).strip(" .")
        if len(quote.split()) < 4 or (question is None and sentence.answer != "A-000"):
            continue
        deferred = any(t["id"] == sentence.topic and t.get("state") in ("deferred", "assumed") for t in desk.evidence.topics)
        if not deferred and question:
            desk.ask(
                str(question["text"]),
                why=f'The answer was: "{quote}".',
                default="What the rest of this package assumes.",
                answers=[sentence.answer],
            )


def _asked(desk: Desk, answer: str) -> str:
    return next((str(a.get("q") or "") for a in desk.evidence.answers if a["id"] == answer), "")


def _is_measure(measure: str) -> bool:
    """Whether the words name something that can be counted: not a bare number, participle or adjective."""
    words = [
        word for word in measure.lower().split() if word not in NUMBERS and word not in PARTICIPLES and word not in STOPWORDS
    ]
    return len(words) > 1 or (bool(words) and words[0].endswith("s"))


def _figures(desk: Desk) -> None:
    known = {outcome.measure for outcome in desk.vision.outcomes}
    for target in targets(desk.evidence, desk.everything):
        if target.measure not in known and target.baseline is None and _is_measure(target.measure):
            desk.ask(
                f"What is the figure today for {lower_first(target.measure)}?",
                why="A target was named. Without a figure of today nobody can tell whether it was reached.",
                default="The first month of use is counted and taken as the figure of today.",
                answers=_answers_of(desk, list(target.facts)),
            )
    if not targets(desk.evidence, desk.everything):
        desk.ask(
            "Which number will show that it was worth it, and by when?",
            why="No outcome with a number was named.",
            default="The owner judges by eye three months after the start.",
            answers=[],
        )


def _journeys(desk: Desk) -> None:
    for journey in desk.vision.journeys:
        if journey.failures == [NOT_SAID]:
            desk.ask(
                f'What happens when this goes wrong: "{journey.title}"?',
                why=f"No failure was described for {journey.id}.",
                default="The person is told what happened, nothing is stored, and the step can be repeated.",
                answers=_answers_of(desk, journey.facts),
            )


def _least_privilege(desk: Desk) -> None:
    if desk.vision.permissions.rows:
        desk.assume(
            "Whoever was not named for a capability does not have it.",
            basis=tuple(s.facts[0] for s in desk.of("R1"))[:3],
            if_wrong="Somebody is locked out of work they have to do.",
            test="Go through the table of permissions with one person of each role.",
        )
