"""What may be heard about packages on their way."""

from __future__ import annotations

from django.dispatch import Signal

package_delivered = Signal()
"""Sent inside the transaction that marks a delivery as sent. Arguments: ``delivery`` (``delivery.models.Delivery``)."""
