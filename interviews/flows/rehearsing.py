"""The headless respondent: an answers file is interviewed like a person, and nothing that it says is lost."""

from __future__ import annotations

import re
from collections.abc import Callable

from django.db import transaction

from ground.errors import SpecStepError
from interviews.flows import answering, closing, confirming
from interviews.flows.recalling import open_question
from interviews.models import Interview, Question
from interviews.rules.choosing import PRECEDENCE
from interviews.rules.reading import content_words
from interviews.rules.settling import BOTH, document_chosen, document_wins
from interviews.rules.topics import BY_ID
from llm.purse import Purse

UNKNOWN = "I don't know."
_DECIDES = re.compile(
    r"\b(?:both|depends|the first|the second|what i tell you|good point|as i said|forget what|is the hard one|instead)\b",
    re.IGNORECASE,
)
"""How people word a decision between two things they said."""
OnTurn = Callable[[Question, str], None]


class NothingAsked(SpecStepError):
    detail = "The interview has no open question to answer."


def rehearse(
    interview: Interview,
    answers: list[tuple[str, str]],
    *,
    brief: str,
    purse: Purse,
    provider: str | None = None,
    on_turn: OnTurn | None = None,
) -> Interview:
    """Take an interview from its first question to its end.

    Args:
        answers: (topic, text) in the order of the file. A question takes the first unused answer of its topic; where none is
            left, the respondent does not know. What remains is asked for topic by topic, so that nothing said is lost.
        brief: the answer to the first question.
        on_turn: told about each question and what was answered.
    """
    left = list(answers)
    question = open_question(interview)
    if question is None:
        raise NothingAsked
    _say(interview, question, " ".join(brief.split()), purse, provider, on_turn)
    while (question := open_question(interview)) is not None:
        text = _fitting(question, left)
        _say(interview, question, text or UNKNOWN, purse, provider, on_turn)
    while left:
        question = _put_left(interview, left[0][0])
        _say(interview, question, left.pop(0)[1], purse, provider, on_turn)
        while (question := open_question(interview)) is not None:
            _say(interview, question, _fitting(question, left) or UNKNOWN, purse, provider, on_turn)
    confirming.sign_anchor(interview, by="owner")
    return closing.close(interview, because="Every answer was heard.")


def _fitting(question: Question, left: list[tuple[str, str]]) -> str | None:
    """The first unused answer that fits the question.

    A question that reads a line back or sets two things side by side takes only an answer that speaks of it; another answer of
    the topic would not be heard there.
    """
    place = next((place for place, entry in enumerate(left) if _fits(question, *entry)), None)
    return None if place is None else left.pop(place)[1]


def _fits(question: Question, topic: str, text: str) -> bool:
    trigger = question.triggered_by[0]
    shared = content_words(question.text) & content_words(text)
    if trigger == PRECEDENCE:
        return document_wins(text, asked=False) is not None
    if trigger.startswith(f"{PRECEDENCE}:"):
        names = [str(option["text"]) for option in question.options or []]
        return len(names) >= 2 and document_chosen(text, names[0], names[1]) != BOTH
    if trigger.startswith("conflict:"):
        dispute = question.conflicts.select_related("first", "second").get()
        return bool(_DECIDES.search(text)) and (topic in {dispute.first.topic, dispute.second.topic} or bool(shared))
    if trigger.startswith("document:"):
        return topic == question.topic and len(shared) >= 3
    return topic == question.topic and document_wins(text, asked=False) is None


def _put_left(interview: Interview, topic: str) -> Question:
    """Ask for what is left about a topic: by its own next question, and when those are used up by asking what else there is."""
    asked = set(interview.questions.filter(topic=topic).values_list("slot", flat=True))
    for slot, wanted in BY_ID[topic].slots.items():
        if slot not in asked:
            return answering.put_question(
                interview, topic, slot, text=wanted.question, why=wanted.why, triggered_by=f"topic:{topic}:more"
            )
    name = BY_ID[topic].name
    plain = f"What else should we know about this: {name[:1].lower()}{name[1:]}?"
    again = interview.questions.filter(text__startswith=plain[:-1]).count()
    return answering.put_question(
        interview,
        topic,
        next(iter(BY_ID[topic].slots)),
        text=plain if not again else f"{plain[:-1]} (part {again + 1})?",
        why="Nothing that you wanted to say should be lost.",
        triggered_by=f"topic:{topic}:more",
    )


def _say(interview: Interview, question: Question, text: str, purse: Purse, provider: str | None, on_turn: OnTurn | None) -> None:
    clean = " ".join(text.split()) if "\n\n" not in text else text.strip()
    with transaction.atomic():
        answering.store_answer(question, text=clean)
    answering.reply_now(interview, purse=purse, provider=provider)
    interview.refresh_from_db()
    if on_turn is not None:
        on_turn(question, clean)
