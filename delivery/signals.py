"""What may be heard about deliveries."""

from __future__ import annotations

from django.dispatch import Signal

package_delivered = Signal()
"""Sent inside the transaction that marks a delivery as sent. Arguments: ``delivery`` (``delivery.models.Delivery``), with its
``sent_at``. A receiver writes its own rows in that same transaction; sending it again with the same ``sent_at`` changes nothing.
"""
