"""What a person says about themselves: kept as it was meant, without what nobody can see."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts import zones
from accounts.models import User
from accounts.rules import names
from generation.models import Run
from ground import clock, stream
from interviews.models import Interview
from tests.llm.keys.dump import dump

WHOLE = {"display_name": "Alice M.", "contact_phone": "", "time_zone": "Europe/Berlin", "language": "de"}


def saved(client: Client, user: User, **changed: str) -> User:
    assert client.post("/settings/", WHOLE | changed).status_code == 303
    user.refresh_from_db()
    return user


@pytest.mark.promise("S-017")
def test_a_contact_phone_is_set_read_back_changed_and_cleared(as_alice: Client, alice: User) -> None:
    for written in ("+44 (0)20 7946 0018", "020 7946 0999 ext. 12"):
        assert saved(as_alice, alice, contact_phone=written).contact_phone == written
        assert f'value="{written}"' in as_alice.get("/settings/").content.decode()
        assert written in dump()
    saved(as_alice, alice, contact_phone="")
    held = dump()
    assert "7946 0018" not in held
    assert "7946 0999" not in held


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("  +49\u00a030\t1234567 ", "+49 30 1234567"),
        ("+49 30\u200b 12\u202e34567", "+49 30 1234567"),
        ("\uff0b\uff14\uff19 \uff13\uff10 12345", "+49 30 12345"),
        ("030/1234\u201356", "030/1234-56"),
    ],
)
def test_a_contact_phone_is_cleaned(as_alice: Client, alice: User, written: str, kept: str) -> None:
    assert saved(as_alice, alice, contact_phone=written).contact_phone == kept


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["call me", "12", "+49 30 1234567; DROP", "<b>123</b>", "1" * 33])
def test_what_is_no_phone_is_refused_and_nothing_is_changed(as_alice: Client, alice: User, written: str) -> None:
    page = as_alice.post("/settings/", WHOLE | {"contact_phone": written})
    assert "Write a phone number" in page.content.decode()
    alice.refresh_from_db()
    assert (alice.contact_phone, alice.display_name) == ("", "Alice Moreau")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("Alice\r\nBcc: all@example.org", "Alice Bcc: all@example.org"),
        ("\u202eecilA\u202c", "ecilA"),
        ("Al\u200bi\u200dce\ufeff", "Alice"),
        ("Rene\u0301e", "Ren\u00e9e"),
        ("Z" + "\u0301" * 30 + "oe", "\u0179" + "\u0301" * 4 + "oe"),
        ("\u3164Alice\u2800 \u034f", "Alice"),
        ("\u0410lice", "\u0410lice"),  # a Cyrillic A: shown as it is; nothing recognises a person by a name
        ("李 小龙", "李 小龙"),
        ("", ""),
    ],
)
def test_a_name_is_kept_without_what_nobody_sees(as_alice: Client, alice: User, written: str, kept: str) -> None:
    assert saved(as_alice, alice, display_name=written).display_name == kept


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "says"), [("\u2026 \u2014", "nothing to read"), ("n" * 151, "151 characters"), ("n" * 2000, "1000")]
)
def test_a_name_that_cannot_be_kept_is_refused(as_alice: Client, alice: User, written: str, says: str) -> None:
    assert says in as_alice.post("/settings/", WHOLE | {"display_name": written}).content.decode()
    alice.refresh_from_db()
    assert alice.display_name == "Alice Moreau"


@given(st.text(max_size=60))
def test_whatever_is_typed_becomes_one_visible_line(text: str) -> None:
    line = names.one_line(text)
    assert line.isprintable()
    assert names.one_line(line) == line
    assert line == line.strip()
    assert "  " not in line


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("written", "zone"),
    [
        ("berlin", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("UTC", "UTC"),
        ("asia/kolkata", "Asia/Kolkata"),
        ("", "UTC"),
    ],
)
def test_a_time_zone_is_found_by_its_city(as_alice: Client, alice: User, written: str, zone: str) -> None:
    assert saved(as_alice, alice, time_zone=written).time_zone == zone


@pytest.mark.django_db
@pytest.mark.parametrize("written", ["Atlantis", "../../etc/passwd", "Europe/../UTC", "\x00"])
def test_a_time_zone_that_is_none_is_refused(as_alice: Client, alice: User, written: str) -> None:
    assert as_alice.post("/settings/", WHOLE | {"time_zone": written}).status_code == 200
    alice.refresh_from_db()
    assert alice.time_zone == "UTC"


@pytest.mark.django_db
def test_the_language_is_one_of_the_list(as_alice: Client, alice: User) -> None:
    assert saved(as_alice, alice, language="uk").language == "uk"
    assert as_alice.post("/settings/", WHOLE | {"language": "tlh"}).status_code == 200
    assert User.objects.get(pk=alice.pk).language == "uk"


@pytest.mark.django_db
def test_only_what_was_sent_is_changed(as_alice: Client, alice: User) -> None:
    saved(as_alice, alice, contact_phone="030 1234567")
    as_alice.post("/settings/", {"display_name": "Alice", "developer_access": "on", "is_active": "", "email": "x@example.org"})
    alice.refresh_from_db()
    assert (alice.display_name, alice.contact_phone, alice.time_zone) == ("Alice", "030 1234567", "Europe/Berlin")
    assert (alice.developer_access, alice.is_active, alice.email) == (False, True, "alice@example.org")


@pytest.mark.django_db
def test_pages_show_times_on_the_persons_own_clock(as_alice: Client, alice: User) -> None:
    at = dt.datetime(2026, 1, 15, 23, 30, tzinfo=dt.UTC)
    User.objects.filter(pk=alice.pk).update(created_at=at, time_zone="Asia/Kolkata")
    assert "05:00" in as_alice.get("/settings/").content.decode()
    User.objects.filter(pk=alice.pk).update(time_zone="Europe/Berlin")
    assert "00:30" in as_alice.get("/settings/").content.decode()
    # One person's zone is not the next one's.
    User.objects.filter(pk=alice.pk).update(time_zone="No/Where")
    assert "23:30" in as_alice.get("/settings/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_zone_also_holds_where_the_server_is_asynchronous(alice: User) -> None:
    at = dt.datetime(2026, 1, 15, 23, 30, tzinfo=dt.UTC)
    User.objects.filter(pk=alice.pk).update(created_at=at, time_zone="Asia/Kolkata")

    async def page() -> str:
        client = AsyncClient()
        await client.aforce_login(alice)
        return (await client.get("/settings/")).content.decode()

    assert "05:00" in asyncio.run(page())


@pytest.mark.django_db(transaction=True)
def test_it_also_holds_in_what_is_sent_to_an_open_page(alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Kolkata")
    interview = Interview.objects.create(workspace=alice.workspace, title="Desk")
    run = Run.objects.create(
        workspace=alice.workspace, interview=interview, number=1, evidence={}, evidence_sha256="0" * 64, frozen_at=clock.now()
    )
    with clock.frozen(dt.datetime(2026, 1, 15, 23, 30, tzinfo=dt.UTC)):
        stream.append(run.stream, "news", text="Begun.")

    async def first_event() -> str:
        client = AsyncClient()
        await client.aforce_login(alice)
        answer: Any = await client.get(reverse("run_events", args=[run.pk]))
        async for chunk in answer:
            if b"event:" in chunk:
                return bytes(chunk).decode()
        return ""

    assert "05:00</time>" in asyncio.run(first_event())


def test_every_zone_on_offer_can_be_used() -> None:
    assert zones.named("Europe/Berlin") == "Europe/Berlin"
    assert all(zones.named(name) == name for name in zones.names())
    assert all(str(zones.zone(User(time_zone=name))) == name for name in zones.names())
