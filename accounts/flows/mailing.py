"""Letters to many accounts: written as a draft, sent in batches, each account exactly once (S-006, S-181).

A worker writes one batch of messages in one transaction and rings for the next. A killed worker leaves a batch whole or not at
all; the sweep goes on with what is missing, and the database refuses a second message of one letter to one person.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from functools import partial

from celery import current_app
from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from kombu.exceptions import KombuError, OperationalError

from accounts import audit
from accounts.flows.notifying import tell
from accounts.models import MailOut, Message, User
from accounts.rules import letters
from ground import clock, crashpoints
from ground.errors import BadInput, Conflict

log = logging.getLogger(__name__)
BATCH = 200
NOTICES = {MailOut.Kind.POLICY.value: "policy.change", MailOut.Kind.INCIDENT.value: "incident"}
STARTED = "This letter is being sent or was sent; it cannot be changed any more. Write a new one."


def draft(mail_out: MailOut, *, named: str = "") -> MailOut:
    """Store a letter that is new or still a draft. ``named`` lists addresses and ids of accounts where it is not for everyone.

    Raises ``BadInput`` where a part is missing or an account is not found, ``Conflict`` when it has been started.
    """
    found = None if mail_out.to_everyone else _accounts(named)
    with transaction.atomic():
        if not mail_out._state.adding:
            _locked_draft(mail_out)
        mail_out.save()
        mail_out.recipients.set(found or [])
    return mail_out


def discard(mail_out: MailOut) -> None:
    """Delete a draft. Raises ``Conflict`` when it has been started."""
    with transaction.atomic():
        _locked_draft(mail_out).delete()


def addressed(mail_out: MailOut) -> QuerySet[User]:
    """Everybody whom the letter concerns now, not counting accounts that are being deleted.

    A change of policy goes to every active account; an incident also to suspended ones, whose data is here all the same.
    """
    users = (User.objects.all() if mail_out.to_everyone else mail_out.recipients.all()).filter(deletion_request=None)
    return users.filter(is_active=True) if mail_out.kind == MailOut.Kind.POLICY else users


def missing(mail_out: MailOut) -> QuerySet[User]:
    """Those of them who have no message of it yet."""
    written = Message.objects.filter(mail_out=mail_out, user=OuterRef("pk"))
    return addressed(mail_out).filter(~Exists(written)).order_by("pk")


def start(mail_out: MailOut, *, actor: User) -> None:
    """Begin to send; a worker does the rest.

    Raises ``Conflict`` when it has been started, ``BadInput`` when a change of policy would take effect too soon or when it is
    for nobody.
    """
    with transaction.atomic():
        locked = _locked_draft(mail_out)
        now = clock.now()
        if locked.kind == MailOut.Kind.POLICY and (
            locked.effective_at is None or locked.effective_at < letters.earliest_effect(now)
        ):
            raise BadInput(
                f"A change has to be told {letters.NOTICE_DAYS} days before it takes effect. Choose a date from "
                f"{letters.earliest_effect(now):%d %B %Y, %H:%M} UTC on."
            )
        if not addressed(locked).exists():
            raise BadInput("This letter is for nobody. Name the accounts it concerns.")
        locked.state, locked.started_at = MailOut.State.SENDING, now
        locked.save(update_fields=["state", "started_at"])
        audit.record(
            None,
            audit.Action.OPERATOR_WROTE,
            actor=actor,
            means=audit.Means.OPERATOR,
            about=locked.pk,
            label=locked.get_kind_display(),
        )
        _ring_on_commit(locked.pk)
    mail_out.refresh_from_db()


def announce(mail_out: MailOut, *, actor: User) -> dt.datetime:
    """The time of effect of the change that this letter tells of; sends it where it is a draft.

    A letter that was sent before will do as well (one letter may tell of two texts), but whoever follows it must have the whole
    notice from now on. Raises ``BadInput`` where it leaves less.
    """
    if mail_out.kind != MailOut.Kind.POLICY:
        raise BadInput("A change is told by a policy letter. Choose one.")
    if mail_out.state == MailOut.State.DRAFT:
        start(mail_out, actor=actor)
    if mail_out.effective_at is None or mail_out.effective_at < letters.earliest_effect(clock.now()):
        raise BadInput(f"This letter leaves less than {letters.NOTICE_DAYS} days. Write a new one.")
    return mail_out.effective_at


def to_announce_with() -> QuerySet[MailOut]:
    """Policy letters that leave their readers enough time, the newest first."""
    found = MailOut.objects.filter(kind=MailOut.Kind.POLICY, effective_at__gte=letters.earliest_effect(clock.now()))
    return found.order_by("-created_at")


def send_batch(mail_out_id: str | uuid.UUID, *, size: int = BATCH) -> bool:
    """Write the messages of the next accounts that have none. Returns whether some are left. Safe at any time, and again."""
    with transaction.atomic():
        mail_out = MailOut.objects.select_for_update().filter(pk=mail_out_id).first()
        if mail_out is None or not _goes_on(mail_out):
            return False
        batch = list(missing(mail_out)[: size + 1])
        for user in batch[:size]:
            tell(user, NOTICES[mail_out.kind], mail_out=mail_out)
            crashpoints.reached("mail-out.message")
        more = len(batch) > size
        if more:
            _ring_on_commit(mail_out.pk)
        elif mail_out.state == MailOut.State.SENDING:
            mail_out.state, mail_out.finished_at = MailOut.State.SENT, clock.now()
            mail_out.save(update_fields=["state", "finished_at"])
        crashpoints.reached("mail-out.before-commit")
    crashpoints.reached("mail-out.committed")
    return more


def sweep() -> int:
    """Ring for every letter that is not done: its bell was lost or its worker died. How many.

    A change of policy is also gone through until it takes effect, for accounts that were made or opened again in between.
    """
    due = [mail_out for mail_out in MailOut.objects.exclude(state=MailOut.State.DRAFT) if _goes_on(mail_out)]
    waiting = [mail_out for mail_out in due if mail_out.state == MailOut.State.SENDING or missing(mail_out).exists()]
    for mail_out in waiting:
        _ring(mail_out.pk)
    return len(waiting)


def may_take_effect(mail_out: MailOut | None) -> bool:
    """Whether the change that this letter tells of may be in force now: everybody was told in time, and its date has come.

    No letter, no change (S-006). Whoever puts a text in force asks here.
    """
    if mail_out is None or mail_out.kind != MailOut.Kind.POLICY or mail_out.effective_at is None:
        return False
    waiting = [Message.State.WAITING, Message.State.SENDING]
    return (
        mail_out.state == MailOut.State.SENT
        and mail_out.effective_at <= clock.now()
        and mail_out.finished_at is not None
        and mail_out.finished_at < mail_out.effective_at
        and not mail_out.messages.filter(state__in=waiting).exists()
    )


def progress(mail_out: MailOut) -> dict[str, int]:
    """Messages by state."""
    rows = mail_out.messages.values("state").annotate(count=Count("pk")).order_by("state").values_list("state", "count")
    return dict(rows)


def running_clocks() -> list[tuple[MailOut, dt.datetime]]:
    """Incidents that are not told yet, each with the time by which they have to be; the most urgent first."""
    waiting = MailOut.objects.filter(kind=MailOut.Kind.INCIDENT, finished_at=None).exclude(known_at=None)
    found = [(mail_out, letters.due(mail_out.known_at)) for mail_out in waiting if mail_out.known_at]
    return sorted(found, key=lambda row: row[1])


def _goes_on(mail_out: MailOut) -> bool:
    if mail_out.state == MailOut.State.SENDING:
        return True
    before_effect = mail_out.effective_at is not None and clock.now() < mail_out.effective_at
    return mail_out.state == MailOut.State.SENT and mail_out.kind == MailOut.Kind.POLICY and before_effect


def _locked_draft(mail_out: MailOut) -> MailOut:
    locked = MailOut.objects.select_for_update().get(pk=mail_out.pk)
    if locked.state != MailOut.State.DRAFT:
        raise Conflict(STARTED)
    return locked


def _accounts(named: str) -> list[User]:
    """The accounts of a list of addresses and ids; every account of an address that several have."""
    ids, addresses = letters.named(named)
    if not ids and not addresses:
        raise BadInput("Name the accounts: one address or account id on each line.")
    found = {user.pk: user for user in User.objects.filter(pk__in=ids)}
    strangers = [str(pk) for pk in ids if pk not in found]
    for address in addresses:
        having = list(User.objects.filter(Q(email__iexact=address)))
        found |= {user.pk: user for user in having}
        strangers += [] if having else [address]
    if strangers:
        raise BadInput(f"There is no account for: {', '.join(strangers[:10])}. Correct the list; nothing was stored.")
    return list(found.values())


def _ring_on_commit(pk: uuid.UUID) -> None:
    transaction.on_commit(partial(_ring, pk))


def _ring(pk: uuid.UUID) -> None:
    try:
        current_app.send_task("accounts.mail_out", args=(str(pk),))
    except (OperationalError, KombuError, OSError) as error:
        # The letter stands in its row: the sweep rings again.
        log.warning("The broker did not take the bell for a letter: %s", error)
