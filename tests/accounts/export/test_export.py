"""An export is asked for, prepared, offered for seven days by a signed link, and gone with its file."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.flows import erasing, exporting
from accounts.models import AuditEvent, Export, Message, User
from accounts.tasks import export as the_task
from ground import clock
from specstep.celery import REGULARLY

pytestmark = pytest.mark.django_db
PAGE = "/settings/export/"
A_MINUTE, A_WEEK = dt.timedelta(minutes=1), dt.timedelta(days=7)


class Stubborn(FileSystemStorage):
    """A file storage whose deletions can fail, as a container's that is away."""

    refuses = False

    def delete(self, name: str) -> None:
        if Stubborn.refuses:
            raise OSError("The storage is away.")
        super().delete(name)


@pytest.fixture(autouse=True)
def blobs(settings: Settings, tmp_path: Path) -> Iterator[Path]:
    place = {"BACKEND": f"{__name__}.Stubborn", "OPTIONS": {"location": str(tmp_path / "blobs")}}
    settings.STORAGES = settings.STORAGES | {"default": place}
    yield tmp_path / "blobs"
    Stubborn.refuses = False


def archives(blobs: Path) -> list[str]:
    return sorted(str(path.relative_to(blobs)) for path in (blobs / "exports").rglob("*") if path.is_file())


def ready(user: User) -> Export:
    export = exporting.ask(user)
    assert exporting.prepare(export.pk)
    export.refresh_from_db()
    return export


@pytest.mark.promise("S-158", "S-162", "S-164")
def test_it_is_asked_for_prepared_and_downloaded(
    as_alice: Client,
    alice: User,
    charlie: User,
    blobs: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    with django_capture_on_commit_callbacks() as bells:
        assert as_alice.post(PAGE).status_code == 303
    assert len(bells) == 1, "a worker is woken once the row stands"
    assert "Being prepared" in as_alice.get(PAGE).content.decode()
    as_alice.post(PAGE)
    export = Export.objects.get()
    the_task(str(export.pk))
    export.refresh_from_db()
    assert archives(blobs) == [export.file], "under a private folder, by a name of its own"

    link = exporting.link(export)
    assert link in as_alice.get(PAGE).content.decode()
    answer = as_alice.get(link)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "no-store" in answer.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(b"".join(answer))) as archive:
        assert {"README.md", "account.json", "account/User.csv"} <= set(archive.namelist())
    events = AuditEvent.objects.filter(workspace=alice.workspace).order_by("at").values_list("action", "about")
    assert list(events) == [("data.requested", export.pk), ("data.exported", export.pk)]
    assert list(Message.objects.values_list("user", "kind", "channel")) == [(alice.pk, "export.ready", "email")]

    other = ready(charlie)
    before, until, signature = link.rstrip("/").rsplit("/", 2)
    altered = [
        f"{before}/{until}/{signature[:-1]}{'0' if signature[-1] != '0' else '1'}/",
        f"{before}/{int(until) + 60}/{signature}/",
        f"{before}/{until}/{signature.upper()}x/",
        link.replace(str(export.pk), str(other.pk)),
        exporting.link(other),
        f"{before}/{until}/",
    ]
    assert [as_alice.get(path).status_code for path in altered] == [404] * len(altered)
    assert "blob" not in link
    assert "sig=" not in link
    as_charlie, stranger = Client(), Client()
    as_charlie.force_login(charlie)
    assert as_charlie.get(link).status_code == 404
    refused = stranger.get(link)
    assert (refused.status_code, refused.headers["Location"].split("?")[0]) == (302, "/sign-in/")
    for name in archives(blobs):
        assert stranger.get(f"/{name}").status_code == 404, "nobody gets at the file but through the link"


