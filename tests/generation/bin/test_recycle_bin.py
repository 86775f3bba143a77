"""The Recycle Bin: what is deleted is seen nowhere else, can be brought back for 30 days, and then goes with its files."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.storage.filesystem import FileSystemStorage
from django.test import Client
from pytest_django import Settings

from accounts.flows import binning, keying, retaining
from accounts.models import AuditEvent, Binned, User
from accounts.tasks import sweep_bins
from delivery.models import Endpoint, Event
from generation.flows import discarding, reconciling
from generation.models import Document, Package, Run, Step
from ground import clock
from ground.errors import Conflict, SpecStepError
from ground.models import LogEntry
from interviews.models import Answer, FolderReading, Interview, Question, Reference
from specstep.celery import NIGHTLY
from tests.generation.bin.sketch import sketched
from tests.packages import written

pytestmark = pytest.mark.django_db

STORE = "django.core.files.storage.FileSystemStorage"
DAYS = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def own_store(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """A file store of this test's own."""
    whole = settings.STORAGES
    settings.STORAGES = {**whole, "default": {"BACKEND": STORE, "OPTIONS": {"location": str(tmp_path / "blobs")}}}
    yield
    settings.STORAGES = whole


@pytest.fixture
def package(request: pytest.FixtureRequest, alice: User) -> Package:
    """A sketch of a package; one that was really written where the test asks for it."""
    make: Callable[[User], Package] = getattr(request, "param", sketched)
    return make(alice)


really_written = pytest.mark.parametrize("package", [written], indirect=True, ids=["written"])


def listed(client: Client) -> str:
    return client.get("/settings/recycle-bin/").content.decode()


def a_run(interview: Interview, state: str) -> Run:
    named = {"number": 9, "evidence": {}, "evidence_sha256": "0", "frozen_at": clock.now(), "state": state}
    return Run.objects.create(workspace=interview.workspace, interview=interview, **named)


class Broken(FileSystemStorage):
    """A file store that deletes nothing."""

    def delete(self, name: str) -> None:
        raise OSError("the disk does not answer")


@pytest.fixture
def broken_store(settings: Settings) -> Iterator[None]:
    whole = settings.STORAGES
    settings.STORAGES = {**whole, "default": {**whole["default"], "BACKEND": f"{__name__}.Broken"}}
    yield
    settings.STORAGES = whole


@pytest.mark.promise("S-086")
@really_written
def test_a_deleted_package_is_in_the_bin_and_nowhere_else(as_alice: Client, package: Package) -> None:
    addresses = [
        package.get_absolute_url(),
        f"{package.get_absolute_url()}scorecard/",
        f"{package.get_absolute_url()}read/docs/brief.md",
        f"{package.get_absolute_url()}archive/",
        package.run.get_absolute_url(),
    ]
    found = [address for address in addresses if as_alice.get(address).status_code == 200]
    assert package.get_absolute_url() in found
    assert as_alice.post(f"{package.get_absolute_url()}delete/").status_code == 303
    assert {as_alice.get(address).status_code for address in found} == {404}
    assert package.title not in as_alice.get("/packages/").content.decode()
    assert f"package {package.number}" in listed(as_alice)
    assert "You deleted it" in listed(as_alice)


