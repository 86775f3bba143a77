"""A problem is reported, and an operator goes through the console: look-up, triage, suspension, letters, roles."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROOT = Path(__file__).resolve().parents[2]


def sign_in(page: Page, number: int, name: str) -> str:
    address = f"{name.lower()}{number}@example.org"
    page.goto("/sign-in/?next=/interviews/")
    page.get_by_role("button", name="Use the laptop account").click()
    page.get_by_label("Email").fill(address)
    page.get_by_label("First name").fill(name)
    page.get_by_label("Last name").fill("Ott")
    page.get_by_label("Account number").fill(str(number))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/interviews/")
    return address


def make_owner(address: str, data: Path) -> None:
    env = {**os.environ, "SPECSTEP_DATA_DIR": str(data)}
    command = [sys.executable, "manage.py", "operator", address, "--grant", "owner"]
    subprocess.run(command, env=env, cwd=ROOT, check=True, capture_output=True)


def test_a_problem_is_reported_and_an_operator_works_through_the_console(
    open_browser: Callable[..., Page], no_barriers: Callable[[Page], None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    person = open_browser(script=False)
    address = sign_in(person, 71, "Ruth")
    assert person.context.request.get("/console/").status == 404
    person.locator(".foot").get_by_role("link", name="Report a problem").click()
    expect(person.locator("dd code")).to_have_text("/interviews/")
    person.get_by_label("In one line").fill("The list stays empty")
    person.get_by_label("What happened").fill("I made an interview and the list does not show it.")
    person.get_by_label("How bad is it").select_option("critical")
    person.get_by_role("button", name="Send the report").click()
    expect(person.get_by_role("row", name=re.compile("The list stays empty"))).to_contain_text("Not looked at yet")

    page = open_browser(accept_downloads=True)
    operator = sign_in(page, 72, "Olga")
    make_owner(operator, next(tmp_path_factory.getbasetemp().glob("service*")))
    phone = open_browser(width=390, scheme="dark", storage_state=page.context.storage_state())

    def check() -> None:
        """Wide and light as it stands, narrow and dark as it is at this address."""
        no_barriers(page)
        phone.goto(page.url)
        no_barriers(phone)

    page.goto("/report/?from=/interviews/")
    check()
    page.goto("/settings/reports/")
    check()
    page.goto("/console/")
    expect(page.get_by_text("Operator", exact=True)).to_be_visible()
    check()
    aside = page.get_by_role("navigation", name="Console")

    aside.get_by_role("link", name="Bug reports").click()
    check()
    page.get_by_role("link", name="The list stays empty").click()
    page.get_by_role("button", name="Looked at").click()
    check()
    page.get_by_role("button", name="Resolved").click()
    expect(page.get_by_role("heading", name="Resolved")).to_be_visible()

    aside.get_by_role("link", name="Accounts").click()
    check()
    page.get_by_label("Address or account id").fill(address)
    page.get_by_role("button", name="Look up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ruth Ott")
    check()
    page.get_by_role("button", name="Grant developer access").click()
    page.get_by_role("link", name="Disclose data").click()
    check()
    page.get_by_label("Legal reason").select_option("person")
    page.get_by_label("Number of the case").fill("R-17")
    page.get_by_label("Type disclose to go on").fill("disclose")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the zip").click()
    with zipfile.ZipFile(waiting.value.path()) as archive:
        assert address in archive.read("Account/accounts.User.json").decode()
    page.get_by_role("link", name="Back").click()
    page.get_by_role("link", name="Suspend").click()
    check()
    page.get_by_label("Reason").select_option("terms")
    page.get_by_label("Type suspend to go on").fill("suspend")
    page.get_by_role("button", name="Suspend the account").click()
    expect(page.get_by_text("suspended since")).to_be_visible()
    told = person.context.request.get("/interviews/")  # not by the page, whose console would call a 403 a fault
    assert (told.status, "This account is suspended" in told.text()) == (403, True)
    person.goto("/interviews/")
    assert "/sign-in/" in person.url

    page.goto("/console/incidents/new/")
    check()
    page.get_by_label("Title").fill("A disk was lost")
    page.get_by_label("What happened").fill("On Monday a disk was lost.")
    page.get_by_label("What it concerns").fill("Your name and address.")
    page.get_by_label("What we do, and what you can do").fill("We closed the hole. You need do nothing.")
    page.get_by_label("Or these accounts").fill(address)
    page.get_by_role("button", name="Save and look at it").click()
    expect(page.get_by_text("To be told in")).to_be_visible()
    check()
    page.get_by_label("Type send to go on").fill("send")
    page.get_by_role("button", name="Send the letter").click()
    expect(page.get_by_text("The letter is being sent.")).to_be_visible()
    state = page.locator("dt", has_text="State").locator("+ dd")
    for _ in range(40):
        if state.inner_text().startswith("Sent"):
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(state).to_contain_text("Sent")
    for place in ("incidents/", "policies/", "policies/new/", "roles/", "review/"):
        page.goto(f"/console/{place}")
        check()
