"""What may be heard above: a folder may not be read any more."""

from __future__ import annotations

from django.dispatch import Signal

folder_ending = Signal()
"""Sent inside the transaction that ends a connection: ``connection``, and ``keep_documents``, whether what was made of its files
stays. A receiver stops the readings that are under way and, where the documents go, deletes them."""
