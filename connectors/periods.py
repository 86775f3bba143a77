"""How long is kept what belongs to connecting a folder, and which scheduled job ends it (S-157)."""

from __future__ import annotations

import datetime as dt

from ground.register import Period

REVOCATION = Period("Token of a deleted account that its provider is to be told of", "connectors.sweep", dt.timedelta(hours=24))
ATTACH = Period("A folder being connected", "connectors.sweep", dt.timedelta(minutes=30))
