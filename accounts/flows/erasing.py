"""An account is deleted: closed at once, then everything that leads to the person, and last of all a mail that it is done.

``request_deletion`` is one transaction; from then on nothing works any more. ``erase_now`` may be killed anywhere and called
again as often as one likes: files are noted on the request, rows go in one transaction and then the files, the address for
the last mail lies sealed on the request and is destroyed when the mail is handed over (N-32). What stays is the request itself:
a random number, two times, a result (S-120, N-31).
"""

from __future__ import annotations

import datetime as dt
import logging
import traceback
import uuid

from celery import current_app
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.template.loader import render_to_string
from kombu.exceptions import KombuError, OperationalError

from accounts import audit, periods
from accounts.flows import keying, remembering
from accounts.flows.notifying import tell
from accounts.models import ApiKey, AuditEvent, BugReport, DeletionRequest, Message, Session, User
from accounts.signals import account_closing, account_erasing
from ground import clock, crashpoints, register, vault

log = logging.getLogger(__name__)

PURPOSE = "address of a deleted account"
LEASE = dt.timedelta(minutes=10)
LATE = dt.timedelta(hours=2)
"""A deletion takes minutes. One that is not done by then is told of, long before its 24 hours are over (S-171)."""
PATIENCE = periods.LAST_ADDRESS.length - dt.timedelta(hours=1)
"""So long after the request a mail that cannot be sent is tried again; then the address is destroyed without it."""
NOTICE_LATE = "deletion.late"
SUBJECT = "Your SpecStep account is deleted"

Result = DeletionRequest.Result


def request_deletion(
    user: User,
    *,
    means: AuditEvent.Means | None = None,
    actor: User | None = None,
    again: DeletionRequest | None = None,
) -> DeletionRequest:
    """Close the account and have it deleted. Asking twice is asking once.

    ``actor``: an operator who was asked to (S-191). ``again``: the request as it stood before a restore; nobody is written to.

    In one transaction: sessions and keys are gone, work under way is stopped, the account is inactive, and the request stands.
    """
    with transaction.atomic():
        # Not the whole lock: a worker that ends a run writes events that point at the person, and must not wait for us.
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        request = DeletionRequest.objects.filter(user=user).first()
        if request is not None:
            return request
        request = again or DeletionRequest(requested_at=clock.now())
        request.user, request.mark = user, remembering.mark_of(user.pk)
        if again is None:
            request.sealed_address = vault.seal(user.email, purpose=PURPOSE, row=request.pk)
        request.save(force_insert=True)
        audit.record(user.workspace, audit.Action.ACCOUNT_DELETION_REQUESTED, actor=actor or user, means=means)
        for key in ApiKey.objects.filter(Q(made_by=user) | Q(workspace__owner=user)):
            keying.revoke(key, actor=actor or user, means=means)
        account_closing.send(sender=User, user=user)
        Session.objects.filter(user=user).delete()
        user.is_active = False
        user.save(update_fields=["is_active"])
        crashpoints.reached("deletion.before-commit")
        transaction.on_commit(lambda: ring(request.pk))
    return request


def ring(request_id: uuid.UUID) -> None:
    """Wake a worker for this request. A bell that is lost costs time: the sweep rings again."""
    task = current_app.tasks.get("accounts.erase")
    try:
        if task is not None:
            task.apply_async(args=(str(request_id),))
        else:
            current_app.send_task("accounts.erase", args=(str(request_id),))
    except (OperationalError, KombuError, OSError) as error:
        log.warning("The broker did not take the bell for a deletion: %s", error)


def erase_due() -> int:
    """Do what was begun and is in nobody's hands. How many requests were looked at."""
    free = _open_ones().filter(Q(lease_until=None) | Q(lease_until__lte=clock.now()))
    due = list(free.values_list("pk", flat=True))
    for pk in due:
        erase_now(pk)
    for request in late().filter(pk__in=due):
        _tell_operator(request)
    return len(due)


def late() -> QuerySet[DeletionRequest]:
    """Requests that should be done by now and are not."""
    return _open_ones().filter(requested_at__lte=clock.now() - LATE)


def erase_now(request_id: str | uuid.UUID) -> bool:
    """Delete the account of this request and confirm it by mail. False when somebody else does it, or it is done.

    A failure is logged, noted on the request and tried again by the sweep.
    """
    now = clock.now()
    free = DeletionRequest.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=request_id)
    if not free.filter(~Q(result=Result.DONE) | ~Q(sealed_address="")).update(lease_until=now + LEASE):
        return False
    request = DeletionRequest.objects.get(pk=request_id)
    try:
        if request.result != Result.DONE:
            _erase(request)
        _confirm(request)
    except Exception as error:  # noqa: BLE001  # whatever it is, the account must go: it is tried again
        # The place, not the error's own words: they may name the person. The lease stays for a while, so that a fault that
        # lasts is not met every few seconds.
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error("The deletion %s stopped with %s; it is tried again.\n%s", request.number, type(error).__name__, place)
        DeletionRequest.objects.filter(pk=request.pk).exclude(result=Result.DONE).update(result=Result.FAILED)
        return False
    DeletionRequest.objects.filter(pk=request.pk).update(lease_until=None)
    return True


