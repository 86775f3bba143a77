"""What a provider can answer, and what becomes of it."""

from __future__ import annotations

import time

import pytest
from django.db import connection as database
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from connectors.rules.addresses import leads_to, same_origin
from connectors.rules.pausing import asked_for, pause
from connectors.troubles import FolderTrouble, NotThere, TooLarge
from ground import clock
from tests.connectors.conftest import attach, connected, read, walked
from tests.connectors.google import Google
from tests.connectors.microsoft import Microsoft
from tests.connectors.server import Fault
from tests.connectors.world import Node
from tests.plugins import loopback

pytestmark = pytest.mark.django_db(transaction=True)


def brief(vendor: Microsoft | Google) -> Node:
    return next(node for node in vendor.world.children(vendor.chosen.id) if node.name == "brief.txt")


def busy(*, seconds: str = "1") -> dict[str, str]:
    return {"Retry-After": seconds}


RATE = {"error": {"code": 403, "message": "x", "errors": [{"reason": "userRateLimitExceeded"}]}}


def test_what_passes_is_asked_again(alice: User, microsoft: Microsoft, google: Google) -> None:
    """Throttling of every form, errors of the server, bodies that are cut or are not what they should be, a slow one."""
    for vendor, api in ((microsoft, microsoft.graph), (google, google.drive)):
        row = connected(vendor, alice)
        api.faults += [
            Fault(status=503, body=b"<html>", headers=busy(seconds="1")),
            Fault(cut=True),
            Fault(status=200, body=b'{"value": [], "files": ['),
            Fault(status=200, body=[]),
        ]
        assert len(walked(row)) == 2
        api.faults += [Fault(status=429, body={}, headers=busy()), Fault(status=500, body={}), Fault(seconds=0.3)]
        assert read(row, brief(vendor).id) == b"The desk answers within 3 minutes."
        assert not api.faults
    google.drive.faults.append(Fault(status=403, body=RATE))
    assert len(walked(row)) == 2
    microsoft.files.faults += [Fault(cut=True), Fault(status=503, body=b"", headers=busy())]
    assert read(connected(microsoft, alice), brief(microsoft).id) == b"The desk answers within 3 minutes."


def test_what_lasts_is_said_with_when_to_come_back(alice: User, microsoft: Microsoft) -> None:
    row = connected(microsoft, alice)
    microsoft.graph.faults.append(Fault(status=429, body={}, headers=busy(seconds="600")))
    with pytest.raises(FolderTrouble, match="asks us to wait") as raised:
        walked(row)
    assert raised.value.wait is not None
    assert raised.value.wait >= 600
    microsoft.graph.quiet_until = 0.0
    microsoft.graph.faults += [Fault(status=200, body=b"no json")] * 6
    with pytest.raises(FolderTrouble, match="do not understand"):
        walked(connected(microsoft, alice, who="bob"))


def test_one_file_that_may_not_be_read_does_not_stop_the_others(alice: User, microsoft: Microsoft, google: Google) -> None:
    for vendor, api in ((microsoft, microsoft.graph), (google, google.drive)):
        row = connected(vendor, alice)
        for status in (403, 404, 410, 423):
            api.faults.append(Fault(on=brief(vendor).id, status=status, body={"error": {"code": "x", "message": "CANARY-OWNER"}}))
            with pytest.raises(NotThere) as raised:
                read(row, brief(vendor).id)
            assert "CANARY" not in str(raised.value)
        assert read(row, brief(vendor).id)


def test_a_token_that_ends_in_the_middle_of_a_walk_is_renewed(alice: User, microsoft: Microsoft, google: Google) -> None:
    for vendor, api in ((microsoft, microsoft.graph), (google, google.drive)):
        row = connected(vendor, alice)
        api.page_size = 1
        api.faults += [Fault(), Fault(act=vendor.tokens.expire)]
        assert [one.name for one in walked(row)] == ["brief.txt", "prices.txt"]
        assert len([line for line in vendor.login.lines() if line.startswith("POST")]) == 1


def test_the_next_page_is_fetched_from_the_provider_only(alice: User, microsoft: Microsoft) -> None:
    row = connected(microsoft, alice)
    for elsewhere in (microsoft.files.url, "https://graph.microsoft.com.evil.test", "http://127.0.0.1", "//evil.test", 7):
        microsoft.graph.faults.append(Fault(status=200, body={"value": [], "@odata.nextLink": f"{elsewhere}/v1.0/next"}))
        with pytest.raises(FolderTrouble, match="another address"):
            walked(row)
    assert not microsoft.files.log
    microsoft.graph.faults.append(Fault(status=302, body=b"", headers={"Location": f"{microsoft.files.url}/x"}))
    with pytest.raises(FolderTrouble, match="not followed"):
        walked(row)
    assert not microsoft.files.log


