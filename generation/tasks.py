"""What a worker can be asked to do here. Arguments are ids only; each task may come twice, late or never."""

from __future__ import annotations

from celery import shared_task

from generation.flows import reconciling, running, sweeping


@shared_task(name="generation.work", ignore_result=True)
def work(step_id: str) -> None:
    """Do one step, if it is still to be done."""
    running.work(step_id)


@shared_task(name="generation.sweep", ignore_result=True)
def sweep(anew: bool = False) -> None:
    """Ring again for steps that wait too long, and take over from workers that died."""
    sweeping.sweep(anew=anew)


@shared_task(name="generation.reconcile", ignore_result=True)
def reconcile() -> None:
    """Every night: files without a package go, packages without a file are told of."""
    reconciling.reconcile()
