from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from generation.rules.packaging import verify
from public import example as pages


def test_the_example_is_a_whole_package() -> None:
    assert verify(pages.ARCHIVE.read_bytes()) == []


@pytest.mark.parametrize("name", ["example", "example_scorecard"])
def test_a_visitor_reads_it_without_signing_in(client: Client, name: str) -> None:
    answer = client.get(reverse(f"public:{name}"))
    assert answer.status_code == 200
    assert "Clinic booking desk" in answer.content.decode()


def test_the_start_page_can_show_a_vague_answer_and_the_question_that_came_back() -> None:
    pair = pages.asked_back()
    assert pair is not None
    vague, asked = pair
    assert f"“{vague.answer.rstrip('.')}”" in asked.question
    assert any(letter.isdigit() or letter == "T" for letter in asked.answer)
    assert (vague.why, asked.why) != ("", "")


@pytest.mark.django_db
def test_every_file_of_it_has_a_page(client: Client) -> None:
    listed = [pages.address(volume.path) for shelf in pages.shelves_at("README.md") for volume in shelf.volumes]
    assert len(listed) == len(pages.files())
    for address in filter(None, listed):
        assert client.get(address).status_code == 200, address


@pytest.mark.django_db
def test_the_archive_can_be_taken_as_it_was_written(client: Client) -> None:
    answer = client.get(reverse("public:example_archive"))
    assert verify(answer.content) == []
    assert answer.headers["Content-Disposition"] == 'attachment; filename="clinic-booking-desk.zip"'


@pytest.mark.django_db
def test_its_diagrams_are_drawn_in_a_sandbox_and_readable_without_a_script(client: Client) -> None:
    page = client.get(reverse("public:example_document", args=["docs/architecture.md"])).content.decode()
    frames = re.findall(r'<iframe [^>]*src="([^"]+)"', page)
    assert len(frames) >= 3
    for frame in frames:
        answer = client.get(frame)
        assert answer.headers["Content-Security-Policy"].endswith("sandbox allow-scripts")
        assert re.search(r'<pre id="source">\w+', answer.content.decode()), frame
    assert client.get(frames[0].partition("?")[0], {"n": "99"}).status_code == 404
    assert client.get(frames[0].partition("?")[0], {"n": "x"}).status_code == 404


@pytest.mark.django_db
def test_files_lead_on_to_each_other_in_the_order_of_a_reader(client: Client) -> None:
    path, read = "BRIEF.md", []
    while path:
        read.append(path)
        page = client.get(reverse("public:example_document", args=[path])).content.decode()
        following = re.search(r'href="/example/files/([^"]+)" rel="next"', page)
        path = following[1] if following else ""
    assert sorted(read) == sorted(pages.files())


def test_a_file_that_is_not_in_it_is_not_there(client: Client) -> None:
    assert client.get(reverse("public:example_document", args=["../secret-key"])).status_code == 404


@pytest.mark.django_db
def test_an_id_in_it_leads_to_its_place(client: Client) -> None:
    brief = client.get(reverse("public:example_document", args=["BRIEF.md"])).content.decode()
    assert 'href="/example/files/docs/requirements.md#REQ-001"' in brief
