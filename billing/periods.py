"""How long is kept what is noted of plans, and which scheduled job ends it (S-157)."""

from __future__ import annotations

import datetime as dt

from ground.register import Period

COUNTS = Period("Count of generations", "billing.reconcile", dt.timedelta(days=400), since="since the period began")
EVENTS = Period("Ids of Stripe's events", "billing.reconcile", dt.timedelta(days=35))
BOOKS = Period("Sums for accounting", "billing.reconcile", years=7, since="since the month ended")
