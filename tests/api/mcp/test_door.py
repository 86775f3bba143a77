"""Who gets in at ``/mcp``, from where, and for how long."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import threading
import time
from typing import Any

import pytest
import requests
from django.db import transaction
from django.test import override_settings

from accounts.flows import suspending
from accounts.models import User
from api import threads
from api.mcp.door import Door
from api.models import AccessToken
from generation.flows import starting
from ground import clock
from interviews.flows import answering, closing, opening
from tests.api.mcp import wire
from tests.api.oauth.issued import a_token

pytestmark = pytest.mark.django_db(transaction=True)


def challenge(answer: requests.Response) -> str:
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.headers["WWW-Authenticate"]


def test_a_token_opens_the_door(url: str, alice: User) -> None:
    answer = wire.called(url, a_token(alice)[1])
    assert answer.status_code == 200
    assert answer.json()["result"]["structuredContent"] == {"items": [], "next": None}


def test_nobody_gets_in_without_one_and_is_told_where_to_get_it(url: str) -> None:
    told = challenge(wire.called(url, ""))
    assert "error=" not in told
    assert 'scope="full_access"' in told
    assert f'resource_metadata="{url.removesuffix("/mcp")}/.well-known/oauth-protected-resource/mcp"' in told
    assert "error=" not in challenge(requests.post(url, headers={"Authorization": "Basic YWxpY2U6eA=="}, timeout=10))


def test_a_token_that_does_not_count_is_refused(url: str, alice: User) -> None:
    row, raw = a_token(alice)
    foreign = a_token(alice, resource=["https://elsewhere.example/mcp"])[1]
    wrong = raw[:-1] + ("A" if raw[-1] != "A" else "B")
    for token in (wrong, "ss_nobody", foreign):
        assert 'error="invalid_token"' in challenge(wire.called(url, token))
    AccessToken.objects.filter(pk=row.pk).update(expires=clock.now() - dt.timedelta(seconds=1))
    assert 'error="invalid_token"' in challenge(wire.called(url, raw))


@pytest.mark.promise("S-005")
def test_a_tool_of_a_suspended_account_is_refused_at_its_next_call(url: str, alice: User) -> None:
    raw = a_token(alice)[1]
    assert wire.called(url, raw).status_code == 200
    suspending.suspend(alice, reason="terms", actor=None)
    assert wire.called(url, raw).status_code == 401


def test_a_token_in_an_address_is_refused_beside_a_right_header(url: str, alice: User) -> None:
    raw = a_token(alice)[1]
    for name in ("access_token", "token"):
        answer = wire.called(url, raw, params={name: raw})
        assert (answer.status_code, raw in answer.text) == (400, False)
    assert requests.post(url, params={"access_token": raw}, timeout=10).status_code == 400


def test_a_page_elsewhere_may_not_call_and_one_of_ours_may(url: str, alice: User, settings: Any) -> None:
    raw = a_token(alice)[1]
    for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
        assert wire.called(url, raw, headers={"Origin": origin}).status_code == 403, origin
    settings.MCP_ORIGINS = ["https://inspector.example"]
    for origin in ("http://localhost:6274", "https://inspector.example", url.removesuffix("/mcp")):
        answer = wire.called(url, raw, headers={"Origin": origin})
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == origin
        asked = requests.options(url, headers={"Origin": origin, "Access-Control-Request-Method": "POST"}, timeout=10)
        assert asked.status_code == 204
        allowed = {one.strip() for one in asked.headers["Access-Control-Allow-Headers"].split(",")}
        assert {"Authorization", "Mcp-Method", "MCP-Protocol-Version"} <= allowed
        assert (
            "WWW-Authenticate"
            in requests.post(url, headers={"Origin": origin}, timeout=10).headers["Access-Control-Expose-Headers"]
        )


def test_another_host_name_is_not_answered(url: str, alice: User) -> None:
    assert wire.called(url, a_token(alice)[1], headers={"Host": "evil.example"}).status_code == 421


def test_there_are_no_sessions_to_open_or_to_end(url: str, alice: User) -> None:
    raw = a_token(alice)[1]
    for method in ("GET", "DELETE"):
        assert requests.request(method, url, headers=wire.headers(raw), timeout=10).status_code == 405


def test_strangers_and_callers_are_slowed_down() -> None:
    async def inside(scope: Any, receive: Any, send: Any) -> None: ...

    async def told(door: Door) -> list[dict[str, Any]]:
        sent: list[Any] = []
        scope = {"method": "POST", "query_string": b"", "headers": [(b"host", b"testserver")], "client": ("192.0.2.7", 1)}

        async def receive() -> Any: ...

        async def send(message: Any) -> None:
            sent.append(message)

        await door(scope, receive, send)
        return sent

    with override_settings(API_STRANGER_CALLS=2):
        door = Door(inside)
    statuses = [asyncio.run(told(door))[0] for _ in range(3)]
    assert [one["status"] for one in statuses] == [401, 401, 429]
    assert int(dict(statuses[2]["headers"])[b"retry-after"]) > 0


def run_of(owner: User) -> str:
    """A run that nobody works on."""
    interview = opening.open_interview(workspace=owner.workspace, title="Desk")
    with transaction.atomic():
        answering.store_answer(interview.questions.get(), text="Patients book online.")
    return str(starting.start(closing.close(interview, because="Enough.")).pk)


def events(answer: requests.Response, seen: list[dict[str, Any]]) -> None:
    """Hear the stream to its end."""
    seen.extend(json.loads(line[5:]) for line in answer.iter_lines() if line.startswith(b"data:"))


@pytest.mark.promise("S-098")
def test_a_revoked_token_opens_nothing_more_and_its_open_stream_ends(url: str, alice: User) -> None:
    row, raw = a_token(alice)
    other = a_token(alice)[1]
    watched = {"generation": run_of(alice), "wait_seconds": 40}
    streams = {}
    for token in (raw, other):
        seen: list[dict[str, Any]] = []
        told = wire.headers(token, name="get_generation")
        answer = requests.post(url, wire.body("get_generation", progress="p", **watched), headers=told, stream=True, timeout=30)
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        streams[token] = (threading.Thread(target=events, args=(answer, seen)), seen, answer)
        streams[token][0].start()
    begun = time.monotonic()
    AccessToken.objects.get(pk=row.pk).delete()
    assert 'error="invalid_token"' in challenge(wire.called(url, raw))
    ended, seen, _ = streams[raw]
    ended.join(timeout=6)
    assert not ended.is_alive()
    assert time.monotonic() - begun < 6
    assert [one.get("method") for one in seen] == ["notifications/progress"], "Only what came before the token was revoked."
    assert streams[other][0].is_alive()
    assert wire.called(url, other).status_code == 200
    AccessToken.objects.all().delete()
    streams[other][0].join(timeout=6)
    assert not streams[other][0].is_alive()


def test_a_suspended_account_is_out_at_once(url: str, alice: User) -> None:
    raw = a_token(alice)[1]
    assert wire.called(url, raw).status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert 'error="invalid_token"' in challenge(wire.called(url, raw))


def test_a_call_that_waits_delays_no_other(url: str, alice: User) -> None:
    raw = a_token(alice)[1]
    watched = {"arguments": {"generation": run_of(alice), "wait_seconds": 4}}
    waiting = [threading.Thread(target=wire.called, args=(url, raw, "get_generation"), kwargs=dict(watched)) for _ in range(12)]
    for thread in waiting:
        thread.start()
    begun = time.monotonic()
    assert wire.called(url, raw).status_code == 200
    assert time.monotonic() - begun < 3
    assert all(thread.is_alive() for thread in waiting)
    for thread in waiting:
        thread.join(timeout=20)


def test_work_that_waits_for_a_vendor_takes_no_thread_of_the_quick() -> None:
    async def told() -> float:
        held = threading.Event()
        slow = [asyncio.ensure_future(threads.in_slow_thread(held.wait, 10)) for _ in range(2 * threads.SLOW_THREADS)]
        begun = time.monotonic()
        assert await threads.in_thread(lambda: "done") == "done"
        took = time.monotonic() - begun
        held.set()
        await asyncio.gather(*slow)
        return took

    assert asyncio.run(told()) < 2
