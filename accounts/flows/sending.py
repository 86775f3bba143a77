"""Messages leave: a worker claims a row, looks again whether it is still wanted, hands it to the carrier and notes what it said.

The row is the truth. A claim is one conditional update with a lease, so two workers never hold the same row; what a worker writes
counts only while the row still carries the try it claimed. A worker that dies between the carrier's answer and its note leaves a
row whose lease runs out: it is handed over again where the carrier knows a message by its id, and given up where it does not.
"""

from __future__ import annotations

import datetime as dt
import random
import uuid
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.db.models import F, Q

from accounts import letters
from accounts.carriers import acs, choosing
from accounts.carriers.envelope import Handed, Mail, NotSent, Sms
from accounts.flows import notifying
from accounts.models import Choice, Message, User
from accounts.models.notices import Channel
from accounts.notices import Notice, register
from accounts.rules import retrying
from ground import clock

LEASE = dt.timedelta(seconds=120)
"""Much longer than the carrier may take to answer (``CARRIER_SECONDS``)."""
AT_ONCE = 500
State = Message.State


class Unwanted(Exception):
    """Not to be sent: ``state`` and the sentence for the row."""

    def __init__(self, state: Message.State, sentence: str) -> None:
        super().__init__(sentence)
        self.state, self.sentence = state, sentence


def send(message_id: uuid.UUID) -> None:
    """Send one message, if it is still to be sent. Safe to call twice, late, or for a row that is gone."""
    message = _claimed(message_id)
    if message is None:
        return
    try:
        handed = _hand_over(message)
    except Unwanted as reason:
        _note(message, state=reason.state, problem=reason.sentence)
    except NotSent as error:
        _try_later(message, error)
    except Exception:
        # A fault of our own: loud in the log, and the message is not tried for ever.
        _try_later(message, NotSent("A fault of ours stopped it."))
        raise
    else:
        problem = "" if handed.carrier_id else "The carrier gave no id, so whether it arrived stays unknown."
        _note(
            message,
            state=State.SENT,
            sent_at=clock.now(),
            provider=handed.carrier,
            provider_id=handed.carrier_id,
            problem=problem,
        )


def sweep() -> int:
    """Ring for every message that is due and was not rung for lately; how many. Safe at any time."""
    now = clock.now()
    _give_up_what_is_not_repeated(now)
    with transaction.atomic():
        due = list(Message.objects.filter(_due(now)).order_by("created_at").values_list("pk", flat=True)[:AT_ONCE])
        Message.objects.filter(pk__in=due, state=State.WAITING).update(lease_until=now + notifying.RING_AGAIN_AFTER)
        notifying.ring_on_commit(due)
    return len(due)


def send_once(kind: str, *, to: str, about: dict[str, str] | None = None) -> None:
    """Send one essential mail now, without a row: for the confirmation to somebody whose account is gone. Nothing is kept.

    Raises ``NotSent``; the caller decides whether to try again.
    """
    if not _can_be_mailed(to):
        raise NotSent("There is no address to write to.", permanent=True)
    letter = letters.letter(register()[kind], None, about or {}, None)
    choosing.send_mail(Mail(uuid.uuid4(), to, letter.subject, letter.text, letter.html, settings.CONTACT_EMAIL))


def _due(now: dt.datetime) -> Q:
    return _open(now) & (~Q(state=State.WAITING) | Q(lease_until=None) | Q(lease_until__lte=now))


def _open(now: dt.datetime) -> Q:
    """What may be claimed: what waits and whose wait is over, and what a worker left that died."""
    waits = Q(state=State.WAITING) & (Q(next_try_at=None) | Q(next_try_at__lte=now))
    return waits | Q(state=State.SENDING, lease_until__lte=now, channel__in=list(filter(choosing.may_repeat, Channel.values)))


def _claimed(message_id: uuid.UUID) -> Message | None:
    # While a message waits, its lease is the bell's: another bell may come sooner, only the sweep respects it.
    now = clock.now()
    claim = {"state": State.SENDING, "lease_until": now + LEASE, "attempts": F("attempts") + 1}
    if not Message.objects.filter(_open(now), pk=message_id).update(**claim):
        return None
    return Message.objects.select_related("user", "mail_out").filter(pk=message_id).first()


