"""Questions and answers become rows: labels, secrets out, personal spans marked. What the flows that hear somebody share."""

from __future__ import annotations

from typing import Any

from ground import clock
from ground.errors import BadInput, Conflict
from interviews.flows.recalling import next_label
from interviews.models import Answer, Interview, Question
from interviews.rules.linting import lint
from llm.guarding import guarded
from llm.redaction import find_personal

MAX_LETTERS = 40_000
"""Letters of one answer. A longer one is a document and is attached as one."""


def hold(interview: Interview) -> None:
    """Let nobody else give out labels in this interview until the transaction ends."""
    Interview.objects.select_for_update().only("pk").get(pk=interview.pk)


def words_of(text: str) -> str:
    """What was typed, trimmed. Raises ``BadInput`` when it is empty or too long."""
    words = text.replace("\r\n", "\n").replace("\x00", "").strip()
    if not words:
        raise BadInput("There was nothing to send. Write your answer in the box, in your own words.")
    if len(words) > MAX_LETTERS:
        raise BadInput(f"This answer has {len(words):,} letters; {MAX_LETTERS:,} fit. Attach the long part as a text file.")
    return words


def new_question(
    interview: Interview,
    *,
    topic: str,
    slot: str,
    text: str,
    why: str,
    triggered_by: list[str],
    kind: str = Question.Kind.OPEN,
    state: str = Question.State.OPEN,
    options: list[dict[str, str]] | None = None,
    recommended: str | None = None,
) -> Question:
    """Write a question's row with its lint. Called in a transaction that holds the interview."""
    asked = list(interview.questions.values_list("label", "text"))
    return Question.objects.create(
        interview=interview,
        label=next_label(interview, "Q"),
        topic=topic,
        slot=slot,
        kind=kind,
        text=text,
        why=why,
        options=options,
        recommended=recommended,
        triggered_by=triggered_by,
        lint=lint(text, asked).record,
        state=state,
        asked_at=clock.now(),
    )


def new_answer(question: Question, text: str, *, respondent: str = "owner", client_id: str = "") -> Answer:
    """Write what was said to ``question``. Called in a transaction that holds the interview.

    Secrets are replaced before the row is written; names, phone numbers and addresses stay for the owner and are replaced for
    everybody else (``Answer.shared_text``). Raises ``NotSearched``.
    """
    interview = question.interview
    clean = guarded(interview.workspace_id, text)
    return Answer.objects.create(
        interview=interview,
        label=next_label(interview, "A"),
        question=question,
        text=clean.text,
        redactions=_personal(interview, clean.text),
        secrets_removed=clean.removed,
        respondent=respondent,
        client_id=client_id,
    )


def keep_draft(interview: Interview, text: str) -> None:
    """Keep what is being written, without secrets: a draft lies in the database like an answer. Raises ``NotSearched``."""
    Interview.objects.filter(pk=interview.pk).update(draft=guarded(interview.workspace_id, text).text)


def take(question: Question, state: str) -> None:
    """Move an open question on; the conditional update lets one of two at the same moment through.

    Raises ``Conflict`` when it is no longer open or the interview is closed.
    """
    if not Interview.objects.filter(pk=question.interview_id).exclude(state=Interview.State.CLOSED).exists():
        raise Conflict("This interview is closed. Take it up again to answer.")
    if not Question.objects.filter(pk=question.pk, state=Question.State.OPEN).update(state=state):
        raise Conflict("This question was answered in the meantime. The page shows the next one.")
    question.state = state


def _personal(interview: Interview, text: str) -> list[dict[str, Any]]:
    """Personal spans with placeholders numbered per interview; an equal value keeps its placeholder."""
    known: dict[tuple[str, str], str] = {}
    for other in interview.answers.order_by("label"):
        for span in other.redactions:
            known[span["kind"], other.text[span["start"] : span["end"]]] = span["placeholder"]
    found = []
    for span in find_personal(text):
        value = text[span.start : span.end]
        count = sum(kind == span.kind for kind, _ in known)
        placeholder = known.setdefault((span.kind, value), f"[{span.kind}-{count + 1}]")
        found.append({"kind": span.kind, "placeholder": placeholder, "start": span.start, "end": span.end})
    return found
