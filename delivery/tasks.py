"""What a worker can be asked to do here. Arguments are ids only; each task may come twice, late or never."""

from __future__ import annotations

from celery import shared_task

from delivery.flows import delivering, queueing


@shared_task(name="delivery.deliver", ignore_result=True)
def deliver(delivery_id: str) -> None:
    """Bring one package to one channel, if it is still to be brought."""
    delivering.work(delivery_id)


@shared_task(name="delivery.sweep_deliveries", ignore_result=True)
def sweep_deliveries() -> None:
    """Ring again for deliveries that are due."""
    queueing.sweep()