_UNCLEAR = "Nobody knows whether it was sent, and this carrier cannot be asked twice. It is not sent again."


def _give_up_what_is_not_repeated(now: dt.datetime) -> None:
    """Rows whose workers died: at a carrier that would send them twice, or again and again."""
    held = Message.objects.filter(state=State.SENDING, lease_until__lte=now)
    for channel in Channel.values:
        if not choosing.may_repeat(channel):
            held.filter(channel=channel).update(state=State.FAILED, problem=_UNCLEAR, lease_until=None)
    problem = f"Given up: {retrying.MOST_TRIES} tries ended without a word."
    held.filter(attempts__gte=retrying.MOST_TRIES).update(state=State.FAILED, problem=problem, lease_until=None)


def _hand_over(message: Message) -> Handed:
    notice = register().get(message.kind)
    if notice is None:
        raise Unwanted(State.FAILED, "This kind of notice no longer exists.")
    user = message.user
    if user is not None and not notice.essential:
        _still_wanted(message, user)
    if message.channel == Channel.SMS:
        assert user is not None
        return choosing.send_sms(Sms(message.pk, user.sms_number, letters.sms(notice, message.about), message.created_at))
    return choosing.send_mail(_mail(message, notice, user))


def _still_wanted(message: Message, user: User) -> None:
    """Look again: what was switched off since the row was written is not sent (S-132)."""
    if not user.is_active:
        raise Unwanted(State.DROPPED, "The account is suspended; only what is essential is sent.")
    if not Choice.objects.filter(user=user, kind=message.kind, channel=message.channel).exists():
        raise Unwanted(State.DROPPED, "It was switched off before it was sent.")
    if message.channel == Channel.SMS and not (user.sms_number and user.sms_verified_at):
        raise Unwanted(State.DROPPED, "There is no verified number.")


def _mail(message: Message, notice: Notice, user: User | None) -> Mail:
    to = user.email if user is not None else settings.OPERATOR_EMAIL
    if not _can_be_mailed(to):
        raise Unwanted(State.FAILED, "There is no address to write to: the sign-in account gave none that receives mail.")
    letter = letters.letter(notice, user, message.about, message.mail_out)
    if settings.MAIL_PROVIDER == acs.NAME:
        # Its report names the operation, which is ours to name; it may come before the answer does.
        Message.objects.filter(pk=message.pk).update(provider=acs.NAME, provider_id=str(message.pk))
    return Mail(message.pk, to, letter.subject, letter.text, letter.html, settings.CONTACT_EMAIL)


def _can_be_mailed(address: str) -> bool:
    """Whether this is an address at all. Names below .invalid receive nothing (RFC 2606); accounts without one have such."""
    try:
        validate_email(address)
    except ValidationError:
        return False
    return address.isprintable() and not address.lower().endswith(".invalid")


def _try_later(message: Message, error: NotSent) -> None:
    if error.permanent:
        _note(message, state=State.FAILED, problem=str(error))
        return
    if error.unclear and not choosing.may_repeat(message.channel):
        _note(message, state=State.FAILED, problem=_UNCLEAR)
        return
    age = (clock.now() - message.created_at).total_seconds()
    seconds = retrying.wait(
        message.attempts,
        chance=random.random(),  # noqa: S311  # no secret
        asked=error.retry_after,
        limited_at=age if error.status == 429 else None,
    )
    if seconds is None:
        _note(message, state=State.FAILED, problem=f"Given up after {message.attempts} tries. {error}")
        return
    later = clock.now() + dt.timedelta(seconds=seconds)
    _note(message, state=State.WAITING, next_try_at=later, problem=str(error))


def _note(message: Message, *, state: Message.State, problem: str = "", **what: Any) -> None:
    """Write how it went, if the row is still in the try that was claimed: a report may have come first."""
    held = Message.objects.filter(pk=message.pk, state=State.SENDING, attempts=message.attempts)
    held.update(state=state, problem=problem[:200], lease_until=None, **what)
