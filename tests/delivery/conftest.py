"""A channel of Alice's to a shelf, and packages that are cheap to make."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import User
from delivery.contract import PURPOSE
from delivery.models import Channel
from generation.models import Document, Package, Run
from generation.signals import run_finished
from ground import clock, vault
from interviews.models import Interview
from tests.delivery import shelf as shelf_kind
from tests.delivery.shelf import KEY, NAME, Shelf

FILES = {
    "README.md": "# Start here\n",
    "BRIEF.md": "# Brief\nDr. Brandt signs.\n",
    "AGENTS.md": "# For agents\n",
    "CLAUDE.md": "@AGENTS.md\n",
    "docs/requirements.md": "# Requirements\nREQ-001\n",
    "adr/0001-one.md": "# One\n",
    "features/desk.feature": "Feature: Desk\n",
    "diagrams/context.mmd": "flowchart LR\n",
    "backlog/backlog.json": "{}\n",
    "quality/scorecard.json": '{"documents": [{"document": "BRIEF.md", "verdict": "sound"}]}\n',
    "quality/decisions.jsonl": "{}\n",
    "trace/trace.json": "{}\n",
    "evidence/interview.md": "# Interview\nTranscript-Canary-Wren\n",
    "evidence/facts.jsonl": "{}\n",
    ".specstep/model.json": '{"answers": "Transcript-Canary-Wren"}\n',
    ".specstep/manifest.json": "{}\n",
    "prompts/system.md": "nothing that a package holds\n",
}
Make = Callable[..., Package]


@pytest.fixture
def shelf(tmp_path: Path, settings: Settings) -> Shelf:
    settings.DELIVERY_KINDS = {**settings.DELIVERY_KINDS, NAME: shelf_kind.__name__}
    return Shelf(tmp_path / "shelf")


def make_channel(owner: User, shelf: Shelf, **fields: object) -> Channel:
    channel = Channel(workspace=owner.workspace, kind=NAME, name="The shelf", place={"folder": str(shelf.folder)})
    channel.state, channel.confirmed_at = Channel.State.ACTIVE, clock.now()
    for name, value in fields.items():
        setattr(channel, name, value)
    channel.sealed = vault.seal(KEY, purpose=PURPOSE, row=channel.pk)
    channel.save()
    return channel


@pytest.fixture
def channel(alice: User, shelf: Shelf) -> Channel:
    return make_channel(alice, shelf)


@pytest.fixture
def interview(alice: User) -> Interview:
    return Interview.objects.create(workspace=alice.workspace, title="Desk")


def make_package(interview: Interview, *, finish: bool = True, **changes: str) -> Package:
    """A package with a run that is done, and the signal that says so in one transaction, unless ``finish`` is False."""
    from django.db import transaction

    number = interview.runs.count() + 1
    with transaction.atomic():
        run = Run.objects.create(
            workspace=interview.workspace,
            interview=interview,
            number=number,
            state=Run.State.DONE,
            evidence={},
            evidence_sha256="0" * 64,
            frozen_at=clock.now(),
            finished_at=clock.now(),
        )
        package = Package.objects.create(
            workspace=interview.workspace,
            run=run,
            interview=interview,
            number=number,
            title=interview.title,
            grade="good",
            summary={"requirements": 3, "must": 2, "tests": 5, "stories": 1},
            blob=f"packages/{run.pk}.zip",
            sha256=hashlib.sha256(str(run.pk).encode()).hexdigest(),
            size=1000,
        )
        files = FILES | {path.replace("__", "/").replace("_md", ".md"): text for path, text in changes.items()}
        Document.objects.bulk_create(
            Document(package=package, path=path, text=text, sha256=hashlib.sha256(text.encode()).hexdigest())
            for path, text in files.items()
        )
        if finish:
            run_finished.send(sender=Run, run=run)
    return package


def later(**units: float) -> dt.timedelta:
    return dt.timedelta(**units)
