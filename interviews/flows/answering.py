"""What a person says is stored at once; the reply is worked out after it, and can be worked out again."""

from __future__ import annotations

import datetime as dt
from functools import partial
from typing import Any

from celery import shared_task
from django.db import IntegrityError, transaction

from billing.purses import UnmeteredPurse
from ground import clock, stream
from ground.errors import BadInput, Conflict, SpecStepError
from interviews.calls import WRITE_QUESTION, QuestionInput
from interviews.flows import noting
from interviews.flows.recalling import ledger_of, next_label, open_question
from interviews.flows.standing import store_standings
from interviews.models import Answer, Interview, Question, Reference, TopicState
from interviews.models import Conflict as Disagreement
from interviews.rules.choosing import Choice, choose, is_enough, is_stale, stakes_of
from interviews.rules.ledger import Ledger
from interviews.rules.linting import lint
from interviews.rules.topics import BY_ID
from llm import gateway
from llm.purse import Purse
from llm.redaction import find_personal, redact

MAX_LETTERS = 40_000
PIECE = 28
"""Letters of the next question that go out at a time, so that a page can show it growing."""
OVERDUE = dt.timedelta(seconds=90)
"""A reply that was begun and not finished for so long is begun again."""


def answer(question: Question, *, text: str, respondent: str = "owner", client_id: str = "") -> Answer:
    """Store what was said and have it read. Sending the same ``client_id`` again returns the first row.

    Raises ``BadInput`` for an empty or oversized text, ``Conflict`` for a question that is no longer open.
    """
    interview = question.interview
    if client_id and (before := interview.answers.filter(client_id=client_id).first()):
        return before
    try:
        with transaction.atomic():
            said = store_answer(question, text=text, respondent=respondent, client_id=client_id)
            reply_later(interview)
    except IntegrityError:
        if client_id and (before := interview.answers.filter(client_id=client_id).first()):
            return before
        raise
    return said


def store_answer(question: Question, *, text: str, respondent: str = "owner", client_id: str = "") -> Answer:
    """Write the answer's row and ask for no reply. Called in a transaction.

    Secrets are replaced before the row is written; names, phone numbers and addresses stay for the owner and are replaced for
    everybody else (``Answer.shared_text``).
    """
    interview = question.interview
    words = text.replace("\r\n", "\n").strip()
    if not words:
        raise BadInput("There was nothing to send. Write your answer in the box, in your own words.")
    if len(words) > MAX_LETTERS:
        raise BadInput(f"This answer has {len(words):,} letters; {MAX_LETTERS:,} fit. Attach the long part as a text file.")
    clean, removed = redact(words)
    _take(question, Question.State.ANSWERED)
    said = Answer.objects.create(
        interview=interview,
        label=next_label(interview, "A"),
        question=question,
        text=clean,
        redactions=_personal(interview, clean),
        secrets_removed=removed,
        respondent=respondent,
        client_id=client_id,
    )
    Interview.objects.filter(pk=interview.pk).update(draft="")
    stream.append(interview.stream, "turn", answer=said.label, question=question.label)
    return said


def reply_later(interview: Interview) -> None:
    """Ask for the reply. The state says that one is due, so a lost message is found by the sweep."""
    with transaction.atomic():
        if (
            Interview.objects.filter(pk=interview.pk)
            .exclude(state=Interview.State.CLOSED)
            .update(state=Interview.State.READING, trouble="", reply_due_at=clock.now())
        ):
            stream.append(interview.stream, "status", state="reading")
            transaction.on_commit(partial(reply.delay, str(interview.pk)))


@shared_task(name="interviews.reply")
def reply(interview_id: str) -> None:
    interview = Interview.objects.filter(pk=interview_id).select_related("workspace").first()
    if interview is not None:
        reply_once(interview)


def reply_once(interview: Interview) -> None:
    """Work the reply out unless another worker does. A failure is kept as a sentence on the interview; the answer stays."""
    taken = Interview.objects.filter(pk=interview.pk, state=Interview.State.READING, reply_due_at__lte=clock.now()).update(
        reply_due_at=clock.now() + OVERDUE
    )
    if not taken:
        return
    try:
        reply_now(interview, purse=UnmeteredPurse(interview.workspace_id))
    except SpecStepError as error:
        with transaction.atomic():
            Interview.objects.filter(pk=interview.pk, state=Interview.State.READING).update(
                state=Interview.State.OPEN, trouble=str(error)[:300]
            )
            stream.append(interview.stream, "status", state="trouble")


