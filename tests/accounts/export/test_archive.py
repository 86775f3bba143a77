"""What is in an export: every class, complete, one person's only, no key, and a README that names all of it."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from pytest_django import Settings

from accounts import audit
from accounts.flows import archiving, collecting
from accounts.flows.archiving import csv_name
from accounts.models import AuditEvent, User
from ground import register, vault
from interviews.models import Answer, Interview
from tests.accounts.filling import WORD, fill

pytestmark = pytest.mark.django_db

SECRET = re.compile(
    r"password|token(?!s_)|secret(?!s_)|salt|digest|checksum|sealed|session_|previous_key|last_four|prefix|code|nonce"
)
NO_SECRET = {"application_id", "access_token_id", "token_family", "code_challenge_method"}
"""Ids of rows, and the name of a method."""


@pytest.fixture(autouse=True)
def blobs(settings: Settings, tmp_path: Path) -> None:
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend, "OPTIONS": {"location": str(tmp_path)}}}


def archive(user: User) -> dict[str, str]:
    file = io.BytesIO()
    archiving.write(user, file)
    with zipfile.ZipFile(file) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name).decode() for name in zipped.namelist()}


def records(files: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    return {label: rows for name, text in files.items() if name.endswith(".json") for label, rows in json.loads(text).items()}


@pytest.mark.promise("S-159", "N-42")
def test_every_class_is_in_it_complete_and_of_one_person_only(alice: User, charlie: User) -> None:
    made = fill(alice)
    fill(charlie, "Sparrow5")
    audit.record(alice.workspace, audit.Action.OPERATOR_READ, actor=charlie, label="accounts")
    files = archive(alice)
    found = records(files)

    for data in register.declared():
        for label in data.models if data.exported else ():
            own = set(collecting.rows(label, data, alice).values_list("pk", flat=True))
            key = apps.get_model(label)._meta.pk
            assert key is not None
            assert {str(row[key.attname]) for row in found[label]} == {str(pk) for pk in own}, label
            assert own, label
    everything = "\n".join(files.values())
    for of_charlie in ("Sparrow5", str(charlie.pk), str(charlie.workspace.pk)):
        assert of_charlie not in everything
    # Profile and settings, events, what describes interviews and generations.
    assert found["accounts.User"][0]["display_name"] == WORD
    assert found["interviews.Interview"][0]["title"] == WORD
    assert found["generation.Package"][0]["title"] == WORD
    assert len(found["accounts.AuditEvent"]) == AuditEvent.objects.filter(workspace=alice.workspace).count()
    [read] = [event for event in found["accounts.AuditEvent"] if event["label"] == "accounts"]
    assert (read["actor_id"], read["means"]) == (None, "operator"), "an operator is named by the role only"
    # What was said and written is read in the app; the README says where.
    Interview.objects.filter(pk=made[Interview].pk).update(draft="Plover8")
    Answer.objects.filter(pk=made[Answer].pk).update(text="Plover8")
    files = archive(alice)
    assert "Plover8" not in "\n".join(files.values())
    assert "on the page of each interview" in files["README.md"]
    assert "on the page of each package" in files["README.md"]


@pytest.mark.promise("S-161")
def test_no_key_and_nothing_made_from_one_is_in_it(alice: User) -> None:
    fill(alice)
    hidden = {name for data in register.declared() for name in data.secret}
    hidden |= {f"{field.model}.{field.field}" for field in vault.declared()}
    marked = 0
    for data in register.declared():
        for label in data.models if data.exported else ():
            for field in apps.get_model(label)._meta.concrete_fields:
                if f"{label}.{field.name}" in hidden and isinstance(field, (models.CharField, models.TextField)):
                    marked += collecting.rows(label, data, alice).update(**{field.name: f"Quail{marked}"})
    assert marked >= 12
    files = archive(alice)
    assert "Quail" not in "\n".join(files.values())
    for label, rows in records(files).items():
        for name in rows[0]:
            assert not SECRET.search(name) or name in NO_SECRET, f"{label}.{name}"


@pytest.mark.promise("S-160")
def test_the_readme_names_every_file_and_every_field(alice: User) -> None:
    fill(alice)
    files = archive(alice)
    text = files.pop("README.md")
    named = set(re.findall(r"^#+ .*`([^`]+\.(?:json|csv))`$", text, re.M))
    assert named == set(files)
    chapters = re.split(r"^### ", text, flags=re.M)[1:]
    told = {
        label: re.findall(r"^- `(\w+)`: \S", chapter.split("\n## ")[0], re.M)
        for chapter in chapters
        for label in re.findall(r"^`([\w.]+)`: ", chapter)
    }
    assert told == {label: list(rows[0]) for label, rows in records(files).items()}
    assert all(f"**{data.name}**: {data.export}" in text for data in register.declared() if not data.exported)


def test_both_forms_hold_the_same_records(alice: User) -> None:
    fill(alice, "=SUM(1)")
    files = archive(alice)
    found = records(files)
    for data in register.declared():
        for label in data.models if data.exported else ():
            rows = list(csv.DictReader(io.StringIO(files[csv_name(data, label)])))
            assert [list(row) for row in rows] == [list(row) for row in found[label]]
            for cells, row in zip(rows, found[label], strict=True):
                for name, value in row.items():
                    plain = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
                    assert cells[name] in (plain, f"'{plain}"), (label, name)
                    assert not cells[name].startswith("="), "a spreadsheet would run it"


def test_many_rows_come_whole_and_once(alice: User) -> None:
    Interview.objects.bulk_create(Interview(workspace=alice.workspace, title=f"N{number}") for number in range(60))
    titles = [row["title"] for row in records(archive(alice))["interviews.Interview"]]
    assert sorted(titles) == sorted(f"N{number}" for number in range(60))


def test_an_account_without_anything_gets_whole_files_too(alice: User) -> None:
    found = records(archive(alice))
    assert found["generation.Run"] == []
    assert len(found["accounts.User"]) == 1
