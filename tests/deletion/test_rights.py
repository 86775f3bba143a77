"""The right to deletion: on every plan, whatever is under way, within a day, confirmed, and nothing works afterwards."""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.test import Client
from pytest_django import Settings

from accounts.flows import erasing, exporting, keying
from accounts.models import (
    ApiKey,
    BugReport,
    Choice,
    DeletionRequest,
    Export,
    Message,
    Photo,
    Session,
    User,
)
from api.models import AccessToken
from api.oauth import recognising
from billing.models import Parting, Subscription
from connectors.models import Connection, Revocation
from delivery.models import Channel, Delivery, Dispatch, Endpoint
from generation.flows import discarding
from generation.models import Document, Package, Run, Step
from ground import clock
from interviews.models import Answer, Fact, Interview, Question, Reference
from llm.models import ModelCall, OwnKey, UsageMonth
from tests.accounts.filling import fill
from tests.api.oauth.issued import a_token
from tests.billing.conftest import shop
from tests.billing.shop import Shop
from tests.connectors.conftest import ca, connected, google
from tests.connectors.google import Google
from tests.connectors.server import Fault
from tests.deletion.leftovers import Places, places
from tests.generation.bin.sketch import sketched
from tests.schedule import run

__all__ = ["ca", "google", "places", "shop"]
pytestmark = pytest.mark.django_db
HOUR, MINUTE = dt.timedelta(hours=1), dt.timedelta(minutes=1)
PAGE = "/settings/delete/"
Rows = Callable[[], QuerySet[Any]]


@pytest.fixture(autouse=True)
def _own_places(places: Places) -> None:
    """Every test here has a file store of its own."""


def ask(client: Client, user: User) -> DeletionRequest:
    client.force_login(user)
    assert client.post(PAGE, {"word": "delete"}).headers["Location"] == "/deleted/"
    return DeletionRequest.objects.get(user=user)


@pytest.mark.promise("S-168")
@pytest.mark.parametrize("plan", ["free", "pro", "team"])
def test_it_works_on_every_plan_whatever_is_open(client: Client, alice: User, shop: Shop, plan: str) -> None:
    with shop.now():
        interview = Interview.objects.get(pk=sketched(alice).project)
        sub = shop.buy(alice, plan) if plan != "free" else None
    if sub is not None:
        shop.peer.new_card(sub.customer, works=False)
        shop.peer.advance(days=46)  # beyond a trial, so that an invoice is due and not paid
        shop.look(alice)
        assert sub.status == "past_due"
        assert Subscription.objects.get().state == "past_due"
    with shop.now():
        state = {"evidence": {}, "evidence_sha256": "0", "frozen_at": clock.now(), "state": Run.State.RUNNING}
        running = Run.objects.create(workspace=alice.workspace, interview=interview, number=9, **state)
        Step.objects.create(run=running, key="vision", kind="add", lane="decide", title="x", position=0, state=Step.State.RUNNING)
        BugReport.objects.create(reporter=alice, workspace=alice.workspace, title="It hangs", description="Every time")
        request = ask(client, alice)
        running.refresh_from_db()
        assert running.state == Run.State.CANCELLED
        run("accounts.erase_due", "billing.sweep")
        request.refresh_from_db()
        assert request.result == "done"
    for model in (User, Interview, Run, Package, BugReport, Subscription, Parting):
        assert not model._default_manager.exists(), model
    if sub is not None:
        assert sub.status == "canceled"


