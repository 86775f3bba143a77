"""A small server on loopback that speaks the wire formats of both model vendors, for tests.

It checks every request strictly, answers with the output of the call's rule-based agent (the call is named by the title of the
asked schema, its input stands between ``<input>`` and ``</input>``), plain and streamed, and produces faults on demand.
"""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

from llm.adapters.scripted import agent_reply

Fault = Literal[
    "429", "429-long", "500", "529", "400", "401", "404", "too-long", "truncated", "no-end", "cut", "error-in-stream",
    "malformed", "invalid-json", "violation", "refusal", "length", "filter", "empty", "silence",
]  # fmt: skip

ANTHROPIC_KEY = "sk-" + "ant-stub"
OPENAI_KEY = "sk-" + "stub"
TOKENS = {"in": 1200, "out": 340, "cached": 200}
"""What every good answer reports as used, beside each other: Anthropic counts so, OpenAI gets the sum of both as its input."""

_ANTHROPIC_FIELDS = {"model", "max_tokens", "messages", "system", "output_config", "stream"}
_OPENAI_FIELDS = {"model", "input", "instructions", "max_output_tokens", "text", "store", "stream"}


@dataclass(frozen=True)
class Seen:
    """One request as it came over the wire."""

    path: str
    body: dict[str, Any]
    raw: str
    headers: dict[str, str]
    call: str


class Wrong(Exception):
    """The request breaks the vendor's rules; the text goes back as its 400."""


@dataclass
class WireStub:
    """The running server. ``faults`` are used up one per request; then answers are good again, or ``always`` applies."""

    url: str
    faults: list[Fault] = field(default_factory=list)
    always: Fault | None = None
    seen: list[Seen] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    replies: dict[str, str] = field(default_factory=dict)
    """Texts to send instead of the agent's answer, by name of the call."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def environment(self) -> dict[str, str]:
        """For a program of ours that is started as a process of its own."""
        return {
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": ANTHROPIC_KEY,
            "OPENAI_BASE_URL": f"{self.url}/v1",
            "OPENAI_API_KEY": OPENAI_KEY,
            "SPECSTEP_EGRESS_ALLOW": self.url.removeprefix("http://"),
        }

    def next_fault(self) -> Fault | None:
        with self.lock:
            return self.faults.pop(0) if self.faults else self.always


def start() -> tuple[WireStub, ThreadingHTTPServer]:
    """A server on a free port of loopback, in a thread. The caller shuts it down."""
    stub = WireStub(url="")

    class Handler(_Handler):
        pass

    Handler.stub = stub
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return stub, server


_NOT_TAKEN = frozenset(
    ("default", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "pattern", "format", "oneOf", "allOf")
)


def check_strict(schema: Any, where: str = "$") -> None:
    """What both vendors' strict mode asks of a schema. Raises ``Wrong`` with the place."""
    if isinstance(schema, list):
        for number, part in enumerate(schema):
            check_strict(part, f"{where}[{number}]")
    if not isinstance(schema, dict):
        return
    _need(not set(schema) & _NOT_TAKEN, f"{where}: {sorted(set(schema) & _NOT_TAKEN)} is not permitted in structured outputs.")
    _need("$ref" not in schema or set(schema) == {"$ref"}, f"{where}: $ref cannot have siblings.")
    if schema.get("type") == "object":
        _need(schema.get("additionalProperties") is False, f"{where}: additionalProperties must be false.")
        _need(schema.get("required") == list(schema.get("properties", {})), f"{where}: every property must be required.")
    for key in ("properties", "$defs"):
        for name, part in schema.get(key, {}).items():
            check_strict(part, f"{where}.{name}")
    for key in ("items", "anyOf"):
        check_strict(schema.get(key), f"{where}.{key}")


def _check_turns(turns: Any) -> list[dict[str, str]]:
    if not isinstance(turns, list) or not turns:
        raise Wrong("messages: at least one message is required.")
    for number, turn in enumerate(turns):
        if set(turn) != {"role", "content"} or turn["role"] != ("user", "assistant")[number % 2]:
            raise Wrong(f"messages[{number}]: roles must alternate and begin with user.")
        if not isinstance(turn["content"], str) or not turn["content"].strip():
            raise Wrong(f"messages[{number}]: text must not be empty.")
    if turns[-1]["role"] != "user":
        raise Wrong("messages: the last message must be the user's.")
    return turns


def _need(condition: object, said: str) -> None:
    if not condition:
        raise Wrong(said)


