"""The interview as people can read it: questions, answers word for word, what was noted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from generation.rules.content import Content
from generation.rules.markdown import inline, quote_block
from generation.rules.rendering import phrases

_REDACTED = {"person": "name", "phone": "phone number", "email": "e-mail address", "secret": "secret"}


@dataclass(frozen=True)
class Turn:
    id: str
    """Of the answer, or of the question when nobody answered."""
    topic: str
    question: str
    why: str
    said: str
    noted: str


def opening(content: Content) -> str:
    """The paragraph above the first question."""
    evidence = content.evidence
    days = sorted({str(row.get("asked_at") or "")[:10] for row in evidence.questions if row.get("asked_at")})
    when = (
        ""
        if not days
        else f", on {phrases.day(days[0])}"
        if len(days) == 1
        else f", from {phrases.day(days[0])} to {phrases.day(days[-1])}"
    )
    who = listed_once([str(row.get("respondent") or "owner") for row in evidence.answers]) or "the owner"
    parts = [f"With {who} of {inline(content.customer)}{when}, {phrases.counted(len(evidence.questions), 'question')}."]
    kinds = Counter(str(row.get("kind")) for answer in evidence.answers for row in answer.get("redactions") or [])
    if kinds:
        hidden = " and ".join(
            phrases.counted(count, _REDACTED.get(kind, kind), "e-mail addresses" if kind == "email" else "")
            for kind, count in sorted(kinds.items())
        )
        parts.append(f"{hidden} were replaced by placeholders before anything else read the text.")
    parts.append("Spelling is the owner's.")
    if evidence.sources:
        names = ", ".join(f"[{row['id']}]" for row in evidence.sources)
        parts.append(f"Documents that were read: {names}; they are listed in `evidence/sources.json`.")
    return " ".join(parts)


def listed_once(names: list[str]) -> str:
    return ", ".join(phrases.person(inline(name)) for name in dict.fromkeys(names))


def turns(content: Content) -> list[Turn]:
    """Every question in order with its answer."""
    evidence = content.evidence
    topics = {str(row["id"]): str(row["topic"]) for row in evidence.topics}
    answers: dict[str, list[dict[str, Any]]] = {}
    for answer in evidence.answers:
        answers.setdefault(str(answer["q"]), []).append(answer)
    noted: dict[str, list[str]] = {}
    for fact in evidence.facts:
        noted.setdefault(str(fact["source"]), []).append(str(fact["id"]))
    found = []
    for question in evidence.questions:
        given = answers.get(str(question["id"]), [])
        if not given:
            found.append(_turn(topics, question, str(question["id"]), "Not answered.", ""))
        for answer in given:
            label = str(answer["id"])
            found.append(_turn(topics, question, label, quote_block(str(answer["text"])), _noted(noted.get(label, []))))
    asked = {str(question["id"]) for question in evidence.questions}
    for answer in evidence.answers:
        if str(answer["q"]) not in asked:
            label = str(answer["id"])
            gone = {"topic": answer.get("topic") or "", "text": "This question was taken back later.", "why": ""}
            found.append(_turn(topics, gone, label, quote_block(str(answer["text"])), _noted(noted.get(label, []))))
    return found


def _turn(topics: dict[str, str], question: dict[str, Any], label: str, said: str, noted: str) -> Turn:
    return Turn(
        id=label,
        topic=topics.get(str(question["topic"]), str(question["topic"])),
        question=str(question["text"]),
        why=str(question.get("why") or ""),
        said=said,
        noted=noted,
    )


def _noted(labels: list[str]) -> str:
    return f"Noted: {', '.join(labels)}." if labels else "Nothing was noted from it."
