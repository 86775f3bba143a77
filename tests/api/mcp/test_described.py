"""``docs/mcp.md`` says what there is, and nothing else."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest
from mcp_types import PromptReference, TextResourceContents

from accounts.models import User
from api.mcp.describing import lists
from api.mcp.server import Server
from generation.models import Package
from tests.api.mcp.conftest import asked, reads

PAGE = Path(__file__).resolve().parents[3] / "docs" / "mcp.md"


def test_the_page_lists_what_the_server_gives_out(server: Server) -> None:
    written = PAGE.read_text().partition("<!-- lists -->")[2].partition("<!-- /lists -->")[0].strip()
    assert written == lists(server), "Write what this says between the two marks of docs/mcp.md."


@pytest.mark.django_db(transaction=True)
def test_resources_are_listed_completed_and_read(server: Server, alice: User, charlie: User, package: Package) -> None:
    listed = asked(server, alice, lambda client: client.list_resources()).resources
    assert [one.name for one in listed][:2] == ["AGENTS.md", "BRIEF.md"]
    assert asked(server, charlie, lambda client: client.list_resources()).resources == []
    base = f"specstep://packages/{package.pk}"
    requirement = package.model["requirements"][0]["id"]
    for uri in (
        *(one.uri for one in listed),
        *(base, f"{base}/documents", f"{base}/requirements", f"{base}/requirements/{requirement}"),
        *(f"{base}/requirements/{requirement}/trace", f"{base}/impact/{requirement}", f"{base}/search?text=reminder"),
        *(f"specstep://interviews/{package.project}{part}" for part in ("", "/turns", "/coverage")),
    ):
        (content,) = asked(server, alice, reads(uri)).contents
        assert isinstance(content, TextResourceContents)
        assert content.text.strip(), uri
        with pytest.raises(ExceptionGroup):
            asked(server, charlie, reads(uri))


@pytest.mark.django_db(transaction=True)
def test_the_zip_is_read_byte_for_byte_by_who_owns_it(server: Server, alice: User, charlie: User, package: Package) -> None:
    uri = f"specstep://packages/{package.pk}/archive"
    (content,) = asked(server, alice, lambda client: client.read_resource(uri)).contents
    assert content.mime_type == "application/zip"
    assert hashlib.sha256(base64.b64decode(content.blob)).hexdigest() == package.sha256  # type: ignore[union-attr]
    with pytest.raises(ExceptionGroup):
        asked(server, charlie, lambda client: client.read_resource(uri))


@pytest.mark.django_db(transaction=True)
def test_arguments_are_completed_with_what_is_ones_own(server: Server, alice: User, charlie: User, package: Package) -> None:
    prompt = PromptReference(type="ref/prompt", name="explain_requirement")

    def completed(user: User, name: str, typed: str, **given: str) -> list[str]:
        argument = {"name": name, "value": typed}
        return asked(server, user, lambda client: client.complete(prompt, argument, context_arguments=given)).completion.values

    assert completed(alice, "package", "desk") == [str(package.pk)]
    assert completed(alice, "package", "nothing of this") == []
    assert "REQ-001" in completed(alice, "requirement", "req-", package=str(package.pk))
    assert completed(alice, "path", "agents", package=str(package.pk)) == ["AGENTS.md"]
    assert completed(charlie, "package", "") == []
    assert completed(charlie, "requirement", "", package=str(package.pk)) == []
