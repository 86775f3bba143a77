"""How long is kept what is noted of webhooks, and which scheduled job ends it (S-157)."""

from __future__ import annotations

import datetime as dt

from ground.register import Period

WEBHOOK_LOG = Period("Log of webhooks", "delivery.trim_webhook_log", dt.timedelta(days=30))
SECRET_BEFORE = Period("Former secret of a webhook", "delivery.sweep_webhooks", dt.timedelta(hours=24), since="since the new one")
