"""What a person says is stored at once; the reply is worked out after it, and can be worked out again."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from functools import partial

from celery import shared_task
from django.db import IntegrityError, transaction
from kombu.exceptions import KombuError, OperationalError

from billing.purses import purse_for
from ground import clock, stream
from ground.errors import BadInput, SpecStepError
from ground.models import LogEntry
from interviews.calls import WRITE_QUESTION, QuestionInput
from interviews.flows import deciding, doubting, noting
from interviews.flows.recalling import ledger_of, open_question
from interviews.flows.recording import hold, new_answer, new_question, take, words_of
from interviews.flows.standing import store_standings
from interviews.models import Answer, Fact, Interview, Question, Reference, TopicState
from interviews.models import Conflict as Disagreement
from interviews.rules.choosing import MORE, Choice, choose, is_enough, is_spent, is_stale, stakes_of
from interviews.rules.ledger import Ledger
from interviews.rules.noting import put_off_until
from interviews.rules.settling import holds_still
from interviews.rules.topics import BY_ID
from llm import gateway
from llm.errors import Stopped
from llm.guarding import guarded
from llm.keys import provider_for
from llm.purse import Purse

log = logging.getLogger(__name__)
PIECE = 28
"""Letters of the next question that go out at a time, so that a page can show it growing."""
OVERDUE = dt.timedelta(seconds=90)
"""A reply that was begun and not finished for so long is begun again."""
STOPPED = "You stopped the reply."


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
    except (IntegrityError, SpecStepError):
        # The same answer came twice at the same moment: the other one was stored.
        if client_id and (before := interview.answers.filter(client_id=client_id).first()):
            return before
        raise
    return said


def store_answer(question: Question, *, text: str, respondent: str = "owner", client_id: str = "") -> Answer:
    """Write the answer's row and ask for no reply. Called in a transaction. Raises as ``answer``."""
    interview = question.interview
    words = words_of(text)
    hold(interview)
    take(question, Question.State.ANSWERED)
    said = new_answer(question, words, respondent=respondent, client_id=client_id)
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
            transaction.on_commit(partial(_ring, str(interview.pk)))


def ask_on(interview: Interview) -> None:
    """The owner wants to be asked on: where the questions of the depth are used up, some more are granted."""
    with transaction.atomic():
        hold(interview)
        if is_spent(ledger_of(interview)):
            stream.append(interview.stream, "status", state="reading", more=MORE)
        reply_later(interview)


def _ring(interview_id: str) -> None:
    try:
        reply.delay(interview_id)
    except (OperationalError, KombuError, OSError) as error:
        # What was said is stored and its row says that a reply is due: the sweep rings again.
        log.warning("The broker did not take the bell for a reply: %s", error)


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
        reply_now(
            interview,
            purse=purse_for(interview.workspace_id, subject=interview.pk),
            between=partial(still_wanted, interview),
        )
    except (Stopped, Interview.DoesNotExist):
        return  # its owner stopped it, or deleted it meanwhile
    except SpecStepError as error:
        with transaction.atomic():
            Interview.objects.filter(pk=interview.pk, state=Interview.State.READING).update(
                state=Interview.State.OPEN, trouble=str(error)[:300]
            )
            stream.append(interview.stream, "status", state="trouble")


def still_wanted(interview: Interview) -> None:
    """Between two calls of a long reply: it is not overdue while it goes on. Raises ``Stopped`` when the owner stopped it."""
    reading = Interview.objects.filter(pk=interview.pk, state=Interview.State.READING)
    if not reading.update(reply_due_at=clock.now() + OVERDUE):
        raise Stopped


def reply_now(
    interview: Interview, *, purse: Purse, provider: str | None = None, between: Callable[[], None] | None = None
) -> Question | None:
    """Note facts from what is unread, update the topics, and put the next question. None when there is nothing left to ask.

    ``provider`` is by default the one of the workspace: that of its own key if it has one (S-068). ``between`` is called between
    the parts of a long text.
    """
    provider = provider or provider_for(interview.workspace_id).provider
    for source in _unread(interview):
        found = noting.ask_for_notes(source, purse=purse, provider=provider, between=between)
        judged = doubting.ask_about_pairs(source, found, purse=purse, provider=provider)
        with transaction.atomic():
            hold(interview)
            if not type(source).objects.filter(pk=source.pk, read_at=None).update(read_at=clock.now()):
                continue
            facts = noting.store_notes(source, found, judged)
            if isinstance(source, Answer):
                _after_answer(interview, source)
                stream.append(interview.stream, "noted", answer=source.label, question=source.question.label, facts=len(facts))
            deciding.settle_by_precedence(interview)
    with transaction.atomic():
        changed = store_standings(interview, ledger_of(interview))
        if changed:
            stream.append(interview.stream, "coverage", topics=changed)
    return _put_next(interview, purse=purse, provider=provider)


