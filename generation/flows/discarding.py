"""Packages in the Recycle Bin, and what becomes of runs when a package or an interview goes."""

from __future__ import annotations

from django.db import transaction

from accounts.audit import Means
from accounts.flows import binning
from accounts.models import User
from generation.flows import cancelling
from generation.models import Package, Run
from generation.signals import package_deleted
from ground import clock
from ground.errors import Conflict
from ground.models import LogEntry
from interviews.models import Interview

UNDER_WAY = (Run.State.WAITING, Run.State.RUNNING)


def declare() -> None:
    """Let packages lie in the bin."""
    binning.declare(
        binning.Kind(
            "package",
            "Package",
            Package,
            discarded=tell,
            files=files_of,
            purged=forget,
            setting="packages",
            untouched_since=lambda packages, moment: packages.filter(created_at__lte=moment),
        )
    )


def discard(package: Package, *, actor: User, means: Means | None = None) -> None:
    """The owner deletes a package: it goes to the Recycle Bin (S-086)."""
    binning.discard(package, actor=actor, means=means)


def discard_interview(interview: Interview, *, actor: User, with_packages: bool = False, means: Means | None = None) -> None:
    """The owner deletes an interview, and the packages that were written from it where that is asked for (N-69)."""
    with transaction.atomic():
        if with_packages:
            for package in Package.objects.filter(interview=interview, deleted_at=None).defer("model").order_by("pk"):
                binning.discard(package, actor=actor, means=means)
        binning.discard(interview, actor=actor, means=means)


def tell(package: Package) -> None:
    """Those who listen hear of it when it goes into the bin: from then on it can be had nowhere (S-059, S-086)."""
    package_deleted.send(sender=Package, package=package, at=clock.now())


def files_of(package: Package) -> list[str]:
    """Its archive. A run that was killed may have stored it under the run's own name before the row was there."""
    return [package.blob, f"packages/{package.run_id}.zip"]


def forget(package: Package) -> None:
    """The run that wrote it holds what it was written from, so it goes as well; the package's row goes with it."""
    _forget_runs([package.run])


def stop_runs(interview: Interview) -> None:
    """Nothing is written any more from an interview in the bin."""
    for run in interview.runs.filter(state__in=UNDER_WAY).defer("evidence").order_by("pk"):
        try:
            cancelling.cancel(run)
        except Conflict:
            continue  # it ended in between


def leave_packages(interview: Interview) -> None:
    """Packages stay when their interview is purged (N-69), without the text of its reference documents; other runs go."""
    for run in interview.runs.select_for_update(of=("self",)).order_by("pk"):
        if Package.objects.filter(run=run).exists():
            sources = [source | {"text": ""} for source in run.evidence.get("sources", [])]
            Run.objects.filter(pk=run.pk).update(evidence=run.evidence | {"sources": sources})
        else:
            _forget_runs([run])


def _forget_runs(runs: list[Run]) -> None:
    LogEntry.objects.filter(stream__in=[run.stream for run in runs]).delete()
    Run.objects.filter(pk__in=[run.pk for run in runs]).delete()
