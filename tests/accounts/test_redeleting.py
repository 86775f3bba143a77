"""After a restore, what had been deleted is deleted again (N-51)."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import Storage
from django.core.mail import EmailMessage
from pytest_django import Settings

from accounts import periods
from accounts.flows import erasing, redeleting, remembering
from accounts.models import DeletionRequest, User
from accounts.policies import shipped
from ground import clock
from tests.billing.test_many_at_once import told_by
from tests.schedule import run

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def blobs(settings: Settings, tmp_path: Path) -> Path:
    place = tmp_path / "blobs"
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend, "OPTIONS": {"location": str(place)}}}
    return place


def as_it_should_be(told: dict[str, Any]) -> None:
    assert told["back"] >= 25, "the control: the restore brought the person back"
    assert told["told"] == [
        "1 accounts and 2 packages and interviews would be deleted.",
        "1 accounts and 2 packages and interviews were deleted again.",
        "0 accounts and 0 packages and interviews were deleted again.",
    ]
    assert told["left"] == told["items"] == []
    assert told["number"], "the request for deletion has the number that the person was told"
    assert told["mails"] == 1, "nobody is written to a second time"
    assert told["others"] == []
    assert told["people"] == ["Sparrow5@example.org", "cal@example.org"]
    assert told["listed"] == [3]
    assert told["list"] == []


@pytest.mark.promise("N-51")
def test_a_restore_drill_on_a_laptop(tmp_path: Path) -> None:
    as_it_should_be(told_by("tests.accounts.drill", folder=tmp_path))


@pytest.mark.servers
@pytest.mark.promise("N-51")
def test_a_restore_drill_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    as_it_should_be(told_by("tests.accounts.drill", folder=tmp_path, DATABASE_URL=postgres_url))


@pytest.mark.django_db
@pytest.mark.promise("N-51")
def test_an_entry_lives_as_long_as_the_oldest_backup(alice: User) -> None:
    today = dt.datetime.combine(clock.today(), dt.time(23, 59), tzinfo=dt.UTC)
    with clock.frozen(today):
        assert erasing.erase_now(erasing.request_deletion(alice).pk)
    with clock.frozen(today + periods.REDELETION.length):
        run("accounts.sweep")
        assert list(remembering.listed()) == [remembering.mark_of(alice.pk)]
    with clock.frozen(today + periods.REDELETION.length + DAY):
        run("accounts.sweep")
        assert remembering.listed() == {}


@pytest.mark.promise("N-51")
def test_the_page_says_how_long_backups_and_their_list_are_kept() -> None:
    text = " ".join(shipped("privacy")[0].text.split())
    assert "Backups of the database are kept for 30 days." in text
    assert "After a restore that list deletes again what had been deleted" in text
    assert periods.REDELETION.length.days == int(re.findall(r"Backups of the database are kept for (\d+) days", text)[0])


@pytest.mark.django_db
def test_a_list_that_cannot_be_written_holds_back_the_end_and_not_the_rows(
    alice: User, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    whole = settings.STORAGES
    request = erasing.request_deletion(alice)
    settings.STORAGES = whole | {"default": {"BACKEND": "tests.accounts.test_redeleting.Full"}}
    assert not erasing.erase_now(request.pk)
    assert not User.objects.exists()
    request.refresh_from_db()
    assert (request.result, request.mark, len(mailoutbox)) == ("failed", remembering.mark_of(alice.pk), 0)
    settings.STORAGES = whole
    with clock.moved(erasing.LEASE):
        assert erasing.erase_due() == 1
    assert remembering.listed()[remembering.mark_of(alice.pk)]["number"] == request.number
    assert (DeletionRequest.objects.get().mark, len(mailoutbox)) == ("", 1)


@pytest.mark.django_db
def test_nothing_is_deleted_where_nothing_was_restored(alice: User, charlie: User) -> None:
    assert erasing.erase_now(erasing.request_deletion(charlie).pk)
    assert redeleting.redelete() == redeleting.Redeleted(accounts=0, items=0, failed=0)
    assert list(User.objects.all()) == [alice]


class Full(Storage):
    """A file store with no room left."""

    def exists(self, name: str) -> bool:
        return False

    def delete(self, name: str) -> None:
        """There is nothing."""

    def save(self, name: str | None, content: object, max_length: int | None = None) -> str:
        raise OSError("no space is left")
