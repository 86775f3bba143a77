"""From a folder to documents of an interview: at the owner's word, and nothing else of that cloud."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client

from accounts.models import User
from billing.purses import UnmeteredPurse
from connectors.models import Connection
from interviews.flows import answering, closing, fetching, looking, opening
from interviews.flows.recalling import open_question
from interviews.models import FolderFile, FolderReading, Interview, Reference
from tests.connectors.conftest import Vendor, attach, connected, everything
from tests.connectors.google import Google
from tests.connectors.microsoft import Microsoft
from tests.connectors.server import Fault
from tests.connectors.world import CANARIES, Node
from tests.interviews.references.documents import pdf
from tests.wire_stub import WireStub

pytestmark = pytest.mark.django_db(transaction=True)
OURS = ("CANARY-ANSWER", "CANARY-PROJECT", "Alice Moreau", "alice@example.org")
"""What is said and who says it: nothing of it goes to the provider."""


PATHS = {
    "onedrive": ["Harbour"],
    "sharepoint": ["Harbour office", "Documents", "Plans"],
    "google_drive": ["My Drive", "Harbour"],
}


@pytest.fixture
def interview(alice: User) -> Interview:
    return opening.open_interview(workspace=alice.workspace, title="CANARY-PROJECT of the harbour")


def api_of(vendor: Vendor) -> Any:
    return vendor.graph if isinstance(vendor, Microsoft) else vendor.drive


def looked(client: Client, interview: Interview, row: Connection) -> FolderReading:
    """By the pages: look into it, with the worker coming by."""
    answer = client.post(f"/interviews/{interview.pk}/folders/look/", {"folder": str(row.pk)})
    assert answer.status_code == 303, answer.content
    reading = FolderReading.objects.latest("created_at")
    fetching.work(reading.pk)
    reading.refresh_from_db()
    return reading


def chosen(client: Client, reading: FolderReading, *names: str) -> FolderReading:
    files = [str(pk) for pk in reading.files.filter(name__in=names).values_list("pk", flat=True)]
    assert client.post(f"/interviews/folders/{reading.pk}/choose/", {"file": files}).status_code == 303
    return reading


def worked(reading: FolderReading) -> FolderReading:
    fetching.work(reading.pk)
    reading.refresh_from_db()
    return reading


@pytest.mark.promise("S-030", "S-032", "S-035", "S-036", "S-037", "S-038", "S-039", "S-040", "S-041", "S-042", "S-043", "S-075")
@pytest.mark.parametrize("kind", ["onedrive", "sharepoint", "google_drive"])
def test_a_whole_interview_with_a_folder_full_of_decoys(
    kind: str,
    as_alice: Client,
    alice: User,
    charlie: User,
    interview: Interview,
    microsoft: Microsoft,
    google: Google,
    wire_stub: WireStub,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    before = set(Path(tempfile.gettempdir()).glob("specstep-folder-*"))
    vendor, other = (google, microsoft) if kind == "google_drive" else (microsoft, google)
    api = api_of(vendor)
    if kind == "sharepoint":
        microsoft.choose_the_site()
    vendor.decoys()
    moved = vendor.world.file(vendor.chosen, "moved.txt", b"CANARY-MOVED")
    vendor.world.file(
        vendor.chosen, "price list.pdf", pdf(["A berth costs 12 euros.", "Guests pay 15 euros."]), "application/pdf"
    )
    secret = "gh" + "p_" + "Kestrel7Heron3Lantern9Copper5Foxglove"[:36]
    vendor.world.file(vendor.chosen, "ways in.txt", f"A boat is moored by two people. The gate opens with {secret}".encode())
    wire_stub.set(canaries={"a key in a file": secret})
    # The search finds the other site as well.
    row = attach(as_alice, vendor, kind, PATHS[kind], search="o" if kind == "sharepoint" else "")
    assert not [word for word in CANARIES if word in everything()], "The picker's listing leaves nothing."

    selected, api.only_inside = len(api.log), vendor.chosen.id
    reading = looked(as_alice, interview, row)
    assert reading.state == "listed", reading.trouble
    page = as_alice.get(reading.get_absolute_url()).content.decode()
    assert "left out" in page
    vendor.world.move(moved, vendor.world.nodes[vendor.chosen.parent])
    worked(chosen(as_alice, reading, "brief.txt", "prices.txt", "price list.pdf", "moved.txt", "ways in.txt"))
    assert reading.state == "done", reading.trouble
    states = dict(interview.references.values_list("name", "state"))
    assert states == {
        "brief.txt": "read",
        "prices.txt": "read",
        "price list.pdf": "read",
        "moved.txt": "skipped",
        "ways in.txt": "read",
    }
    priced = Reference.objects.get(name="price list.pdf")
    assert (priced.source, priced.place_of("Guests pay")) == (kind, "page 2")
    assert (
        Reference.objects.get(name="moved.txt").trouble
        == "It was moved since the folder was listed, or deleted. Look into the folder again."
    )

    question = open_question(interview)
    assert question is not None
    answering.store_answer(question, text="CANARY-ANSWER: the desk serves forty boats a day.")
    answering.reply_now(interview, purse=UnmeteredPurse(alice.workspace.pk), provider="anthropic")
    closing.close(interview, because="Enough.")

    asked = [one for server in vendor.servers for one in server.log]
    assert not [one for one in asked for word in OURS if word in one.whole]
    assert {one.method for server in vendor.servers if server is not vendor.login for one in server.log} == {"GET"}
    assert {line.partition("?")[0].rpartition("/")[2] for line in vendor.login.lines() if line.startswith("POST")} == {"token"}
    assert len(api.contents) == 4
    inside = vendor.world.inside(vendor.chosen)
    assert set(api.contents) <= inside
    named = [one.whole for one in api.log[selected:]]
    outside = [node.id for node in vendor.world.nodes.values() if node.id not in inside and node is not moved]
    assert not [line for line in named for id_ in outside if id_ in line], "No decoy is named after the selection."
    assert set(api.users) == {"alice"}
    assert {one.bearer for one in api.log} <= set(vendor.tokens.access)
    assert not [line for server in other.servers for line in server.lines()], "Nobody else was asked."
    sent = "".join(seen.raw for seen in wire_stub.seen)
    assert "12 euros" in sent
    assert "moored by two people" in sent
    assert not [one for one in wire_stub.calls() if one["canaries"]]
    assert secret not in everything() + sent
    held = everything()
    for told in (held, sent, caplog.text):
        assert not [word for word in CANARIES if word in told and word not in {"CANARY-SHARED"}]
        assert "-token-canary-" not in told
    assert CANARIES[4] not in sent  # the name of a shared item is listed as left out, and goes no further
    assert set(Path(tempfile.gettempdir()).glob("specstep-folder-*")) == before

    columns = {field.name for field in Connection._meta.get_fields() if field.concrete}
    of_a_row, times = {"id", "created_at", "workspace"}, {"expires_at", "renewed_at", "renewing_until", "read_at"}
    of_the_promise = {"drive", "folder", "folder_name", "picked", "state", "kind", "sealed_access", "sealed_refresh"}
    assert columns == of_a_row | times | of_the_promise | {"lane"}

    second = opening.open_interview(workspace=alice.workspace, title="Another")
    assert not second.references.exists()
    assert "brief.txt" not in as_alice.get(second.get_absolute_url()).content.decode()
    stranger = Client()
    stranger.force_login(charlie)
    assert stranger.get(reading.get_absolute_url()).status_code == 404
    assert stranger.get(f"/interviews/{interview.pk}/folders/").status_code == 404
    blobs = default_storage.listdir("")[0] if default_storage.exists("") else []
    interview.delete()
    assert not Reference.objects.exists()
    assert not FolderFile.objects.exists()
    assert (default_storage.listdir("")[0] if default_storage.exists("") else []) == blobs


@pytest.mark.promise("S-039")
def test_each_person_s_folder_is_read_with_their_own_token(
    as_alice: Client, alice: User, charlie: User, interview: Interview, microsoft: Microsoft
) -> None:
    theirs = next(node for node in microsoft.world.nodes.values() if node.name == "CANARY-OTHER-DRIVE.txt")
    as_charlie = Client()
    as_charlie.force_login(charlie)
    row = connected(microsoft, charlie, who="bob", folder=theirs.parent)
    Connection.objects.filter(pk=row.pk).update(drive=theirs.drive)
    second = opening.open_interview(workspace=charlie.workspace, title="Theirs")
    assert looked(as_charlie, second, row).seen == 1
    assert set(microsoft.graph.users) == {"bob"}
    microsoft.graph.users.clear()
    assert looked(as_alice, interview, connected(microsoft, alice)).seen == 2
    assert set(microsoft.graph.users) == {"alice"}
    assert as_alice.post(f"/interviews/{interview.pk}/folders/look/", {"folder": str(row.pk)}).status_code == 404


@pytest.mark.promise("S-037")
def test_an_id_outside_the_folder_is_refused_without_a_call(
    as_alice: Client, interview: Interview, alice: User, google: Google
) -> None:
    reading = looked(as_alice, interview, connected(google, alice))
    before = len(google.drive.log)
    outside = next(node for node in google.world.nodes.values() if node.name == "CANARY-SIBLING.txt")
    for bad in (outside.id, "01CANARYSHARED", str(alice.pk), ""):
        answer = as_alice.post(f"/interviews/folders/{reading.pk}/choose/", {"file": bad})
        assert answer.status_code in (303, 404)
    assert len(google.drive.log) == before
    assert not interview.references.exists()


def test_it_can_be_stopped_and_gone_on_with(as_alice: Client, interview: Interview, alice: User, microsoft: Microsoft) -> None:
    nodes = [microsoft.world.file(microsoft.chosen, f"{number}.txt", f"Rule {number}.".encode()) for number in range(12)]
    reading = looked(as_alice, interview, connected(microsoft, alice))
    chosen(as_alice, reading, *(node.name for node in nodes))
    microsoft.graph.faults += [Fault(on="/content")] * 7 + [Fault(on="/content", act=lambda: looking.stop(reading))]
    worked(reading)
    assert (reading.state, reading.trouble) == ("cancelled", "You stopped this.")
    states = list(interview.references.values_list("state", flat=True))
    assert 0 < states.count("read") < 12
    assert set(states) == {"read", "cancelled"}
    asked = len(microsoft.graph.log)
    assert not fetching.work(reading.pk)
    assert len(microsoft.graph.log) == asked
    assert "Go on" in as_alice.get(reading.get_absolute_url()).content.decode()
    assert as_alice.post(f"/interviews/folders/{reading.pk}/go-on/").status_code == 303
    worked(reading)
    assert reading.state == "done"
    assert set(interview.references.values_list("state", flat=True)) == {"read"}
    assert sorted(microsoft.graph.contents.count(node.id) for node in nodes)[-1] <= 2


def test_a_closed_interview_reads_nothing_more(as_alice: Client, interview: Interview, alice: User, google: Google) -> None:
    row = connected(google, alice)
    reading = chosen(as_alice, looked(as_alice, interview, row), "brief.txt", "prices.txt")
    Interview.objects.filter(pk=interview.pk).update(state="closed")
    before = len(google.drive.log)
    worked(reading)
    assert (reading.state, len(google.drive.log)) == ("cancelled", before)
    assert "closed" in reading.trouble
    page = as_alice.post(f"/interviews/{interview.pk}/folders/look/", {"folder": str(row.pk)}, follow=True)
    assert "This interview is closed" in page.content.decode()
    assert len(google.drive.log) == before


def test_a_changed_file_is_offered_and_never_replaced(
    as_alice: Client, interview: Interview, alice: User, microsoft: Microsoft
) -> None:
    row = connected(microsoft, alice)
    worked(chosen(as_alice, looked(as_alice, interview, row), "brief.txt"))
    brief: Node = next(node for node in microsoft.world.nodes.values() if node.name == "brief.txt")
    brief.content, brief.version = b"The desk answers within 5 minutes.", 2
    reading = looked(as_alice, interview, row)
    page = as_alice.get(reading.get_absolute_url()).content.decode()
    assert "Changed since S-01 was read" in page
    assert [one.text for one in interview.references.all()] == ["The desk answers within 3 minutes."]
    worked(chosen(as_alice, reading, "brief.txt"))
    assert [one.text[-10:] for one in interview.references.order_by("label")] == ["3 minutes.", "5 minutes."]
    assert "read already" in as_alice.get(looked(as_alice, interview, row).get_absolute_url()).content.decode()


def test_a_throttled_provider_is_left_alone_and_asked_again_later(
    as_alice: Client, interview: Interview, alice: User, google: Google
) -> None:
    reading = chosen(as_alice, looked(as_alice, interview, connected(google, alice)), "brief.txt", "prices.txt")
    google.drive.faults.append(Fault(status=429, body={}, headers={"Retry-After": "300"}))
    worked(reading)
    assert reading.state == "reading"
    assert reading.next_try_at is not None
    assert "asks us to wait" in reading.trouble
    assert not fetching.work(reading.pk)
    assert set(interview.references.values_list("state", flat=True)) == {"waiting"}


def test_a_worker_that_died_loses_nothing(as_alice: Client, interview: Interview, alice: User, google: Google) -> None:
    reading = chosen(as_alice, looked(as_alice, interview, connected(google, alice)), "brief.txt", "prices.txt")
    dead = fetching.claim(reading.pk)
    assert dead is not None
    assert fetching.claim(reading.pk) is None
    interview.references.filter(name="brief.txt").update(state="reading")
    FolderReading.objects.update(lease_until="2026-01-01T00:00:00Z", next_try_at="2026-01-01T00:00:00Z")
    assert looking.sweep() == 1
    worked(reading)
    assert set(interview.references.values_list("state", flat=True)) == {"read"}


@pytest.mark.parametrize("keep", [True, False])
def test_documents_stay_or_go_with_the_folder(
    as_alice: Client, interview: Interview, alice: User, google: Google, keep: bool
) -> None:
    row = connected(google, alice)
    worked(chosen(as_alice, looked(as_alice, interview, row), "brief.txt"))
    page = as_alice.get(row.get_absolute_url()).content.decode()
    assert "brief.txt" in page
    assert interview.title in page
    running = looking.look(interview, row)
    as_alice.post(f"/settings/integrations/{row.pk}/disconnect/", {"documents": "keep" if keep else "delete"})
    running.refresh_from_db()
    assert running.state == "cancelled"
    assert interview.references.exists() is keep
    assert ("answers within 3 minutes" in everything()) is keep


@pytest.mark.promise("S-038")
def test_two_days_of_schedule_without_an_open_interview_touch_no_file(
    as_alice: Client, interview: Interview, alice: User, microsoft: Microsoft, google: Google
) -> None:
    import datetime as dt

    from ground import clock
    from specstep.celery import MINUTELY, NIGHTLY, REGULARLY, app

    app.loader.import_default_modules()
    rows = [connected(microsoft, alice), connected(google, alice)]
    worked(chosen(as_alice, looked(as_alice, interview, rows[1]), "brief.txt"))
    Interview.objects.filter(pk=interview.pk).update(state="closed")
    Connection.objects.update(renewed_at=clock.now() - dt.timedelta(days=5, hours=12))
    before = [len(server.log) for server in (microsoft.graph, microsoft.files, google.drive, google.files)]
    for hour in range(0, 49, 4):
        with clock.moved(dt.timedelta(hours=hour)):
            for name in {*REGULARLY, *MINUTELY, *NIGHTLY}:
                app.tasks[name].apply(throw=True)
    assert [len(server.log) for server in (microsoft.graph, microsoft.files, google.drive, google.files)] == before
    assert len([line for line in google.login.lines() if line == "POST /token"]) == 1, "Idle for six days: renewed once."
    assert not FolderFile.objects.filter(reference=None).exists(), "What was listed and not chosen is gone after a day."