@pytest.mark.promise("S-163", "N-41")
def test_the_link_lives_seven_days_from_ready_and_the_file_goes_at_the_same_moment(
    as_alice: Client, alice: User, blobs: Path
) -> None:
    start = clock.now().replace(microsecond=0)
    with clock.frozen(start):
        export = exporting.ask(alice)
    done = start + dt.timedelta(days=2)
    with clock.frozen(done):
        as_alice.force_login(alice)
        assert exporting.prepare(export.pk)
        export.refresh_from_db()
        link = exporting.link(export)
        assert as_alice.get(link).status_code == 200
    with clock.frozen(done + A_WEEK - A_MINUTE):
        as_alice.force_login(alice)
        exporting.sweep()
        assert as_alice.get(link).status_code == 200, "a download does not count anew"
        assert archives(blobs) == [export.file]
    with clock.frozen(done + A_WEEK + A_MINUTE):
        as_alice.force_login(alice)
        assert as_alice.get(link).status_code == 410, "also while the sweep is late"
        assert link not in as_alice.get(PAGE).content.decode()
        exporting.sweep()
        assert (archives(blobs), Export.objects.count()) == ([], 0)
        assert as_alice.get(link).status_code == 410
    assert "accounts.exports" in REGULARLY, "the sweep runs every few seconds"


@pytest.mark.promise("N-41")
def test_an_older_one_goes_when_a_new_one_is_ready_and_all_go_with_the_account(alice: User, charlie: User, blobs: Path) -> None:
    first, others = ready(alice), ready(charlie)
    second = exporting.ask(alice)
    assert first.file in archives(blobs), "until the new one is ready"
    exporting.prepare(second.pk)
    second.refresh_from_db()
    assert archives(blobs) == sorted([second.file, others.file])
    waiting = exporting.ask(alice)
    request = erasing.request_deletion(alice)
    assert not exporting.prepare(waiting.pk), "no work is begun for an account that is closed"
    assert erasing.erase_now(request.pk)
    assert archives(blobs) == [others.file]
    assert list(Export.objects.all()) == [others]


def test_a_file_that_cannot_be_deleted_keeps_its_row_until_it_can(alice: User, charlie: User, blobs: Path) -> None:
    ready(alice)
    with clock.moved(A_WEEK):
        Stubborn.refuses = True
        exporting.sweep()
        assert (len(archives(blobs)), Export.objects.count()) == (1, 1)
        assert exporting.of(alice) == []
        Stubborn.refuses = False
        exporting.sweep()
        assert (archives(blobs), Export.objects.count()) == ([], 0)


def test_one_that_fails_is_tried_again_and_given_up_in_the_end(alice: User, as_alice: Client, blobs: Path) -> None:
    export = exporting.ask(alice)
    blobs.mkdir()
    (blobs / "exports").write_text("A file where the folder should be.")
    for tries in range(1, exporting.TRIES + 1):
        with clock.moved(tries * 2 * exporting.LEASE):
            exporting.sweep()
            assert not exporting.prepare(export.pk)
            assert not exporting.prepare(export.pk), "the lease lasts, so that it is no hot loop"
    with clock.moved((exporting.TRIES + 1) * 2 * exporting.LEASE):
        exporting.sweep()
        as_alice.force_login(alice)
        assert "It could not be prepared" in as_alice.get(PAGE).content.decode()
        (blobs / "exports").unlink()
        assert ready(alice).is_offered


def test_who_comes_back_late_changes_nothing(alice: User, blobs: Path) -> None:
    export = exporting.ask(alice)
    slow = exporting._claimed(export.pk)
    assert slow is not None
    with clock.moved(exporting.LEASE):
        assert exporting.prepare(export.pk)
    default_storage.save(slow.file, default_storage.open(Export.objects.get().file))
    with pytest.raises(exporting.Lost):
        exporting._make_ready(slow, 1)
    assert len(Message.objects.all()) == 1
    with clock.moved(A_WEEK + exporting.LEASE):
        exporting.sweep()
    assert archives(blobs) == [], "what the slow one wrote is known by name"


def test_files_without_a_row_are_found(alice: User, blobs: Path) -> None:
    kept = ready(alice)
    (blobs / "exports" / "5b1d-1.zip").write_bytes(b"left behind")
    assert exporting.reconcile() == ["exports/5b1d-1.zip"]
    assert archives(blobs) == [kept.file]


def test_too_many_in_a_day_are_refused_with_a_sentence(as_alice: Client, alice: User) -> None:
    for _ in range(exporting.A_DAY):
        ready(alice)
    page = as_alice.post(PAGE, HTTP_REFERER=f"http://testserver{PAGE}", follow=True).content.decode()
    assert "Ask again tomorrow" in page
    assert Export.objects.filter(state="waiting").count() == 0
