"""What a worker can be asked to do here. Arguments are ids only; each task may come twice, late or never."""

from __future__ import annotations

from celery import shared_task

from delivery.flows import delivering, dispatching, queueing, ringing, sweeping


@shared_task(name="delivery.deliver", ignore_result=True)
def deliver(delivery_id: str) -> None:
    """Bring one package to one channel, if it is still to be brought."""
    delivering.work(delivery_id)


@shared_task(name="delivery.sweep_deliveries", ignore_result=True)
def sweep_deliveries() -> None:
    """Ring again for deliveries that are due."""
    queueing.sweep()


@shared_task(name=ringing.TASK, ignore_result=True)
def dispatch_webhooks(endpoint_id: str) -> None:
    """Send what is due to one webhook endpoint."""
    dispatching.work(endpoint_id)


@shared_task(name="delivery.sweep_webhooks", ignore_result=True)
def sweep_webhooks() -> None:
    """Ring again for webhooks that are due."""
    sweeping.sweep_webhooks()


@shared_task(name="delivery.trim_webhook_log", ignore_result=True)
def trim_webhook_log() -> None:
    """Every night: delete what is over its 30 days."""
    sweeping.trim_webhook_log()
