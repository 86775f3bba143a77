"""Packages go out as files."""

from __future__ import annotations

import hashlib
import io
import zipfile
from pathlib import PurePosixPath

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from generation.models import Package
from tests.packages import written


@pytest.fixture
def package(alice: User) -> Package:
    return written(alice)


def archive(package: Package) -> str:
    return reverse("delivery:archive", args=[package.pk])


def file(package: Package, path: str) -> str:
    return reverse("delivery:file", args=[package.pk, path])


@pytest.mark.promise("S-083")
def test_the_archive_is_a_zip_that_holds_what_the_record_lists(as_alice: Client, package: Package) -> None:
    response = as_alice.get(archive(package))
    assert response.headers["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(response.getvalue())) as opened:
        assert opened.testzip() is None
        names = opened.namelist()
        held = {name.partition("/")[2]: opened.read(name).decode() for name in names}
    assert all(".." not in PurePosixPath(name).parts and not name.startswith("/") for name in names)
    assert held == dict(package.documents.values_list("path", "text"))


def test_the_download_is_the_stored_archive_byte_for_byte(as_alice: Client, package: Package) -> None:
    response = as_alice.get(archive(package))
    sent = response.getvalue()
    with default_storage.open(package.blob) as stored:
        assert sent == stored.read()
    assert hashlib.sha256(sent).hexdigest() == package.sha256
    assert len(sent) == package.size
    assert response.headers["ETag"] == f'"{package.sha256}"'


@pytest.mark.promise("S-082")
def test_scores_reviews_and_decisions_are_in_page_and_zip(as_alice: Client, package: Package) -> None:
    kept = {"quality/scorecard.json", "quality/reviews/tester.md", "quality/reviews/owner-advocate.md", "quality/decisions.jsonl"}
    page = as_alice.get(package.get_absolute_url()).content.decode()
    with zipfile.ZipFile(io.BytesIO(as_alice.get(archive(package)).getvalue())) as opened:
        names = {name.partition("/")[2] for name in opened.namelist()}
    for path in kept:
        assert reverse("generation:document", args=[package.pk, path]) in page
        assert path in names


def test_the_file_name_is_safe(as_alice: Client, package: Package) -> None:
    header = as_alice.get(archive(package)).headers["Content-Disposition"]
    assert header == 'attachment; filename="desk-day-night-1.zip"'


def test_an_archive_that_is_gone_is_said_to_be(as_alice: Client, package: Package) -> None:
    default_storage.delete(package.blob)
    response = as_alice.get(archive(package))
    assert response.status_code == 404
    assert "The fault is ours" in response.content.decode()
    assert package.get_absolute_url() in response.content.decode()


def test_a_file_comes_as_it_stands_and_is_never_shown_as_a_page(as_alice: Client, package: Package) -> None:
    response = as_alice.get(file(package, "docs/requirements.md"))
    assert response.content.decode() == package.documents.get(path="docs/requirements.md").text
    assert response.headers["Content-Disposition"] == 'attachment; filename="requirements.md"'
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_file_that_is_not_in_the_package_is_not_found(as_alice: Client, package: Package) -> None:
    for path in ("docs/nothing.md", "../../specstep/settings.py", "/etc/passwd"):
        assert as_alice.get(f"/packages/{package.pk}/files/{path}").status_code == 404


def test_nobody_else_gets_any_of_it(client: Client, charlie: User, package: Package) -> None:
    pages = [archive(package), file(package, "BRIEF.md")]
    assert [client.get(page).status_code for page in pages] == [302, 302]
    client.force_login(charlie)
    assert [client.get(page).status_code for page in pages] == [404, 404]


def test_a_download_only_reads(as_alice: Client, package: Package) -> None:
    assert [as_alice.post(page).status_code for page in (archive(package), file(package, "BRIEF.md"))] == [405, 405]
