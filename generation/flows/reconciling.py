"""Files without a package and packages without a file: looked for every night, so that neither stays (N-40)."""

from __future__ import annotations

import logging

from django.core.files.storage import default_storage

from generation.models import Package, Run

log = logging.getLogger(__name__)

FOLDER = "packages"
UNDER_WAY = (Run.State.WAITING, Run.State.RUNNING)


def reconcile() -> tuple[list[str], list[str]]:
    """Delete files that belong to no package and to no run that is being written. What was deleted, and what is missing.

    A missing file is told of and not mended: the package stays readable, and can be written again from its interview.
    """
    stored = {f"{FOLDER}/{name}" for name in _names()}
    # In this order: a run that ends in between has its package's row by the time that rows are asked for.
    coming = {f"{FOLDER}/{run}.zip" for run in Run.objects.filter(state__in=UNDER_WAY).values_list("pk", flat=True)}
    wanted = set(Package.objects.values_list("blob", flat=True))
    orphans = sorted(stored - wanted - coming)
    for name in orphans:
        default_storage.delete(name)
    missing = sorted(name for name in wanted - stored if not default_storage.exists(name))
    if orphans or missing:
        log.error("Files and packages did not agree: %d files deleted, %d files missing.", len(orphans), len(missing))
    return orphans, missing


def _names() -> list[str]:
    try:
        return default_storage.listdir(FOLDER)[1]
    except FileNotFoundError:
        return []