@pytest.mark.promise("S-024", "N-36")
@pytest.mark.parametrize("closed", [False, True])
def test_a_deleted_interview_is_in_the_bin_and_nowhere_else(as_alice: Client, alice: User, charlie: User, closed: bool) -> None:
    package = sketched(alice)
    interview = Interview.objects.get()
    if closed:
        Interview.objects.update(state=Interview.State.CLOSED)
    page, api = f"/interviews/{interview.pk}/", f"/api/v1/interviews/{interview.pk}"
    mine, others = (Program(user) for user in (alice, charlie))
    stranger = Client()
    stranger.force_login(charlie)

    def strangers_get_nothing() -> None:
        assert {stranger.get(page).status_code, others.get(api).status_code} == {404}
        for action in ("restore", "purge"):
            assert stranger.post(f"/settings/recycle-bin/interview/{interview.pk}/{action}/").status_code == 404
        assert stranger.post(f"{page}delete/").status_code == 404
        assert others.client.delete(api, headers=others.headers).status_code == 404
        assert interview.title not in stranger.get("/settings/recycle-bin/").content.decode()

    def listed_for_alice() -> tuple[bool, bool]:
        shown = as_alice.get("/interviews/").content.decode() + as_alice.get("/interviews/?show=closed").content.decode()
        return page in shown, str(interview.pk) in str(mine.get("/api/v1/interviews").json())

    assert listed_for_alice() == (True, True), "the control"
    strangers_get_nothing()
    assert as_alice.post(f"{page}delete/").status_code == 303
    assert listed_for_alice() == (False, False)
    assert (as_alice.get(page).status_code, mine.get(api).status_code) == (404, 404)
    [row] = [item for item in mine.get("/api/v1/recycle-bin").json()["items"] if item["id"] == str(interview.pk)]
    interview.refresh_from_db()
    assert interview.deleted_at is not None
    told = dt.datetime.fromisoformat(row["deleted_at"])
    assert dt.timedelta() <= interview.deleted_at - told < dt.timedelta(milliseconds=1)
    assert f"{interview.deleted_at:%-d %b %Y, %H:%M}" in listed(as_alice)
    strangers_get_nothing()
    assert as_alice.get(package.get_absolute_url()).status_code == 200, "packages have a window of their own (N-36)"
    assert as_alice.post(f"/settings/recycle-bin/interview/{interview.pk}/restore/").status_code == 303
    assert listed_for_alice() == (True, True)
    as_alice.post(f"{page}delete/")
    assert as_alice.post(f"/settings/recycle-bin/interview/{interview.pk}/purge/").status_code == 303
    strangers_get_nothing()


class Program:
    """Somebody's key at work."""

    def __init__(self, user: User) -> None:
        self.client, key = Client(), keying.make(user, name="Nightly").raw
        self.headers = {"Authorization": f"Bearer {key}"}

    def get(self, address: str) -> Any:
        return self.client.get(address, headers=self.headers)


@pytest.mark.promise("S-121")
def test_owner_and_policy_leave_time_and_cause(as_alice: Client, alice: User, package: Package) -> None:
    interview = Interview.objects.get()
    as_alice.post(f"/interviews/{interview.pk}/delete/")
    retaining.choose(alice.workspace, {"packages": 10}, actor=alice)
    with clock.moved(11 * DAYS):
        sweep_bins()
    package.refresh_from_db()
    interview.refresh_from_db()
    assert (interview.deleted_because, package.deleted_because) == (Binned.Because.OWNER, Binned.Because.POLICY)
    assert interview.deleted_at is not None
    assert package.deleted_at is not None
    assert package.deleted_at - interview.deleted_at >= 10 * DAYS
    with clock.moved(11 * DAYS):
        as_alice.force_login(alice)
        page = listed(as_alice)
    assert "You deleted it" in page
    assert "Its time was over" in page
    for address in ("/interviews/", "/interviews/?show=closed", "/packages/"):
        assert "Desk" not in as_alice.get(address).content.decode()
    told = set(AuditEvent.objects.filter(workspace=alice.workspace).values_list("action", "actor"))
    assert {("interview.deleted", alice.pk), ("package.deleted", None)} <= told


@pytest.mark.promise("S-122")
def test_it_can_be_deleted_for_good_at_once(as_alice: Client, package: Package) -> None:
    as_alice.post(f"{package.get_absolute_url()}delete/")
    assert as_alice.post(f"/settings/recycle-bin/package/{package.pk}/purge/").status_code == 303
    assert not Package.objects.filter(pk=package.pk).exists()
    assert as_alice.post(f"/settings/recycle-bin/package/{package.pk}/restore/").status_code == 404
    assert "The Recycle Bin is empty" in listed(as_alice)


