"""An account goes: at once nothing works, then nothing is left, then one mail says so."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import Settings

from accounts import audit
from accounts.flows import authenticating, erasing, keying
from accounts.models import ApiKey, AuditEvent, BugReport, DeletionRequest, MailOut, Message, Photo, Session, User
from accounts.tasks import sweep
from billing.purses import UnmeteredPurse
from generation.flows import running
from generation.models import Run
from generation.steps import Bench, Result, Work
from ground import clock, vault
from ground.management.commands.rotate_vault import rotate
from ground.models import LogEntry
from interviews.flows import answering, opening
from interviews.models import Interview
from specstep.celery import REGULARLY
from tests.accounts.filling import WORD, everything_but, fill, personal, tables_with, traces
from tests.billing.test_many_at_once import told_by
from tests.generation.flows.conftest import run

__all__ = ["run"]
pytestmark = pytest.mark.django_db
PAGE = "/settings/delete/"


@pytest.fixture(autouse=True)
def blobs(settings: Settings, tmp_path: Path) -> Path:
    place = tmp_path / "blobs"
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend, "OPTIONS": {"location": str(place)}}}
    return place


@pytest.mark.promise("S-119", "S-120")
def test_nothing_that_leads_to_the_person_is_left_anywhere(
    alice: User, charlie: User, client: Client, blobs: Path, mailoutbox: list[EmailMessage]
) -> None:
    fill(charlie, "Sparrow5")
    charlies = everything_but()
    client.force_login(alice)
    ids = (alice.pk, alice.workspace.pk)
    fill(alice)
    audit.record(charlie.workspace, audit.Action.OPERATOR_READ, actor=alice, label="accounts")
    audit.record(None, audit.Action.OPERATOR_READ, actor=charlie, about=alice.pk, label="account")
    Message.objects.create(user=None, kind="signup.welcome", channel="email", about={"account": str(alice.pk)})
    automatic = BugReport.objects.create(
        reporter=None, workspace=alice.workspace, automatic=True, title=WORD, description=WORD, error_class="TimeoutError"
    )
    events = AuditEvent.objects.count()
    assert len(tables_with(WORD)) >= 25, "the control: the search finds what is there"
    assert len(traces(WORD, *ids)) >= 3
    assert [path.read_bytes() for path in blobs.rglob(f"{Run.objects.get(workspace=alice.workspace).pk}*")] == [WORD.encode()]

    client.post(PAGE, {"word": "delete"})
    request = DeletionRequest.objects.get()
    before = AuditEvent.objects.count()
    assert before >= events + 1
    assert erasing.erase_now(request.pk)

    assert not tables_with(WORD)
    assert not traces(WORD, *ids)
    kept = everything_but(User, MailOut, Message, BugReport)
    assert kept == {name: charlies[name] for name in kept}
    assert list(User.objects.all()) == [charlie]
    assert len(list(blobs.rglob("*.zip"))) == 1
    assert tables_with("Sparrow5")
    automatic.refresh_from_db()
    assert (automatic.error_class, automatic.workspace, automatic.title) == ("TimeoutError", None, "")

    assert AuditEvent.objects.count() == before
    unlinked = AuditEvent.objects.filter(workspace=None)
    columns = ("workspace", "actor", "subject", "about", "means", "label")
    assert {str(value) for row in unlinked.values_list(*columns) for value in row} == {"None", ""}
    assert AuditEvent.objects.get(workspace=charlie.workspace, action="operator.read", label="accounts").actor is None

    request.refresh_from_db()
    assert (request.result, request.user, request.sealed_address, request.files) == ("done", None, "", [])
    assert request.completed_at
    assert request.completed_at >= request.requested_at
    assert [mail.to for mail in mailoutbox] == [[f"{WORD}@example.org"]]
    assert request.number in mailoutbox[0].body
    long_ago = clock.now() - dt.timedelta(days=91)
    DeletionRequest.objects.update(created_at=long_ago, requested_at=long_ago, completed_at=long_ago)
    sweep()
    left = DeletionRequest.objects.values().get()
    assert set(left) - {"id", "created_at", "number", "requested_at", "completed_at", "result"} == {
        "user_id",
        "mark",
        "sealed_address",
        "files",
        "lease_until",
    }
    assert [left[name] for name in ("user_id", "mark", "sealed_address", "files", "lease_until")] == [None, "", "", [], None]


def test_every_personal_model_is_filled_by_the_test_above(alice: User) -> None:
    made = fill(alice)
    assert set(personal()) <= set(made)
    assert len(made) >= 30


def test_from_the_request_on_nothing_works_any_more(as_alice: Client, alice: User) -> None:
    raw = keying.make(alice, name="Sync").raw
    Session.objects.create(session_key="0" * 64, session_data="x", expire_date=clock.now(), user=alice)
    answer = as_alice.post(PAGE, {"word": " Delete "})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/deleted/")
    assert "being deleted" in as_alice.get("/deleted/").content.decode()
    assert as_alice.get("/interviews/").status_code == 302
    alice.refresh_from_db()
    assert not alice.is_active
    assert not ApiKey.objects.exists()
    assert not Session.objects.filter(user=alice).exists()
    with pytest.raises(authenticating.Unrecognised):
        authenticating.authenticate(raw)
    actions = AuditEvent.objects.order_by("at").values_list("action", flat=True)
    assert list(actions) == ["api_key.created", "account.deletion_requested", "api_key.revoked"]


def test_what_is_being_written_is_stopped(alice: User) -> None:
    made: Any = fill(alice)
    run = made[Run]
    Run.objects.filter(pk=run.pk).update(state=Run.State.RUNNING)
    erasing.request_deletion(alice)
    run.refresh_from_db()
    assert run.state == Run.State.CANCELLED
    assert set(run.steps.values_list("state", flat=True)) == {"cancelled"}


@pytest.mark.parametrize("word", ["", "yes", "delete it", "löschen"])
def test_without_the_word_nothing_happens(as_alice: Client, alice: User, word: str) -> None:
    page = as_alice.post(PAGE, {"word": word})
    assert page.status_code == 422
    assert "Nothing was deleted" in page.content.decode()
    alice.refresh_from_db()
    assert alice.is_active
    assert not DeletionRequest.objects.exists()


def test_asking_twice_is_asking_once_and_erasing_twice_is_erasing_once(alice: User, mailoutbox: list[EmailMessage]) -> None:
    first = erasing.request_deletion(alice)
    assert erasing.request_deletion(alice) == first
    assert erasing.erase_now(first.pk)
    assert not erasing.erase_now(first.pk)
    assert erasing.erase_due() == 0
    assert len(mailoutbox) == 1
    assert not User.objects.exists()


def test_what_another_worker_has_in_hand_is_left_to_it_until_its_lease_ends(alice: User) -> None:
    request = erasing.request_deletion(alice)
    DeletionRequest.objects.update(lease_until=clock.now() + erasing.LEASE)
    assert not erasing.erase_now(request.pk)
    with clock.moved(erasing.LEASE):
        assert erasing.erase_due() == 1
    assert not User.objects.exists()


def test_a_mail_that_cannot_be_sent_is_tried_again_and_its_words_are_not_logged(
    alice: User, settings: Settings, mailoutbox: list[EmailMessage], caplog: pytest.LogCaptureFixture
) -> None:
    request = erasing.request_deletion(alice)
    settings.EMAIL_BACKEND = "tests.accounts.test_erasing.Broken"
    assert not erasing.erase_now(request.pk)
    request.refresh_from_db()
    assert (request.result, bool(request.sealed_address)) == ("done", True)
    assert not User.objects.exists(), "the account does not wait for the mail"
    assert "alice@example.org" not in caplog.text
    assert "ConnectionError" in caplog.text
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with clock.moved(dt.timedelta(minutes=11)):
        assert erasing.erase_due() == 1
    assert [mail.to for mail in mailoutbox] == [["alice@example.org"]]


def test_before_a_day_is_over_the_address_is_destroyed_also_without_a_mail(alice: User, settings: Settings) -> None:
    request = erasing.request_deletion(alice)
    settings.EMAIL_BACKEND = "tests.accounts.test_erasing.Broken"
    erasing.erase_now(request.pk)
    with clock.moved(dt.timedelta(hours=23)):
        assert erasing.erase_due() == 1
    request.refresh_from_db()
    assert request.sealed_address == ""


class Broken:
    """A mail server that refuses, quoting the address."""

    def __init__(self, **options: Any) -> None: ...

    def send_messages(self, messages: list[EmailMessage]) -> int:
        raise ConnectionError(f"550 {messages[0].to} is not known here")


def test_the_page_says_what_goes_and_what_stays(as_alice: Client) -> None:
    page = as_alice.get(PAGE).content.decode()
    goes, _, stays = page.partition('id="stays"')
    for name in ("API keys", "Interviews", "Reference documents", "Packages", "Photo", "Notices", "Own model keys"):
        assert name in goes
    for name in ("What happened", "Request for deletion"):
        assert name in stays
    assert "of reports the service filed, kind of error and time stay" in goes


def test_the_sweep_is_on_the_schedule() -> None:
    assert "accounts.erase_due" in REGULARLY


def test_a_photo_goes_with_the_account(alice: User) -> None:
    Photo.objects.create(user=alice, provider="microsoft", content=b"picture")
    erasing.erase_now(erasing.request_deletion(alice).pk)
    assert not Photo.objects.exists()


def killed_everywhere(told: dict[str, Any]) -> None:
    assert told["points"] == [
        "cancel.before-commit",
        "deletion.before-commit",
        "deletion.files-noted",
        "deletion.rows-before-commit",
        "deletion.rows-deleted",
        "deletion.files-deleted",
        "deletion.completed",
        "deletion.mail-sent",
    ]
    assert told["left"] == {}, "after each kill the next try leaves nothing"
    assert told["mails"] == {point: 2 if point == "deletion.mail-sent" else 1 for point in told["points"]}


def test_a_kill_at_any_point_loses_nothing_and_leaves_nothing_on_a_laptop(tmp_path: Path) -> None:
    killed_everywhere(told_by("tests.accounts.killed", folder=tmp_path))


@pytest.mark.servers
def test_a_kill_at_any_point_loses_nothing_and_leaves_nothing_on_postgres(tmp_path: Path, postgres_url: str) -> None:
    killed_everywhere(told_by("tests.accounts.killed", folder=tmp_path, DATABASE_URL=postgres_url))


def test_files_are_where_the_register_says(alice: User) -> None:
    made: Any = fill(alice)
    assert default_storage.exists(f"packages/{made[Run].pk}.zip")
    assert f"packages/{made[Run].pk}.zip" in erasing._files_of(alice)


def test_a_reply_that_is_under_way_leaves_nothing_behind(alice: User) -> None:
    interview = opening.open_interview(workspace=alice.workspace, title="Desk")
    answering.store_answer(interview.questions.get(), text="Patients book online. It must never lose a booking.")
    request = erasing.request_deletion(alice)
    interview.refresh_from_db()
    assert (interview.state, interview.reply_due_at) == (Interview.State.OPEN, None)
    answering.reply_once(interview)
    purse = UnmeteredPurse(alice.workspace.pk)
    erasing.erase_now(request.pk)
    with pytest.raises((Interview.DoesNotExist, IntegrityError)), transaction.atomic():
        answering.reply_now(interview, purse=purse, provider="offline")
    assert not LogEntry.objects.exists()


def test_a_package_that_a_late_worker_stored_goes_too(run: Run, alice: User, blobs: Path) -> None:
    """The account is erased while the last step is at work: its result finds no run, and its file is taken back."""

    def store(bench: Bench) -> Result:
        erasing.erase_now(erasing.request_deletion(alice).pk)
        return {"blob": default_storage.save(f"packages/{bench.run_id}.zip", ContentFile(b"late"))}

    work = Work(1, store, drop=lambda result: default_storage.delete(result["blob"]))
    running.work(run.steps.get(key="first").pk, works={"add": work})
    assert not Run.objects.exists()
    assert not list(blobs.rglob("*.zip"))


def test_the_address_for_the_last_mail_survives_a_turn_of_the_key_ring(
    alice: User, settings: Settings, mailoutbox: list[EmailMessage]
) -> None:
    old, new = f"1:{vault.new_key()}", f"2:{vault.new_key()}"
    settings.VAULT_KEYS = old
    request = erasing.request_deletion(alice)
    settings.VAULT_KEYS = f"{new},{old}"
    assert rotate(next(one for one in vault.declared() if one.model == "accounts.DeletionRequest")) == 1
    settings.VAULT_KEYS = new
    assert erasing.erase_now(request.pk)
    assert [mail.to for mail in mailoutbox] == [["alice@example.org"]]