@pytest.mark.promise("S-169")
def test_no_form_of_anything_is_left_and_the_same_identity_begins_anew(
    client: Client, alice: User, places: Places, settings: Settings, redis_url: str
) -> None:
    settings.REDIS_URL = redis_url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    fill(alice, "Kestrel7")
    ids = [str(alice.pk), alice.pk.hex, str(alice.workspace.pk), alice.workspace.pk.hex]
    Export.objects.update(lease_until=None, attempt=0)
    exported = Export.objects.get()
    assert exporting.prepare(exported.pk)
    known = places.left("Kestrel7", *ids)
    assert len(known) >= 50, "the control"
    assert {"interviews_answer", "accounts_session", f"files: {exported.pk}-1.zip"} <= known
    assert erasing.erase_now(ask(client, alice).pk)
    run()
    assert places.left("Kestrel7", *ids) == set()
    begun = client.post("/accounts/dummy/login/?process=login&next=%2Finterviews%2F")
    client.post(begun.headers["Location"], {"id": "7", "email": "kestrel7@example.org", "email_verified": "on"})
    again = User.objects.get()
    assert again.pk != alice.pk
    assert not Interview.objects.exists()
    assert client.get("/settings/retention/").status_code == 200


@pytest.mark.promise("S-170")
def test_each_named_class_goes_rows_and_files_also_from_the_bin(client: Client, alice: User, charlie: User) -> None:
    package = sketched(alice)
    discarding.discard_interview(Interview.objects.get(pk=package.project), actor=alice, with_packages=True)
    export = exporting.ask(alice)
    assert exporting.prepare(export.pk)
    export.refresh_from_db()
    files = [package.blob, export.file]
    Export.objects.filter(pk=export.pk).update(state=Export.State.FAILED)  # so that ``fill`` may add one that waits
    from llm.models import RedactionKey

    RedactionKey.objects.all().delete()  # ``fill`` makes one
    for user, word in ((alice, "Kestrel7"), (charlie, "Sparrow5")):
        fill(user, word)
    own, of_workspace = {"user": alice}, {"workspace__owner": alice}
    of_interview = {"interview__workspace__owner": alice}
    named: dict[str, list[QuerySet[Any]]] = {
        "interviews": [
            Interview.objects.filter(**of_workspace),
            *(model._default_manager.filter(**of_interview) for model in (Question, Answer, Fact)),
        ],
        "their reference documents": [Reference.objects.filter(**of_interview)],
        "generations": [Run.objects.filter(**of_workspace), Step.objects.filter(run__workspace__owner=alice)],
        "packages": [Package.objects.filter(**of_workspace), Document.objects.filter(package__workspace__owner=alice)],
        "connections to external storage": [Connection.objects.filter(**of_workspace)],
        "source-control settings": [Channel.objects.filter(**of_workspace), Delivery.objects.filter(**of_workspace)],
        "API keys": [ApiKey.objects.filter(made_by=alice)],
        "OAuth tokens": [AccessToken.objects.filter(**own)],
        "notification preferences": [Choice.objects.filter(**own), Message.objects.filter(**own)],
        "subscription records": [Subscription.objects.filter(**of_workspace)],
        # Likewise (N-28).
        "own keys": [OwnKey.objects.filter(**of_workspace)],
        "webhooks": [Endpoint.objects.filter(**of_workspace), Dispatch.objects.filter(**of_workspace)],
        "photo": [Photo.objects.filter(**own)],
        "exports": [Export.objects.filter(**of_workspace)],
        "telemetry": [ModelCall.objects.filter(**of_workspace), UsageMonth.objects.filter(**of_workspace)],
        "profile": [User.objects.filter(pk=alice.pk)],
    }
    assert [name for name, rows in named.items() if not all(one.exists() for one in rows)] == [], "the control"
    assert all(default_storage.exists(name) for name in files)
    others = {name: [one.model._default_manager.count() - one.count() for one in rows] for name, rows in named.items()}
    assert erasing.erase_now(ask(client, alice).pk)
    for name, rows in named.items():
        assert not any(one.exists() for one in rows), name
        assert [one.model._default_manager.count() for one in rows] == others[name], f"{name} of somebody else"
    assert not any(default_storage.exists(name) for name in files)


@pytest.mark.promise("S-171")
def test_it_is_done_within_ten_minutes(
    client: Client, alice: User, settings: Settings, mailoutbox: list[EmailMessage], django_capture_on_commit_callbacks: Any
) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    fill(alice)
    begun = time.monotonic()
    with django_capture_on_commit_callbacks(execute=True):
        ask(client, alice)
    assert not User.objects.exists()
    assert time.monotonic() - begun < 600
    assert len(mailoutbox) == 1


