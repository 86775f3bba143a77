"""From the button to the chosen folder, at each provider, by the pages."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, User
from connectors.flows import sweeping
from connectors.models import Attach, Connection
from ground import clock, vault
from ground.vault import Unreadable
from tests.connectors.conftest import attach, come_back, everything, links, start
from tests.connectors.google import Google
from tests.connectors.microsoft import SITE_DRIVE, Microsoft

pytestmark = pytest.mark.django_db(transaction=True)
WRITES = ("write", "mail", "contacts", "calendars", "fullcontrol", "manage")


@pytest.mark.promise("S-031", "S-035")
def test_a_folder_of_each_provider_is_connected_with_rights_to_read(
    as_alice: Client, microsoft: Microsoft, google: Google
) -> None:
    rows = [
        attach(as_alice, microsoft, "onedrive", ["Harbour"]),
        attach(as_alice, microsoft, "sharepoint", ["Harbour office", "Documents", "Plans"], search="harbour"),
        attach(as_alice, google, "google_drive", ["My Drive", "Harbour"]),
    ]
    assert [(row.kind, row.state, row.folder_name) for row in rows] == [
        ("onedrive", "connected", "Harbour"),
        ("sharepoint", "connected", "Plans"),
        ("google_drive", "connected", "Harbour"),
    ]
    page = as_alice.get("/settings/integrations/").content.decode()
    assert page.count("Connected") >= 3
    assert "Plans" in page
    asked = [scopes for login in (microsoft.login, google.login) for scopes in login.asked_scopes]
    assert asked == [
        {"Files.Read", "offline_access", "openid"},
        {"Sites.Read.All", "offline_access", "openid"},
        {"https://www.googleapis.com/auth/drive.readonly"},
    ]
    assert not [scope for scopes in asked for scope in scopes if any(word in scope.lower() for word in WRITES)]
    for server in (microsoft.graph, microsoft.files, google.drive, google.files):
        assert {one.method for one in server.log} <= {"GET"}
    assert not Attach.objects.exists()


def test_a_whole_library_can_be_chosen_but_no_whole_onedrive(as_alice: Client, microsoft: Microsoft) -> None:
    row = attach(as_alice, microsoft, "sharepoint", ["Harbour office", "Documents"], search="harbour")
    assert (row.drive, row.folder) == (SITE_DRIVE, microsoft.world.roots[SITE_DRIVE])
    address = come_back(as_alice, microsoft, microsoft.allow(start(as_alice, "onedrive"))).headers["Location"]
    assert as_alice.post(address, {"at": ""}).status_code == 422
    assert Connection.objects.count() == 1


@pytest.mark.promise("S-047")
def test_an_attempt_ends_after_thirty_minutes_and_nothing_of_it_stays(as_alice: Client, microsoft: Microsoft) -> None:
    in_time = microsoft.allow(start(as_alice, "onedrive"))
    with clock.moved(dt.timedelta(minutes=29, seconds=59)):
        answer = come_back(as_alice, microsoft, in_time)
        assert "/choose/" in answer.headers["Location"]
        assert "-token-canary-" not in everything()
        assert Attach.objects.get().sealed_access
    with clock.moved(dt.timedelta(minutes=30, seconds=1)):
        page = as_alice.get(answer.headers["Location"], follow=True).content.decode()
        assert "Begin again" in page
        assert not Attach.objects.exists()
    late = microsoft.allow(start(as_alice, "onedrive"))
    with clock.moved(dt.timedelta(minutes=30, seconds=1)):
        page = as_alice.get(come_back(as_alice, microsoft, late).headers["Location"]).content.decode()
        assert "longer than 30 minutes" in page
        assert not Attach.objects.exists()
    start(as_alice, "onedrive")
    with clock.moved(dt.timedelta(minutes=30, seconds=1)):
        sweeping.sweep()
    assert not Attach.objects.exists()
    held = dict(as_alice.session.items())
    assert not [key for key in held if "attach" in key or "state" in key or "folder" in key]


def test_a_way_back_counts_once_and_for_the_browser_that_began(
    as_alice: Client, alice: User, charlie: User, microsoft: Microsoft, google: Google
) -> None:
    answer = microsoft.allow(start(as_alice, "onedrive"))
    other_browser, stranger = Client(), Client()
    other_browser.force_login(alice)
    stranger.force_login(charlie)
    for client in (other_browser, stranger):
        assert come_back(client, microsoft, answer).headers["Location"] == "/settings/integrations/"
    assert come_back(as_alice, google, answer).headers["Location"] == "/settings/integrations/"  # another provider's door
    assert not [line for line in microsoft.login.lines() if line.startswith("POST")]
    answer = microsoft.allow(start(as_alice, "onedrive"))
    assert "/choose/" in come_back(as_alice, microsoft, answer).headers["Location"]
    assert come_back(as_alice, microsoft, answer).headers["Location"] == "/settings/integrations/"
    assert come_back(as_alice, microsoft, answer | {"state": "x"}).headers["Location"] == "/settings/integrations/"
    assert len([line for line in microsoft.login.lines() if line.startswith("POST")]) == 1
    for method in (other_browser.get, other_browser.post):
        there = method(f"/settings/integrations/choose/{Attach.objects.get().pk}/")
        assert (there.status_code, there.headers["Location"]) == (302, "/settings/integrations/")
    as_alice.post("/sign-out/")
    assert not Attach.objects.exists(), "With its session an attempt ends."


def test_a_no_at_the_provider_leaves_nothing(as_alice: Client, microsoft: Microsoft, google: Google) -> None:
    for vendor, kind in ((microsoft, "onedrive"), (google, "google_drive")):
        answer = vendor.allow(start(as_alice, kind), deny=True)
        page = as_alice.get(come_back(as_alice, vendor, answer).headers["Location"]).content.decode()
        assert "You did not allow it" in page
        assert "CANARY" not in page
    google.login.faults.clear()
    assert not Attach.objects.exists()
    assert not Connection.objects.exists()


def test_files_are_picked_at_google_where_a_whole_folder_is_not_open(
    as_alice: Client, google: Google, settings: Settings
) -> None:
    settings.GOOGLE_DRIVE_ACCESS = "picked"
    page = as_alice.get("/settings/integrations/add/google_drive/").content.decode()
    assert "A whole folder cannot be picked this way" in page
    files = [node.id for node in google.world.children(google.chosen.id) if not node.is_folder]
    address = start(as_alice, "google_drive")
    assert parse_qs(urlsplit(address).query)["trigger_onepick"] == ["true"]
    for bad in (["x' or name contains 'a"], [], ["../../secret"] * 3):
        answer = google.login.allow(start(as_alice, "google_drive"), "alice", deny=False, pick=bad)
        come_back(as_alice, google, answer)
    assert not Connection.objects.exists()
    google.picked.clear()
    answer = google.login.allow(start(as_alice, "google_drive"), "alice", deny=False, pick=files)
    come_back(as_alice, google, answer)
    row = Connection.objects.get()
    assert (row.picked, row.folder_name) == (True, "brief.txt")
    assert google.login.asked_scopes[-1] == {"https://www.googleapis.com/auth/drive.file"}


def test_in_the_stricter_mode_an_administrator_names_the_folder(
    as_alice: Client, microsoft: Microsoft, settings: Settings
) -> None:
    settings.ONEDRIVE_ACCESS = "selected"
    address = come_back(as_alice, microsoft, microsoft.allow(start(as_alice, "sharepoint"))).headers["Location"]
    assert "Files.SelectedOperations.Selected" in microsoft.login.asked_scopes[-1]
    before = len(microsoft.graph.log)
    for drive, folder in (("../me", "x"), (SITE_DRIVE, "a/../b"), ("", "")):
        assert as_alice.post(address, {"drive": drive, "folder": folder}).status_code == 422
    assert len(microsoft.graph.log) == before
    assert as_alice.post(address, {"drive": SITE_DRIVE, "folder": microsoft.site_folder.id}).status_code == 303
    assert Connection.objects.get().folder_name == "Plans"


def test_notes_of_the_picker_are_ours_and_of_this_attempt(as_alice: Client, microsoft: Microsoft) -> None:
    first = come_back(as_alice, microsoft, microsoft.allow(start(as_alice, "onedrive"))).headers["Location"]
    note = links(as_alice.get(first))["Harbour"]
    second = come_back(as_alice, microsoft, microsoft.allow(start(as_alice, "onedrive"))).headers["Location"]
    before = len(microsoft.graph.log)
    for bad in (note, microsoft.chosen.id, note[:-4] + "AAAA", "v1.1.x"):
        assert as_alice.post(second, {"at": bad}).status_code == 422
        assert as_alice.get(second, {"at": bad}).status_code == 422
    assert len(microsoft.graph.log) == before, "An id that we did not list is refused before anybody is asked."


def test_the_same_folder_is_authorised_again(as_alice: Client, microsoft: Microsoft) -> None:
    row = attach(as_alice, microsoft, "onedrive", ["Harbour"])
    Connection.objects.filter(pk=row.pk).update(state="revoked", sealed_access="", sealed_refresh="")
    address = as_alice.post(f"/settings/integrations/{row.pk}/authorise/").headers["Location"]
    answer = come_back(as_alice, microsoft, microsoft.allow(address, "bob"))
    assert "sign in there" in as_alice.get(answer.headers["Location"]).content.decode().lower()
    row.refresh_from_db()
    assert row.state == "revoked"
    address = as_alice.post(f"/settings/integrations/{row.pk}/authorise/").headers["Location"]
    come_back(as_alice, microsoft, microsoft.allow(address))
    row.refresh_from_db()
    assert (row.state, row.folder) == ("connected", microsoft.chosen.id)
    assert [event.action for event in AuditEvent.objects.filter(action__startswith="folder").order_by("at")] == [
        "folder.connected",
        "folder.authorised",
    ]


@pytest.mark.promise("S-034")
def test_tokens_are_sealed_for_their_row(as_alice: Client, microsoft: Microsoft, caplog: pytest.LogCaptureFixture) -> None:
    rows = [attach(as_alice, microsoft, "onedrive", ["Harbour"]) for _ in range(2)]
    held = {row.sealed_access for row in rows} | {row.sealed_refresh for row in rows}
    same = {vault.seal("the same", purpose="folder access token", row=row.pk) for row in rows}
    assert len(held) == 4
    assert len(same) == 2
    with pytest.raises(Unreadable):
        vault.unseal(rows[0].sealed_access, purpose="folder access token", row=rows[1].pk)
    with pytest.raises(Unreadable):
        vault.unseal(rows[0].sealed_access, purpose="folder refresh token", row=rows[0].pk)
    told = everything() + caplog.text + str(dict(as_alice.session))
    assert "-token-canary-" not in told
    assert microsoft.tokens.grants[0].refresh not in told


@pytest.mark.promise("S-048")
def test_the_providers_policy_is_linked_before_anybody_is_sent_there(
    as_alice: Client, microsoft: Microsoft, google: Google
) -> None:
    policies = {"onedrive": "https://privacy.microsoft.com/", "sharepoint": "https://privacy.microsoft.com/"}
    for kind, policy in (policies | {"google_drive": "https://policies.google.com/"}).items():
        page = as_alice.get(f"/settings/integrations/add/{kind}/")
        said = page.content.decode()
        assert "under its own privacy policy" in said
        assert "rules for transfers" in said
        assert said.index(policy) < said.index('<button class="btn btn--primary">Go to')
        origin = microsoft.login.url if kind != "google_drive" else google.login.url
        assert f"form-action 'self' {origin}" in page.headers["Content-Security-Policy"]
    from delivery.contract import offered
    from delivery.setups import setup_of

    without_a_policy = set()
    for kind in offered():
        said = as_alice.get(f"/settings/delivery/add/{kind}/").content.decode()
        form = said.index('<form class="card stack" method="post"')
        assert said.index("under its own privacy policy") < form
        assert said.index("rules for transfers") < form
        if policy := setup_of(kind).policy:
            assert policy.startswith("https://")
            assert said.index(f'href="{policy}"') < form, "before anything is entered or allowed"
        else:
            assert said.index("Ask for that policy before you save") < form
            without_a_policy.add(kind)
    assert without_a_policy == {"git"}, "a server of one's own, whose keeper we do not know"
    assert not microsoft.graph.log


def test_what_is_not_set_up_is_not_offered(as_alice: Client, settings: Settings) -> None:
    settings.ONEDRIVE_APP, settings.GOOGLE_DRIVE_APP = ("", ""), ("", "")
    assert "has not set up" in as_alice.get("/settings/integrations/").content.decode()
    assert as_alice.get("/settings/integrations/add/onedrive/").status_code == 404
