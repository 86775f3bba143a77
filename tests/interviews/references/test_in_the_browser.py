"""Documents on the interview's page: chosen, dropped and pasted with JavaScript, sent by a plain form without it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.interviews.references import documents

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
RULES = documents.pdf(["The rules.", "Tools must come back within 14 days."])
DROP = """([name, words]) => {
  const data = new DataTransfer()
  data.items.add(new File([words], name, { type: "text/markdown" }))
  const over = (kind) => document.body.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }))
  over("dragover")
  over("drop")
}"""


def file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": data}


def start(page: Page, number: int) -> None:
    page.goto("/sign-in/?next=/interviews/new/")
    page.get_by_role("button", name="Use the laptop account").click()
    page.get_by_label("Email").fill(f"ruth{number}@example.org")
    page.get_by_label("First name").fill("Ruth")
    page.get_by_label("Last name").fill("Ott")
    page.get_by_label("Account number").fill(str(number))
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Name of the project").fill("Tool library")
    page.get_by_role("button", name="Start the interview").click()
    expect(page.get_by_role("log")).to_be_visible()


def test_documents_are_chosen_dropped_pasted_and_removed(
    open_browser: Callable[..., Page], no_barriers: Callable[[Page], None]
) -> None:
    page = open_browser(width=390, scheme="dark")
    start(page, 81)
    page.get_by_text("Add documents").click()
    page.get_by_label("Drop documents here").set_input_files(
        [file("rules.pdf", RULES), file("locked.pdf", documents.encrypted_pdf())]
    )
    listed = page.get_by_role("list", name="Documents").locator("> li")
    expect(listed.filter(has_text="rules.pdf")).to_contain_text("PDF, 2 pages")
    expect(listed.filter(has_text="locked.pdf")).to_contain_text("is protected with a password. Remove the password")
    page.evaluate(DROP, ["fees.md", "# Fees\\nFive euro."])
    expect(listed.filter(has_text="fees.md")).to_contain_text("Read")
    page.evaluate(DROP, ["large.md", "x" * (26 * 1024 * 1024)])
    expect(page.get_by_role("list", name="On their way")).to_contain_text("It has 26 MB; 25 MB fit.")
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_text("Paste text instead").click()
    page.get_by_label("Name", exact=True).fill("Mail of Ana")
    page.get_by_label("Text", exact=True).fill("Due in 14 days.")
    page.get_by_role("button", name="Attach this text").click()
    expect(listed.filter(has_text="Mail of Ana")).to_contain_text("Pasted")
    expect(page.get_by_text("Documents: 4")).to_be_visible()
    no_barriers(page)
    listed.filter(has_text="locked.pdf").locator("summary").filter(has_text="Remove").click()
    page.get_by_role("button", name="Remove it").click()
    expect(listed.filter(has_text="locked.pdf")).to_have_count(0)
    expect(page.get_by_text("locked.pdf is removed.")).to_be_visible()
    page.locator("#answer").fill("We lend tools to neighbours.")
    page.get_by_role("button", name="Answer", exact=True).click()
    expect(page.locator(".papers__fold")).not_to_have_attribute("open", "")  # the next question is not under the list


def test_the_same_form_works_without_javascript(open_browser: Callable[..., Page]) -> None:
    page = open_browser(script=False)
    start(page, 82)
    page.get_by_text("Add documents").click()
    page.get_by_label("Drop documents here").set_input_files([file("rules.pdf", RULES), file("desk.png", documents.png())])
    page.get_by_role("button", name="Attach", exact=True).click()
    expect(page.get_by_text("Documents: 2")).to_be_visible()
    page.get_by_text("Documents: 2").click()
    listed = page.get_by_role("list", name="Documents").locator("> li")
    expect(listed.filter(has_text="rules.pdf")).to_contain_text(re.compile("PDF, 2 pages.*Read"))
    expect(listed.filter(has_text="desk.png")).to_contain_text("No words were found in desk.png.")
