"""Event streams: they follow the log from any place, and only for those who may read it."""

import asyncio
import re

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse

from accounts.models import Session, User
from ground import following, stream
from interviews.models import Interview

NAME = "run:test"


def _ids(chunks: list[str]) -> list[int]:
    return [int(number) for chunk in chunks for number in re.findall(r"^id: (\d+)", chunk, re.M)]


async def _followed(place: int) -> list[str]:
    return [chunk async for chunk in following.follow(NAME, place, lambda entry: f"<p>{entry.sequence}</p>", life=0.1)]


@pytest.mark.django_db(transaction=True)
def test_it_resumes_after_the_last_event_without_loss_or_repetition() -> None:
    for _ in range(5):
        stream.append(NAME, "news")
    whole, rest = asyncio.run(_followed(0)), asyncio.run(_followed(3))
    assert whole[0] == "retry: 1000\n\n"
    assert _ids(whole) == [1, 2, 3, 4, 5]
    assert _ids(rest) == [4, 5]


@pytest.mark.django_db
def test_a_row_of_tokens_becomes_one_event_with_the_last_id() -> None:
    for kind in ("turn", "token", "token", "token", "turn"):
        stream.append(NAME, kind)
    assert [(event.id, event.kind) for event in following.read(NAME, 0, lambda entry: "")] == [
        (1, "turn"),
        (4, "token"),
        (5, "turn"),
    ]


@pytest.mark.django_db(transaction=True)
def test_only_the_owner_may_follow(client: Client) -> None:
    alice, charlie = User.objects.create_user("a@example.org"), User.objects.create_user("c@example.org")
    address = reverse("interview_events", args=[Interview.objects.create(workspace=alice.workspace, title="Desk").pk])
    assert client.get(address).status_code == 401
    client.force_login(charlie)
    assert client.get(address).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_the_answer_says_that_nothing_may_buffer_it() -> None:
    alice = User.objects.create_user("a@example.org")
    address = reverse("interview_events", args=[Interview.objects.create(workspace=alice.workspace, title="Desk").pk])
    client = AsyncClient()
    client.force_login(alice)
    answer = asyncio.run(client.get(address))
    assert answer.headers["X-Accel-Buffering"] == "no"
    assert answer.headers["Content-Type"] == "text/event-stream"


@pytest.mark.django_db(transaction=True)
def test_an_open_stream_ends_when_its_session_is_ended() -> None:
    alice = User.objects.create_user("a@example.org")
    interview = Interview.objects.create(workspace=alice.workspace, title="Desk")
    client = AsyncClient()
    client.force_login(alice)

    async def opened() -> list[str]:
        answer = await client.get(reverse("interview_events", args=[interview.pk]))
        pieces = aiter(answer.streaming_content)  # type: ignore[attr-defined]
        heard = [(await anext(pieces)).decode()]
        await Session.objects.all().adelete()
        await asyncio.to_thread(stream.append, interview.stream, "turn")
        heard += [piece.decode() async for piece in pieces]
        return heard

    assert asyncio.run(asyncio.wait_for(opened(), timeout=10)) == ["retry: 1000\n\n"]
