"""The pages of a run and its package, seen by their owner and by somebody else."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from generation.models import Document, Package, Run
from ground import clock
from interviews.models import Interview

SAID = "Reminder 24 hours before, in their language."
MODEL = {
    "questions": [{"id": "Q-001", "text": "Who is told, and when?"}],
    "answers": [{"id": "A-001", "q": "Q-001", "text": SAID}],
    "requirements": [
        {
            "id": "REQ-001",
            "capability": "remind",
            "priority": "must",
            "plain": "Everybody gets one reminder.",
            "statement": "When 24 hours remain, the Desk shall send one reminder.",
            "fit": {"measure": "reminders", "op": "=", "value": 1, "unit": "messages", "at": "every appointment"},
            "evidence": [{"fact": "F-001", "answer": "A-001", "quote": "Reminder 24 hours before"}],
            "assumptions": [],
            "verified_by": ["TC-001"],
            "stories": ["ST-01"],
        }
    ],
}
FEATURE = (
    "Feature: Remind\n\n  @TC-001 @REQ-001\n  Scenario: One reminder\n"
    "    Given an appointment in 24 hours\n    Then 1 reminder goes out\n"
)


@pytest.fixture
def package(alice: User) -> Package:
    interview = Interview.objects.create(workspace=alice.workspace, title="Desk")
    run = Run.objects.create(
        workspace=alice.workspace,
        interview=interview,
        number=1,
        state=Run.State.DONE,
        evidence={},
        evidence_sha256="0" * 64,
        frozen_at=clock.now(),
    )
    made = Package.objects.create(
        workspace=alice.workspace,
        run=run,
        interview=interview,
        number=1,
        title="Desk",
        grade="good",
        model=MODEL,
        blob=default_storage.save("test-package.zip", ContentFile(b"PK-zip")),
        sha256="0" * 64,
        size=6,
    )
    for path, text in {
        "docs/vision.md": "# Vision\n\n<script>alert(1)</script>\n\nSee [it](../BRIEF.md).",
        "BRIEF.md": "# Brief",
        "features/remind.feature": FEATURE,
    }.items():
        Document.objects.create(package=made, path=path, text=text, sha256="0" * 64)
    return made


def _pages(package: Package) -> list[str]:
    return [
        reverse("generation:run", args=[package.run_id]),
        reverse("generation:package", args=[package.pk]),
        reverse("generation:scorecard", args=[package.pk]),
        reverse("generation:document", args=[package.pk, "docs/vision.md"]),
        reverse("delivery:archive", args=[package.pk]),
        reverse("delivery:file", args=[package.pk, "BRIEF.md"]),
    ]


def test_the_owner_sees_every_page(as_alice: Client, package: Package) -> None:
    assert [as_alice.get(page).status_code for page in _pages(package)] == [200] * 6


def test_somebody_else_gets_not_found(client: Client, charlie: User, package: Package) -> None:
    client.force_login(charlie)
    assert [client.get(page).status_code for page in _pages(package)] == [404] * 6


def test_a_requirement_shows_the_answer_it_came_from(as_alice: Client, package: Package) -> None:
    text = as_alice.get(reverse("generation:package", args=[package.pk])).content.decode()
    assert 'popovertarget="said-REQ-001-1"' in text
    assert '<mark class="word" data-thread="1">Reminder 24 hours before</mark>, in their language.' in text


def test_a_document_is_cleaned_and_its_links_stay_inside(as_alice: Client, package: Package) -> None:
    text = as_alice.get(reverse("generation:document", args=[package.pk, "docs/vision.md"])).content.decode()
    assert "alert(1)" not in text
    assert f'href="{reverse("generation:document", args=[package.pk, "BRIEF.md"])}"' in text


def test_stopping_a_run_by_a_link_is_refused(as_alice: Client, package: Package) -> None:
    assert as_alice.get(reverse("generation:stop", args=[package.run_id])).status_code == 405


def test_the_archive_comes_byte_for_byte(as_alice: Client, package: Package) -> None:
    answer = as_alice.get(reverse("delivery:archive", args=[package.pk]))
    assert answer.getvalue() == b"PK-zip"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="desk-1.zip"'