def do_not_know(question: Question) -> None:
    """The first time, offer an example and a default; the second time, assume the default visibly and go on.

    A question that is not about its topic (two answers that disagree, a line of a document) has no default: it stays open.
    """
    interview = question.interview
    topic = BY_ID[question.topic]
    with transaction.atomic():
        if question.offered is None and _is_about_its_topic(question):
            offered = {"example": topic.example, "default": topic.default.text, "consequence": topic.default.consequence}
            Question.objects.filter(pk=question.pk, state=Question.State.OPEN).update(offered=offered)
            question.offered = offered
            stream.append(interview.stream, "turn", question=question.label)
            return
        take(question, Question.State.UNKNOWN)
        _assume(question)
        stream.append(interview.stream, "turn", question=question.label)
        reply_later(interview)


def decide_later(question: Question, *, owner: str, trigger: str) -> None:
    """Put the decision off, with the name of who decides and what has to happen first."""
    if not owner.strip() or not trigger.strip():
        raise BadInput("Say who decides and when: a name or a role, and a date or an event.")
    interview = question.interview
    who, when = (guarded(interview.workspace_id, text.strip()).text for text in (owner, trigger))
    with transaction.atomic():
        take(question, Question.State.DEFERRED)
        TopicState.objects.filter(interview=interview, topic=question.topic).update(
            state=TopicState.State.DEFERRED, owner=who[:80], trigger=when[:120]
        )
        stream.append(interview.stream, "turn", question=question.label)
        reply_later(interview)


def stop_reply(interview: Interview) -> None:
    """Leave the reply that is being worked out; what was said and noted stays, and it can be asked for again."""
    with transaction.atomic():
        stopped = Interview.objects.filter(pk=interview.pk, state=Interview.State.READING).update(
            state=Interview.State.OPEN, trouble=STOPPED
        )
        if stopped:
            stream.append(interview.stream, "status", state="stopped")


def say_about(interview: Interview, *, topic: str, text: str, because: str = "correction") -> Answer:
    """An answer to a topic nobody asked about just now, such as a correction of what would be assumed. It is read at once.

    Raises ``BadInput`` for an unknown topic or an empty or oversized text. When reading fails the answer stays, unread, and is
    read with the next reply.
    """
    if topic not in BY_ID:
        raise BadInput("Choose one of the topics on the list.")
    if not text.strip():
        raise BadInput("Write down what holds instead, in your own words.")
    words = words_of(text)
    slot, wanted = next(iter(BY_ID[topic].slots.items()))
    purse = purse_for(interview.workspace_id, subject=interview.pk)
    with transaction.atomic():
        hold(interview)
        question = new_question(
            interview,
            topic=topic,
            slot=slot,
            text=wanted.question,
            why=wanted.why,
            triggered_by=[because if ":" in because else f"{because}:{topic}"],
            state=Question.State.ANSWERED,
        )
        said = new_answer(question, words)
        TopicState.objects.filter(interview=interview, topic=topic).update(
            state=TopicState.State.TOUCHED, note="", owner="", trigger=""
        )
    found = noting.ask_for_notes(said, purse=purse, provider=provider_for(interview.workspace_id).provider)
    with transaction.atomic():
        hold(interview)
        if Answer.objects.filter(pk=said.pk, read_at=None).update(read_at=clock.now()):
            facts = noting.store_notes(said, found)
            store_standings(interview, ledger_of(interview))
            stream.append(interview.stream, "noted", answer=said.label, question=question.label, facts=len(facts))
    return said


def put_question(interview: Interview, topic: str, slot: str, *, text: str, why: str, triggered_by: str) -> Question:
    """Put a question that somebody chose (the headless respondent's "what else"), in place of an open one."""
    with transaction.atomic():
        hold(interview)
        interview.questions.filter(state=Question.State.OPEN).update(state=Question.State.WITHDRAWN)
        return new_question(interview, topic=topic, slot=slot, text=text, why=why, triggered_by=[triggered_by])


def _unread(interview: Interview) -> list[Answer | Reference]:
    given = interview.references.filter(read_at=None, state=Reference.State.READ).exclude(text="")
    references: list[Answer | Reference] = list(given.order_by("label"))
    answers: list[Answer | Reference] = list(interview.answers.filter(read_at=None).select_related("question").order_by("label"))
    return references + answers


