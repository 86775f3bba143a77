"""What a person wants to be told, and by which channel."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.models import Choice, User
from accounts.models.notices import Channel
from accounts.notices import optional
from ground.errors import BadInput

Pair = tuple[str, str]
"""A kind and a channel."""


def offered() -> set[Pair]:
    """Everything that can be switched on or off."""
    return {(notice.kind, channel) for notice in optional() for channel in notice.channels}


def chosen(user: User) -> set[Pair]:
    """What is switched on now."""
    return set(Choice.objects.filter(user=user).values_list("kind", "channel")) & offered()


def choose(user: User, wanted: set[Pair], *, means: audit.Means | None = None) -> bool:
    """Switch on ``wanted`` and everything else off. True if that changed something: then one event says how many.

    Raises ``BadInput`` for an SMS that is switched on without a verified number, and changes nothing then.
    """
    wanted &= offered()
    with transaction.atomic():
        person = User.objects.select_for_update().get(pk=user.pk)
        before = set(Choice.objects.filter(user=user).values_list("kind", "channel"))
        on, off = wanted - before, before - wanted
        if any(channel == Channel.SMS for _, channel in on) and person.sms_verified_at is None:
            raise BadInput("SMS go to a verified number only. Verify one under Profile, then switch them on.")
        if not on and not off:
            return False
        for kind, channel in off:
            Choice.objects.filter(user=user, kind=kind, channel=channel).delete()
        Choice.objects.bulk_create([Choice(user=user, kind=kind, channel=channel) for kind, channel in sorted(on)])
        audit.record(user.workspace, audit.Action.NOTICES_CHANGED, actor=user, means=means, label=_label(on, off))
    return True


def _label(on: set[Pair], off: set[Pair]) -> str:
    changes = [f"{kind} by {channel} {word}" for pairs, word in ((on, "on"), (off, "off")) for kind, channel in sorted(pairs)]
    return changes[0] if len(changes) == 1 else f"{len(on)} on, {len(off)} off"
