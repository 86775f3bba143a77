"""The nouns of this floor: channels and deliveries of packages, webhook endpoints and their events."""

from delivery.models.channels import Channel, Delivery, Try
from delivery.models.webhooks import Attempt, Dispatch, Endpoint, Event

__all__ = ["Attempt", "Channel", "Delivery", "Dispatch", "Endpoint", "Event", "Try"]
