"""The words of mails and SMS: in both forms the same, nothing anybody typed, nothing that tells who read it."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from pytest_django import Settings

from accounts import letters
from accounts.models import MailOut, User
from accounts.notices import FILE, optional, register

pytestmark = pytest.mark.django_db
ABOUT = {"path": "/runs/0197/", "provider": "GitHub", "because": "failures", "reason": "terms", "number": "00ff"}
KINDS = sorted(register())


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.SITE_URL, settings.CONTACT_EMAIL = "https://specstep.example", "desk@specstep.example"


def words(html: str) -> str:
    body = html.partition("<body")[2].partition(">")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


@pytest.fixture
def letter_out(alice: User) -> MailOut:
    return MailOut.objects.create(
        kind=MailOut.Kind.INCIDENT,
        title="A copy of 14 packages was read",
        happened="On Monday a wrong setting let one tool read 14 packages.\r\n\r\nIt was closed after 20 minutes.",
        concerns="Among them is <b>one</b> of yours.",
        advice="- Look at the list of tools.\n- Revoke what you do not know.",
        effective_at=dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC),
    )


def test_the_register_names_every_notice_once() -> None:
    named = re.findall(r"^  ([a-z_.]+):", FILE.read_text(), re.MULTILINE)
    assert sorted(named) == KINDS


def test_every_notice_to_a_person_says_when_it_comes() -> None:
    assert [notice.kind for notice in register().values() if notice.to == "person" and not notice.about] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_notice_has_both_forms_with_the_same_words(alice: User, letter_out: MailOut, kind: str) -> None:
    notice = register()[kind]
    letter = letters.letter(notice, alice, ABOUT, letter_out if kind in ("incident", "policy.change") else None)
    assert letter.subject
    assert len(letter.subject) <= 150
    assert not re.search(r"\{\{|\{%|None|\[[^\]]*\]\(", letter.text + letter.html)
    assert "\n\n\n" not in letter.text
    sentences = [
        line.removeprefix("- ") for line in letter.text.partition("\n--\n")[0].split("\n") if line and not line.isupper()
    ]
    seen = words(letter.html)
    assert all(sentence in seen for sentence in sentences if ": https://" not in sentence)
    assert "desk@specstep.example" in letter.text


@pytest.mark.parametrize("kind", KINDS)
def test_a_mail_loads_nothing_and_leads_only_to_us(alice: User, kind: str) -> None:
    html = letters.letter(register()[kind], alice, ABOUT, None).html
    assert not re.search(r"<img|<link|<script|<iframe|<form|url\(|@import|srcset|background=", html)
    addresses = re.findall(r'href="([^"]+)"', html)
    assert all(address.startswith(("https://specstep.example/", "mailto:desk@specstep.example")) for address in addresses)
    assert not any("?" in address for address in addresses)
    assert "prefers-color-scheme: dark" in html


@pytest.mark.promise("S-132")
@pytest.mark.parametrize("kind", KINDS)
def test_the_foot_says_why_it_came_and_how_to_switch_it_off(alice: User, kind: str) -> None:
    notice = register()[kind]
    letter = letters.letter(notice, alice, ABOUT, None)
    says = "has no switch" if notice.essential else "because you switched it on"
    if notice.to == "operator":
        says = "goes to whoever runs this service"
    else:
        assert "https://specstep.example/settings/notifications/" in letter.text
        assert "https://specstep.example/settings/notifications/" in letter.html
    assert says in letter.text
    assert says in words(letter.html)


@pytest.mark.parametrize("kind", KINDS)
def test_no_mail_and_no_sms_holds_a_persons_name(alice: User, kind: str) -> None:
    alice.display_name = "Pay at\r\nevil.example"
    letter = letters.letter(register()[kind], alice, ABOUT | {"user": str(alice.pk)}, None)
    assert "evil" not in letter.subject + letter.text + letter.html


@pytest.mark.parametrize("notice", optional(), ids=lambda notice: notice.kind)
def test_an_sms_is_one_line_with_one_address(notice: object) -> None:
    text = letters.sms(register()[notice.kind], ABOUT)  # type: ignore[attr-defined]
    assert text.endswith(" https://specstep.example/runs/0197/")
    assert "\n" not in text
    assert text.isascii()
    assert len(text) <= 160


def test_what_an_operator_wrote_stands_in_the_mail_and_is_not_markup(alice: User, letter_out: MailOut) -> None:
    letter = letters.letter(register()["incident"], alice, {}, letter_out)
    assert letter.subject == "A copy of 14 packages was read"
    assert "It was closed after 20 minutes." in letter.text
    assert "Among them is <b>one</b> of yours." in letter.text
    assert "&lt;b&gt;one&lt;/b&gt;" in letter.html
    assert letter.html.count("<li") == 2


def test_a_date_in_a_mail_is_on_the_readers_clock(alice: User, letter_out: MailOut) -> None:
    alice.time_zone = "Europe/Berlin"
    assert "1 January 2027, 00:30 CET" in letters.letter(register()["policy.change"], alice, {}, letter_out).text


@given(title=st.text(max_size=200))
@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_title_begins_another_header(title: str) -> None:
    subject = letters.letter(register()["incident"], None, {}, MailOut(title=title + "\r\nBcc: all@example.org\u2028x")).subject
    assert subject.isprintable()
    assert len(subject) <= 150


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/a b", "/x)\n[y](/z", ""])
def test_a_button_leads_to_a_page_of_ours_or_to_the_start(alice: User, path: str) -> None:
    letter = letters.letter(register()["run.completed"], alice, {"path": path}, None)
    assert "evil" not in letter.html
    assert "javascript" not in letter.html
    assert letters.sms(register()["run.completed"], {"path": path}).endswith("https://specstep.example/")
