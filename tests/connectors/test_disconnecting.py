"""A folder is disconnected: at once, whatever else is going on."""

from __future__ import annotations

import threading
import time

import pytest
from django.db import connection as database
from django.test import Client

from accounts.flows import erasing
from accounts.models import AuditEvent, User
from connectors.flows import reading
from connectors.flows.calling import calling
from connectors.models import Attach, Connection
from connectors.troubles import FolderTrouble, Stopped
from tests.connectors.conftest import attach, connected, everything, start, walked
from tests.connectors.google import Google
from tests.connectors.microsoft import Microsoft
from tests.connectors.server import Fault

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.promise("S-046")
def test_a_running_reading_of_fifty_files_asks_nothing_more(as_alice: Client, alice: User, google: Google) -> None:
    nodes = [google.world.file(google.chosen, f"{number}.txt", b"x" * 1000) for number in range(50)]
    row = connected(google, alice)
    google.drive.seconds = 0.02
    ended = list[str]()

    def work() -> None:
        try:
            with calling(row) as border:
                for node in nodes:
                    with reading.opened(row, border, node.id, above=(), way=reading.Way(), limit=10_000):
                        pass
        except FolderTrouble as error:
            ended.append(type(error).__name__)
        finally:
            database.close()

    worker = threading.Thread(target=work)
    worker.start()
    while len(google.drive.contents) < 5:
        time.sleep(0.01)
    page = as_alice.post(f"/settings/integrations/{row.pk}/disconnect/", {"documents": "keep"}, follow=True).content.decode()
    asked = len(google.drive.log)
    assert google.drive.at_once == 0
    worker.join()
    assert len(google.drive.log) == asked < 100
    assert ended == [Stopped.__name__]
    assert google.login.revoked == [google.tokens.grants[0].refresh]
    assert google.tokens.grants[0].ended
    assert "was told and has ended" in page
    assert not Connection.objects.exists()
    assert row.sealed_refresh not in everything()
    assert as_alice.get(row.get_absolute_url()).status_code == 404


@pytest.mark.promise("S-046")
def test_if_the_provider_cannot_be_told_our_own_part_is_done_all_the_same(
    as_alice: Client, alice: User, google: Google, microsoft: Microsoft
) -> None:
    row = connected(google, alice)
    google.login.faults.append(Fault(on="/revoke", status=500, body={}))
    page = as_alice.post(f"/settings/integrations/{row.pk}/disconnect/", follow=True).content.decode()
    assert "could not be told" in page
    assert "https://myaccount.google.com/connections" in page
    row = connected(microsoft, alice)
    page = as_alice.post(f"/settings/integrations/{row.pk}/disconnect/", follow=True).content.decode()
    assert "https://myapplications.microsoft.com/" in page
    assert not Connection.objects.exists()


def test_a_disconnect_in_the_middle_of_a_renewal_leaves_no_token(alice: User, as_alice: Client, microsoft: Microsoft) -> None:
    row = connected(microsoft, alice)

    def disconnect() -> None:
        Connection.objects.filter(pk=row.pk).delete()
        database.close()

    microsoft.login.faults.append(Fault(on="POST", act=disconnect))
    microsoft.tokens.expire()
    with pytest.raises(Stopped):
        walked(row)
    assert not Connection.objects.exists()


@pytest.mark.promise("S-113")
def test_connecting_and_disconnecting_are_in_the_trail(
    as_alice: Client, alice: User, microsoft: Microsoft, google: Google
) -> None:
    rows = [
        attach(as_alice, microsoft, "onedrive", ["Harbour"]),
        attach(as_alice, microsoft, "sharepoint", ["Harbour office", "Documents", "Plans"], search="harbour"),
        attach(as_alice, google, "google_drive", ["My Drive", "Harbour"]),
    ]
    for row in rows:
        as_alice.post(f"/settings/integrations/{row.pk}/disconnect/")
        events = AuditEvent.objects.filter(about=row.pk).order_by("at").values_list("action", "actor", "label")
        label = row.get_kind_display()
        assert list(events) == [("folder.connected", alice.pk, label), ("folder.disconnected", alice.pk, label)]
    page = as_alice.get("/settings/activity/?group=folders").content.decode()
    assert page.count("A folder was disconnected") >= 3


def test_a_deleted_account_ends_it_at_the_provider_too(as_alice: Client, alice: User, google: Google) -> None:
    row = connected(google, alice)
    start(as_alice, "google_drive")
    request = erasing.request_deletion(alice)
    assert not Attach.objects.exists()
    with pytest.raises(FolderTrouble):
        walked(row)
    assert not google.drive.log
    erasing.erase_now(request.pk)
    assert google.login.revoked == [google.tokens.grants[0].refresh]
    assert not Connection.objects.exists()