class _Handler(BaseHTTPRequestHandler):
    stub: WireStub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are kept in ``seen``; nothing is printed."""

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            body = json.loads(raw)
            if self.path == "/v1/messages":
                call, turns = self._check_anthropic(body, headers)
            elif self.path == "/v1/responses":
                call, turns = self._check_openai(body, headers)
            else:
                return self._json(404, {"error": {"type": "not_found_error", "message": "No such path."}})
        except Wrong as wrong:
            with self.stub.lock:
                self.stub.complaints.append(str(wrong))
            return self._json(400, {"type": "error", "error": {"type": "invalid_request_error", "message": str(wrong)}})
        with self.stub.lock:
            self.stub.seen.append(Seen(self.path, body, raw, headers, call))
        fault = self.stub.next_fault()
        if self._status_fault(fault):
            return None
        text = self._text(call, turns[0]["content"], fault)
        if self.path == "/v1/messages":
            return self._anthropic(body, text, fault)
        return self._openai(body, text, fault)

    # --- checks --------------------------------------------------------------------------------------------------------

    def _check_anthropic(self, body: dict[str, Any], headers: dict[str, str]) -> tuple[str, list[dict[str, str]]]:
        sent = headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")
        _need(sent == ANTHROPIC_KEY, "The key is missing or wrong.")
        _need(re.fullmatch(r"\d{4}-\d\d-\d\d", headers.get("anthropic-version", "")), "anthropic-version header is required.")
        _need(set(body) <= _ANTHROPIC_FIELDS, f"Extra inputs are not permitted: {sorted(set(body) - _ANTHROPIC_FIELDS)}.")
        _need(isinstance(body.get("max_tokens"), int) and body["max_tokens"] > 0, "max_tokens: field required.")
        _need(isinstance(body.get("model"), str) and body["model"].startswith("claude-"), "model: field required.")
        for block in body.get("system", []):
            _need(block.get("type") == "text" and block.get("text", "").strip(), "system: text content blocks must be non-empty.")
        form = body.get("output_config", {}).get("format", {})
        _need(
            form.get("type") == "json_schema" and set(form) == {"type", "schema"},
            "output_config.format: a JSON schema is required.",
        )
        check_strict(form["schema"])
        return form["schema"]["title"], _check_turns(body.get("messages"))

    def _check_openai(self, body: dict[str, Any], headers: dict[str, str]) -> tuple[str, list[dict[str, str]]]:
        _need(headers.get("authorization") == f"Bearer {OPENAI_KEY}", "You didn't provide an API key.")
        _need(set(body) <= _OPENAI_FIELDS, f"Unknown parameter: {sorted(set(body) - _OPENAI_FIELDS)}.")
        _need(isinstance(body.get("model"), str) and body["model"], "Missing required parameter: model.")
        _need(isinstance(body.get("instructions"), str), "instructions must be a string.")
        _need(body.get("store") is False, "This test account does not store responses.")
        _need(
            isinstance(body.get("max_output_tokens"), int) and body["max_output_tokens"] >= 16, "max_output_tokens is too small."
        )
        form = body.get("text", {}).get("format", {})
        _need(form.get("type") == "json_schema" and form.get("strict") is True, "text.format: a strict JSON schema is required.")
        _need(
            form.get("name", "").replace("_", "").replace("-", "").isalnum() and len(form["name"]) <= 64,
            "text.format.name is invalid.",
        )
        check_strict(form["schema"])
        return form["schema"]["title"], _check_turns(body.get("input"))

    # --- answers -------------------------------------------------------------------------------------------------------

    def _text(self, call: str, user: str, fault: Fault | None) -> str:
        good = self.stub.replies.get(call) or agent_reply(call, user).model_dump_json()
        if fault == "invalid-json":
            return good[: len(good) // 2]
        if fault == "violation":
            data = json.loads(good)
            data["not_in_the_schema"] = True
            data.pop(next(iter(data)))
            return json.dumps(data)
        return "" if fault == "empty" else good

    def _status_fault(self, fault: Fault | None) -> bool:
        answers: dict[str, tuple[int, str, str, dict[str, str]]] = {
            "429": (429, "rate_limit_error", "Slow down.", {"retry-after": "0.05"}),
            "429-long": (429, "rate_limit_error", "Slow down.", {"retry-after": "3600"}),
            "500": (500, "api_error", "Internal server error.", {}),
            "529": (529, "overloaded_error", "Overloaded.", {}),
            "400": (400, "invalid_request_error", "Something is wrong.", {}),
            "401": (401, "authentication_error", "Invalid key.", {}),
            "404": (404, "not_found_error", "No such model.", {}),
            "too-long": (400, "invalid_request_error", "prompt is too long: 300000 tokens", {}),
        }
        if fault == "silence":
            time.sleep(3)
            self.close_connection = True
            return True
        if fault == "cut":
            self.close_connection = True
            self.connection.close()
            return True
        if fault not in answers:
            return False
        status, kind, said, headers = answers[fault]
        code = "context_length_exceeded" if fault == "too-long" else kind
        self._json(status, {"type": "error", "error": {"type": kind, "code": code, "message": said}}, headers)
        return True

    def _anthropic(self, body: dict[str, Any], text: str, fault: Fault | None) -> None:
        stop = {"refusal": "refusal", "length": "max_tokens", "filter": "refusal"}.get(fault or "", "end_turn")
        usage = {
            "input_tokens": TOKENS["in"],
            "output_tokens": 1,
            "cache_read_input_tokens": TOKENS["cached"],
            "cache_creation_input_tokens": 0,
        }
        message: dict[str, Any] = {
            "id": "msg_stub", "type": "message", "role": "assistant", "model": body["model"], "content": [],
            "stop_reason": None, "stop_sequence": None, "usage": usage,
        }  # fmt: skip
        if not body.get("stream"):
            message |= {
                "content": [{"type": "text", "text": text}],
                "stop_reason": stop,
                "usage": usage | {"output_tokens": TOKENS["out"]},
            }
            return self._json(200, message)
        events: list[dict[str, Any]] = [
            {"type": "message_start", "message": message},
            {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
            {"type": "ping"},
            *(
                {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": piece}}
                for piece in _pieces(text)
            ),
            {"type": "content_block_stop", "index": 0},
            {
                "type": "message_delta",
                "delta": {"stop_reason": stop, "stop_sequence": None},
                "usage": {"output_tokens": TOKENS["out"]},
            },
            {"type": "message_stop"},
        ]
        broken = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded."}}
        return self._stream([(event["type"], event) for event in events], fault, ("error", broken))

    def _openai(self, body: dict[str, Any], text: str, fault: Fault | None) -> None:
        status = {"length": "incomplete", "filter": "incomplete"}.get(fault or "", "completed")
        reason = {"length": "max_output_tokens", "filter": "content_filter"}.get(fault or "")
        part = (
            {"type": "refusal", "refusal": "No."}
            if fault == "refusal"
            else {"type": "output_text", "text": text, "annotations": []}
        )
        item = {"id": "msg_stub", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
        response: dict[str, Any] = {
            "id": "resp_stub", "object": "response", "created_at": 0, "model": body["model"], "status": "in_progress",
            "error": None, "incomplete_details": None, "output": [], "parallel_tool_calls": True, "tool_choice": "auto",
            "tools": [], "usage": None,
        }  # fmt: skip
        final = response | {
            "status": status,
            "output": [item],
            "incomplete_details": {"reason": reason} if reason else None,
            "usage": {
                "input_tokens": TOKENS["in"] + TOKENS["cached"],
                "input_tokens_details": {"cached_tokens": TOKENS["cached"]},
                "output_tokens": TOKENS["out"],
                "output_tokens_details": {"reasoning_tokens": 0},
                "total_tokens": sum(TOKENS.values()),
            },
        }
        if not body.get("stream"):
            return self._json(200, final)
        place = {"item_id": "msg_stub", "output_index": 0, "content_index": 0}
        events: list[dict[str, Any]] = [
            {"type": "response.created", "response": response},
            {"type": "response.in_progress", "response": response},
            {"type": "response.output_item.added", "output_index": 0, "item": item | {"status": "in_progress", "content": []}},
            *({"type": "response.output_text.delta", **place, "delta": piece, "logprobs": []} for piece in _pieces(text)),
            {"type": "response.output_item.done", "output_index": 0, "item": item},
            {"type": f"response.{status}", "response": final},
        ]
        numbered = [(event["type"], event | {"sequence_number": number}) for number, event in enumerate(events)]
        broken = {"type": "error", "code": "server_error", "message": "Something broke.", "param": None, "sequence_number": 3}
        return self._stream(numbered, fault, ("error", broken))

    def _stream(self, events: list[tuple[str, dict[str, Any]]], fault: Fault | None, broken: tuple[str, dict[str, Any]]) -> None:
        if fault == "truncated":
            # Correct framing, but the second half is missing: nothing raises, only the missing end tells.
            events = events[: len(events) // 2]
        if fault == "no-end":
            events = events[:-1]
        if fault == "error-in-stream":
            events = [*events[:3], broken]
        lines = [f"event: {name}\ndata: {json.dumps(data)}\n\n" for name, data in events]
        if fault == "malformed":
            lines[3:] = ['event: content_block_delta\ndata: {"type": "content_block_delta", "index": \n\n']
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("request-id", "req_stub")
        self.send_header("x-request-id", "req_stub")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for line in lines:
            self.wfile.write(f"{len(line.encode()):x}\r\n{line}\r\n".encode())
        self.wfile.write(b"0\r\n\r\n")

    def _json(self, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> None:
        written = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(written)))
        self.send_header("request-id", "req_stub")
        self.send_header("x-request-id", "req_stub")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(written)


def _pieces(text: str, size: int = 400) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]