@pytest.mark.promise("S-171")
def test_workers_that_stood_for_twenty_hours_do_it_when_they_start_and_an_alarm_rose_long_before(
    client: Client, alice: User, mailoutbox: list[EmailMessage]
) -> None:
    run()
    fill(alice)
    asked_at = clock.now()
    request = ask(client, alice)
    for waited, parts in ((11 * MINUTE, {"schedule", "jobs"}), (2 * HOUR + MINUTE, {"schedule", "jobs", "deletions"})):
        with clock.frozen(asked_at + waited):
            answer = client.get("/readyz")
            assert answer.status_code == 503
            assert {part for part, said in answer.json().items() if said != "ok"} == parts
    assert User.objects.get().pk == alice.pk
    with clock.frozen(asked_at + 20 * HOUR):
        run()
        assert client.get("/readyz").status_code == 200
    request.refresh_from_db()
    assert not User.objects.exists()
    assert request.completed_at is not None
    assert request.completed_at - request.requested_at < 24 * HOUR
    assert len(mailoutbox) == 1


@pytest.mark.promise("S-171", "S-173")
def test_an_outside_service_that_is_away_holds_nothing_back_here_and_is_told_when_it_answers(
    client: Client, alice: User, shop: Shop, google: Google, django_capture_on_commit_callbacks: Any, places: Places
) -> None:
    sub = shop.buy(alice)
    connected(google, alice)
    google.login.faults.append(Fault(on="/revoke", status=503))
    shop.peer.faults = [503]
    with shop.now(), django_capture_on_commit_callbacks(execute=True):
        ask(client, alice)
    assert not User.objects.exists()
    assert not Connection.objects.exists()
    assert (Parting.objects.count(), Revocation.objects.count()) == (1, 1)
    (grant,) = google.tokens.grants
    assert (sub.status, grant.ended) == ("trialing", False)
    assert places.left(grant.refresh, sub.customer, alice.email, str(alice.pk)) == set()
    shop.peer.now += HOUR
    with shop.now():
        run()
    assert (shop.peer.subs[sub.id].status, google.login.revoked[-1]) == ("canceled", grant.refresh)
    assert google.tokens.grants[0].ended
    assert not Parting.objects.exists()
    assert not Revocation.objects.exists()


@pytest.mark.promise("S-171")
def test_a_file_store_that_is_away_holds_back_the_files_only_and_somebody_hears_of_it(
    client: Client, alice: User, settings: Settings, mailoutbox: list[EmailMessage], caplog: pytest.LogCaptureFixture
) -> None:
    settings.OPERATOR_EMAIL = "operator@example.org"
    package = sketched(alice)
    request = ask(client, alice)
    asked_at, whole = request.requested_at, settings.STORAGES
    backend = {"BACKEND": "tests.generation.bin.test_recycle_bin.Broken", "OPTIONS": whole["default"]["OPTIONS"]}
    settings.STORAGES = whole | {"default": backend}
    run("accounts.erase_due")
    assert not User.objects.exists()
    assert not Package.objects.exists()
    for waited, told in ((2 * HOUR - MINUTE, 0), (2 * HOUR + 10 * MINUTE, 1), (3 * HOUR, 1)):
        with clock.frozen(asked_at + waited):
            run("accounts.erase_due")
            assert Message.objects.filter(user=None, kind="deletion.late").count() == told
            assert ("deletions" in client.get("/readyz").content.decode()) is True
            assert (client.get("/readyz").json()["deletions"] == "ok") is not bool(told)
    assert request.number in caplog.text
    with clock.frozen(asked_at + 3 * HOUR):
        run("accounts.send_due")
        message = Message.objects.get(kind="deletion.late")
        assert message.about == {"number": request.number, "hours": "2"}
    assert default_storage.exists(package.blob)
    settings.STORAGES = whole
    with clock.frozen(asked_at + 4 * HOUR):
        run()
        assert client.get("/readyz").json()["deletions"] == "ok"
    assert not default_storage.exists(package.blob)
    assert [mail.to for mail in mailoutbox if mail.to != ["operator@example.org"]] == [["alice@example.org"]]


