"""Disclosure: what the register says, without secrets, with content only for reasons that cover it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.apps import apps
from django.test import Client

from accounts.flows import collecting, disclosing
from accounts.models import AuditEvent, User
from ground import register
from interviews.models import Interview
from tests.accounts.operators.conftest import CANARIES

pytestmark = pytest.mark.django_db
Operator = Callable[..., Client]


def asked(client: Client, user: User, **given: str) -> Any:
    form = {"reason": "court", "reference": "AZ-12/34", "word": "disclose"}
    return client.post(f"/console/accounts/{user.pk}/disclosure/", form | given)


def opened(answer: Any) -> dict[str, str]:
    async def gathered() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(async_to_sync(gathered)())) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_a_court_order_covers_content_and_never_secrets(operator: Operator, ruth: User, charlie: User) -> None:
    Interview.objects.create(workspace=charlie.workspace, title="NOT-RUTHS")
    files = opened(asked(operator("security"), ruth))
    whole = "".join(files.values())
    assert {f"{data.name}/{label}.json" for data in register.declared() for label in data.models} | {"README.txt"} == set(files)
    assert all(isinstance(json.loads(text), list) for name, text in files.items() if name.endswith(".json"))
    for kind in ("answer", "title", "draft"):
        assert CANARIES[kind] in whole, kind
    for kind in ("prefix", "digest", "sealed", "claims", "picture"):
        assert CANARIES[kind] not in whole, kind
    assert "zq9x" not in whole
    assert "NOT-RUTHS" not in whole
    assert json.loads(files["Account/accounts.User.json"])[0]["email"] == ruth.email
    assert len(json.loads(files["Account/accounts.Workspace.json"])) == 1


def test_a_subpoena_does_not_cover_content_and_the_readme_says_so(operator: Operator, ruth: User) -> None:
    files = opened(asked(operator("owner"), ruth, reason="subpoena"))
    assert "CANARY" not in "".join(files.values())
    content = [data.name for data in register.declared() if data.content]
    assert {"Interviews", "Reference documents", "Packages", "Answers of models", "Bug reports"} <= set(content)
    assert all(name in files["README.txt"] for name in content)
    assert not [name for name in files if name.split("/")[0] in content]
    assert len(json.loads(files["API keys/accounts.ApiKey.json"])) == 1


def test_it_is_noted_in_the_accounts_trail_and_stored_nowhere(operator: Operator, ruth: User) -> None:
    client = operator("security")
    answer = asked(client, ruth, reason="authority", reference="2026.117")
    assert answer.headers["Cache-Control"]
    event = AuditEvent.objects.get(action="operator.disclosed")
    assert (event.workspace, event.actor, event.subject, event.label) == (
        ruth.workspace,
        User.objects.get(email="security@operators.example"),
        ruth,
        "request of an authority, 2026.117",
    )


@pytest.mark.parametrize(
    "given",
    [
        {"word": ""},
        {"reason": ""},
        {"reason": "curiosity"},
        {"reference": ""},
        {"reference": "Ruth Ott, again"},
        {"reference": "x" * 21},
    ],
)
def test_without_reason_number_and_word_nothing_leaves(operator: Operator, ruth: User, given: dict[str, str]) -> None:
    assert asked(operator("security"), ruth, **given).status_code == 303
    assert not AuditEvent.objects.filter(action="operator.disclosed").exists()


def test_many_rows_come_in_pages_whole_and_once(ruth: User, charlie: User) -> None:
    Interview.objects.bulk_create(
        Interview(workspace=ruth.workspace, title=f"N{number}") for number in range(collecting.ROWS_AT_ONCE + 5)
    )
    pieces = list(disclosing.disclose(ruth, reason="person", reference="R-1", actor=charlie))
    assert len(pieces) > 20
    with zipfile.ZipFile(io.BytesIO(b"".join(pieces))) as archive:
        rows = json.loads(archive.read("Interviews/interviews.Interview.json"))
    assert len({row["id"] for row in rows}) == len(rows) == collecting.ROWS_AT_ONCE + 6


def test_every_declared_model_has_a_way_to_its_person(ruth: User) -> None:
    for data in register.declared():
        for label in data.models:
            assert collecting.rows(label, data, ruth).count() >= 0
            assert collecting.shown(label), label


def test_no_column_that_is_named_like_a_secret_is_handed_out() -> None:
    for label in register.declared_models():
        shown = {field.name for field in collecting.shown(label)}
        sealed = {field.name for field in apps.get_model(label)._meta.concrete_fields if field.name in collecting.NEVER}
        assert not shown & sealed, label