def test_a_download_is_followed_without_the_credential_to_known_hosts(
    alice: User, microsoft: Microsoft, google: Google, settings: Settings
) -> None:
    row = connected(microsoft, alice)
    assert read(row, brief(microsoft).id)
    assert ["authorization" in asked.headers for asked in microsoft.files.log] == [False]
    for elsewhere in (
        f"https://localhost:{microsoft.files.port}/x",
        f"http://127.0.0.1:{microsoft.files.port}/x",
        f"https://user@127.0.0.1:{microsoft.files.port}/x",
        "",
        "file:///etc/passwd",
    ):
        microsoft.graph.faults.append(Fault(on="/content", status=302, body=b"", headers={"Location": elsewhere}))
        with pytest.raises(NotThere, match="unknown address"):
            read(row, brief(microsoft).id)
    assert len(microsoft.files.log) == 1
    round_trip = Fault(on="/download/", status=302, body=b"", headers={"Location": "/download/again"})
    microsoft.files.faults += [round_trip] * 4
    with pytest.raises(NotThere, match="from one address to the next"):
        read(row, brief(microsoft).id)
    google.drive.sends_on = True
    assert read(connected(google, alice), brief(google).id)
    assert ["authorization" in asked.headers for asked in google.files.log] == [False]


@pytest.mark.promise("S-040", "S-041")
def test_nobody_is_called_but_the_api_the_sign_in_and_where_the_api_sends_a_download(
    as_alice: Client, alice: User, microsoft: Microsoft, google: Google
) -> None:
    """The whole way from the button to the bytes, with every connection of this process recorded."""
    folders: list[tuple[Microsoft | Google, str, list[str], str]] = [
        (microsoft, "onedrive", ["Harbour"], ""),
        (microsoft, "sharepoint", ["Harbour office", "Documents", "Plans"], "harbour"),
        (google, "google_drive", ["My Drive", "Harbour"], ""),
    ]
    for vendor, kind, path, search in folders:
        api = vendor.graph if isinstance(vendor, Microsoft) else vendor.drive
        for hands_out in (True, False):
            if isinstance(vendor, Microsoft):
                vendor.graph.hands_out = hands_out
                if kind == "sharepoint":
                    vendor.choose_the_site()
            else:
                vendor.drive.sends_on = not hands_out
            before = len(vendor.files.log)
            with loopback.recorded() as opened:
                row = attach(as_alice, vendor, kind, path, search=search)
                vendor.tokens.expire()
                files = [one for one in walked(row) if not one.skip][:1]
                assert all(read(row, one.item, above=one.above) for one in files)
            sent_on = {} if hands_out else {("127.0.0.1", vendor.files.port)}
            expected = {("127.0.0.1", api.port), ("127.0.0.1", vendor.login.port), *sent_on}
            assert {(host.replace("localhost", "127.0.0.1"), port) for host, port in opened} == expected
            assert len(vendor.files.log) - before == (0 if hands_out else len(files)), "one call for each address the API gave"


def test_a_file_that_is_too_large_is_left_at_its_limit(alice: User, microsoft: Microsoft, google: Google) -> None:
    large = microsoft.world.file(microsoft.chosen, "large.bin", b"x" * 100_001)
    row = connected(microsoft, alice)
    with pytest.raises(TooLarge):
        read(row, large.id, limit=100_000)
    assert not microsoft.graph.contents, "What is said to be too large is not asked for."
    page = google.world.file(google.chosen, "page", b"x" * 100_001, media_type="application/vnd.google-apps.document")
    with pytest.raises(TooLarge):
        read(connected(google, alice), page.id, limit=100_000)


def test_only_the_documented_forms_of_waiting_and_addresses_count() -> None:
    now = clock.now()
    assert [asked_for(header, now) for header in ("3", " 0 ", "", "soon", "-1", "٣")] == [3.0, 0.0, None, None, None, None]
    assert asked_for("Fri, 31 Dec 1999 23:59:59 GMT", now) == 0.0
    assert all(pause(tries, 5.0, chance) >= 5.0 for tries in (1, 6) for chance in (0.0, 1.0))
    hosts = (".sharepoint.com", "127.0.0.1:8443")
    for good in ("https://a.sharepoint.com/x?y", "https://a.SharePoint.com./x", "https://127.0.0.1:8443/"):
        assert leads_to("https://graph.test/", good, hosts)
    for bad in (
        "https://sharepoint.com.evil.test/",
        "https://evilsharepoint.com/",
        "https://a.sharepoint.com:444/",
        "https://x:y/",
    ):
        assert not leads_to("https://graph.test/", bad, hosts)
    assert same_origin("https://g.test/a?b", "https://g.test")
    assert not any(
        same_origin(one, "https://g.test") for one in ("https://g.test:444/", "https://a@g.test/", "https://g.test.x/")
    )


def test_requests_of_one_tenant_keep_to_four_at_once(alice: User, microsoft: Microsoft) -> None:
    """Eight threads, as eight processes would: the places are rows."""
    from concurrent.futures import ThreadPoolExecutor

    row = connected(microsoft, alice)
    microsoft.graph.seconds = 0.05

    def ask(_: int) -> int:
        try:
            return len(walked(row))
        finally:
            database.close()

    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [2] * 8
    assert 2 <= microsoft.graph.most_at_once <= 4
    assert time.monotonic() - began < 20
