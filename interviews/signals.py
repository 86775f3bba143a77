"""What may be heard from the floors above."""

from __future__ import annotations

from django.dispatch import Signal

interview_discarded = Signal()
"""Sent inside the transaction that puts an interview into the Recycle Bin: ``interview``. A receiver stops what works on it."""

interview_purged = Signal()
"""Sent inside the transaction that deletes an interview for good, before its rows go: ``interview``.

A receiver deletes what was made from it and does not stay. A receiver that raises leaves everything as it was.
"""
