"""Privacy, Terms and DPA as a visitor reads them."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from django.apps import apps
from django.conf import settings as given
from django.test import Client
from pytest_django import Settings

from accounts.flows import publishing
from accounts.policies import shipped
from accounts.rules import wording
from ground import egress, register
from tests.ground.test_register import leads_to_a_user

pytestmark = pytest.mark.django_db


def words(page: str) -> str:
    """The page as it is read: without marks, one space between words."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def section(page: str, number: int) -> str:
    """A numbered section, from its place to the next."""
    return page.partition(f'id="s{number}"')[2].partition(f'id="s{number + 1}"')[0]


@pytest.mark.promise("S-001", "S-002")
def test_the_privacy_page_names_its_date_and_the_operator(client: Client) -> None:
    answer = client.get("/privacy/")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert 'Last updated <time datetime="2026-05-16">16 May 2026</time>' in page
    for named in ("No Compromise AI", "a Delaware corporation", "specstep.com"):
        assert named in words(page)
    assert 'href="https://www.nocompromise.ai"' in page


@pytest.mark.promise("S-002")
def test_the_operator_is_a_matter_of_configuration(client: Client, settings: Settings) -> None:
    settings.OPERATOR_NAME, settings.OPERATOR_FORM = "Harbour Lights", "a Dutch foundation"
    settings.OPERATOR_SITE, settings.SERVICE_HOST = "https://harbour.example", "specs.harbour.example"
    for path in ("/privacy/", "/terms/", "/dpa/", "/trust/"):
        page = words(client.get(path).content.decode())
        assert "Harbour Lights" in page
        assert "No Compromise" not in page
    assert "specs.harbour.example" in words(client.get("/privacy/").content.decode())


@pytest.mark.promise("S-003")
def test_eleven_sections_each_with_its_anchor(client: Client) -> None:
    page = client.get("/privacy/").content.decode()
    titles = re.findall(r'<h2 id="s(\d+)">\d+\. ([^<]+)</h2>', page)
    assert [int(number) for number, _ in titles] == list(range(1, 12))
    assert [title for _, title in titles] == [
        "What we collect",
        "What we do not collect",
        "How we use it",
        "Who receives it",
        "How long we keep it",
        "Your rights",
        "Security",
        "Children",
        "Transfers",
        "Changes",
        "Contact",
    ]
    for number, _ in titles:
        assert f'href="#s{number}"' in page


@pytest.mark.promise("S-003")
def test_every_personal_column_belongs_to_a_class_that_section_1_names(client: Client) -> None:
    """The column inventory: each column of each model that leads to a person. One without a class in the text fails."""
    text = words(section(client.get("/privacy/").content.decode(), 1))
    named = {label for data in register.declared() if data.name in text and data.purpose in text for label in data.models}
    without = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        if leads_to_a_user(model)
        for field in model._meta.concrete_fields
        if model._meta.label not in named
    ]
    assert without == []
    assert "Photo" in text
    assert "accounts.Photo" not in {
        label for data in register.declared() if data.name == "No such class" for label in data.models
    }


@pytest.mark.promise("S-003")
def test_a_class_that_the_text_does_not_name_would_be_found(client: Client) -> None:
    """The positive control: a declared class appears by itself, and a text without the table is refused."""
    kestrel = register.DataClass(
        name="Kestrels", purpose="To count birds.", legal_basis="consent", models=(), kept="a day", export="x", erase="y"
    )
    assert "Kestrels" not in client.get("/privacy/").content.decode()
    register.declare(kestrel)
    try:
        page = client.get("/privacy/").content.decode()
        assert "Kestrels" in section(page, 1)
        assert "A day" in section(page, 5)
    finally:
        register._declared.pop("Kestrels")
    without = shipped("privacy")[0].text.replace("[[what we hold]]", "")
    assert wording.faults(without, document="privacy") == ["The table [[what we hold]] is missing."]


@pytest.mark.promise("S-185")
def test_the_list_of_parties_is_the_table_of_calls(client: Client) -> None:
    """One source: what the page lists and what may be called at all."""
    text = words(client.get("/sub-processors/").content.decode())
    for party in egress.declared():
        assert party.data in text, party.name
    for company in ("Anthropic", "OpenAI", "Microsoft", "Twilio", "Cloudflare", "GitHub", "GitLab", "Atlassian", "Google"):
        assert company in text
    privacy = words(section(client.get("/privacy/").content.decode(), 4))
    assert all(company in privacy for company in ("Anthropic", "Cloudflare", "Twilio"))


