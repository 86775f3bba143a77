"""How long is kept what was listed and not chosen, and which scheduled job ends it (S-157)."""

from __future__ import annotations

import datetime as dt

from ground.register import Period

LISTING = Period("Names of files that were not chosen", "interviews.forget_listings", dt.timedelta(days=1))
