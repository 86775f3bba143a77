"""A run's event stream: JSON events, resumed without loss or repetition, ended with the key."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import AsyncClient

from accounts.flows import keying
from accounts.models import ApiKey
from generation.models import Run
from ground import clock, following, stream
from interviews.models import Interview
from tests.api.rest.conftest import Program, code

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(program: Program) -> Run:
    interview = Interview.objects.create(workspace=program.user.workspace, title="Desk")
    return Run.objects.create(
        workspace=program.user.workspace, interview=interview, number=1, evidence={}, evidence_sha256="", frozen_at=clock.now()
    )


async def followed(program: Program, run: Run, *, last: str = "", pieces: int = 99) -> tuple[Any, list[str]]:
    headers = {"Authorization": f"Bearer {program.key}"} | ({"Last-Event-ID": last} if last else {})
    answer: Any = await AsyncClient().get(f"/api/v1/runs/{run.pk}/events", headers=headers)
    got: list[str] = []
    if answer.streaming:
        async for piece in answer.streaming_content:
            got.append(piece.decode())
            if len(got) >= pieces:
                break
        await answer.streaming_content.aclose()
    return answer, got


def ids(pieces: list[str]) -> list[int]:
    return [int(number) for piece in pieces for number in re.findall(r"^id: (\d+)", piece, re.MULTILINE)]


def test_it_goes_on_after_the_last_event_and_says_when_there_is_no_more(program: Program, run: Run) -> None:
    for number in range(3):
        stream.append(run.stream, "news", step="", text=f"Line one\nline {number}")
    stream.append(run.stream, "over", state="done", trouble="")
    Run.objects.filter(pk=run.pk).update(state=Run.State.DONE)
    answer, whole = asyncio.run(followed(program, run))
    assert answer.headers["Content-Type"] == "text/event-stream"
    assert "no-transform" in answer.headers["Cache-Control"]
    assert answer.headers["RateLimit-Limit"] == str(settings.API_CALLS)
    assert (whole[0], ids(whole)) == ("retry: 1000\n\n", [1, 2, 3, 4])
    event = json.loads(whole[1].split("data: ")[1])
    assert (event["kind"], event["data"]["text"]) == ("news", "Line one\nline 0")
    _, rest = asyncio.run(followed(program, run, last="2"))
    assert ids(rest) == [3, 4]
    end, nothing = asyncio.run(followed(program, run, last="4"))
    assert (end.status_code, nothing) == (204, [])
    assert asyncio.run(followed(program, run, last="999999999"))[0].status_code == 204
    for wrong in ("-1", "x", "1e3", "²", "9" * 40):
        refused, _ = asyncio.run(followed(program, run, last=wrong))
        assert (refused.status_code, code(refused)) == (422, "unfit"), wrong


def test_it_ends_when_its_key_is_revoked(program: Program, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "PERMIT_SECONDS", 0.0)
    stream.append(run.stream, "news", step="", text="One")

    async def watched() -> list[str]:
        headers = {"Authorization": f"Bearer {program.key}"}
        answer: Any = await AsyncClient().get(f"/api/v1/runs/{run.pk}/events", headers=headers)
        pieces = answer.streaming_content
        got = [(await anext(pieces)).decode(), (await anext(pieces)).decode()]
        await asyncio.to_thread(lambda: keying.revoke(ApiKey.objects.get(), actor=program.user))
        await asyncio.to_thread(stream.append, run.stream, "news", step="", text="Two")
        return got + [piece.decode() async for piece in pieces]

    assert ids(asyncio.run(watched())) == [1]


def test_a_stranger_finds_no_stream(stranger: Program, run: Run) -> None:
    answer = stranger.get(f"/runs/{run.pk}/events")
    assert (answer.status_code, code(answer)) == (404, "not-found")