@pytest.mark.promise("S-007", "S-182")
def test_the_contact_address_stands_on_the_page_in_the_foot_and_in_security_txt(client: Client) -> None:
    page = client.get("/privacy/").content.decode()
    assert page.count('href="mailto:hello@specstep.com"') > 3
    foot = page.partition("<footer")[2]
    assert 'href="mailto:hello@specstep.com"' in foot
    for wanted in ("Questions, requests, complaints, corrections, weaknesses and reports about children’s data",):
        assert wanted in words(page)
    assert "Contact: mailto:hello@specstep.com" in client.get("/.well-known/security.txt").content.decode()
    assert given.DEFAULT_FROM_EMAIL == "SpecStep <hello@specstep.com>"


@pytest.mark.promise("S-004")
def test_the_sign_in_page_states_the_agreement_before_any_redirect(client: Client) -> None:
    page = client.get("/sign-in/").content.decode()
    assert "By signing in you agree to the Terms and the privacy policy." in words(page).replace(" .", ".")
    for path in ("/terms/", "/privacy/"):
        assert f'href="{path}"' in page
        assert Client().get(path).status_code == 200
    assert "16 and older" in page


def test_a_framework_for_transfers_is_named_only_where_it_is_configured(client: Client, settings: Settings) -> None:
    """N-56. The framework is a legal fact about the operator."""
    for path in ("/privacy/", "/trust/"):
        assert "Data Privacy Framework" not in client.get(path).content.decode()
    settings.TRANSFER_FRAMEWORK = "EU-US Data Privacy Framework"
    for path in ("/privacy/", "/trust/"):
        text = words(client.get(path).content.decode())
        assert "rest on the EU-US Data Privacy Framework. No Compromise AI takes part in it and follows its principles." in text


def test_history_and_versions_answer_and_unknown_ones_do_not(client: Client) -> None:
    for document in publishing.DOCUMENTS:
        assert client.get(f"/{document}/versions/").status_code == 200
        assert client.get(f"/{document}/versions/2026-05-16/").status_code == 200
        assert client.get(f"/{document}/versions/2026-05-16/changes/").status_code == 404
    for path in ("/privacy/versions/2026-05-17/", "/privacy/versions/2026-02-30/", "/cookies/versions/"):
        assert client.get(path).status_code == 404


def test_shipped_texts_have_no_fault_and_name_every_place_they_link_to(client: Client) -> None:
    for document in publishing.DOCUMENTS:
        for file in shipped(document):
            assert wording.faults(file.text, document=document) == []
        page = client.get(f"/{document}/").content.decode().partition("<article")[2].partition("</article>")[0]
        for address in re.findall(r'href="(/[^"]*)"', page):
            path, _, place = address.partition("#")
            answer = client.get(path)
            assert answer.status_code == 200, address
            assert not place or f'id="{place}"' in answer.content.decode(), address


def test_a_comparison_shows_paragraphs_that_went_and_came_and_words_that_changed() -> None:
    before = "One.\n\nTwo.\n\nThree.\n\nFour.\n\n- **Kept** for thirty days, then gone."
    after = "One.\n\nTwo.\n\nAnything else.\n\nFour.\n\n- **Kept** for [ten](/how/) days, then gone.\n\nSix."
    changes = wording.compared(before, after)
    assert [(change.kind, change.text) for change in changes] == [
        ("left", ""),
        ("same", "Two."),
        ("new", "Anything else."),
        ("gone", "Three."),
        ("same", "Four."),
        ("changed", "• Kept for ten (/how/) days, then gone."),
        ("new", "Six."),
    ]
    assert changes[5].pieces == (
        ("same", "• Kept for"),
        ("gone", "thirty"),
        ("new", "ten (/how/)"),
        ("same", "days, then gone."),
    )
    assert wording.compared(before, before) == []


def test_a_day_is_named_in_full(client: Client) -> None:
    assert publishing.in_force("terms").dated == dt.date(2026, 5, 16)
    assert "16 May 2026" in client.get("/terms/").content.decode()
