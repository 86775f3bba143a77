"""How long is kept what belongs to connecting a folder, and which scheduled job ends it (S-157)."""

from __future__ import annotations

import datetime as dt

from ground.register import Period

ATTACH = Period("A folder being connected", "connectors.sweep", dt.timedelta(minutes=30))
