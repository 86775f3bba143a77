"""What is heard from the floors below."""

from __future__ import annotations

from typing import Any

from django.dispatch import receiver

from delivery.flows import queueing
from generation.models import Run
from generation.signals import run_finished


@receiver(run_finished, dispatch_uid="delivery.fan_out")
def fan_out(sender: type[Run], run: Run, **_: Any) -> None:
    """A package stands: one delivery for each channel, in the transaction that ends the run."""
    queueing.fan_out(run)
