"""The session engine: rows of ``accounts.Session``, known by the SHA-256 of the cookie's value (docs/adr/0011).

A session ends 12 hours after it was last used and 7 days after the sign-in, whichever is sooner; by revocation; and when its
account is switched off. Its key changes at sign-in and every 4 hours. The old key is good for one minute more and is answered
with the new one, so that requests on their way lose nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import IntegrityError, models, transaction
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from accounts import periods
from ground import clock

if TYPE_CHECKING:
    from accounts.models import Session

IDLE = periods.SESSION_IDLE.length
LONGEST = periods.SESSION.length
NOBODYS = dt.timedelta(hours=1)
"""How long a browser may take from a provider's button to the way back."""
KEY_LIVES = dt.timedelta(hours=4)
GRACE = dt.timedelta(minutes=1)
NOTED_EVERY = dt.timedelta(minutes=5)
"""Use is written down no more often than that; so a session may end five minutes early."""


class SessionStore(SessionBase):
    """One request's view of its session."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.row: Session | None = None
        """As it was when it was read or made."""
        self.device = ""
        """Set at sign-in, stored with the session."""
        self.cookie_is_old = False
        """The browser has to be told the present key."""

    def load(self) -> dict[str, Any]:
        row = self._found()
        if row is None:
            self._session_key = None
            return {}
        self.row, self.device = row, row.device
        if row.session_key != digest(self.session_key or ""):
            self._follow()
        elif row.user_id and clock.now() - row.keyed_at > KEY_LIVES:
            self._change_key()
        data: dict[str, Any] = self.decode(row.session_data)
        return data

    def save(self, must_create: bool = False) -> None:
        if self.session_key is None:
            self.create()
            return
        data = self._get_session(no_load=must_create)  # type: ignore[attr-defined]
        if must_create:
            self._insert(data)
        elif not self._update(data):
            raise UpdateError

    def create(self) -> None:
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def exists(self, session_key: str) -> bool:
        return bool(_rows().filter(session_key=digest(session_key)).exists())

    def delete(self, session_key: str | None = None) -> None:
        if session_key is not None:
            _rows().filter(session_key=digest(session_key)).delete()
        elif self.row is not None:
            # By its id: a parallel request may have changed the key in the meantime.
            _rows().filter(pk=self.row.pk).delete()
            self.row = None
        elif self.session_key is not None:
            _rows().filter(session_key=digest(self.session_key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Delete what has run out."""
        _rows().filter(expire_date__lte=clock.now()).delete()

    def get_session_cookie_age(self) -> int:
        """Seconds: the cookie may live as long as the longest session; the row says when it really ends."""
        return int((LONGEST if SESSION_KEY in self else NOBODYS).total_seconds())

    def note_use(self) -> None:
        """Move the end on, and note the day. Written only where it changes something."""
        if self.row is None or self.row.signed_in_at is None:
            return
        now = clock.now()
        end = _end(self.row.signed_in_at, now)
        if end - self.row.expire_date >= NOTED_EVERY or self.row.last_seen_on != now.date():
            _rows().filter(pk=self.row.pk).update(expire_date=end, last_seen_on=now.date())

    def _found(self) -> Session | None:
        digested = digest(self.session_key or "")
        known = models.Q(session_key=digested) | models.Q(previous_key=digested, keyed_at__gt=clock.now() - GRACE)
        found: Session | None = _rows().alive().filter(known).first()
        return found

    def _follow(self) -> None:
        self._session_key = successor(self.session_key or "")
        self.cookie_is_old = True

    def _change_key(self) -> None:
        """Only one of two parallel requests changes it; both end with the same new key."""
        old = digest(self.session_key or "")
        self._follow()
        _rows().filter(session_key=old).update(session_key=digest(self.session_key or ""), previous_key=old, keyed_at=clock.now())

    def _insert(self, data: dict[str, Any]) -> None:
        try:
            with transaction.atomic():
                self.row = _rows().create(session_key=digest(self.session_key or ""), **self._columns(data))
        except IntegrityError:
            raise CreateError from None

    def _update(self, data: dict[str, Any]) -> bool:
        self._get_session()  # type: ignore[attr-defined]  # reads the row, if nobody did
        if self.row is None:
            return False
        columns = self._columns(data)
        row = _rows().filter(pk=self.row.pk)
        if columns["user_id"] and row.filter(user_id=columns["user_id"]).update(session_data=columns["session_data"]):
            return True  # moment and end belong to the sign-in, not to this request
        return bool(row.update(**columns))

    def _columns(self, data: dict[str, Any]) -> dict[str, Any]:
        now, user_id = clock.now(), data.get(SESSION_KEY)
        return {
            "session_data": self.encode(data),
            "user_id": user_id,
            "device": self.device if user_id else "",
            "signed_in_at": now if user_id else None,
            "last_seen_on": now.date() if user_id else None,
            "expire_date": _end(now, now) if user_id else now + NOBODYS,
        }


def row_of(request: HttpRequest) -> UUID | None:
    """The id of the row behind this request's session, for lists and the audit trail."""
    row = request.session.row if isinstance(request.session, SessionStore) else None
    return row.pk if row is not None else None


def digest(key: str) -> str:
    """What is stored instead of the cookie's value. The value has 165 random bits, so no salt is needed."""
    return hashlib.sha256(key.encode()).hexdigest()


def successor(key: str) -> str:
    """The key after this one. Nobody but this service, and only with the old key in hand, can say it."""
    return salted_hmac("accounts.sessions.successor", key, algorithm="sha256").hexdigest()


def _end(signed_in_at: dt.datetime, used_at: dt.datetime) -> dt.datetime:
    return min(used_at + IDLE, signed_in_at + LONGEST)


def _rows() -> Any:
    from accounts.models import Session  # the engine is imported before the models are ready

    return Session.objects
