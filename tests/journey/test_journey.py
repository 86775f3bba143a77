"""The whole way, as a newcomer goes it: sign in, be interviewed, write the package, follow a requirement, download."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest
import yaml
from playwright.sync_api import Page, expect

from generation.rules.packaging import verify
from interviews.rules.topics import TOPICS

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CLINIC = yaml.safe_load((Path(__file__).resolve().parents[2] / "samples" / "clinic.yaml").read_text())
ASKS = {slot.question: topic.id for topic in TOPICS for slot in topic.slots.values()}
NEXT = """before => {
  const text = document.querySelector('#now .turn__text')
  const ending = document.querySelector('[data-live=ending]:not([hidden])')
  return (text && text.innerText.trim() !== before) || (!text && ending)
}"""


class Owner:
    """A product owner with the clinic's answers, who says "I don't know" where there is none."""

    def __init__(self, page: Page, number: int) -> None:
        self.page, self.number = page, number
        self.left = [(answer["topic"], answer["text"]) for answer in CLINIC["answers"]]

    def sign_in(self) -> None:
        page = self.page
        page.goto("/")
        page.get_by_role("link", name="Start an interview").first.click()
        page.get_by_role("button", name="Use the laptop account").click()
        page.get_by_label("Email").fill(f"ruth{self.number}@example.org")
        page.get_by_label("First name").fill("Ruth")
        page.get_by_label("Last name").fill("Ott")
        page.get_by_label("Account number").fill(str(self.number))
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("What should exist that does not exist today?")

    def open_interview(self) -> None:
        page = self.page
        page.get_by_label("Name of the project").fill("Clinic booking desk")
        page.get_by_role("radio", name=re.compile("Quick")).check()
        page.get_by_role("button", name="Start the interview").click()
        expect(page.get_by_role("log")).to_be_visible()

    @property
    def question(self) -> str:
        return self.page.locator("#now .turn__text").inner_text().strip()

    def say(self, text: str) -> None:
        """Answer the open question and wait for the next, or for the end."""
        before = self.question
        self.page.locator("#answer").fill(text)
        self.page.get_by_role("button", name="Answer", exact=True).click()
        self.page.wait_for_function(NEXT, arg=before)

    def fitting(self) -> str | None:
        topic = ASKS.get(self.question)
        place = next((place for place, (of, _) in enumerate(self.left) if of == topic), None)
        return None if place is None else self.left.pop(place)[1]

    def answer_until_the_end(self, *, most: int) -> int:
        count = 0
        while count < most and self.page.locator("#now").count():
            self.say(self.fitting() or "I don't know.")
            count += 1
        return count