@pytest.mark.promise("S-172")
def test_one_mail_says_that_it_is_done_and_then_the_address_is_nowhere(
    client: Client, alice: User, places: Places, mailoutbox: list[EmailMessage], settings: Settings, redis_url: str
) -> None:
    settings.REDIS_URL = redis_url
    settings.CELERY_BROKER_TRANSPORT_OPTIONS = {"global_keyprefix": "test:"}
    fill(alice, "Kestrel7")
    assert {"accounts_user", "account_emailaddress"} <= places.left("Kestrel7@example.org")
    request = ask(client, alice)
    assert mailoutbox == [], "not at the request"
    run("accounts.erase_due")
    assert [(mail.to, mail.subject) for mail in mailoutbox] == [(["Kestrel7@example.org"], erasing.SUBJECT)]
    assert request.number in str(mailoutbox[0].body)
    run()
    assert len(mailoutbox) == 1
    assert places.left("Kestrel7", "Kestrel7@example.org", str(alice.pk), alice.pk.hex) == set()


@pytest.mark.promise("S-173")
def test_nothing_works_any_more(
    client: Client, alice: User, charlie: User, shop: Shop, django_capture_on_commit_callbacks: Any, places: Places
) -> None:
    browser = Client()
    with shop.now():
        sub = shop.buy(alice, "team")
        browser.force_login(alice)
        Photo.objects.create(user=alice, provider="microsoft", content=b"picture", content_type="image/png")
        key = {"Authorization": f"Bearer {keying.make(alice, name='Sync').raw}"}
        tool = a_token(alice)[1]
        export = exporting.ask(alice)
        assert exporting.prepare(export.pk)
        export.refresh_from_db()
        link = exporting.link(export)
        endpoint = Endpoint.objects.create(workspace=alice.workspace, url="http://127.0.0.1:9/x", events=["package.deleted"])
        package = sketched(alice)
        with django_capture_on_commit_callbacks():
            discarding.discard(package, actor=alice)
        assert endpoint.dispatches.get().state == Dispatch.State.WAITING

        def answers() -> list[int]:
            return [
                browser.get("/settings/retention/").status_code,
                Client().get("/api/v1/account", headers=key).status_code,
                browser.get(link).status_code,
                browser.get("/photo/").status_code,
            ]

        assert answers() == [200, 200, 200, 200]
        assert recognising.recognise(tool)
        erasing.erase_now(ask(client, alice).pk)
        run("billing.sweep")

        session, by_key, of_export, photo = answers()
        assert by_key == 401
        assert recognising.recognise(tool) is None, "the door answers 401 then (tests/api/mcp/test_door.py)"
        assert {session, of_export, photo} <= {302, 401, 404}
        assert browser.get("/settings/retention/").headers["Location"].startswith("/sign-in/")
        client.force_login(charlie)
        assert client.get(link).status_code == 404
        assert not Session.objects.filter(~Q(user=charlie), user__isnull=False).exists()

        run("delivery.sweep_webhooks")
        assert not Dispatch.objects.exists()
        assert sub.status == "canceled"
        for event in shop.peer.events:
            assert shop.tell(event) == 200
        run("billing.sweep", "billing.reconcile")
        assert not Subscription.objects.exists()
        assert places.left(sub.customer, sub.id) == set()


def test_no_address_of_a_blob_or_word_of_the_person_is_logged(client: Client, alice: User, places: Places) -> None:
    fill(alice, "Kestrel7")
    default_storage.save("exports/Kestrel7.zip", ContentFile(b"x"))
    default_storage.delete("exports/Kestrel7.zip")
    erasing.erase_now(ask(client, alice).pk)
    assert not [place for place in places.left("Kestrel7") if re.match("log|temporary", place)]