@pytest.mark.promise("S-123")
@really_written
def test_rows_and_file_go_in_one_operation(alice: User, package: Package) -> None:
    run, blob = package.run, package.blob
    assert default_storage.exists(blob)
    discarding.discard(package, actor=alice)
    binning.purge(package, actor=alice)
    assert not default_storage.exists(blob)
    assert not Document.objects.exists()
    assert not Step.objects.exists()
    assert not Run.objects.filter(pk=run.pk).exists()
    assert not LogEntry.objects.filter(stream=run.stream).exists()
    assert reconciling.reconcile() == ([], [])


@pytest.mark.promise("S-123")
def test_a_store_that_fails_leaves_every_row_and_a_repeat_succeeds(
    as_alice: Client, alice: User, package: Package, broken_store: None, settings: Settings
) -> None:
    discarding.discard(package, actor=alice)
    before = Document.objects.count()
    refused = as_alice.post(f"/settings/recycle-bin/package/{package.pk}/purge/", follow=True)
    assert "The file store does not answer, so nothing was deleted" in refused.content.decode()
    assert Document.objects.count() == before
    assert f"package {package.number}" in listed(as_alice)
    settings.STORAGES = {**settings.STORAGES, "default": {**settings.STORAGES["default"], "BACKEND": STORE}}
    assert as_alice.post(f"/settings/recycle-bin/package/{package.pk}/purge/").status_code == 303
    assert not Package.objects.exists()
    assert not default_storage.exists(package.blob)


@pytest.mark.promise("S-123")
def test_a_file_without_a_package_goes_in_the_night(package: Package) -> None:
    default_storage.save("packages/0000.zip", default_storage.open(package.blob))
    assert reconciling.reconcile() == (["packages/0000.zip"], [])
    assert default_storage.exists(package.blob)
    default_storage.delete(package.blob)
    assert reconciling.reconcile() == ([], [package.blob])


@pytest.mark.promise("S-124")
def test_thirty_days_after_the_deletion_the_night_takes_it(as_alice: Client, alice: User, package: Package) -> None:
    discarding.discard(package, actor=alice)
    with clock.moved(30 * DAYS - dt.timedelta(hours=1)):
        as_alice.force_login(alice)
        sweep_bins()
        assert Package.objects.exists()
        assert f"package {package.number}" in listed(as_alice)
    with clock.moved(30 * DAYS + dt.timedelta(minutes=1)):
        as_alice.force_login(alice)
        assert "The Recycle Bin is empty" in listed(as_alice)
        with pytest.raises(Conflict, match="more than 30 days ago"):
            binning.restore(package, actor=alice)
        sweep_bins()
        sweep_bins()
    assert not Package.objects.exists()
    assert not default_storage.exists(package.blob)


@pytest.mark.promise("S-124")
def test_it_is_on_the_schedule_once_a_night() -> None:
    assert NIGHTLY.count("accounts.sweep_bins") == 1


@pytest.mark.promise("S-124")
def test_one_failing_file_does_not_stop_the_rest(
    alice: User, package: Package, broken_store: None, caplog: pytest.LogCaptureFixture
) -> None:
    interview = Interview.objects.get()
    discarding.discard_interview(interview, actor=alice, with_packages=True)
    with clock.moved(31 * DAYS), caplog.at_level(logging.ERROR):
        sweep_bins()
    assert Package.objects.filter(pk=package.pk).exists()
    assert not Interview.objects.filter(pk=interview.pk).exists()
    assert "stays in the Recycle Bin" in caplog.text


@really_written
def test_what_is_restored_is_as_it_was(as_alice: Client, package: Package) -> None:
    before = as_alice.get(package.get_absolute_url()).content
    as_alice.post(f"{package.get_absolute_url()}delete/")
    as_alice.post(f"/settings/recycle-bin/package/{package.pk}/restore/")
    assert len(as_alice.get(package.get_absolute_url()).content) > 0.9 * len(before)
    assert package.get_absolute_url() in as_alice.get("/packages/").content.decode()


