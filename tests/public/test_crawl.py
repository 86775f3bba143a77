"""Every page a visitor can reach by links: what it loads, which cookies it sets, where its skip link leads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User

pytestmark = pytest.mark.django_db
FOCUSABLE = {"a", "button", "input", "select", "textarea", "summary"}


@dataclass
class Page:
    path: str
    text: str
    cookies: dict[str, dict[str, str]]


class Reader(HTMLParser):
    """Links, what is loaded, ids, the first thing that can be focused."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: set[str] = set()
        self.first: dict[str, str | None] = {}
        self.meta: dict[str, str] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag in FOCUSABLE and not self.first and given.get("type") != "hidden":
            self.first = given
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        if tag == "meta" and (given.get("name") or given.get("property")):
            self.meta[str(given.get("name") or given["property"])] = str(given.get("content"))
        for name in ("src", "srcset", "poster", "data"):
            if given.get(name):
                self.loaded.append(str(given[name]))
        if tag in ("link", "use") and given.get("href"):
            self.loaded.append(str(given["href"]))


def crawled(client: Client, start: str = "/", *, deep: bool = True) -> Iterator[Page]:
    """Pages of ours by links, in the order they are met; of the example's files only the first few, for they look alike."""
    waiting, seen, files = [start], {start}, 0
    while waiting:
        path = waiting.pop(0)
        answer = client.get(path)
        while answer.status_code in (301, 302, 303):
            path = answer.headers["Location"]
            answer = client.get(path)
        assert answer.status_code == 200, path
        cookies = {name: dict(morsel) for name, morsel in answer.cookies.items() if morsel.value}
        if "html" not in answer.headers["Content-Type"]:
            continue
        text = answer.content.decode()
        yield Page(path, text, cookies)
        for link in Reader(text).links if deep else []:
            address = urlsplit(urljoin(path, link))
            if address.scheme or address.netloc or address.path in seen:
                continue
            seen.add(address.path)
            files += address.path.startswith("/example/files/")
            if not address.path.startswith("/example/files/") or files <= 5:
                waiting.append(address.path)


@pytest.mark.promise("S-186")
def test_no_page_sets_a_cookie_but_the_essential_ones_or_loads_anything_from_elsewhere(client: Client) -> None:
    """The cookie inventory of a full crawl (P1-059): nothing before sign-in but the token of the form there."""
    pages = list(crawled(client))
    paths = {page.path for page in pages}
    assert {
        "/",
        "/agents/",
        "/agents/tester/",
        "/example/",
        "/privacy/",
        "/terms/",
        "/dpa/",
        "/trust/",
        "/sub-processors/",
    } <= paths
    assert "/privacy/versions/2026-05-16/" in paths
    for page in pages:
        if not page.path.startswith(("/sign-in/", "/accounts/")):
            assert page.cookies.keys() <= {"visit"}, page.path  # the attribution cookie of N-01, where traffic is measured
        assert page.cookies.keys() <= {"csrftoken", "sessionid", "visit"}, page.path
        reader = Reader(page.text)
        for address in reader.loaded:
            assert address.startswith(("/static/", "/example/draw/", "data:")), (page.path, address)
        assert not re.search(r"<script(?![^>]*src=\"/static/)", page.text), page.path
        for word in ("googletag", "gtag(", "fbq(", "analytics.js", "doubleclick", "adsbygoogle"):
            assert word not in page.text, (page.path, word)


def test_the_first_thing_to_focus_leads_to_the_content_and_search_engines_read_a_description(client: Client) -> None:
    """PO-001, on every page: public ones, and those of somebody who is signed in."""
    for page in crawled(client):
        reader = Reader(page.text)
        assert (reader.first.get("class"), reader.first.get("href")) == ("skip", "#main"), page.path
        assert "main" in reader.ids, page.path
        if not page.path.startswith(("/sign-in/", "/accounts/")):
            assert len(reader.meta.get("description", "")) > 30, page.path


def test_a_link_that_is_passed_on_shows_our_own_picture(client: Client, settings: Settings) -> None:
    settings.SITE_URL = "https://specstep.example"
    for path in ("/", "/example/", "/trust/", "/privacy/", "/docs/api/"):
        picture = Reader(client.get(path).content.decode()).meta["og:image"]
        assert picture == "https://specstep.example/static/img/share.png", path


@pytest.mark.parametrize(("signed_in", "way_out"), [(False, "/"), (True, "/interviews/")])
def test_an_address_with_nothing_behind_it_leads_to_a_page_that_opens(
    client: Client, alice: User, signed_in: bool, way_out: str
) -> None:
    if signed_in:
        client.force_login(alice)
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    buttons = re.findall(r'class="btn btn--primary" href="([^"]+)"', answer.content.decode())
    assert buttons == [way_out]
    assert client.get(way_out).status_code == 200


def test_pages_of_an_account_begin_with_it_too(as_alice: Client, alice: User) -> None:
    for path in ("/interviews/", "/packages/", "/settings/", "/settings/held/", "/settings/usage/", "/report/", "/nowhere/"):
        reader = Reader(as_alice.get(path).content.decode())
        assert (reader.first.get("href"), "main" in reader.ids) == ("#main", True), path


def test_mails_hold_no_pixel_and_no_tracked_link() -> None:
    """P1-059, the second half: what every mail is laid out with."""
    from django.template.loader import get_template

    for name in ("notices/layout.html", "notices/layout.txt"):
        source = get_template(name).template.source  # type: ignore[attr-defined]
        assert "<img" not in source
        assert "utm_" not in source
        assert "http" not in re.sub(r"\{[{%].*?[%}]\}", "", source).replace("http-equiv", "").replace("http://www.w3.org", "")
