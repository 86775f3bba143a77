"""A POST under an Idempotency-Key is done once: again, with another body, at the same moment, after a crash, after a day."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from ground import clock, idempotency
from ground.models import IdempotentRequest
from interviews.models import Interview, Reference
from tests.api.rest.conftest import Program, code

ROOT = Path(__file__).resolve().parents[3]
BODY = {"title": "Front desk"}


@pytest.mark.django_db
def test_the_same_request_gets_the_same_answer_and_another_one_is_refused(program: Program, stranger: Program) -> None:
    first = program.post("/interviews", BODY, Idempotency_Key="k-1")
    again = program.post("/interviews", BODY, Idempotency_Key='"k-1"')
    assert Interview.objects.count() == 1
    assert (again.status_code, again.json(), again.headers["Location"]) == (201, first.json(), first.headers["Location"])
    assert (again.headers["Idempotency-Replayed"], "Idempotency-Replayed" in first.headers) == ("true", False)
    other = program.post("/interviews", {"title": "Back desk"}, Idempotency_Key="k-1")
    assert (other.status_code, code(other)) == (422, "idempotency-key-reused")
    closed = program.post(f"/interviews/{first.json()['id']}/close", None, Idempotency_Key="k-1")
    assert code(closed) == "idempotency-key-reused"
    assert stranger.post("/interviews", BODY, Idempotency_Key="k-1").status_code == 201, "a key is its sender's own"
    assert code(program.post("/interviews", BODY, Idempotency_Key="ä")) == "bad-idempotency-key"


@pytest.mark.django_db
def test_what_failed_may_be_sent_again_under_the_same_key(program: Program) -> None:
    made = program.post("/interviews", BODY).json()["id"]
    assert program.post(f"/interviews/{made}/close", None, Idempotency_Key="k").status_code == 422
    question = program.get(f"/interviews/{made}/question").json()["question"]["id"]
    program.post(f"/interviews/{made}/answers", {"question": question, "text": "Patients book online."})
    assert program.post(f"/interviews/{made}/close", None, Idempotency_Key="k").json()["status"] == "closed"
    again = program.post(f"/interviews/{made}/close", None, Idempotency_Key="k")
    assert (again.status_code, again.headers["Idempotency-Replayed"]) == (200, "true")
    assert program.post(f"/interviews/{made}/close").status_code == 409


@pytest.mark.django_db
def test_while_the_first_is_worked_on_and_after_it_broke_off(program: Program, settings: Settings) -> None:
    name = idempotency.name_of(str(program.user.pk), "k")
    program.post("/interviews", BODY, Idempotency_Key="k")
    # As it stood before its end was noted.
    IdempotentRequest.objects.filter(name=name).update(status=None, place="")
    busy = program.post("/interviews", BODY, Idempotency_Key="k")
    assert (busy.status_code, code(busy), busy.headers["Retry-After"]) == (409, "idempotency-key-in-flight", "2")
    row = IdempotentRequest.objects.get(name=name)
    IdempotentRequest.objects.filter(name=name).update(lease_until=clock.now() - dt.timedelta(seconds=1))
    with pytest.raises(idempotency.Unsure):
        idempotency.begin(name, row.fingerprint, whole=False)
    assert program.post("/interviews", BODY, Idempotency_Key="k").status_code == 201, "it left nothing, so it is done now"
    assert not idempotency.finish(idempotency.Turn(name, 1), status=201, place="/"), "who lost the turn notes nothing"


@pytest.mark.django_db
def test_it_is_kept_for_a_day_and_no_body_with_it(program: Program) -> None:
    program.post("/interviews", {"title": "Kestrel-Meadow-Canary"}, Idempotency_Key="k")
    row = IdempotentRequest.objects.values().get()
    assert "Kestrel" not in str(row)
    assert str(program.user.pk) not in str(row)
    IdempotentRequest.objects.update(made_at=clock.now() - idempotency.KEPT + dt.timedelta(minutes=1))
    assert idempotency.sweep() == 0
    IdempotentRequest.objects.update(made_at=clock.now() - idempotency.KEPT - dt.timedelta(minutes=1))
    assert program.post("/interviews", {"title": "Another"}, Idempotency_Key="k").status_code == 201
    IdempotentRequest.objects.update(made_at=clock.now() - idempotency.KEPT - dt.timedelta(minutes=1))
    assert idempotency.sweep() == 1


@pytest.mark.django_db
def test_a_file_is_attached_once_though_every_form_has_another_boundary(program: Program) -> None:
    place = program.post("/interviews", BODY).headers["Location"]

    def sent(text: bytes) -> Any:
        headers = {"Authorization": f"Bearer {program.key}", "Idempotency-Key": "k"}
        return Client().post(f"{place}/references", {"file": SimpleUploadedFile("a.md", text)}, headers=headers)

    first, again, other = sent(b"# One\n"), sent(b"# One\n"), sent(b"# Two\n")
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert first.json() == again.json()
    assert Reference.objects.count() == 1


@pytest.mark.servers
def test_of_many_at_the_same_moment_one_is_done(postgres_url: str) -> None:
    """Sixteen threads on PostgreSQL: one interview, and every answer is that one or a 409."""
    environment = os.environ | {"DATABASE_URL": postgres_url, "SPECSTEP_DEBUG": "1"}
    told = subprocess.run(
        [sys.executable, "-m", "tests.api.rest.at_once"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120
    )
    assert told.returncode == 0, told.stderr[-3000:]
    statuses, made, rows = told.stdout.strip().splitlines()[-1].split(";")
    assert (made, rows) == ("1", "1")
    assert set(statuses.split(",")) <= {"201", "409"}
    assert "201" in statuses