def _after_answer(interview: Interview, said: Answer) -> None:
    """What an answer means beyond its facts: stakes, a conflict settled, a line confirmed, a decision put off."""
    question = said.question
    if noting.says_nothing(said):
        _assume(question)
        return
    if question.slot == "stakes" and not interview.stakes and (stakes := stakes_of(said.shared_text)):
        interview.stakes = stakes
        Interview.objects.filter(pk=interview.pk).update(stakes=stakes)
    if until := put_off_until(said.shared_text):
        TopicState.objects.filter(interview=interview, topic=question.topic).update(
            state=TopicState.State.DEFERRED, owner=said.respondent[:80], trigger=until[:120]
        )
        return
    disputes = question.conflicts.filter(resolution=Disagreement.Resolution.OPEN).select_related("first", "second")
    for dispute in disputes:
        deciding.decide_by_answer(dispute, said)
    deciding.hear_precedence(interview, said)
    deciding.hear_order_of_two(interview, said)
    deciding.settle_by_itself(interview, said)
    _confirm_line(interview, said)


def _confirm_line(interview: Interview, said: Answer) -> None:
    """The answer to "Your document says ...; does that still hold?" confirms or rejects that line."""
    holds = holds_still(said.shared_text)
    labels = [name.removeprefix("document:") for name in said.question.triggered_by if name.startswith("document:")]
    if holds is None or not labels:
        return
    lines = interview.facts.filter(label__in=labels, state=Fact.State.LIVE)
    if holds:
        lines.update(confirmed_by=said.respondent, confirmed_at=clock.now())
    else:
        lines.update(state=Fact.State.REJECTED)


def _assume(question: Question) -> None:
    """Assume the default of a topic that was asked for and of which nothing is known."""
    interview, topic = question.interview, BY_ID[question.topic]
    if not _is_about_its_topic(question) or interview.facts.filter(topic=topic.id, state=Fact.State.LIVE).exists():
        return
    TopicState.objects.filter(interview=interview, topic=topic.id).update(
        state=TopicState.State.ASSUMED, note=topic.default.text[:300], owner=topic.default.owner
    )


def _is_about_its_topic(question: Question) -> bool:
    return question.triggered_by[:1] == ["start"] or any(
        name.startswith(("topic:", "vague:", "correction:")) for name in question.triggered_by
    )


def _put_next(interview: Interview, *, purse: Purse, provider: str | None) -> Question | None:
    ledger = ledger_of(interview)
    stale = is_stale(ledger) and not _was_offered_to_stop(interview)
    standing = open_question(interview)
    choice = None if standing or stale or is_enough(ledger) else choose(ledger)
    wording = _worded(interview, choice, ledger, purse=purse, provider=provider) if choice else None
    with transaction.atomic():
        hold(interview)
        Interview.objects.filter(pk=interview.pk, state=Interview.State.READING).update(state=Interview.State.OPEN, trouble="")
        interview.refresh_from_db()
        # Another reply may have put a question while this one was worded, or the owner stopped it.
        standing = open_question(interview)
        if standing or choice is None or wording is None or not interview.is_open or interview.trouble == STOPPED:
            stream.append(interview.stream, "status", state="waiting" if standing else "stale" if stale else "finished")
            return standing
        question = new_question(
            interview,
            topic=choice.topic.id,
            slot=choice.slot,
            text=wording[0],
            why=wording[1],
            kind=choice.kind,
            triggered_by=list(choice.triggered_by),
            options=[{"text": text, "note": note} for text, note in choice.options] or None,
            recommended=choice.recommended,
        )
        if choice.dispute:
            interview.conflicts.filter(label=choice.dispute).update(question=question)
        stream.append(interview.stream, "turn", question=question.label)
        return question


def _was_offered_to_stop(interview: Interview) -> bool:
    """The owner was told that nothing new comes, and asked to go on all the same."""
    log = LogEntry.objects.filter(stream=interview.stream)
    turn = log.filter(kind="turn").order_by("-sequence").values_list("sequence", flat=True).first() or 0
    return log.filter(kind="status", sequence__gt=turn, payload__state="stale").exists()


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
    with transaction.atomic():
        hold(interview)  # not into the log of an interview that was deleted while the model wrote
        for start in range(0, len(text), PIECE):
            stream.append(interview.stream, "token", text=text[start : start + PIECE])
    return text, why
