"""What a worker does for plans."""

from __future__ import annotations

from celery import shared_task

from billing.flows import parting, reconciling, synchronising


@shared_task(name="billing.synchronise", ignore_result=True)
def synchronise(subscription_id: str) -> None:
    """Ask Stripe how this customer stands."""
    synchronising.look(subscription_id)


@shared_task(name="billing.part", ignore_result=True)
def part(parting_id: str) -> None:
    """End what the customer of a deleted account still pays for."""
    parting.carry_out(parting_id)


@shared_task(name="billing.sweep", ignore_result=True)
def sweep() -> None:
    """Go on with what nobody works on."""
    reconciling.sweep()


@shared_task(name="billing.reconcile", ignore_result=True)
def reconcile() -> None:
    """Every night: compare everything with Stripe, write the books, delete what is over its time."""
    reconciling.trim()
    reconciling.reconcile()
