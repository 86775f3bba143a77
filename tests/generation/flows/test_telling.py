"""The owner of a run is told how it ended, if that was asked for."""

from __future__ import annotations

import pytest
from django.db import transaction

from accounts.flows import sending
from accounts.models import Choice, Message
from generation.flows import recording
from generation.models import Run
from ground import clock
from tests.plugins.carriers import CarrierPeer

pytestmark = pytest.mark.django_db


def finish(run: Run, state: Run.State) -> None:
    with transaction.atomic():
        locked = recording.locked(run.pk)
        assert locked is not None
        recording.end(locked, state)
    for pk in Message.objects.values_list("pk", flat=True):
        sending.send(pk)


@pytest.mark.promise("S-131")
def test_with_nothing_chosen_a_finished_generation_sends_nothing(run: Run, acs: CarrierPeer) -> None:
    finish(run, Run.State.DONE)
    assert acs.calls == 0
    assert not Message.objects.exists()


@pytest.mark.promise("S-131")
def test_with_email_chosen_it_sends_one_mail_and_no_sms(run: Run, acs: CarrierPeer) -> None:
    owner = run.workspace.owner
    owner.sms_number, owner.sms_verified_at = "+12025550143", clock.now()
    owner.save()
    Choice.objects.create(user=owner, kind="run.completed", channel="email")
    finish(run, Run.State.DONE)
    assert (len(acs.mails), len(acs.sms)) == (1, 0)
    assert f"https://specstep.example/runs/{run.pk}/" in acs.mails[0]["content"]["plainText"]
    assert run.project_title not in acs.mails[0]["content"]["plainText"]


def test_a_failed_run_is_told_of_and_a_cancelled_one_is_not(run: Run, acs: CarrierPeer) -> None:
    for kind in ("run.completed", "run.failed"):
        Choice.objects.create(user=run.workspace.owner, kind=kind, channel="email")
    finish(run, Run.State.CANCELLED)
    assert acs.calls == 0
    finish(run, Run.State.FAILED)
    assert [mail["content"]["subject"] for mail in acs.mails] == ["A generation failed"]


def test_the_notice_stands_and_falls_with_the_end_of_the_run(run: Run) -> None:
    Choice.objects.create(user=run.workspace.owner, kind="run.completed", channel="email")
    with transaction.atomic():
        locked = recording.locked(run.pk)
        assert locked is not None
        recording.end(locked, Run.State.DONE)
        assert Message.objects.count() == 1
        transaction.set_rollback(True)
    assert not Message.objects.exists()
