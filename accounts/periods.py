"""How long accounts keep what they note, and which scheduled job ends it (S-157)."""

from __future__ import annotations

import datetime as dt

from accounts.targets import targets
from ground.register import Period

EVENTS = Period("Audit events", "accounts.sweep", dt.timedelta(days=90))
BILLING_EVENTS = Period("Audit events about a plan", "accounts.sweep", years=7)
SESSION_IDLE = Period("Session without use", "accounts.sweep", dt.timedelta(hours=12), since="since it was last used")
SESSION = Period("Session", "accounts.sweep", dt.timedelta(days=7), since="since the sign-in")
CODE = Period("Code for an SMS number", "accounts.sweep_codes", dt.timedelta(minutes=10))
MESSAGES = Period("Mails and SMS, and what is known of their delivery", "accounts.sweep", dt.timedelta(days=90))
KEY_DAYS = Period("Calls of an API key per day", "accounts.sweep", dt.timedelta(days=90), since="since that day")
REPORTS = Period(
    "Words of a bug report", "accounts.sweep", dt.timedelta(days=targets().kept_days), since="since it was resolved or declined"
)
EXPORT = Period("Data export", "accounts.exports", dt.timedelta(days=7), since="since it was ready")
REDELETION = Period("Re-deletion list", "accounts.sweep", dt.timedelta(days=30), since="since that day")
"""As long as the oldest backup of the database (N-51)."""
BIN = Period("Recycle Bin", "accounts.sweep_bins", dt.timedelta(days=30), since="since it was deleted")
DELETION = Period("Account that is to be deleted", "accounts.erase_due", dt.timedelta(hours=24), since="since the request")
LAST_ADDRESS = Period(
    "Address for the last mail of a deleted account",
    "accounts.erase_due",
    dt.timedelta(hours=24),
    since="since the request, at most",
)
