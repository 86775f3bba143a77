"""What a carrier is given, and what it answers."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from ground.errors import SpecStepError


@dataclass(frozen=True)
class Mail:
    """One mail to one address. ``id`` is the same at every try, so that a carrier can know it again."""

    id: uuid.UUID
    to: str
    subject: str
    text: str
    html: str
    reply_to: str


@dataclass(frozen=True)
class Sms:
    """One SMS to one verified number, E.164."""

    id: uuid.UUID
    to: str
    text: str
    made_at: dt.datetime
    """When it was first to be sent: the same at every try."""
    report: bool = True
    """Whether the carrier shall tell what became of it."""


@dataclass(frozen=True)
class Handed:
    """The carrier took it."""

    carrier: str
    carrier_id: str
    """What the carrier calls it in its reports; empty when it did not say."""


class NotSent(SpecStepError):
    """The carrier did not take it. The sentence holds no address, no number and none of the carrier's own words."""

    detail = "The service that carries our messages did not take this one."

    def __init__(
        self,
        detail: str = "",
        *,
        permanent: bool = False,
        retry_after: float | None = None,
        unclear: bool = False,
        status: int = 0,
    ) -> None:
        super().__init__(detail, permanent=permanent)
        self.retry_after = retry_after
        """Seconds the carrier asks us to wait."""
        self.unclear = unclear
        """It may have been sent: the connection broke before the answer came."""
        self.status = status
        """The HTTP status, where there was an answer."""
