"""Whose key is this, and may it be used? And: does its use look like its owner's?"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import logging
from functools import cache
from pathlib import Path

import yaml
from django.db import IntegrityError, transaction
from django.db.models import F
from django.views.decorators.debug import sensitive_variables

from accounts.flows import keying
from accounts.models import ApiKey, KeyDay
from accounts.rules import keys, suspicion
from ground import clock, limits
from ground.errors import SpecStepError
from ground.redis_server import RedisAway

log = logging.getLogger(__name__)
FILE = Path(__file__).resolve().parents[1] / "suspicion.yaml"


class Unrecognised(SpecStepError):
    """Nobody is let in with this. ``code`` is the word for programs."""

    code = "invalid-key"
    detail = "This key is not known: it is mistyped, cut short or revoked. Make a new one in Settings, API keys."


class Expired(Unrecognised):
    code = "key-expired"
    detail = "This key has expired. Make a new one in Settings, API keys."


class Suspended(Unrecognised):
    code = "key-suspended"
    detail = "This key is suspended. Its owner can let it in again or revoke it in Settings, API keys."


class AccountClosed(Unrecognised):
    code = "account-suspended"
    detail = "The account of this key is suspended or being deleted, and its keys do not work."


@sensitive_variables()
def authenticate(raw: str) -> ApiKey:
    """The row of this key, with its owner. Raises ``Unrecognised``, or a kind of it that only who has the whole key is told."""
    found = None
    if keys.is_whole(raw):
        for row in ApiKey.objects.select_related("made_by", "workspace").filter(prefix=keys.prefix_of(raw)):
            if hmac.compare_digest(row.digest, keying.digest(bytes(row.salt), raw)):
                found = row
    if found is None:
        _note_failure(raw)
        raise Unrecognised
    if found.is_expired:
        raise Expired
    if not found.made_by.is_active or found.made_by.suspended_at:
        raise AccountClosed
    if found.suspended_at:
        raise Suspended
    return found


def note_use(key: ApiKey, *, user_agent: str) -> None:
    """Count one call of ``key``. Raises ``Suspended`` where it looks like somebody else's and the key was suspended for it."""
    today = clock.today()
    try:
        calls = _count(key, today)
    except IntegrityError:
        raise Unrecognised from None  # revoked in between
    odd = _has_many_clients(key, user_agent)
    if not odd and calls % rules().looked_at_every == 0:
        odd = suspicion.is_out_of_habit(_habit(key, today, calls), rules())
    if odd and key.resumed_on != today:
        keying.suspend(key, because=suspicion.PATTERN)
        raise Suspended


@cache
def rules() -> suspicion.Limits:
    return suspicion.Limits.read(yaml.safe_load(FILE.read_text()))


@sensitive_variables()
def _note_failure(raw: str) -> None:
    """A wrong key counts against a right one only where the caller holds a piece of it that no list shows (docs/adr/0013)."""
    if not keying.has_right_ticket(raw):
        return
    for row in ApiKey.objects.select_related("made_by", "workspace").filter(prefix=keys.prefix_of(raw), suspended_at=None):
        try:
            # The bucket gives one token less than the limit: the call that finds it empty is the last one of the burst.
            few = limits.take(f"api-failures:{row.pk}", capacity=rules().failures_at - 1, seconds=rules().failures_seconds)
        except RedisAway as error:
            log.warning("A wrong key could not be counted, Redis does not answer: %s", error.reason)
            return
        if not few.allowed and row.resumed_on != clock.today():
            keying.suspend(row, because=suspicion.FAILURES)


def _count(key: ApiKey, today: dt.date) -> int:
    if key.last_used_on != today:
        ApiKey.objects.filter(pk=key.pk).update(last_used_on=today)
    with transaction.atomic():
        # Two first calls at once: one inserts, and both count in the row that stands.
        if not KeyDay.objects.filter(key=key, day=today).update(calls=F("calls") + 1):
            KeyDay.objects.bulk_create([KeyDay(key=key, day=today)], ignore_conflicts=True)
            KeyDay.objects.filter(key=key, day=today).update(calls=F("calls") + 1)
        return KeyDay.objects.filter(key=key, day=today).values_list("calls", flat=True).first() or 0


def _has_many_clients(key: ApiKey, user_agent: str) -> bool:
    kind = hashlib.sha256(suspicion.client_kind(user_agent).encode()).hexdigest()[:16]
    seconds = rules().clients_seconds
    try:
        if not limits.take(f"api-client:{key.pk}:{kind}", capacity=1, seconds=seconds).allowed:
            return False  # seen within the hour
        return not limits.take(f"api-clients:{key.pk}", capacity=rules().clients_more_than, seconds=seconds).allowed
    except RedisAway as error:
        log.warning("A kind of client could not be counted, Redis does not answer: %s", error.reason)
        return False


def _habit(key: ApiKey, today: dt.date, calls: int) -> suspicion.Habit:
    before = KeyDay.objects.filter(key=key, day__lt=today).values_list("day", "calls")
    return suspicion.Habit(
        calls_today=calls,
        days_old=(today - key.created_at.date()).days,
        before={(today - day).days: calls for day, calls in before},
    )
