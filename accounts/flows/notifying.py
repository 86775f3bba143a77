"""Telling people: the rows stand in the transaction of what they tell of, and are sent after it (``accounts.flows.sending``)."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from functools import partial

from celery import current_app
from django.conf import settings
from django.db import transaction
from kombu.exceptions import KombuError, OperationalError

from accounts.models import Choice, MailOut, Message, User
from accounts.models.notices import Channel
from accounts.notices import register
from ground import clock

log = logging.getLogger(__name__)
RING_AGAIN_AFTER = dt.timedelta(seconds=60)
"""A bell that was rung this long ago and woke nobody counts as lost."""


def tell(user: User | None, kind: str, *, about: dict[str, str] | None = None, mail_out: MailOut | None = None) -> list[Message]:
    """Write the messages of one notice: by email where it is essential, else by what the person chose; perhaps none.

    ``user`` None: to the operator, if there is an address (``OPERATOR_EMAIL``). ``about`` holds ids and words of ours that the
    text is made from, nothing anybody wrote: "path" is the page of ours it leads to. Raises ``KeyError`` for a kind that is not
    in the register.
    """
    notice = register()[kind]
    if notice.to == "operator":
        channels = {Channel.EMAIL.value} if settings.OPERATOR_EMAIL else set()
    elif notice.essential:
        channels = {Channel.EMAIL.value}
    else:
        channels = set(Choice.objects.filter(user=user, kind=kind).values_list("channel", flat=True))
        if user is not None and user.sms_verified_at is None:
            channels.discard(Channel.SMS.value)
    rung = clock.now() + RING_AGAIN_AFTER
    rows = [
        Message(user=user, kind=kind, channel=channel, about=about or {}, mail_out=mail_out, lease_until=rung)
        for channel in sorted(channels)
    ]
    for row in rows:
        row.save(force_insert=True)
    ring_on_commit([row.pk for row in rows])
    return rows


def ring_on_commit(ids: list[uuid.UUID]) -> None:
    """Wake a worker for these messages once the transaction stands. A bell that is lost costs a minute: the sweep rings again."""
    if ids:
        transaction.on_commit(partial(_ring, ids))


def _ring(ids: list[uuid.UUID]) -> None:
    task = current_app.tasks.get("accounts.send")
    for pk in ids:
        try:
            if task is not None:
                task.apply_async(args=(str(pk),))
            else:
                current_app.send_task("accounts.send", args=(str(pk),))
        except (OperationalError, KombuError, OSError) as error:
            # A broker that does not answer must not fail the request the notice belongs to.
            log.warning("The broker did not take the bell for a message: %s", error)
            return
