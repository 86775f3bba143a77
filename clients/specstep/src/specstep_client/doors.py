"""The two doors of SpecStep that commands go through: the REST API with a key, the MCP server's tools with a token of OAuth."""

from __future__ import annotations

import base64
import binascii
import json
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import httpx2

from specstep_client import envelopes
from specstep_client.asking import WAITING, client, json_of, object_of, printable, refused, sentence_of, unreachable
from specstep_client.keeping import Credential, Keeper
from specstep_client.operations import OPERATIONS
from specstep_client.places import Server
from specstep_client.saying import NotSignedIn, Trouble, debug
from specstep_client.streams import Reader

NEWEST = "2026-07-28"
LARGEST_ARCHIVE = 256 * 1024 * 1024
LOOK_SECONDS = 1.0
"""Between two looks where the server cannot wait for us."""
WAIT_SECONDS = 25
News = tuple[str, str]
"""A place to go on from, empty where there is none, and a line for a person."""


class Door(ABC):
    """One way in. Every failure is a ``Trouble`` with the server's own sentence."""

    def __init__(self, server: Server, credential: Credential) -> None:
        self.server = server
        self._secret = credential.secret
        self._http = client(WAITING)

    def close(self) -> None:
        self._http.close()

    @abstractmethod
    def ask(self, operation: str, /, **arguments: Any) -> dict[str, Any]:
        """What an operation of ``OPERATIONS`` answers."""

    @abstractmethod
    def archive(self, package: str) -> bytes:
        """The zip of a package."""

    @abstractmethod
    def news(self, generation: str, after: str) -> Iterator[News]:
        """What happens in a generation from ``after`` on, until it is over."""


def door(server: Server, keeper: Keeper) -> Door:
    """The door that the stored sign-in opens: with an API key where there is one. Raises ``NotSignedIn``."""
    if (key := keeper.read(server, "key")) is not None:
        return Rest(server, key)
    return Tools(server, token_of(server, keeper))


def token_of(server: Server, keeper: Keeper) -> Credential:
    """The stored token of OAuth. Raises ``NotSignedIn``."""
    token = keeper.read(server, "oauth")
    if token is not None and (token.expires_at is None or token.expires_at > time.time()):
        return token
    why = "Your sign-in ended after its 90 days." if token else "You are not signed in by OAuth."
    raise NotSignedIn(f"{why} Run this in a terminal: specstep sign-in --server {server}")


class Rest(Door):
    """``/api/v1`` with an API key."""

    def ask(self, operation: str, /, **arguments: Any) -> dict[str, Any]:
        one = OPERATIONS[operation]
        place, query, body = one.rest(arguments)
        return self._asked(one.method, place, query, body)

    def account(self) -> dict[str, Any]:
        """Whose key it is."""
        return self._asked("GET", "/account", {}, {})

    def archive(self, package: str) -> bytes:
        held = bytearray()
        try:
            with self._stream(f"/packages/{package}/archive.zip", {}) as answer:
                self._check(answer)
                for piece in answer.iter_bytes():
                    held += piece
                    if len(held) > LARGEST_ARCHIVE:
                        raise Trouble("The archive is larger than 256 MiB. Download it on its page.")
        except httpx2.HTTPError as error:
            raise unreachable(self.server, error) from None
        return bytes(held)

    def news(self, generation: str, after: str) -> Iterator[News]:
        while True:
            try:
                with self._stream(f"/runs/{generation}/events", {"Last-Event-ID": after} if after else {}) as answer:
                    self._check(answer)
                    if answer.status_code == 204:
                        return
                    reader = Reader(last_id=after)
                    for piece in answer.iter_bytes():
                        for event in reader.feed(piece):
                            after = event.id or after
                            if (line := _line_of(event.kind, event.data)) is not None:
                                yield after, line
                            if event.kind == "over":
                                return
            except httpx2.TransportError as error:
                debug(f"the stream broke ({type(error).__name__}); going on after {after or 'the beginning'}")
                self.ask("generation", generation=generation)  # says so when the server is gone for good
            time.sleep(LOOK_SECONDS)

    def _asked(self, method: str, place: str, query: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._secret}"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        try:
            answer = self._sent(method, f"{self.server.api}{place}", query, headers, body)
        except httpx2.HTTPError as error:
            raise unreachable(self.server, error) from None
        debug(f"{method} {place.split('/')[1]}: {answer.status_code}")
        self._check(answer)
        return object_of(answer.content, what="answer")

    def _sent(
        self, method: str, address: str, query: dict[str, Any], headers: dict[str, str], body: dict[str, Any]
    ) -> httpx2.Response:
        """Sent once more when the connection broke: under one Idempotency-Key a call is done once."""
        try:
            return self._http.request(method, address, params=query, headers=headers, json=body or None)
        except httpx2.TransportError as error:
            debug(f"{method}: {type(error).__name__}, sending it once more")
            return self._http.request(method, address, params=query, headers=headers, json=body or None)

    def _stream(self, place: str, headers: dict[str, str]) -> Any:
        return self._http.stream(
            "GET", f"{self.server.api}{place}", headers={"Authorization": f"Bearer {self._secret}", **headers}
        )

    def _check(self, answer: httpx2.Response) -> None:
        if answer.status_code == 401:
            raise refused(401)
        if answer.status_code >= 300:
            answer.read()
            raise Trouble(sentence_of(answer.content) or f"The server refused this ({answer.status_code}).")


