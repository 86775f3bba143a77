"""The pages of a package that was really written: followed, graded and read."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from generation.models import Document, Package
from tests.packages import SAID, written


@pytest.fixture
def package(alice: User) -> Package:
    return written(alice)


def html(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def document(package: Package, path: str) -> str:
    return reverse("generation:document", args=[package.pk, path])


def add(package: Package, path: str, text: str) -> None:
    Document.objects.create(package=package, path=path, text=text, sha256="0" * 64)


def test_each_requirement_is_one_click_from_the_answer_it_came_from(as_alice: Client, package: Package) -> None:
    page = html(as_alice, package.get_absolute_url())
    rows = package.model["requirements"]
    assert rows
    for row in rows:
        card = page.split(f'<article class="req" id="{row["id"]}"')[1].split("</article>")[0]
        for number, said in enumerate(row["evidence"], start=1):
            assert f'popovertarget="said-{row["id"]}-{number}"' in card
            assert f'<mark class="word" data-thread="1">{said["quote"]}</mark>' in card
            assert f"/interviews/{package.project}/#{said['answer']}" in card


def test_one_requirement_is_followed_from_the_answer_to_the_test(as_alice: Client, package: Package) -> None:
    page = html(as_alice, package.get_absolute_url())
    explorer = page.split('id="trace"')[1].split("</section>")[0]
    assert 'data-from="said-1"' in explorer
    assert 'data-from="required-1"' in explorer
    words = re.findall(r'<a class="word"[^>]*href="#([^"]+)"', explorer)
    assert words
    assert set(words) <= set(re.findall(r'id="([^"]+)"', explorer))


def test_any_requirement_can_be_followed_without_script(as_alice: Client, package: Package) -> None:
    for row in package.model["requirements"]:
        page = html(as_alice, f"{package.get_absolute_url()}?follow={row['id']}")
        assert f'<a class="chip" href="#{row["id"]}">{row["id"]}</a>' in page.split('id="trace"')[1].split("</section>")[0]


def test_an_unknown_id_to_follow_shows_the_usual_one(as_alice: Client, package: Package) -> None:
    usual = html(as_alice, package.get_absolute_url())
    assert html(as_alice, f"{package.get_absolute_url()}?follow=%3Cb%3E").split('id="trace"')[1] == usual.split('id="trace"')[1]


def test_what_is_open_and_who_drafted_it_is_said(as_alice: Client, package: Package) -> None:
    page = html(as_alice, package.get_absolute_url())
    assert "Drafted without a model" in page
    for row in [*package.model["assumptions"], *package.model["open_questions"]]:
        assert f'id="{row["id"]}"' in page


def test_no_place_is_linked_that_is_not_there(as_alice: Client, package: Package) -> None:
    page = html(as_alice, package.get_absolute_url())
    ids = set(re.findall(r'\bid="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= ids


def test_every_document_opens_as_a_page(as_alice: Client, package: Package) -> None:
    for path in package.documents.values_list("path", flat=True):
        assert document(package, path) in html(as_alice, package.get_absolute_url())
        assert path in html(as_alice, document(package, path))


def test_the_interview_shows_the_words_as_they_were_said(as_alice: Client, package: Package) -> None:
    page = html(as_alice, document(package, "evidence/interview.md"))
    assert SAID in page
    assert 'id="A-000"' in page
    assert "prose--said" in page


def test_an_id_in_a_document_leads_to_its_place(as_alice: Client, package: Package) -> None:
    page = html(as_alice, document(package, "docs/requirements.md"))
    assert f'href="{document(package, "evidence/interview.md")}#A-000"' in page


def test_what_a_model_wrote_cannot_act(as_alice: Client, package: Package) -> None:
    add(package, "docs/evil.md", "# Evil\n\n<script>alert(1)</script><img src=x onerror=alert(2)>")
    add(package, "evil.json", '{"a": "</pre><script>alert(3)</script>"}')
    add(package, "evil.csv", "a\n<script>alert(4)</script>\n")
    for path in ("docs/evil.md", "evil.json", "evil.csv"):
        shown = html(as_alice, document(package, path)).split('<article class="prose')[1]
        assert "<script>" not in shown
        assert "<img" not in shown


def test_a_diagram_is_drawn_in_a_sandbox_of_its_own(as_alice: Client, package: Package) -> None:
    page = html(as_alice, document(package, "docs/architecture.md"))
    frame = re.search(r'<iframe [^>]*sandbox="allow-scripts"[^>]*src="([^"]+)"', page)
    assert frame
    response = as_alice.get(frame[1])
    policy = response.headers["Content-Security-Policy"]
    assert "sandbox allow-scripts" in policy
    assert "default-src 'none'" in policy
    assert response.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "flowchart" in response.content.decode()


def test_a_diagram_that_is_not_there_is_not_found(as_alice: Client, package: Package) -> None:
    address = reverse("generation:diagram", args=[package.pk, "docs/architecture.md"])
    assert [as_alice.get(f"{address}?n={number}").status_code for number in ("99", "-1", "x")] == [404, 404, 404]


def test_no_other_page_may_style_or_run_anything_inline(as_alice: Client, package: Package) -> None:
    pages = [package.get_absolute_url(), reverse("generation:scorecard", args=[package.pk]), package.run.get_absolute_url()]
    for address in [*pages, document(package, "docs/architecture.md"), document(package, "backlog/backlog.json")]:
        page = html(as_alice, address)
        assert " style=" not in page
        assert not re.search(r"<script(?![^>]* src=)", page)
        assert "unsafe-inline" not in as_alice.get(address).headers["Content-Security-Policy"]


def test_the_scorecard_shows_both_judgements_and_what_to_do(as_alice: Client, package: Package) -> None:
    page = html(as_alice, reverse("generation:scorecard", args=[package.pk]))
    assert re.search(r"\d+ of \d+ checks hold", page)
    assert re.search(r"\d+ not judged", page)
    assert "No language model read this package" in page
    for path in ("quality/reviews/checks.md", "quality/reviews/owner-advocate.md"):
        assert document(package, path) in page
    finding = re.search(r'"fix": "([^"\\]+)"', package.documents.get(path="quality/findings.sarif").text)
    assert finding
    assert finding[1] in page


def test_a_package_without_a_scorecard_still_opens_it(as_alice: Client, package: Package) -> None:
    package.documents.filter(path__startswith="quality/").delete()
    assert "This package has no scorecard file." in html(as_alice, reverse("generation:scorecard", args=[package.pk]))


def test_the_list_shows_packages_and_runs_of_their_owner_only(client: Client, charlie: User, package: Package) -> None:
    client.force_login(package.workspace.owner)
    assert package.get_absolute_url() in html(client, reverse("generation:packages"))
    client.force_login(charlie)
    page = html(client, reverse("generation:packages"))
    assert package.get_absolute_url() not in page
    assert "No package yet" in page


def test_somebody_else_finds_nothing(client: Client, charlie: User, package: Package) -> None:
    client.force_login(charlie)
    addresses = [
        package.get_absolute_url(),
        reverse("generation:scorecard", args=[package.pk]),
        document(package, "BRIEF.md"),
        reverse("generation:diagram", args=[package.pk, "docs/architecture.md"]),
    ]
    assert [client.get(address).status_code for address in addresses] == [404] * 4


def test_pages_only_read(as_alice: Client, package: Package) -> None:
    addresses = [package.get_absolute_url(), document(package, "BRIEF.md"), reverse("generation:packages")]
    assert [as_alice.post(address).status_code for address in addresses] == [405] * 3
