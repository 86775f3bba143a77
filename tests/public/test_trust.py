"""The trust page prints what the checks said at the last release."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from public.ledger import FILE, ledger

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def test_it_holds_every_row_of_the_ledger_and_its_words() -> None:
    released = {row["id"]: row for row in json.loads(FILE.read_text())["rows"]}
    rows = re.findall(r"^\| (S-\d{3}) \|(.*)\|\s*$", (ROOT / "docs" / "promises.md").read_text(), re.MULTILINE)
    assert len(rows) == len(released) == 191
    for row, rest in rows:
        cells = [cell.strip() for cell in rest.split("|")]
        assert released[row]["promise"] == cells[4], f"{row}: run script/promises --release"


def test_it_shows_the_state_of_each_row_and_is_honest_about_the_rest(client: Client) -> None:
    page = client.get("/trust/").content.decode()
    for row in ledger().rows:
        assert f"<code>{row.id}</code>" in page
    assert sum(count for _, _, count in ledger().tally) == 191
    assert page.count("Untested</span>") == 1 + sum(row.state == "untested" for row in ledger().rows)
    assert f"as of {ledger().day.day} " in page


def test_contacts_and_clocks_are_on_it(client: Client, settings: Settings) -> None:
    settings.SECURITY_EMAIL, settings.PRIVACY_EMAIL, settings.DPA_EMAIL = "s@x.example", "p@x.example", "d@x.example"
    page = client.get("/trust/").content.decode()
    for address in ("s@x.example", "p@x.example", "d@x.example"):
        assert f'href="mailto:{address}"' in page
    for figure in ("within 24 hours", "within 72 hours"):
        assert figure in page
    assert 'href="/.well-known/security.txt"' in page