@really_written
def test_a_purged_interview_takes_its_documents_and_leaves_its_packages(as_alice: Client, alice: User, package: Package) -> None:
    interview = Interview.objects.get()
    named = {"label": "S-01", "name": "n.md", "media_type": "text/markdown", "size": 5, "sha256": "0", "text": "Heron"}
    Reference.objects.create(interview=interview, **named)
    Run.objects.update(evidence=package.run.evidence | {"sources": [{"id": "S-01", "text": "Heron"}]})
    failed = a_run(interview, "failed")
    discarding.discard_interview(interview, actor=alice)
    assert as_alice.get(f"/interviews/{interview.pk}/").status_code == 404
    assert as_alice.get(package.get_absolute_url()).status_code == 200
    binning.purge(interview, actor=alice)
    for model in (Interview, Question, Answer, Reference):
        assert not model._default_manager.exists()
    assert not Run.objects.filter(pk=failed.pk).exists()
    assert "Heron" not in str(Run.objects.get().evidence)
    page = as_alice.get(package.get_absolute_url())
    assert page.status_code == 200
    assert f"/interviews/{interview.pk}/" not in page.content.decode()
    assert as_alice.get(package.run.get_absolute_url()).status_code == 200
    assert as_alice.get("/packages/").status_code == 200


def test_deleting_an_interview_stops_what_is_written_from_it(alice: User, package: Package) -> None:
    interview = Interview.objects.get()
    run = a_run(interview, "running")
    discarding.discard_interview(interview, actor=alice)
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_deleting_an_interview_stops_what_is_read_for_it(alice: User, package: Package) -> None:
    interview = Interview.objects.get()
    named = {"label": "S-01", "name": "n.md", "media_type": "text/markdown", "size": 5}
    waiting = Reference.objects.create(interview=interview, state=Reference.State.WAITING, **named)
    looked = FolderReading.objects.create(interview=interview, state=FolderReading.State.LOOKING)
    discarding.discard_interview(interview, actor=alice)
    waiting.refresh_from_db()
    looked.refresh_from_db()
    assert (waiting.state, looked.state) == (Reference.State.CANCELLED, FolderReading.State.CANCELLED)
    assert not interview.is_open


def test_webhooks_hear_of_a_deleted_package_once(alice: User, package: Package) -> None:
    Endpoint.objects.create(workspace=alice.workspace, url="https://hooks.example/x", events=["package.deleted"])
    discarding.discard(package, actor=alice)
    discarding.discard(package, actor=alice)
    binning.purge(package, actor=alice)
    assert list(Event.objects.values_list("kind", flat=True)) == ["package.deleted"]


@pytest.mark.parametrize("action", ["restore", "purge"])
def test_nobody_else_reaches_into_the_bin(client: Client, charlie: User, alice: User, package: Package, action: str) -> None:
    discarding.discard(package, actor=alice)
    client.force_login(charlie)
    assert client.post(f"/settings/recycle-bin/package/{package.pk}/{action}/").status_code == 404
    assert package.title not in client.get("/settings/recycle-bin/").content.decode()


def test_what_is_not_in_the_bin_cannot_be_purged(alice: User, package: Package) -> None:
    with pytest.raises(Conflict, match="not in the Recycle Bin"):
        binning.purge(package, actor=alice)
    assert default_storage.exists(package.blob)


def test_the_bin_is_emptied_after_a_question(as_alice: Client, alice: User, package: Package) -> None:
    discarding.discard_interview(Interview.objects.get(), actor=alice, with_packages=True)
    assert "Delete 2 things for good?" in as_alice.get("/settings/recycle-bin/empty/").content.decode()
    as_alice.post("/settings/recycle-bin/empty/")
    assert not Package.objects.exists()
    assert not Interview.objects.exists()


def test_a_file_that_was_gone_before_does_not_hold_the_purge_back(alice: User, package: Package) -> None:
    default_storage.delete(package.blob)
    discarding.discard(package, actor=alice)
    binning.purge(package, actor=alice)
    assert not Package.objects.exists()


def test_a_purge_that_fails_says_what_to_do(alice: User, package: Package, broken_store: None) -> None:
    discarding.discard(package, actor=alice)
    with pytest.raises(SpecStepError, match="Try again in a few minutes"):
        binning.purge(package, actor=alice)
