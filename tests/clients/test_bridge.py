"""The bridge: what goes through it arrives as it was sent, and nothing of it stays on the machine (PO-032 to PO-036)."""

from __future__ import annotations

import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from specstep_client import bridging, envelopes
from tests.clients.conftest import Desk
from tests.clients.peer import Answer, Asked, Peer, event, peer, told

CANARY = "Kingfisher-Canary-7"
TOKEN = "sst_Token-Canary-of-the-bridge"


class Pipe:
    """A client at the two ends of a bridge."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._hear, daemon=True).start()

    def say(self, message: Any) -> bytes:
        line = message if isinstance(message, bytes) else json.dumps(message, ensure_ascii=False).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()
        return line

    def hear(self) -> bytes:
        return self._lines.get(timeout=30)

    def end(self) -> tuple[int, str]:
        """Status and standard error after the client closed its end."""
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.close()
        err = self.process.stderr.read().decode()
        return self.process.wait(timeout=30), err

    def _hear(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)


@pytest.fixture
def server() -> Iterator[Peer]:
    with peer(answers) as made:
        yield made


def answers(asked: Asked) -> Answer:
    message = asked.json
    method, row = message.get("method"), message.get("id")
    if asked.headers.get("authorization") != f"Bearer {TOKEN}":
        return told({"title": "no"}, 401)
    if method == "initialize":
        result = {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {"name": "peer", "version": "1"}}
        return told({"jsonrpc": "2.0", "id": row, "result": result}, headers={"Mcp-Session-Id": "session-1"})
    if row is None or method is None:
        return Answer(202)
    if method == "hang":
        return Answer(200, hanging(), "text/event-stream")
    if method == "break":
        return Answer(
            200, iter([event({"jsonrpc": "2.0", "method": "notifications/progress", "params": {}})]), "text/event-stream"
        )
    if method == "garbage":
        return Answer(200, b"\xff\xfe" + CANARY.encode(), "application/json")
    if method == "deep":
        return Answer(200, b"[" * 200_000 + CANARY.encode(), "application/json")
    if method == "refused":
        return told({"detail": CANARY}, 500)
    text = f'{{"jsonrpc":"2.0", "id": {json.dumps(row)},\n "result" : {{"said": "{CANARY}", "number": 1.50}} }}'
    return Answer(200, text.encode())


def hanging() -> Iterator[bytes]:
    yield event({"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progress": 1}})
    while True:
        time.sleep(0.05)
        yield b": still here\n\n"


def modern(method: str, row: Any, **params: Any) -> dict[str, Any]:
    meta = {envelopes.VERSION_KEY: "2026-07-28"}
    return {"jsonrpc": "2.0", "id": row, "method": method, "params": params | {"_meta": meta}}


@pytest.mark.promise("PO-032", "PO-033", "PO-035", "PO-036")
def test_nothing_of_what_goes_through_stays_also_when_it_breaks(server: Peer, desk: Desk) -> None:
    desk.keeps(server.address, "oauth", TOKEN)
    pipe = Pipe(desk.start("mcp", "--server", server.address, "--debug"))
    sent = [
        pipe.say(f'{{ "id":"a", "jsonrpc":"2.0",  "method":"tools/call", "params":{{"name":"schön", "x":"{CANARY}"}}}}'.encode())
    ]
    heard = pipe.hear()
    assert json.loads(heard)["result"] == {"said": CANARY, "number": 1.5}
    assert b'"number": 1.50}' in heard, "also the bytes of an answer stay as they are, but for its line breaks"
    for number, method in enumerate(("garbage", "deep", "refused", "break"), 1):
        sent.append(pipe.say({"jsonrpc": "2.0", "id": number, "method": method, "params": {"x": CANARY}}))
        said = [json.loads(pipe.hear())] + ([json.loads(pipe.hear())] if method == "break" else [])
        assert said[-1]["id"] == number
        assert said[-1]["error"]["code"] == envelopes.UNREACHED
        assert CANARY not in said[-1]["error"]["message"]
    pipe.say(b"{no json " + CANARY.encode())
    assert json.loads(pipe.hear())["error"]["code"] == envelopes.PARSE_ERROR
    pipe.say(b"[" * 200_000 + CANARY.encode())
    assert json.loads(pipe.hear())["error"]["code"] == envelopes.PARSE_ERROR
    status, err = pipe.end()
    assert status == 0, err

    assert [asked.body for asked in server.asked] == sent, "no byte of a body is changed"
    assert "tools/call: 200" in err, "with --debug it does say what it calls"
    for canary in (CANARY, TOKEN, "schön"):
        assert canary not in err
        assert desk.holds(canary) == []
    assert TOKEN in desk.stored(), "the search can find it where it may be"
    assert desk.audited("connect") == {server.address.removeprefix("http://")}
    assert {path for path in desk.audited("write") if not path.startswith("/dev/")} == set()


@pytest.mark.promise("PO-036")
def test_a_client_that_goes_away_in_the_middle_leaves_no_words_behind(server: Peer, desk: Desk) -> None:
    desk.keeps(server.address, "oauth", TOKEN)
    process = desk.start("mcp", "--server", server.address, "--debug")
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    for number in range(3):
        process.stdin.write(json.dumps(modern("ping", number, x=CANARY)).encode() + b"\n")
    process.stdin.flush()
    err = process.stderr.read().decode()
    assert process.wait(timeout=30) == 0
    assert CANARY not in err
    assert "Traceback" not in err
    assert "Fatal" not in err
    assert desk.holds(CANARY) == []


def test_each_revision_gets_its_headers(server: Peer, desk: Desk) -> None:
    desk.keeps(server.address, "oauth", TOKEN)
    pipe = Pipe(desk.start("mcp", "--server", server.address))
    pipe.say(modern("resources/read", 1, uri="specstep://packages/é"))
    pipe.hear()
    pipe.say({"jsonrpc": "2.0", "id": 2, "method": "initialize", "params": {"protocolVersion": "2025-11-25"}})
    pipe.hear()
    pipe.say({"jsonrpc": "2.0", "method": "notifications/initialized"})
    pipe.say({"jsonrpc": "2.0", "id": "x", "result": {"action": "accept"}})
    pipe.say({"jsonrpc": "2.0", "id": 3, "method": "tools/list"})
    pipe.hear()
    assert pipe.end()[0] == 0
    sent = [
        tuple(asked.headers.get(name) for name in ("mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id"))
        for asked in server.asked
    ]
    name = "=?base64?c3BlY3N0ZXA6Ly9wYWNrYWdlcy/DqQ==?="
    later = ("2025-11-25", None, None, "session-1")
    assert sent == [("2026-07-28", "resources/read", name, None), (None,) * 4, later, later, later]
    assert {asked.headers["accept"] for asked in server.asked} == {bridging.ACCEPT}


def test_a_request_is_taken_back_by_closing_its_answer(server: Peer, desk: Desk) -> None:
    desk.keeps(server.address, "oauth", TOKEN)
    pipe = Pipe(desk.start("mcp", "--server", server.address))
    pipe.say(modern("hang", 7))
    assert json.loads(pipe.hear())["method"] == "notifications/progress"
    pipe.say(modern("ping", 8))
    assert json.loads(pipe.hear())["id"] == 8, "a slow answer holds up no other"
    pipe.say({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}})
    assert server.gone.wait(timeout=20)
    assert len(server.asked) == 2, "from 2026-07-28 on the notification is not sent"
    pipe.say(modern("ping", 9))
    assert json.loads(pipe.hear())["id"] == 9, "what was taken back gets no answer"
    assert pipe.end()[0] == 0


def test_who_signs_in_while_it_runs_need_not_start_it_again(server: Peer, desk: Desk) -> None:
    pipe = Pipe(desk.start("mcp", "--server", server.address))
    pipe.say(modern("ping", 1))
    error = json.loads(pipe.hear())["error"]
    assert error["code"] == envelopes.UNAUTHORIZED
    assert f"specstep sign-in --server {server.address}" in error["message"]
    desk.keeps(server.address, "oauth", "sst_one-that-was-revoked")
    pipe.say(modern("ping", 2))
    assert json.loads(pipe.hear())["error"]["code"] == envelopes.UNAUTHORIZED
    desk.keeps(server.address, "oauth", TOKEN)
    pipe.say(modern("ping", 3))
    assert json.loads(pipe.hear())["id"] == 3
    assert pipe.end()[0] == 0


def test_a_message_in_several_lines_becomes_one() -> None:
    assert envelopes.in_one_line(b'{"a":\r\n1,\n"b":2}\n') == b'{"a":  1, "b":2}'
