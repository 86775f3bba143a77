"""How long is kept what belongs to programs and tools, and which scheduled job ends it (S-157)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings

from ground.register import Period

TOKEN = Period("Token of a connected tool", "api.sweep_tools", dt.timedelta(seconds=settings.TOOL_TOKEN_SECONDS))
UNUSED_CLIENT = Period("A tool that nobody let in", "api.sweep_tools", dt.timedelta(days=7))
USED_CLIENT = Period("A tool without a token", "api.sweep_tools", dt.timedelta(days=180), since="since somebody last let it in")
