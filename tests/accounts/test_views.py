from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from accounts.flows import disclosing
from accounts.models import User
from ground import register


@pytest.mark.django_db
def test_sign_in_offers_the_laptop_account_and_no_password(client: Client) -> None:
    page = client.get("/sign-in/").content.decode()
    assert "Use the laptop account" in page
    assert "password" not in page.replace("never sees a password", "")


@pytest.mark.django_db
def test_the_laptop_account_signs_in_and_comes_back_to_the_same_person(client: Client) -> None:
    form = {"id": "5", "email": "ruth@example.org", "first_name": "Ruth", "last_name": "Ott", "email_verified": "on"}
    for _ in range(2):
        begun = client.post("/accounts/dummy/login/?process=login&next=%2Finterviews%2F")
        assert begun.status_code == 302
        client.post(begun.headers["Location"], form)
        assert client.get("/settings/").status_code == 200
        client.post("/sign-out/")
    assert [str(user) for user in User.objects.all()] == ["Ruth Ott"]


@pytest.mark.django_db
def test_sign_in_sends_nobody_to_another_site(as_alice: Client) -> None:
    assert as_alice.get("/sign-in/?next=https://elsewhere.example/").headers["Location"] == "/interviews/"
    assert as_alice.get("/sign-in/?next=/packages/").headers["Location"] == "/packages/"


@pytest.mark.django_db
def test_sign_out_takes_a_post_and_ends_the_session(as_alice: Client) -> None:
    assert as_alice.get("/sign-out/").status_code == 405
    as_alice.post("/sign-out/")
    assert as_alice.get("/interviews/").status_code == 302


@pytest.mark.django_db
def test_settings_say_what_is_held_and_save_the_name(as_alice: Client, alice: User) -> None:
    page = html.unescape(as_alice.get("/settings/held/").content.decode())
    assert all(data.name in page and data.purpose in page and data.kept in page for data in register.declared())
    counted = {count.name: count.rows for count in disclosing.counts(alice)}
    assert counted.keys() == {data.name for data in register.declared()}
    row = re.search(r'<th scope="row">Account</th>\s*<td class="is-end" data-label="Yours">\s*(\w+)', page)
    assert row is not None
    assert row[1] == "1"
    assert re.search(r'<th scope="row">Webhooks</th>\s*<td class="is-end" data-label="Yours">\s*<span class="soft">none', page)
    as_alice.post("/settings/", {"display_name": "Alice M."})
    alice.refresh_from_db()
    assert alice.display_name == "Alice M."


@pytest.mark.parametrize("address", ["/interviews/", "/packages/", "/settings/", "/interviews/new/"])
def test_what_is_owned_asks_for_sign_in(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in/")


@pytest.mark.django_db
def test_no_page_may_load_or_run_anything_from_elsewhere(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "https:" not in policy
