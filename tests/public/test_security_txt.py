"""security.txt: whom to tell of a weakness (RFC 9116)."""

from __future__ import annotations

import datetime as dt

from django.test import Client
from pytest_django import Settings

from ground import clock


def told(client: Client) -> dict[str, str]:
    answer = client.get("/.well-known/security.txt")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    aims, *lines = answer.content.decode().splitlines()
    assert aims == "# We aim to acknowledge a report within 24 hours and name a timeline for the fix within 72 hours."
    fields = dict(line.split(": ", 1) for line in lines)
    assert len(fields) == len(lines), "each field once"
    return fields


def test_it_names_address_end_language_and_its_own_place(client: Client) -> None:
    with clock.frozen(dt.datetime(2026, 11, 30, 13, 0, tzinfo=dt.UTC)):
        assert told(client) == {
            "Contact": "mailto:hello@specstep.com",
            "Expires": "2027-05-29T00:00:00Z",
            "Preferred-Languages": "en",
            "Canonical": "http://testserver/.well-known/security.txt",
            "Policy": "http://testserver/trust/#weakness",
        }


def test_the_address_is_a_setting_and_the_end_is_always_ahead_and_within_a_year(client: Client, settings: Settings) -> None:
    settings.SECURITY_EMAIL = "safe@example.org"
    assert told(client)["Contact"] == "mailto:safe@example.org"
    left = dt.datetime.fromisoformat(told(client)["Expires"]) - clock.now()
    assert dt.timedelta() < left < dt.timedelta(days=365)


def test_it_is_only_read(client: Client) -> None:
    assert client.post("/.well-known/security.txt").status_code == 405