@pytest.mark.parametrize(("width", "scheme", "number"), [(1280, "light", 11), (390, "dark", 12)])
@pytest.mark.promise("S-023", "S-082", "S-083")
def test_a_newcomer_goes_from_sign_in_to_download(
    open_browser: Callable[..., Page],
    no_barriers: Callable[[Page], None],
    tmp_path: Path,
    width: int,
    scheme: Literal["light", "dark"],
    number: int,
) -> None:
    page = open_browser(width=width, scheme=scheme, accept_downloads=True)
    owner = Owner(page, number)
    page.goto("/")
    no_barriers(page)
    page.goto("/sign-in/")
    no_barriers(page)
    owner.sign_in()
    no_barriers(page)

    owner.open_interview()
    no_barriers(page)
    composer = page.locator("#answer")
    box = composer.bounding_box()
    viewport = page.viewport_size
    assert box is not None
    assert viewport is not None
    assert box["y"] + box["height"] <= viewport["height"], "the composer stays on the screen"

    owner.say(" ".join(CLINIC["brief"].split()))
    expect(page.get_by_text("Noted. Correct anything that is off.")).to_be_visible()
    asked = owner.question
    page.locator("#now").get_by_role("button", name="I don’t know").click()
    expect(page.locator("#now").get_by_text("If you leave it, we assume:")).to_be_visible()
    assert owner.question == asked
    page.locator("#now").get_by_role("link", name="Decide later").click()
    page.get_by_label("Who decides").fill("the partners")
    page.get_by_label("When").fill("in January")
    page.get_by_role("button", name="Put it off").click()
    page.wait_for_function(NEXT, arg=asked)
    assert owner.answer_until_the_end(most=6) == 6
    no_barriers(page)

    page.goto(page.url.split("#")[0])
    page.locator("#answer").fill("half a thought")
    page.wait_for_timeout(2600)
    page.reload()
    expect(page.locator("#answer")).to_have_value("half a thought")

    page.locator("#now").get_by_role("link", name="Stop here").click()
    no_barriers(page)
    page.get_by_role("button", name=re.compile("Stop here|Stop the interview")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Read this before anything is written")
    no_barriers(page)
    page.get_by_role("button", name="Sign this card").click()
    expect(page.locator(".signature")).to_have_text("Ruth Ott")
    page.get_by_role("button", name="Write the package").click()

    link = page.get_by_role("link", name="Open the package")
    link.wait_for(timeout=90_000)
    no_barriers(page)
    link.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Clinic booking desk")
    no_barriers(page)
    address = page.url.split("?")[0]

    for place in (
        "scorecard/",
        "read/BRIEF.md",
        "read/docs/requirements.md",
        "read/docs/architecture.md",
        "read/backlog/backlog.json",
    ):
        page.goto(address + place)
        no_barriers(page)
    page.goto(address)
    with page.expect_download() as waiting:
        page.get_by_role("link", name=re.compile("^Download")).click()
    saved = tmp_path / "package.zip"
    waiting.value.save_as(saved)
    assert verify(saved.read_bytes()) == []
    with zipfile.ZipFile(io.BytesIO(saved.read_bytes())) as archive:
        names = {name.partition("/")[2] for name in archive.namelist()}
        assert {
            "README.md",
            "BRIEF.md",
            "AGENTS.md",
            "docs/requirements.md",
            "quality/scorecard.json",
            "quality/decisions.jsonl",
        } <= names
        assert (
            "Drafted without a model"
            in archive.read(next(name for name in archive.namelist() if name.endswith("BRIEF.md"))).decode()
        )

    page.goto("/settings/")
    no_barriers(page)
    page.goto("/settings/usage/")
    no_barriers(page)
    page.goto("/packages/")
    no_barriers(page)


def test_the_words_of_an_answer_can_be_followed_without_script(open_browser: Callable[..., Page]) -> None:
    page = open_browser(script=False)
    owner = Owner(page, 13)
    owner.sign_in()
    owner.open_interview()
    page.locator("#answer").fill(" ".join(CLINIC["brief"].split()))
    page.get_by_role("button", name="Answer", exact=True).click()
    for _ in range(40):
        if page.locator("#now").count() and "in your own words" not in owner.question:
            break
        page.wait_for_timeout(500)
        page.reload()
    assert "in your own words" not in owner.question
    word = page.locator("#A-000 a.word").first
    target = str(word.get_attribute("href"))
    word.click()
    assert page.url.endswith(target)
    assert page.locator(target).count() == 1


def test_a_stranger_sees_nothing_of_it(open_browser: Callable[..., Page]) -> None:
    page = open_browser()
    owner = Owner(page, 14)
    owner.sign_in()
    owner.open_interview()
    address = page.url
    other = open_browser()
    Owner(other, 15).sign_in()
    assert other.context.request.get(address).status == 404
    assert page.context.request.get(address).status == 200


@pytest.mark.promise("S-013")
def test_no_page_asks_for_a_password(open_browser: Callable[..., Page]) -> None:
    page = open_browser()
    Owner(page, 16).sign_in()
    seen: set[str] = set()
    waiting = ["/", "/sign-in/", "/interviews/", "/packages/", "/settings/", "/example/", "/interviews/new/"]
    while waiting and len(seen) < 60:
        address = waiting.pop()
        if address in seen or "sign-out" in address or ".well-known" in address:
            continue
        seen.add(address)
        page.goto(address)
        assert page.locator("input[type=password]").count() == 0, address
        links = page.eval_on_selector_all(
            "a[href]:not([download])",
            "links => links.map(link => new URL(link.href)).filter(u => u.origin === location.origin).map(u => u.pathname)",
        )
        waiting += [link for link in links if link not in seen]
    for address in ("/accounts/password/reset/", "/accounts/signup/", "/admin/", "/accounts/password/change/"):
        answer = page.context.request.get(address)
        assert answer.status == 404, address
    assert len(seen) > 20
