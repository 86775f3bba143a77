"""What the interview asks a model, and the rule-based agents that answer without one."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from interviews.rules.disagreeing import opposite
from interviews.rules.linting import lint
from interviews.rules.noting import note
from interviews.rules.topics import BY_ID
from llm.calls import Call


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")


class TopicCard(Closed):
    """A topic as the note taker sees it."""

    id: str
    name: str
    slots: list[str]


class NoteInput(Closed):
    """One answer or document to take notes from."""

    topic: str
    slot: str
    question: str
    text: str
    is_first: bool
    is_document: bool
    topics: list[TopicCard]


class NotedFact(Closed):
    """One fact. ``quote`` is a verbatim stretch of the text."""

    topic: str
    slot: str
    subject: str
    attribute: str
    op: Literal["<=", "=", ">=", "<", "~"] | None
    number: float | None
    words: str | None
    """The value when it is no number: "yes", "paper, one per site"."""
    unit: str | None
    quote: str
    confidence: float = Field(ge=0, le=1)


class NoteOutput(Closed):
    facts: list[NotedFact]


def note_by_rule(given: NoteInput) -> NoteOutput:
    """Sentence by sentence: numbers, limits, rights, refusals."""
    facts = note(given.text, topic=given.topic, slot=given.slot, is_document=given.is_document, is_first=given.is_first)
    return NoteOutput(
        facts=[
            NotedFact(
                topic=fact.topic,
                slot=fact.slot,
                subject=fact.subject,
                attribute=fact.attribute,
                op=fact.op,
                number=None if isinstance(fact.value, str) or fact.value is None else float(fact.value),
                words=fact.value if isinstance(fact.value, str) else None,
                unit=fact.unit,
                quote=fact.quote,
                confidence=fact.confidence,
            )
            for fact in facts
        ]
    )


def check_notes(given: NoteInput, output: NoteOutput) -> list[str]:
    """Each quote stands in the text, each topic and slot exists."""
    faults = []
    for place, fact in enumerate(output.facts, start=1):
        if fact.quote not in given.text or not fact.quote.strip():
            faults.append(f"Fact {place}: the quote {fact.quote[:60]!r} is not in the text, letter by letter.")
        if fact.topic not in BY_ID:
            faults.append(f"Fact {place}: there is no topic {fact.topic!r}.")
        elif fact.slot not in BY_ID[fact.topic].slots:
            faults.append(
                f"Fact {place}: topic {fact.topic} has no slot {fact.slot!r}, it has {', '.join(BY_ID[fact.topic].slots)}."
            )
    return faults


NOTE_FACTS = Call(
    name="interviews.note_facts",
    version=3,
    input=NoteInput,
    output=NoteOutput,
    offline=note_by_rule,
    check=check_notes,
    stable=("topics",),
    fan_out=True,
    tier="balanced",
    max_tokens=6_000,
    deadline_seconds=90.0,
)


class Pair(Closed):
    """Two quotes, the older first."""

    first: str
    second: str


class JudgeInput(Closed):
    pairs: list[Pair]


class Verdict(Closed):
    verdict: Literal["entails", "compatible", "conflicts", "cannot tell"]
    reason: str


class JudgeOutput(Closed):
    verdicts: list[Verdict]
    """One for each pair, in their order."""


def judge_by_rule(given: JudgeInput) -> JudgeOutput:
    """Opposite statements in the same words conflict; of anything else rules cannot tell."""
    return JudgeOutput(
        verdicts=[
            Verdict(verdict="conflicts", reason="The same words, once with and once without a no.")
            if opposite(pair.first, pair.second)
            else Verdict(verdict="cannot tell", reason="Rules compare figures and scope only.")
            for pair in given.pairs
        ]
    )


def check_verdicts(given: JudgeInput, output: JudgeOutput) -> list[str]:
    """One verdict for each pair."""
    if len(output.verdicts) == len(given.pairs):
        return []
    return [f"There are {len(given.pairs)} pairs and {len(output.verdicts)} verdicts; give one for each, in order."]


JUDGE_PAIRS = Call(
    name="interviews.judge_pairs",
    version=1,
    input=JudgeInput,
    output=JudgeOutput,
    offline=judge_by_rule,
    check=check_verdicts,
    tier="balanced",
    max_tokens=1_200,
    deadline_seconds=45.0,
)


class QuestionInput(Closed):
    """The question that was chosen, to be worded for this owner."""

    topic: str
    slot: str
    kind: str
    draft: str
    why: str
    facts: list[str]
    """Quotes noted so far about this topic and its neighbours."""
    asked: list[str]


class QuestionOutput(Closed):
    text: str
    why: str


def word_by_rule(given: QuestionInput) -> QuestionOutput:
    """The topic's own plain question."""
    return QuestionOutput(text=given.draft, why=given.why)


def check_question(given: QuestionInput, output: QuestionOutput) -> list[str]:
    """The lint of a question, and that it was not asked before."""
    faults = list(lint(output.text, [(other, other) for other in given.asked]).faults)
    return [] if output.text == given.draft else faults


WRITE_QUESTION = Call(
    name="interviews.write_question",
    version=2,
    input=QuestionInput,
    output=QuestionOutput,
    offline=word_by_rule,
    check=check_question,
    tier="quick",
    max_tokens=600,
    deadline_seconds=45.0,
)
