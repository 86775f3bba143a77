"""How long is kept what is counted of visitors, and which scheduled job ends it (S-157)."""

from __future__ import annotations

import datetime as dt

from ground.register import Period

SALT = Period("Salt of the hash of the day", "public.rotate", dt.timedelta(hours=24), since="since 00:00 UTC")
COOKIE = Period("Cookie of the day", "public.rotate", dt.timedelta(hours=24), since="since it was set, at most")
VIEWS = Period("Visits to public pages", "public.count", dt.timedelta(days=30), since="since that day")
