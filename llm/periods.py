"""How long is kept what is noted of model calls, and which scheduled job ends it (S-157)."""

from __future__ import annotations

import datetime as dt

from ground.register import Period

CALLS = Period("Details of model calls", "llm.sweep", dt.timedelta(days=90))
ANSWERS = Period("Answers of models", "llm.sweep", dt.timedelta(days=30))
SUMS = Period("Usage by month", "llm.sweep", years=7, since="since the month ended")
