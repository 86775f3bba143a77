"""What the bridge has to know of a message to carry it: its id, its method, and the headers that go with it.

A message is read for that and for nothing else; what is sent on are its own bytes.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from typing import Any

from specstep_client.asking import json_of

VERSION_KEY = "io.modelcontextprotocol/protocolVersion"
NAMED_BY = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
"""Methods whose subject stands in ``Mcp-Name`` too (specification of 2026-07-28, transports)."""
PARSE_ERROR, UNREACHED, UNAUTHORIZED = -32700, -32000, -32001
_PLAIN = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_WRAPPED = re.compile(r"=\?base64\?.*\?=")
Id = str | int | float | None


@dataclass(frozen=True)
class Envelope:
    """One message from the client."""

    body: bytes
    id: Id
    method: str
    """Empty for an answer to something that the server asked."""
    version: str
    """The protocol version that the message itself names; empty before 2026-07-28."""
    name: str | None
    cancels: Id = None
    """The request that this notification takes back."""

    @property
    def is_request(self) -> bool:
        return bool(self.method) and self.id is not None

    def headers(self, negotiated: str) -> dict[str, str]:
        """The headers of its revision. ``negotiated``: what ``initialize`` agreed on, for clients before 2026-07-28."""
        if not self.version:
            return {"MCP-Protocol-Version": negotiated} if negotiated and self.method != "initialize" else {}
        found = {"MCP-Protocol-Version": self.version, "Mcp-Method": in_header(self.method)}
        return found if self.name is None else found | {"Mcp-Name": in_header(self.name)}


def read(line: bytes) -> Envelope | None:
    """The message in a line; None when it is no JSON object."""
    value = json_of(line)
    if not isinstance(value, dict):
        return None
    method, params = value.get("method"), value.get("params")
    method, params = method if isinstance(method, str) else "", params if isinstance(params, dict) else {}
    meta = params.get("_meta")
    version = meta.get(VERSION_KEY) if isinstance(meta, dict) else None
    name = params.get(NAMED_BY[method]) if method in NAMED_BY else None
    return Envelope(
        line.strip(b"\r\n"),
        _id(value.get("id")),
        method,
        version if isinstance(version, str) else "",
        name if isinstance(name, str) else None,
        _id(params.get("requestId")) if method == "notifications/cancelled" else None,
    )


def answers(line: bytes, request: Id) -> bool:
    """Is this the answer to that request?"""
    value = json_of(line)
    return isinstance(value, dict) and "method" not in value and _id(value.get("id")) == request


def error(request: Id, code: int, sentence: str) -> bytes:
    """An answer of the bridge's own."""
    return json.dumps({"jsonrpc": "2.0", "id": request, "error": {"code": code, "message": sentence}}).encode()


def in_one_line(message: bytes) -> bytes:
    """Line breaks of JSON stand between its parts only, so that a space in their place changes nothing it says."""
    return message.strip().replace(b"\r", b" ").replace(b"\n", b" ")


def in_header(value: str) -> str:
    """A value as HTTP can carry it: what is not plain is wrapped, as the specification says."""
    if value == "" or (_PLAIN.fullmatch(value) and not _WRAPPED.fullmatch(value)):
        return value
    return f"=?base64?{base64.b64encode(value.encode(errors='surrogatepass')).decode()}?="


def _id(value: Any) -> Id:
    return value if isinstance(value, (str, int, float)) and not isinstance(value, bool) else None
