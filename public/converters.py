"""Parts of addresses: the name of a policy, and a day."""

from __future__ import annotations

import datetime as dt

from accounts.flows.publishing import DOCUMENTS


class Policy:
    regex = "|".join(DOCUMENTS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class Day:
    """2026-05-16. A day that does not exist is no address (404)."""

    regex = r"\d{4}-\d{2}-\d{2}"

    def to_python(self, value: str) -> dt.date:
        return dt.date.fromisoformat(value)

    def to_url(self, value: dt.date | str) -> str:
        return value if isinstance(value, str) else value.isoformat()
