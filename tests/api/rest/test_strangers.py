"""Every address with an id, called by a stranger with a key: what is another's does not exist, and nothing of it is changed."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest
from pytest_django import Settings

from api.rest import examples
from api.rest.operations import OPERATIONS
from api.rest.serving import document
from interviews.models import Answer, Interview
from tests.api.rest.conftest import Program
from tests.api.rest.world import CANARY, furnished


def calls() -> list[tuple[str, str, Any]]:
    """Method, address and body of every operation with an id in its address, or of a list."""
    told = document()
    found = []
    for place, item in told["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            body = examples.of(content["schema"], told["components"]["schemas"]) if content else None
            found.append((method.upper(), place, body))
    assert len(found) == len(OPERATIONS)
    return found


@pytest.mark.django_db(transaction=True)
def test_what_is_anothers_does_not_exist(program: Program, stranger: Program, settings: Settings) -> None:
    settings.API_CALLS = 100_000
    ids = furnished(program.user)
    before = state(program)
    for method, place, body in calls():
        named = re.sub(r"{(\w+)}", lambda found: str(ids[found[1]]), place)
        if "{" not in place:
            if method == "GET":
                assert CANARY not in stranger.client.get(f"/api/v1{place}?q=canary", headers=bearer(stranger)).content.decode(), (
                    place
                )
            continue
        of_alice = stranger.call(method, named, body) if not named.endswith("/references") else stranger.get(named)
        of_nobody = stranger.call(method, re.sub(r"{(\w+)}", lambda found: nobody(found[1]), place), body)
        assert (of_alice.status_code, of_nobody.status_code) == (404, 404), (method, place)
        assert of_alice.content == of_nobody.content, (method, place)
    assert state(program) == before
    # The positive control: the same addresses answer their owner.
    for method, place, _ in calls():
        if method == "GET" and "{" in place and not place.endswith(("/events", "/archive.zip")):
            assert program.get(re.sub(r"{(\w+)}", lambda found: str(ids[found[1]]), place)).status_code == 200, place


def nobody(name: str) -> str:
    return {"requirement": "REQ-001", "record": "F-004", "path": "docs/requirements.md"}.get(name, str(uuid.uuid4()))


def bearer(program: Program) -> dict[str, str]:
    return {"Authorization": f"Bearer {program.key}"}


def state(program: Program) -> list[Any]:
    mine = Interview.objects.filter(workspace=program.user.workspace)
    return [list(mine.order_by("pk").values()), Answer.objects.count()]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "hostile",
    [
        "../../../../etc/passwd",
        "%00",
        "a%0Ab",
        "%FF%FE",
        "'; DROP TABLE interviews_interview; --",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "a" * 3_000,
        "١٢٣",
    ],
)
def test_hostile_names_are_refused_with_a_problem(program: Program, hostile: str) -> None:
    from urllib.parse import quote

    sent = quote(hostile, safe="%/")
    some = uuid.uuid4()
    for place in (f"/interviews/{sent}", f"/packages/{some}/documents/{sent}", f"/packages/{some}/impact/{sent}", f"/{sent}"):
        assert program.get(place).status_code in (400, 404), place
    for place in (f"/search?q={sent}", f"/interviews?state={sent}", f"/interviews?cursor={sent}", f"/runs?interview={sent}"):
        assert program.get(place).status_code in (200, 422), place
    title = program.post("/interviews", {"title": hostile[:100]})
    assert title.status_code in (201, 422)