def reply_now(interview: Interview, *, purse: Purse, provider: str | None = None) -> Question | None:
    """Note facts from what is unread, update the topics, and put the next question. None when there is nothing left to ask."""
    for source in _unread(interview):
        found = noting.ask_for_notes(source, purse=purse, provider=provider)
        with transaction.atomic():
            if not type(source).objects.filter(pk=source.pk, read_at=None).update(read_at=clock.now()):
                continue
            facts = noting.store_notes(source, found)
            if isinstance(source, Answer):
                _after_answer(interview, source)
                stream.append(interview.stream, "noted", answer=source.label, question=source.question.label, facts=len(facts))
    with transaction.atomic():
        changed = store_standings(interview, ledger_of(interview))
        if changed:
            stream.append(interview.stream, "coverage", topics=changed)
    return _put_next(interview, purse=purse, provider=provider)


def do_not_know(question: Question) -> None:
    """The first time, offer an example and a default; the second time, assume the default visibly and go on."""
    interview = question.interview
    topic = BY_ID[question.topic]
    with transaction.atomic():
        if question.offered is None:
            question.offered = {"example": topic.example, "default": topic.default.text, "consequence": topic.default.consequence}
            Question.objects.filter(pk=question.pk).update(offered=question.offered)
            stream.append(interview.stream, "turn", question=question.label)
            return
        _take(question, Question.State.UNKNOWN)
        if not interview.facts.filter(topic=topic.id, state="live").exists():
            TopicState.objects.filter(interview=interview, topic=topic.id).update(
                state=TopicState.State.ASSUMED, note=topic.default.text[:300], owner=topic.default.owner
            )
        stream.append(interview.stream, "turn", question=question.label)
        reply_later(interview)


def decide_later(question: Question, *, owner: str, trigger: str) -> None:
    """Put the decision off, with the name of who decides and what has to happen first."""
    if not owner.strip() or not trigger.strip():
        raise BadInput("Say who decides and when: a name or a role, and a date or an event.")
    interview = question.interview
    with transaction.atomic():
        _take(question, Question.State.DEFERRED)
        TopicState.objects.filter(interview=interview, topic=question.topic).update(
            state=TopicState.State.DEFERRED, owner=owner.strip()[:80], trigger=trigger.strip()[:120]
        )
        stream.append(interview.stream, "turn", question=question.label)
        reply_later(interview)


def stop_reply(interview: Interview) -> None:
    """Leave the reply that is being worked out; what was said and noted stays, and it can be asked for again."""
    with transaction.atomic():
        stopped = Interview.objects.filter(pk=interview.pk, state=Interview.State.READING).update(
            state=Interview.State.OPEN, trouble="You stopped the reply."
        )
        if stopped:
            stream.append(interview.stream, "status", state="stopped")


def say_about(interview: Interview, *, topic: str, text: str) -> Answer:
    """An answer to a topic nobody asked about just now: a correction of what would be assumed. Read at once, without a next question."""
    if topic not in BY_ID:
        raise BadInput("Choose one of the topics on the list.")
    slot, wanted = next(iter(BY_ID[topic].slots.items()))
    if not text.strip():
        raise BadInput("Write down what holds instead, in your own words.")
    clean, removed = redact(text.strip())
    with transaction.atomic():
        question = _new_question(
            interview, topic, slot, f"{wanted.question}", wanted.why, "open", [f"correction:{topic}"], Question.State.ANSWERED
        )
        said = Answer.objects.create(
            interview=interview,
            label=next_label(interview, "A"),
            question=question,
            text=clean,
            redactions=_personal(interview, clean),
            secrets_removed=removed,
        )
        TopicState.objects.filter(interview=interview, topic=topic).update(
            state=TopicState.State.TOUCHED, note="", owner="", trigger=""
        )
    found = noting.ask_for_notes(said, purse=UnmeteredPurse(interview.workspace_id), provider=None)
    with transaction.atomic():
        noting.store_notes(said, found)
        Answer.objects.filter(pk=said.pk).update(read_at=clock.now())
        store_standings(interview, ledger_of(interview))
        stream.append(interview.stream, "noted", answer=said.label, question=question.label)
    return said


def put_question(interview: Interview, topic: str, slot: str, *, text: str, why: str, triggered_by: str) -> Question:
    """Put a question that somebody chose (the headless respondent's "what else"), in place of an open one."""
    with transaction.atomic():
        interview.questions.filter(state=Question.State.OPEN).update(state=Question.State.WITHDRAWN)
        return _new_question(interview, topic, slot, text, why, "open", [triggered_by], Question.State.OPEN)


