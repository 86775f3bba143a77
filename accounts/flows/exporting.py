"""A person takes the own data along: asked for, prepared by a worker, offered for seven days, then gone with its file.

The row is the truth. A worker claims it by a conditional update with a lease and a number of its try; each try writes a file of
its own name, and only the try that the row still carries makes it ready. Killed anywhere, the sweep rings again when the lease is
over. What no longer counts is taken away file first, row last, so that no file is left without a row to name it.
"""

from __future__ import annotations

import datetime as dt
import logging
import tempfile
import traceback
import uuid
from functools import partial

from celery import current_app
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac
from kombu.exceptions import KombuError, OperationalError

from accounts import audit
from accounts.flows import archiving
from accounts.flows.notifying import tell
from accounts.models import AuditEvent, Export, OwnedQuerySet, User, Workspace
from accounts.models.exports import OFFERED
from ground import clock, crashpoints, limits
from ground.errors import Conflict

log = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=5)
TRIES = 5
A_DAY = 10
"""Exports of one account within a day: each reads everything there is."""
FOLDER = "exports"
SALT = "accounts.export.link"
State = Export.State


class Lost(Exception):
    """Another try has taken over, or the account is being deleted."""


def ask(user: User, *, means: AuditEvent.Means | None = None) -> Export:
    """Have an export prepared. Asking while one is being prepared is asking once. Raises ``Conflict`` after too many in a day."""
    with transaction.atomic():
        workspace = Workspace.objects.select_for_update(no_key=True).get(pk=user.workspace.pk)
        waiting = Export.objects.filter(workspace=workspace, state=State.WAITING).first()
        if waiting is not None:
            return waiting
        if not limits.take(f"export:{workspace.pk}", capacity=A_DAY, seconds=86_400).allowed:
            raise Conflict(f"You asked for {A_DAY} exports within a day. Nothing was started. Ask again tomorrow.")
        export = Export.objects.create(workspace=workspace)
        audit.record(workspace, audit.Action.DATA_REQUESTED, actor=user, means=means, about=export.pk)
        transaction.on_commit(partial(ring, export.pk))
    return export


def of(user: User) -> list[Export]:
    """What the page shows, newest first: what is being prepared, what is offered, what failed."""
    rows = Export.objects.visible_to(user).filter(created_at__gte=clock.now() - 2 * OFFERED)
    return [row for row in rows if row.state != State.READY or row.is_offered]


def link(export: Export) -> str:
    """The address of a ready export, signed over its id and the second it ends; it names no place of the storage (S-162)."""
    assert export.expires_at is not None
    until = int(export.expires_at.timestamp())
    return reverse("accounts:download_export", args=[export.pk, until, _signature(export.pk, until)])


def is_signed(pk: uuid.UUID, until: int, signature: str) -> bool:
    """Whether we made this link."""
    return constant_time_compare(signature, _signature(pk, until))


def hand_out(export: Export, *, user: User) -> File[bytes]:
    """The archive, and an event that it was taken. Raises ``Conflict`` when it cannot be had any more."""
    if not export.is_offered:
        raise Conflict("This export is over. Ask for a new one.")
    try:
        file: File[bytes] = default_storage.open(export.file)
    except FileNotFoundError:
        raise Conflict("This export was replaced by a newer one. Download that, or ask again.") from None
    audit.record(export.workspace, audit.Action.DATA_EXPORTED, actor=user, about=export.pk, label="account")
    return file


def ring(export_id: uuid.UUID) -> None:
    """Wake a worker for this export. A bell that is lost costs time: the sweep rings again."""
    task = current_app.tasks.get("accounts.export")
    try:
        if task is not None:
            task.apply_async(args=(str(export_id),))
        else:
            current_app.send_task("accounts.export", args=(str(export_id),))
    except (OperationalError, KombuError, OSError) as error:
        log.warning("The broker did not take the bell for an export: %s", error)


def prepare(export_id: str | uuid.UUID) -> bool:
    """Write the archive and offer it. False when there is nothing to do, or when it stopped: then it is tried again."""
    export = _claimed(export_id)
    if export is None:
        return False
    crashpoints.reached("export.claimed")
    try:
        for name in export.files[:-1]:
            default_storage.delete(name)
        with tempfile.TemporaryFile() as file:
            archiving.write(export.workspace.owner, file, alive=partial(_keep, export))
            size = file.tell()
            file.seek(0)
            default_storage.save(export.file, File(file))
        crashpoints.reached("export.stored")
        _make_ready(export, size)
    except Lost:
        default_storage.delete(export.file)
        return False
    except Exception as error:  # noqa: BLE001  # whatever it is, the person is told what came of it, and it is tried again
        # The place, not the error's own words: they may hold the person's data. The lease stays, so that it is no hot loop.
        place = "".join(traceback.format_tb(error.__traceback__))
        log.error("The export %s stopped with %s.\n%s", export.pk, type(error).__name__, place)
        return False
    crashpoints.reached("export.ready")
    _tidy(Export.objects.filter(workspace=export.workspace))
    return True


