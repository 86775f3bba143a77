"""The vendors' forms of an answer: whole, and as the events of a stream."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tests.wire_stub.answers import Answer
from tests.wire_stub.asked import Asked


@dataclass(frozen=True)
class Usage:
    """``fresh`` is what is left of the prompt after reading from and writing to the cache."""

    fresh: int
    read: int
    write: int
    out: int


@dataclass(frozen=True)
class Event:
    """One event of a stream."""

    name: str
    data: dict[str, Any]
    is_piece: bool = False
    """Carries a piece of the answer's text."""

    @property
    def line(self) -> bytes:
        return f"event: {self.name}\ndata: {json.dumps(self.data)}\n\n".encode()


def pieces(text: str, tokens: int) -> list[str]:
    """``text`` in parts of so many tokens."""
    size = 4 * max(1, tokens)
    return [text[at : at + size] for at in range(0, len(text), size)]


def anthropic(asked: Asked, answer: Answer, usage: Usage, number: str, chunk_tokens: int) -> tuple[dict[str, Any], list[Event]]:
    """The message, and the events that carry it."""
    stop = {"length": "max_tokens", "refusal": "refusal", "filter": "refusal"}.get(answer.stop, "end_turn")
    counts = {
        "input_tokens": usage.fresh,
        "cache_creation_input_tokens": usage.write,
        "cache_read_input_tokens": usage.read,
        "output_tokens": usage.out,
    }
    base = {"id": f"msg_{number}", "type": "message", "role": "assistant", "model": asked.model}
    content: list[dict[str, Any]] = [{"type": "text", "text": answer.text}] if answer.text else []
    parts = [("text_delta", "text", piece) for piece in pieces(answer.text, chunk_tokens)]
    opening: dict[str, Any] = {"type": "text", "text": ""}
    if answer.tool is not None:
        stop, opening = "tool_use", {"type": "tool_use", "id": f"toolu_{number}", "name": answer.tool[0], "input": {}}
        content = [opening | {"input": _readable(answer.tool[1])}]
        parts = [("input_json_delta", "partial_json", piece) for piece in pieces(answer.tool[1], chunk_tokens)]
    whole = base | {"content": content, "stop_reason": stop, "stop_sequence": None, "usage": counts}
    start: dict[str, Any] = base | {
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": counts | {"output_tokens": 1},
    }
    data: list[tuple[dict[str, Any], bool]] = [({"type": "message_start", "message": start}, False), ({"type": "ping"}, False)]
    if content:
        data += [
            ({"type": "content_block_start", "index": 0, "content_block": opening}, False),
            *(
                ({"type": "content_block_delta", "index": 0, "delta": {"type": kind, key: piece}}, True)
                for kind, key, piece in parts
            ),
            ({"type": "content_block_stop", "index": 0}, False),
        ]
    ending = {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": counts}
    data += [(ending, False), ({"type": "message_stop"}, False)]
    return whole, [Event(one["type"], one, is_piece) for one, is_piece in data]


def openai(asked: Asked, answer: Answer, usage: Usage, number: str, chunk_tokens: int) -> tuple[dict[str, Any], list[Event]]:
    """The response, and the events that carry it."""
    status = "incomplete" if answer.stop in ("length", "filter") else "completed"
    reason = {"length": "max_output_tokens", "filter": "content_filter"}.get(answer.stop)
    refused = answer.stop == "refusal"
    part = {"type": "refusal", "refusal": answer.text} if refused else {"type": "output_text", "text": answer.text} | _PLAIN
    item: dict[str, Any] = {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": status, "content": [part]}
    opening, delta, key, text = item | {"content": []}, "response.output_text.delta", "delta", answer.text
    place: dict[str, Any] = {"item_id": item["id"], "output_index": 0, "content_index": 0}
    if refused:
        delta = "response.refusal.delta"
    if answer.tool is not None:
        name, text = answer.tool
        item = {"id": f"fc_{number}", "type": "function_call", "status": status, "call_id": f"call_{number}"}
        item |= {"name": name, "arguments": text}
        opening, delta = item | {"arguments": ""}, "response.function_call_arguments.delta"
        place = {"item_id": item["id"], "output_index": 0}
    response: dict[str, Any] = {
        "id": f"resp_{number}", "object": "response", "created_at": 0, "model": asked.model, "status": "in_progress",
        "background": asked.background, "error": None, "incomplete_details": None, "output": [], "parallel_tool_calls": True,
        "tool_choice": "auto", "tools": [], "usage": None,
    }  # fmt: skip
    whole = response | {
        "status": status,
        "output": [item],
        "incomplete_details": {"reason": reason} if reason else None,
        "usage": {
            # This vendor counts what was written to and read from the cache as input.
            "input_tokens": usage.fresh + usage.write + usage.read,
            "input_tokens_details": {"cached_tokens": usage.read, "cache_write_tokens": usage.write},
            "output_tokens": usage.out,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": usage.fresh + usage.write + usage.read + usage.out,
        },
    }
    blank = part | {"refusal" if refused else "text": ""}
    done = {"refusal": text} if refused else {"text": text} if answer.tool is None else {"arguments": text}
    extra: dict[str, Any] = {"logprobs": []} if delta == "response.output_text.delta" else {}
    data: list[tuple[dict[str, Any], bool]] = [
        ({"type": "response.created", "response": response}, False),
        ({"type": "response.in_progress", "response": response}, False),
        ({"type": "response.output_item.added", "output_index": 0, "item": opening | {"status": "in_progress"}}, False),
        *([({"type": "response.content_part.added", **place, "part": blank}, False)] if answer.tool is None else []),
        *(({"type": delta, **place, key: piece, **extra}, True) for piece in pieces(text, chunk_tokens)),
        ({"type": delta.removesuffix("delta") + "done", **place, **done, **extra}, False),
        *([({"type": "response.content_part.done", **place, "part": part}, False)] if answer.tool is None else []),
        ({"type": "response.output_item.done", "output_index": 0, "item": item}, False),
        ({"type": f"response.{status}", "response": whole}, False),
    ]
    return whole, [Event(one["type"], one | {"sequence_number": at}, is_piece) for at, (one, is_piece) in enumerate(data)]


_PLAIN: dict[str, Any] = {"annotations": [], "logprobs": []}


def broken_events(api: str, after: int) -> tuple[Event, bytes]:
    """The error inside a stream, and an event that is not JSON."""
    if api == "anthropic":
        data = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded."}}
        return Event("error", data), b'event: content_block_delta\ndata: {"type": "content_block_delta", "index": \n\n'
    error = {"type": "error", "code": "server_error", "message": "Something broke.", "param": None, "sequence_number": after}
    return Event("error", error), b'event: response.output_text.delta\ndata: {"type": "response.output_te\n\n'


def failed(whole: dict[str, Any]) -> dict[str, Any]:
    """A response of OpenAI's that ended in an error of the vendor."""
    error = {"code": "server_error", "message": "Something broke."}
    return whole | {"status": "failed", "error": error, "output": [], "usage": None}


_KINDS = {
    400: "invalid_request_error", 401: "authentication_error", 403: "permission_error", 404: "not_found_error",
    408: "timeout_error", 413: "request_too_large", 429: "rate_limit_error", 504: "timeout_error", 529: "overloaded_error",
}  # fmt: skip


def error(is_anthropic: bool, status: int, message: str, code: str = "", kind: str = "") -> dict[str, Any]:
    """The body of an answer that is an error."""
    if is_anthropic:
        named = {"type": kind or _KINDS.get(status, "api_error"), "message": message}
        return {"type": "error", "error": named, "request_id": "req_stub"}
    named = {"type": kind or ("server_error" if status >= 500 else "invalid_request_error"), "message": message}
    return {"error": {**named, "param": None, "code": code or None}}


STATUS: dict[str, tuple[int, str, str]] = {
    "429": (429, "Slow down.", "rate_limit_exceeded"),
    "429_long": (429, "Slow down.", "rate_limit_exceeded"),
    "429_quota": (429, "You exceeded your current quota, please check your plan and billing details.", "insufficient_quota"),
    "400": (400, "Something is wrong.", "invalid_request"),
    "400_context": (400, "prompt is too long: 300000 tokens > 200000 maximum", "context_length_exceeded"),
    "401": (401, "Invalid key.", "invalid_api_key"),
    "403": (403, "Your key does not have permission to use this resource.", ""),
    "404_model": (404, "No such model.", "model_not_found"),
    "408": (408, "Request timed out.", ""),
    "409": (409, "Conflict.", ""),
    "413": (413, "Request exceeds the maximum size.", ""),
    "500": (500, "Internal server error.", ""),
    "503": (503, "The engine is currently overloaded, please try again later.", ""),
    "504": (504, "Gateway time-out.", ""),
    "529": (529, "Overloaded.", ""),
}
"""Status, words and OpenAI's code of each fault that is a plain error answer."""


def _readable(arguments: str) -> Any:
    try:
        return json.loads(arguments)
    except ValueError:
        return {}
