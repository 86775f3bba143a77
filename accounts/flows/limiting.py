"""How often codes may be sent: per account, per number and in all. A bucket's name holds no number, only its keyed hash."""

from __future__ import annotations

import uuid

from django.conf import settings

from accounts.models import User
from ground import limits, vault
from ground.errors import SpecStepError

NOBODY = uuid.UUID(int=0)


class TooMany(SpecStepError):
    """A limit is reached; the sentence says when it is not any more."""

    def __init__(self, what: str, seconds: int) -> None:
        super().__init__(f"{what} Try again in {_span(seconds)}.")
        self.retry_after = seconds


def code_may_be_sent(user: User, number: str) -> None:
    """Count one code. Raises ``TooMany``.

    With five tries per code, 10 codes a day are 50 guesses of a million; the limit by number holds where many accounts ask for
    one and the same.
    """
    hashed = vault.mac(number, purpose="accounts.sms_number", row=NOBODY)[:32]
    for bucket, capacity, seconds, sentence in (
        (f"code:quarter:{user.pk}", 3, 900, "Three codes in a quarter of an hour are enough."),
        (f"code:day:{user.pk}", 10, 86_400, "Ten codes a day are enough."),
        (f"code:number:{hashed}", 5, 3600, "This number got several codes within the hour."),
        ("code:all", settings.SMS_CODES_PER_HOUR, 3600, "The service has sent many codes within the hour."),
    ):
        taken = limits.take(bucket, capacity=capacity, seconds=seconds)
        if not taken.allowed:
            raise TooMany(sentence, taken.retry_after)


def _span(seconds: int) -> str:
    minutes = max(1, -(-seconds // 60))
    if minutes < 100:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"{-(-minutes // 60)} hours"
