"""Tokens as both vendors issue them: for one person, for a while, one refresh token replaced by the next."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass, field

from ground import clock


@dataclass
class Grant:
    """What one person allowed."""

    user: str
    scope: str
    refresh: str
    ended: bool = False


@dataclass
class Tokens:
    """Both kinds are canaries: they begin with a word that is looked for in dumps and logs."""

    vendor: str
    issues_refresh: bool = True
    rotates: bool = True
    seconds: int = 3600
    grants: list[Grant] = field(default_factory=list)
    access: dict[str, tuple[Grant, dt.datetime]] = field(default_factory=dict)
    spent: set[str] = field(default_factory=set)
    """Refresh tokens that were replaced. Using one again shows that a token was lost."""
    _count: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def grant(self, user: str, scope: str) -> tuple[Grant, str]:
        refresh = self._new("refresh") if self.issues_refresh else ""
        made = Grant(user, scope, refresh)
        self.grants.append(made)
        return made, self.issue(made)

    def issue(self, grant: Grant) -> str:
        token = self._new("access")
        self.access[token] = (grant, clock.now() + dt.timedelta(seconds=self.seconds))
        return token

    def renew(self, refresh: str) -> tuple[Grant, str] | None:
        grant = next((one for one in self.grants if one.refresh and one.refresh == refresh and not one.ended), None)
        if grant is None:
            return None
        if self.rotates:
            self.spent.add(grant.refresh)
            grant.refresh = self._new("refresh")
        return grant, self.issue(grant)

    def end(self, token: str) -> bool:
        """Every token of the permission ends."""
        grant = next((one for one in self.grants if one.refresh == token), None) or self.access.get(token, (None,))[0]
        if grant is None or grant.ended:
            return False
        grant.ended = True
        return True

    def user_of(self, access: str) -> str:
        """Whose token it is; empty for one that opens nothing."""
        found = self.access.get(access)
        if found is None or found[0].ended or found[1] <= clock.now():
            return ""
        return found[0].user

    def expire(self) -> None:
        """Every access token ends at this moment, earlier than was said."""
        self.access.clear()

    def _new(self, kind: str) -> str:
        return f"{self.vendor}-{kind}-token-canary-{next(self._count):04d}"