class Tools(Door):
    """``/mcp`` with a token of OAuth, in the newest revision of the protocol: one POST, one answer, no session."""

    def ask(self, operation: str, /, **arguments: Any) -> dict[str, Any]:
        one = OPERATIONS[operation]
        given = {"name": one.tool, "arguments": one.fixed | arguments}
        result = self._result("tools/call", given)
        if result.get("isError"):
            raise Trouble(_text_of(result) or "The server refused this.")
        value = result.get("structuredContent")
        if not isinstance(value, dict):
            raise Trouble("The server's answer cannot be read. Is this program as new as the server?")
        return value

    def archive(self, package: str) -> bytes:
        result = self._result("resources/read", {"uri": f"specstep://packages/{package}/archive"})
        for part in result.get("contents") or []:
            if isinstance(part, dict) and isinstance(part.get("blob"), str):
                try:
                    return base64.b64decode(part["blob"], validate=True)
                except binascii.Error:
                    break
        raise Trouble("The server's archive cannot be read. Is this program as new as the server?")

    def news(self, generation: str, after: str) -> Iterator[News]:
        if after:
            raise Trouble("Places to go on from are known with an API key only. Without --after the newest news are shown again.")
        told: list[str] = []
        while True:
            run = self.ask("generation", generation=generation, wait_seconds=0 if not told else 2)
            newest = [printable(str(line)) for line in reversed(run.get("news") or [])]
            for line in newest[_overlap(told, newest) :]:
                told.append(line)
                yield "", line
            if run.get("state") in ("done", "failed", "cancelled"):
                return
            time.sleep(LOOK_SECONDS)

    def _result(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        meta = {
            envelopes.VERSION_KEY: NEWEST,
            "io.modelcontextprotocol/clientInfo": {"name": "specstep", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params | {"_meta": meta}}).encode()
        message = envelopes.read(body)
        assert message is not None
        headers = {
            "Authorization": f"Bearer {self._secret}",
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            **message.headers(""),
        }
        try:
            with self._http.stream("POST", self.server.mcp, content=body, headers=headers) as answer:
                debug(f"{method} {params.get('name', '')}: {answer.status_code}")
                if answer.status_code == 401:
                    raise refused(401)
                return _answer_of(answer)
        except httpx2.HTTPError as error:
            raise unreachable(self.server, error) from None


def _answer_of(answer: httpx2.Response) -> dict[str, Any]:
    if answer.headers.get("Content-Type", "").startswith("text/event-stream"):
        reader = Reader()
        found = (event.data for piece in answer.iter_bytes() for event in reader.feed(piece))
        said = next((json_of(data) for data in found if envelopes.answers(data, 1)), None)
    else:
        said = json_of(answer.read())
    if not isinstance(said, dict):
        raise Trouble(f"The server's answer cannot be read ({answer.status_code}). Is there a SpecStep at this address?")
    failed = said.get("error")
    if isinstance(failed, dict):
        raise Trouble(printable(str(failed.get("message", "")))[:600] or "The server refused this.")
    result = said.get("result")
    if not isinstance(result, dict):
        raise Trouble(sentence_of(json.dumps(said).encode()) or f"The server refused this ({answer.status_code}).")
    return result


def _text_of(result: dict[str, Any]) -> str:
    parts = result.get("content") or []
    said = " ".join(str(part.get("text", "")) for part in parts if isinstance(part, dict))
    return printable(said)[:600]


def _line_of(kind: str, data: bytes) -> str | None:
    """What an event says to a person; None where it only moves a needle."""
    event = json_of(data)
    told = event.get("data") if isinstance(event, dict) else None
    if not isinstance(told, dict):
        return None
    if kind == "news":
        return printable(str(told.get("text", "")))
    return None


def _overlap(told: list[str], newest: list[str]) -> int:
    """How many lines of ``newest``, which is cut at its beginning, were told already."""
    return next((size for size in range(min(len(told), len(newest)), 0, -1) if told[-size:] == newest[:size]), 0)
