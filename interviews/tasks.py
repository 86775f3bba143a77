"""What a worker does for interviews."""

from interviews.flows.answering import reply
from interviews.flows.sweeping import sweep

__all__ = ["reply", "sweep"]
