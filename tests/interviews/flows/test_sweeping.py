from __future__ import annotations

import datetime as dt

from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from ground import clock
from interviews.flows import answering, sweeping
from interviews.flows.recalling import open_question
from interviews.models import Interview


def test_it_rings_for_a_reply_that_nobody_works_on(interview: Interview, settings: Settings) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    question = open_question(interview)
    assert question is not None
    answering.answer(question, text="We lend tools to neighbours.")
    assert sweeping.sweep() == 0, "it has only just become due"
    Interview.objects.filter(pk=interview.pk).update(reply_due_at=clock.now() - dt.timedelta(seconds=11))
    assert sweeping.sweep() == 1
    assert interview.questions.count() == 2, "the bell was heard: the next question is there"


def test_it_leaves_alone_what_a_worker_holds_or_nobody_asked_for(interview: Interview) -> None:
    assert sweeping.sweep() == 0
    Interview.objects.filter(pk=interview.pk).update(state="reading", reply_due_at=clock.now() + answering.OVERDUE)
    assert sweeping.sweep() == 0


def test_the_bell_is_rung_only_after_the_answer_is_committed(
    interview: Interview, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    question = open_question(interview)
    assert question is not None
    with django_capture_on_commit_callbacks() as bells:
        answering.answer(question, text="We lend tools to neighbours.")
    assert len(bells) == 1
