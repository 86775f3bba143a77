"""An interview over REST, from its first question to its end, and what does not fit on the way."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import AuditEvent
from interviews.flows import answering
from interviews.models import Interview, Question
from tests.api.rest.conftest import Program, code
from tests.packages import SAID

pytestmark = pytest.mark.django_db


def begun(program: Program) -> str:
    answer = program.post("/interviews", {"title": "Front desk"})
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/interviews/{answer.json()['id']}"
    return f"/interviews/{answer.json()['id']}"


def test_a_program_interviews_closes_and_starts_a_run(program: Program) -> None:
    place = begun(program)
    question = program.get(f"{place}/question").json()["question"]
    said = program.post(f"{place}/answers", {"question": question["id"], "text": SAID, "client_id": "a1"})
    assert (said.status_code, said.json()["text"]) == (201, SAID)
    assert program.get(f"{place}/question").json()["status"] == "reading"
    interview = Interview.objects.get()
    answering.reply_once(interview)
    turns = program.get(f"{place}/turns").json()["items"]
    assert next(fact["quote"] for fact in turns[0]["answers"][0]["facts"]) == "Patients book online"
    asked = program.get(f"{place}/question").json()["question"]
    assert program.post(f"/questions/{asked['id']}/unknown").json()["offer"]["default"]
    later = program.post(f"/questions/{asked['id']}/later", {"owner": "Ada", "trigger": "after the pilot"})
    assert later.json()["state"] == "deferred"
    fact = program.get(f"{place}/facts").json()["items"][0]
    corrected = program.post(f"/facts/{fact['id']}/correction", {"text": "Patients book by phone."})
    assert (corrected.status_code, program.get(f"/facts/{fact['id']}").json()["state"]) == (201, "superseded")
    assert program.post(f"{place}/assumptions", {"topic": "R14", "text": "Within one second."}).status_code == 201
    assert program.post(f"{place}/anchor").json()["is_signed"]
    assert program.post(f"{place}/close").json()["status"] == "closed"
    assert program.get(f"{place}/estimate").json()["is_free"]
    run = program.post(f"{place}/runs")
    assert (run.status_code, run.json()["state"]) == (201, "waiting")
    event = AuditEvent.objects.get(action=AuditEvent.Action.RUN_STARTED)
    assert (event.actor, event.means) == (program.user, AuditEvent.Means.KEY)
    assert code(program.post(f"{place}/runs")) == "conflict"
    assert program.post(f"/runs/{run.json()['id']}/cancel").json()["state"] == "cancelled"
    assert program.post(f"{place}/reopen").json()["state"] == "reading"


def test_what_does_not_fit_is_told_with_its_place(program: Program) -> None:
    place = begun(program)
    unfit = program.post("/interviews", {"title": "", "depht": "quick", "profile": "fat"})
    assert (unfit.status_code, code(unfit)) == (422, "unfit")
    assert {error["pointer"] for error in unfit.json()["errors"]} == {"/title", "/depht", "/profile"}
    asked = program.get("/interviews?limit=0&state=ended")
    assert {error["parameter"] for error in asked.json()["errors"]} == {"limit", "state"}
    assert (code(program.post("/interviews", b"{")), code(program.post("/interviews", b"[" * 99_999))) == ("unreadable-body",) * 2
    assert code(program.post(f"{place}/close")) == "bad-input", "nothing was said yet"
    assert code(program.post("/interviews", {"title": "a\x00b"})) == "unfit"
    assert code(program.post("/interviews", b'{"title": "\\ud800"}')) == "unfit"
    assert code(program.post(f"{place}/assumptions", {"topic": "Z9", "text": "x"})) == "unfit"
    assert code(program.post(f"{place}/assumptions", {"topic": "R99", "text": "x"})) == "bad-input"


@pytest.mark.parametrize(
    ("method", "place", "headers", "status", "word"),
    [
        ("GET", "/nothing/here", {}, 404, "no-such-address"),
        ("GET", "/interviews/not-an-id", {}, 404, "no-such-address"),
        ("GET", "/interviews/01932427-c9d5-7b2d-b7ba-d2f75ea93d47", {}, 404, "not-found"),
        ("DELETE", "/interviews", {}, 405, "method-not-allowed"),
        ("OPTIONS", "/interviews", {}, 405, "method-not-allowed"),
        ("GET", "/interviews", {"Accept": "text/html"}, 406, "not-acceptable"),
        ("POST", "/interviews", {"Content-Type": "text/plain"}, 415, "unsupported-media-type"),
        ("GET", "/interviews?cursor=no", {}, 422, "unfit"),
    ],
)
def test_every_refusal_is_a_problem(
    program: Program, method: str, place: str, headers: dict[str, str], status: int, word: str
) -> None:
    sent = {"Authorization": f"Bearer {program.key}"} | headers
    answer = Client().generic(
        method, f"/api/v1{place}", headers=sent, content_type=headers.get("Content-Type", "application/json")
    )
    assert (answer.status_code, code(answer)) == (status, word)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"].endswith(".")


def test_a_body_that_is_too_large_is_told_so(program: Program) -> None:
    answer = program.post("/interviews", b'{"title": "' + b"x" * (12 * 1024 * 1024) + b'"}')
    assert (answer.status_code, code(answer)) == (413, "too-large")


def test_a_document_is_attached_as_a_file_or_as_text(program: Program) -> None:
    place = begun(program)
    bearer = {"Authorization": f"Bearer {program.key}"}
    file = SimpleUploadedFile("hours.md", b"# Hours\nFrom 8 to 18.\n")
    made = Client().post(f"/api/v1{place}/references", {"file": file}, headers=bearer)
    assert (made.status_code, made.json()["name"]) == (201, "hours.md")
    twice = program.post(f"{place}/references", {"name": "h.md", "text": "# Hours\nFrom 8 to 18.\n"})
    assert (code(twice), "attached already" in twice.json()["detail"]) == ("bad-input", True)
    assert code(program.post(f"{place}/references", {"name": "h.md"})) == "unfit"
    assert code(program.post(f"{place}/references", b"nope")) == "unreadable-body"
    none = Client().post(f"/api/v1{place}/references", {"file": ""}, headers=bearer)
    assert none.json()["errors"][0]["pointer"] == "/file"
    assert "text" not in program.get(f"{place}/references").json()["items"][0]
    assert program.get(f"/references/{made.json()['id']}").json()["text"].startswith("# Hours")


def test_what_has_not_changed_is_not_sent_again_and_what_has_is_not_overwritten(program: Program) -> None:
    place = begun(program)
    first = program.get(f"{place}/draft")
    assert program.get(f"{place}/draft", If_None_Match=first.headers["ETag"]).status_code == 304
    kept = program.call("PUT", f"{place}/draft", {"text": "Patients"}, If_Match=first.headers["ETag"])
    assert (kept.status_code, kept.json()["text"]) == (200, "Patients")
    late = program.call("PUT", f"{place}/draft", {"text": "Nothing"}, If_Match=first.headers["ETag"])
    assert (late.status_code, code(late)) == (412, "changed")
    assert program.call("PUT", f"{place}/draft", {"text": "Patients book"}, If_Match="*").status_code == 200
    changed = program.get(f"{place}/draft", If_None_Match=first.headers["ETag"])
    assert (changed.status_code, changed.json()["text"]) == (200, "Patients book")


def test_a_head_has_the_headers_of_a_get_and_no_body(program: Program) -> None:
    place = begun(program)
    got, head = program.get(place), program.call("HEAD", place)
    assert head.content == b""
    assert head.headers["ETag"] == got.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(got.content))


def test_an_answer_to_the_wrong_question_is_refused(program: Program) -> None:
    place, other = begun(program), begun(program)
    foreign = program.get(f"{other}/question").json()["question"]["id"]
    assert code(program.post(f"{place}/answers", {"question": foreign, "text": "x"})) == "not-found"
    own = program.get(f"{place}/question").json()["question"]["id"]
    Question.objects.filter(pk=own).update(state="withdrawn")
    assert code(program.post(f"{place}/answers", {"question": own, "text": "x"})) == "conflict"