def _unread(interview: Interview) -> list[Answer | Reference]:
    references: list[Answer | Reference] = list(interview.references.filter(read_at=None).order_by("label"))
    answers: list[Answer | Reference] = list(interview.answers.filter(read_at=None).select_related("question").order_by("label"))
    return references + answers


def _after_answer(interview: Interview, said: Answer) -> None:
    """What an answer means beyond its facts: stakes, a settled conflict, a decision put off."""
    question = said.question
    if "stakes" in (question.slot,) and not interview.stakes and (stakes := stakes_of(said.shared_text)):
        interview.stakes = stakes
        Interview.objects.filter(pk=interview.pk).update(stakes=stakes)
    if noting.puts_off(said):
        TopicState.objects.filter(interview=interview, topic=question.topic).update(
            state=TopicState.State.DEFERRED, owner=said.respondent, trigger=said.shared_text[:120]
        )
    elif noting.says_nothing(said) and not interview.facts.filter(topic=question.topic, state="live").exists():
        topic = BY_ID[question.topic]
        TopicState.objects.filter(interview=interview, topic=topic.id).update(
            state=TopicState.State.ASSUMED, note=topic.default.text[:300], owner=topic.default.owner
        )
    from interviews.flows.settling import settle_by_answer

    if noting.says_nothing(said):
        return
    for dispute in question.conflicts.filter(resolution=Disagreement.Resolution.OPEN):
        settle_by_answer(dispute, said)


def _put_next(interview: Interview, *, purse: Purse, provider: str | None) -> Question | None:
    ledger = ledger_of(interview)
    standing = open_question(interview)
    choice = None if standing or is_enough(ledger) or is_stale(ledger) else choose(ledger)
    wording = _worded(interview, choice, ledger, purse=purse, provider=provider) if choice else None
    with transaction.atomic():
        Interview.objects.filter(pk=interview.pk, state=Interview.State.READING).update(state=Interview.State.OPEN, trouble="")
        interview.refresh_from_db()
        if choice is None or wording is None or not interview.is_open:
            stream.append(interview.stream, "status", state="waiting" if standing else "finished")
            return standing
        question = _new_question(
            interview,
            choice.topic.id,
            choice.slot,
            wording[0],
            wording[1],
            choice.kind,
            list(choice.triggered_by),
            Question.State.OPEN,
            options=[{"text": text, "note": note} for text, note in choice.options] or None,
            recommended=choice.recommended,
        )
        if choice.dispute:
            interview.conflicts.filter(label=choice.dispute).update(question=question)
        stream.append(interview.stream, "turn", question=question.label)
        return question


def _worded(interview: Interview, choice: Choice, ledger: Ledger, *, purse: Purse, provider: str | None) -> tuple[str, str]:
    """The question in words; it goes to the log piece by piece. Conflicts and probes quote the owner and are not reworded."""
    text, why = choice.text, choice.why
    if choice.reason in {"slot", "moderator"}:
        near = [fact.quote for fact in ledger.live() if fact.topic[0] == choice.topic.area][-24:]
        given = QuestionInput(
            topic=choice.topic.name,
            slot=choice.slot,
            kind=choice.kind,
            draft=text,
            why=why,
            facts=near,
            asked=[asked.text for asked in ledger.asked],
        )
        worded = gateway.ask(
            WRITE_QUESTION, given, purse=purse, provider=provider, key=f"question:{interview.pk}:{len(ledger.asked)}"
        )
        text, why = worded.text.strip(), worded.why.strip()
    for start in range(0, len(text), PIECE):
        stream.append(interview.stream, "token", text=text[start : start + PIECE])
    return text, why


def _new_question(
    interview: Interview,
    topic: str,
    slot: str,
    text: str,
    why: str,
    kind: str,
    triggered_by: list[str],
    state: str,
    **more: Any,
) -> Question:
    asked = list(interview.questions.values_list("label", "text"))
    return Question.objects.create(
        interview=interview,
        label=next_label(interview, "Q"),
        topic=topic,
        slot=slot,
        kind=kind,
        text=text,
        why=why,
        triggered_by=triggered_by,
        lint=lint(text, asked).record,
        state=state,
        asked_at=clock.now(),
        **more,
    )


def _take(question: Question, state: str) -> None:
    """Move an open question on; the conditional update lets one of two at the same moment through."""
    if not question.interview.is_open:
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
