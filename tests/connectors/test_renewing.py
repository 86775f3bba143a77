"""Tokens are renewed in time, by one of several, and what is refused ends."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database
from django.test import Client

from accounts.models import AuditEvent, Message, User
from connectors.flows import disconnecting, renewing, sweeping
from connectors.models import Connection
from connectors.troubles import AccessEnded, FolderTrouble
from ground import clock
from tests.connectors.conftest import connected, everything, walked
from tests.connectors.google import Google
from tests.connectors.microsoft import Microsoft
from tests.connectors.server import Fault

pytestmark = pytest.mark.django_db(transaction=True)
JUST_BEFORE = dt.timedelta(minutes=56)


def posts(vendor: Microsoft | Google) -> int:
    return len([line for line in vendor.login.lines() if line.startswith("POST")])


@pytest.mark.promise("S-044")
def test_close_to_its_end_a_token_is_renewed_before_it_is_used(alice: User, microsoft: Microsoft, google: Google) -> None:
    for vendor in (microsoft, google):
        row = connected(vendor, alice)
        assert walked(row)
        assert posts(vendor) == 0
        before = (row.sealed_access, row.sealed_refresh)
        with clock.moved(JUST_BEFORE):
            assert walked(row)
        row.refresh_from_db()
        assert posts(vendor) == 1
        assert not set(before) & {row.sealed_access, row.sealed_refresh}
        held = everything()
        assert not [one for one in before if one in held]


@pytest.mark.promise("S-044")
def test_of_many_workers_one_renews_and_no_token_is_lost(alice: User, microsoft: Microsoft) -> None:
    row = connected(microsoft, alice)
    microsoft.login.seconds = 0.1
    together = threading.Barrier(6)

    def use(_: int) -> str:
        try:
            together.wait()
            return renewing.token(row.pk)
        finally:
            database.close()

    with clock.moved(JUST_BEFORE), ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(use, range(6)))) == 1
    assert posts(microsoft) == 1
    with clock.moved(2 * JUST_BEFORE):
        renewing.token(row.pk)
    assert posts(microsoft) == 2, "The refresh token that was kept is the newest one; the peer watches that."


@pytest.mark.promise("S-044", "S-113")
def test_a_refused_renewal_ends_the_connection_and_is_told(
    as_alice: Client, alice: User, microsoft: Microsoft, google: Google
) -> None:
    for vendor in (microsoft, google):
        row = connected(vendor, alice)
        vendor.login.refuses = "invalid_grant"
        with clock.moved(JUST_BEFORE), pytest.raises(AccessEnded):
            walked(row)
        row.refresh_from_db()
        assert (row.state, row.sealed_access, row.sealed_refresh) == ("revoked", "", "")
        assert Message.objects.filter(user=alice, kind="folder.ended").latest("created_at").about["because"] == "revoked"
        event = AuditEvent.objects.get(action="folder.revoked", about=row.pk)
        assert (event.actor, event.label) == (None, row.get_kind_display())
        page = as_alice.get(row.get_absolute_url()).content.decode()
        assert "lets SpecStep in no more" in page
        assert "CANARY" not in page


def test_what_passes_at_the_token_endpoint_ends_nothing(alice: User, microsoft: Microsoft, google: Google) -> None:
    for vendor in (microsoft, google):
        row = connected(vendor, alice)
        with clock.moved(JUST_BEFORE):
            vendor.login.faults += [Fault(on="POST", status=503, body={"error": "temporarily_unavailable"})] * 8
            assert renewing.token(row.pk), "It is good for four minutes more."
        with clock.moved(2 * JUST_BEFORE), pytest.raises(FolderTrouble):
            renewing.token(row.pk)
        vendor.login.faults.clear()
        vendor.login.refuses = "invalid_client"
        with clock.moved(2 * JUST_BEFORE), pytest.raises(FolderTrouble, match="registration"):
            renewing.token(row.pk)
        vendor.login.refuses = ""
        row.refresh_from_db()
        assert row.state == "connected"
        with clock.moved(2 * JUST_BEFORE):
            assert renewing.token(row.pk)


@pytest.mark.promise("S-033")
def test_without_a_refresh_token_it_works_until_it_ends_and_then_asks(as_alice: Client, alice: User, google: Google) -> None:
    google.tokens.issues_refresh = False
    row = connected(google, alice)
    assert row.sealed_refresh == ""
    assert "Authorise it again by" in as_alice.get("/settings/integrations/").content.decode()
    with clock.moved(dt.timedelta(minutes=58)):
        assert walked(row)
    with clock.moved(dt.timedelta(minutes=61)):
        sweeping.sweep()
    row.refresh_from_db()
    assert (row.state, row.sealed_access) == ("expired", "")
    assert "The permission has run out" in as_alice.get(row.get_absolute_url()).content.decode()
    assert Message.objects.get(kind="folder.ended").about["because"] == "expired"
    assert posts(google) == 0


@pytest.mark.promise("S-045")
def test_tokens_are_kept_while_idle_and_gone_with_each_of_three_ends(
    alice: User, charlie: User, microsoft: Microsoft, google: Google
) -> None:
    idle = connected(google, alice)
    for weeks in range(4, 53, 4):
        with clock.moved(dt.timedelta(weeks=weeks)):
            sweeping.sweep()
            renewing.renew_idle()
    idle.refresh_from_db()
    assert idle.sealed_refresh
    assert posts(google) == 13
    assert not google.drive.log
    disconnected, revoked, deleted = idle, connected(microsoft, alice), connected(microsoft, charlie, who="bob")
    sealed = [text for row in (disconnected, revoked, deleted) for text in (row.sealed_access, row.sealed_refresh)]
    assert all(text in everything() for text in sealed)
    disconnecting.disconnect(disconnected, keep_documents=True, actor=alice)
    microsoft.login.refuses = "invalid_grant"
    with clock.moved(JUST_BEFORE), pytest.raises(AccessEnded):
        renewing.token(revoked.pk)
    from accounts.flows import erasing

    erasing.erase_now(erasing.request_deletion(charlie).pk)
    held = everything()
    assert not [text for text in sealed if text in held]
    assert not Connection.objects.filter(pk__in=[disconnected.pk, deleted.pk]).exists()