def sweep() -> int:
    """Ring for what waits in nobody's hands, give up what failed too often, take away what is over. How many were rung for."""
    free = Export.objects.filter(Q(lease_until=None) | Q(lease_until__lte=clock.now()), state=State.WAITING)
    free.filter(attempt__gte=TRIES).update(state=State.FAILED, lease_until=None)
    due = list(free.filter(attempt__lt=TRIES).values_list("pk", flat=True))
    for pk in due:
        ring(pk)
    _tidy(Export.objects.all())
    return len(due)


def reconcile() -> list[str]:
    """Delete files that belong to no export, as when a worker was killed while the account was deleted. Which (N-40)."""
    try:
        stored = {f"{FOLDER}/{name}" for name in default_storage.listdir(FOLDER)[1]}
    except FileNotFoundError:
        return []
    # A row stands before its file is written, so a file without one belongs to nobody.
    known = {name for export in Export.objects.all() for name in export.files}
    orphans = sorted(stored - known)
    for name in orphans:
        default_storage.delete(name)
    if orphans:
        log.error("Files of exports without a row: %d deleted.", len(orphans))
    return orphans


def files_of(user: uuid.UUID) -> list[str]:
    """The names of a person's archives."""
    return [name for export in Export.objects.filter(workspace__owner=user) for name in export.files]


def _signature(pk: uuid.UUID, until: int) -> str:
    return salted_hmac(SALT, f"{pk}:{until}", algorithm="sha256").hexdigest()


def _claimed(export_id: str | uuid.UUID) -> Export | None:
    now = clock.now()
    free = Export.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=export_id, attempt__lt=TRIES)
    if not _wanted(free).update(attempt=F("attempt") + 1, lease_until=now + LEASE):
        return None
    return Export.objects.select_related("workspace__owner").filter(pk=export_id).first()


def _keep(export: Export) -> None:
    """Extend the lease once half of it is over. Raises ``Lost`` when the row is no longer this try's."""
    now = clock.now()
    if export.lease_until is not None and export.lease_until - now > LEASE / 2:
        return
    if not _wanted(Export.objects.filter(pk=export.pk, attempt=export.attempt)).update(lease_until=now + LEASE):
        raise Lost
    export.lease_until = now + LEASE


def _make_ready(export: Export, size: int) -> None:
    """The seven days begin here (S-163), and the person is told in the same transaction."""
    with transaction.atomic():
        mine = _wanted(Export.objects.filter(pk=export.pk, attempt=export.attempt))
        if not mine.update(state=State.READY, ready_at=clock.now(), size=size, lease_until=None):
            raise Lost
        tell(export.workspace.owner, "export.ready", about={"path": reverse("accounts:data_export")})
        crashpoints.reached("export.before-commit")


def _wanted(rows: OwnedQuerySet[Export]) -> OwnedQuerySet[Export]:
    return rows.filter(state=State.WAITING, workspace__owner__deletion_request=None)


def _tidy(rows: OwnedQuerySet[Export]) -> None:
    """Take away what is over its seven days, and what a newer one has replaced (N-41). A file that cannot be deleted keeps its
    row, and is tried again by the next sweep.
    """
    over = clock.now() - OFFERED
    newer = Export.objects.filter(workspace=OuterRef("workspace"), state=State.READY, created_at__gt=OuterRef("created_at"))
    past = Q(Exists(newer)) | Q(ready_at__lte=over) | Q(ready_at=None, created_at__lte=over)
    for pk in list(rows.exclude(state=State.WAITING).filter(past).values_list("pk", flat=True)):
        try:
            _purge(pk)
        except Exception as error:  # noqa: BLE001  # one file that fails must not keep the others
            log.error("The export %s could not be taken away: %s", pk, type(error).__name__)


def _purge(pk: uuid.UUID) -> None:
    with transaction.atomic():
        export = Export.objects.select_for_update().filter(pk=pk).first()
        for name in export.files if export else []:
            default_storage.delete(name)
        crashpoints.reached("export.files-deleted")
        Export.objects.filter(pk=pk).delete()