def _erase(request: DeletionRequest) -> None:
    user, is_listed = request.user, _is_listed(request)
    if user is not None:
        # Noted first: once the rows are gone, nobody could name the files any more.
        request.files = sorted(set(request.files) | set(_files_of(user)))
        request.save(update_fields=["files"])
        crashpoints.reached("deletion.files-noted")
        with transaction.atomic():
            _erase_rows(user)
            crashpoints.reached("deletion.rows-before-commit")
        crashpoints.reached("deletion.rows-deleted")
    # After the rows: a file store that is away does not hold them back, and a worker that was in the middle of a step may have
    # stored its file meanwhile.
    _delete_files(request.files)
    crashpoints.reached("deletion.files-deleted")
    if not is_listed:
        _list(request)
    request.files, request.mark, request.result, request.completed_at, request.user = [], "", Result.DONE, clock.now(), None
    request.save(update_fields=["files", "mark", "result", "completed_at", "user"])
    crashpoints.reached("deletion.completed")


def _is_listed(request: DeletionRequest) -> bool:
    """Whether a restore would find the account on the re-deletion list. From here on, unless the file store is away."""
    try:
        _list(request)
    except Exception as error:  # noqa: BLE001  # it is tried again once the rows are gone; only then the deletion is done
        log.warning("The re-deletion list did not take the deletion %s yet: %s", request.number, type(error).__name__)
        return False
    return True


def _list(request: DeletionRequest) -> None:
    remembering.note(request.mark, {"number": request.number, "requested_at": request.requested_at.isoformat()})


def _erase_rows(user: User) -> None:
    """Every row that leads to the person; the audit keeps time and name of each action (S-119)."""
    # Before the person's row is locked: workers that write of their work point at it last.
    account_erasing.send(sender=User, user=user)
    user = User.objects.select_for_update().get(pk=user.pk)
    own = Q(reporter=user) | Q(workspace__owner=user)
    BugReport.objects.filter(own, automatic=False).delete()
    # Of what the service filed itself, the kind of error and the time stay.
    BugReport.objects.filter(own, automatic=True).update(
        workspace=None, reporter=None, title="", description="", route="", user_agent="", run=None, interview=None
    )
    _messages_to_others_about(user).delete()
    # What stands in no account or another's, and names this one as the row it was about.
    AuditEvent.objects.filter(about__in=[user.pk, user.workspace.pk]).update(**AuditEvent.UNLINKED)
    user.delete()


def _messages_to_others_about(user: User) -> QuerySet[Message]:
    """What the operator was told of this person."""
    told = Message.objects.filter(user=None).annotate(text=Cast("about", TextField()))
    return told.filter(Q(text__contains=str(user.pk)) | Q(text__contains=str(user.workspace.pk)))


def _files_of(user: User) -> list[str]:
    return [name for data in register.declared() if data.blobs_of is not None for name in data.blobs_of(user.pk)]


def _delete_files(names: list[str]) -> None:
    """Raises what the last failure was, once every other file is gone."""
    failure: Exception | None = None
    for name in names:
        try:
            default_storage.delete(name)
        except Exception as error:  # noqa: BLE001  # one file that fails must not keep the others
            failure = error
    if failure is not None:
        raise failure


def _open_ones() -> QuerySet[DeletionRequest]:
    return DeletionRequest.objects.filter(~Q(result=Result.DONE) | ~Q(sealed_address=""))


def _tell_operator(request: DeletionRequest) -> None:
    """Once for each request; the number leads to nobody."""
    log.error("The deletion %s was asked for at %s and is not done.", request.number, request.requested_at)
    if not Message.objects.filter(user=None, kind=NOTICE_LATE, about__number=request.number).exists():
        tell(None, NOTICE_LATE, about={"number": request.number, "hours": f"{LATE // dt.timedelta(hours=1)}"})


def _confirm(request: DeletionRequest) -> None:
    """The last act: one mail to the former address, then the address is destroyed."""
    if not request.sealed_address:
        return
    try:
        address = vault.unseal(request.sealed_address, purpose=PURPOSE, row=request.pk)
        _mail(request, address).send()
    except Exception as error:
        if not isinstance(error, vault.Unreadable) and clock.now() - request.requested_at < PATIENCE:
            raise
        log.error("The confirmation of deletion %s was not sent: %s", request.number, type(error).__name__)
    crashpoints.reached("deletion.mail-sent")
    request.sealed_address = ""
    request.save(update_fields=["sealed_address"])


def _mail(request: DeletionRequest, address: str) -> EmailMessage:
    text = render_to_string("accounts/deleted_mail.txt", {"request": request})
    return EmailMessage(SUBJECT, text, settings.DEFAULT_FROM_EMAIL, [address])
