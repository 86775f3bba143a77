"""The server: what comes in is recorded and checked, what goes out is timed, accounted and, where asked for, spoilt."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import threading
import time
import urllib.parse
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from tests.wire_stub import answers, cache, faults, records, wire
from tests.wire_stub.answers import Answer
from tests.wire_stub.asked import Asked, Wrong, read_anthropic, read_body, read_openai
from tests.wire_stub.behaviour import Behaviour
from tests.wire_stub.connection import EVENTS, HTML, JSON, PAGE, Connection, Message, Receive, Send
from tests.wire_stub.faults import BEFORE_ANY_WORK, MID_STREAM, Fault, Plan, Rule
from tests.wire_stub.records import Record
from tests.wire_stub.wire import Event, Usage

ANTHROPIC_KEY = "sk-" + "ant-stub"
OPENAI_KEY = "sk-" + "stub"
TOKENS = {"in": 1200, "out": 340, "cached": 200}
"""What every good answer reports as used where tokens are not counted, beside each other: Anthropic counts so, OpenAI gets the
sum of in and cached as its input."""
MODELS = ("claude-opus-5", "claude-sonnet-5", "claude-haiku-4-5", "gpt-5.6", "gpt-5.6-mini")
UNLIMITED = 10_000
_SETTINGS = frozenset(one.name for one in fields(Behaviour))


@dataclass(frozen=True)
class Seen:
    """One request for an answer as it came over the wire."""

    path: str
    body: dict[str, Any]
    raw: str
    headers: dict[str, str]
    call: str


@dataclass
class Stored:
    """A background response. What it will be is settled when it is accepted; the clock does the rest."""

    whole: dict[str, Any]
    begins: float
    done_at: float
    state: str = ""
    """"cancelled" or empty."""

    def now(self) -> dict[str, Any]:
        """As it is told to those who fetch it."""
        t = time.time()
        if self.state or t < self.done_at:
            status = self.state or ("in_progress" if t >= self.begins else "queued")
            return self.whole | {"status": status, "output": [], "usage": None, "incomplete_details": None, "error": None}
        return self.whole


ENDING_SECONDS = 0.3
"""How long a request that is about to end is waited for; one that hangs on purpose is not."""


@dataclass
class WireStub:
    """A server and what it knows. Everything may be changed while it runs."""

    url: str = ""
    behaviour: Behaviour = field(default_factory=Behaviour)
    base: Behaviour = field(default_factory=Behaviour)
    """To which a reset goes back."""
    plan: Plan = field(default_factory=Plan)
    fetch_plan: Plan = field(default_factory=Plan)
    """For the questions whether a background response is done."""
    rules: list[Rule] = field(default_factory=list)
    keys: set[str] = field(default_factory=lambda: {ANTHROPIC_KEY, OPENAI_KEY})
    """Keys that are accepted; any that begin with one of ``key_prefixes`` are too."""
    key_prefixes: tuple[str, ...] = ()
    seen: list[Seen] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    """What broke a vendor's rules."""
    replies: dict[str, str] = field(default_factory=dict)
    """Texts to send instead of the usual answer, by name of the call."""
    log: Path | None = None
    """Where records are written, one JSON object a line."""
    kept: list[Record] = field(default_factory=list)
    """Records of the requests that have ended; read them as ``records``."""
    cache: cache.PromptCache = field(default_factory=cache.PromptCache)
    stored: dict[str, Stored] = field(default_factory=dict)
    maker: answers.Maker = field(default_factory=answers.Maker)
    in_flight: int = 0
    bucket: float = 0.0
    bucket_at: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    # --- what tests set and read ------------------------------------------------------------------------------------------

    @property
    def faults(self) -> list[Any]:
        """Used up one per request; then answers are good again, or ``always`` applies."""
        return self.plan.listed

    @faults.setter
    def faults(self, listed: Iterable[Any]) -> None:
        self.plan.listed = list(listed)

    @property
    def always(self) -> Any:
        return self.plan.always

    @always.setter
    def always(self, fault: Fault | str | None) -> None:
        self.plan.always = fault

    @property
    def brim(self) -> float:
        """What the bucket of requests holds."""
        return float(self.behaviour.burst or self.behaviour.rpm)

    @property
    def environment(self) -> dict[str, str]:
        """For a program of ours that is started as a process of its own."""
        return environment(self.url)

    def set(self, **settings: Any) -> None:
        """Change the behaviour: ``stub.set(ttft_ms=100, rpm=60)``."""
        self.behaviour = self.behaviour.changed(settings)
        if settings.keys() & {"rpm", "burst"}:
            self.bucket, self.bucket_at = self.brim, time.time()

    def reset(self, keep: Iterable[str] = ()) -> None:
        """Forget everything but what ``keep`` names: config, rules, cache."""
        self.seen, self.complaints, self.kept, self.replies = [], [], [], {}
        self.plan, self.fetch_plan, self.stored, self.maker = Plan(), Plan(), {}, answers.Maker()
        if "config" not in keep:
            self.behaviour = self.base
        self.bucket, self.bucket_at = self.brim, time.time()
        if "rules" not in keep:
            self.rules = []
        if "cache" not in keep:
            self.cache = cache.PromptCache()

    @property
    def records(self) -> list[Record]:
        """Of all requests that have ended.

        A caller has read the last byte a moment before its request is kept here: what is just ending is waited for.
        """
        until = time.monotonic() + ENDING_SECONDS
        while self.in_flight and time.monotonic() < until:
            time.sleep(0.005)
        return list(self.kept)

    def calls(self, *, waits: bool = True) -> list[dict[str, Any]]:
        """The records of all requests that have ended. The loop itself must not wait for what only it can end."""
        return [record.as_dict() for record in (self.records if waits else list(self.kept))]

    def report(self, *, waits: bool = True) -> dict[str, Any]:
        """The figures: see ``records.report``."""
        return records.report(self.calls(waits=waits)) | {
            "in_flight": self.in_flight,
            "cache_written_never_read": sum(self.cache.unread.values()),
        }

    # --- the server -------------------------------------------------------------------------------------------------------

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """ASGI: one request. A caller that hangs up ends the work on its answer."""
        if scope["type"] != "http":
            return
        raw = b""
        while (message := await receive())["type"] == "http.request":
            raw += message.get("body", b"")
            if not message.get("more_body"):
                break
        connection = Connection(scope, raw, send)
        if connection.path.startswith("/admin/") or connection.path == "/healthz":
            await self._admin(connection)
            return
        record = self._record(connection)
        work = asyncio.ensure_future(self._serve(connection, record))
        gone = asyncio.ensure_future(receive())
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            if not work.done():
                record.disconnect = True
                work.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await work
        finally:
            gone.cancel()
            self._keep(connection, record)

    async def _serve(self, connection: Connection, record: Record) -> None:
        handlers = {
            ("POST", "/v1/messages"): self._answer,
            ("POST", "/v1/responses"): self._answer,
            ("GET", "/v1/models"): self._models,
        }
        handler = handlers.get((connection.method, connection.path))
        fetched = re.fullmatch(r"/v1/responses/([A-Za-z0-9_]+)(/cancel)?", connection.path)
        try:
            if connection.key not in self.keys and not connection.key.startswith(self.key_prefixes or ("\n",)):
                record.error = "The key is missing or wrong."
                await self._error(connection, record, 401, record.error, code="invalid_api_key")
            elif handler is not None:
                await handler(connection, record)
            elif fetched is not None:
                await self._fetched(connection, record, fetched[1], is_cancel=bool(fetched[2]))
            else:
                raise Wrong(f"There is nothing at {connection.method} {connection.path}.")
        except Wrong as wrong:
            with self.lock:
                self.complaints.append(str(wrong))
            record.error, record.fault = str(wrong), record.fault or "rejected"
            await self._error(connection, record, 400, str(wrong), code="invalid_request")

    async def _answer(self, connection: Connection, record: Record) -> None:
        reader = read_anthropic if record.api == "anthropic" else read_openai
        body = read_body(connection.raw)
        asked = reader(body, connection.headers)
        record.model, record.call, record.stream, record.background = asked.model, asked.call, asked.stream, asked.background
        record.prompt_sha = asked.prompt_sha
        with self.lock:
            self.seen.append(
                Seen(connection.path, body, connection.raw.decode("utf-8", "replace"), connection.headers, asked.call)
            )
        rule = next((rule.given for rule in self.rules if self._fits(rule, asked)), {})
        behaviour = self.behaviour.changed({name: value for name, value in rule.items() if name in _SETTINGS})
        record.fault = self.plan.next() or faults.known(str(behaviour.fault))
        if await self._limited(connection, record, behaviour):
            return
        scope = f"{record.auth}\x00{asked.model}\x00{asked.api}\x00{json.dumps(asked.schema, sort_keys=True)}"
        prompt = cache.chain(scope, asked.blocks)
        if prompt.total > behaviour.context_tokens:
            record.fault = record.fault or "400_context"
        if record.fault in BEFORE_ANY_WORK | {"502"}:
            await self._refused(connection, record, behaviour)
            return
        begun = time.time()
        record.paid = True
        account = self.cache.account(behaviour, asked.model, prompt, asked.marks)
        record.tokens_in, record.cache_read, record.cache_write = prompt.total, account.read, account.write
        record.cache_ideal = account.ideal
        good = rule.get("text") or (json.dumps(rule["json"]) if "json" in rule else await self._good(asked, behaviour))
        answer = answers.spoilt(good, record.fault)
        usage = _usage(behaviour, prompt.total, account, answer)
        form = wire.anthropic if record.api == "anthropic" else wire.openai
        number = f"{record.seq:08x}{os.urandom(6).hex()}"
        whole, events = form(asked, answer, usage, number, behaviour.chunk_tokens)
        sending = _Sending(connection, record, behaviour, begun, usage.out, account, self.limit_headers(connection))
        if asked.background:
            await self._accept(sending, whole)
        elif record.fault == "hang":
            await asyncio.sleep(behaviour.hang_s)
            connection.drop()
        elif asked.stream:
            await sending.stream(events)
        else:
            await sending.plain(wire.failed(whole) if record.fault == "stream_error" and record.api != "anthropic" else whole)

    async def _good(self, asked: Asked, behaviour: Behaviour) -> str:
        if asked.call in self.replies:
            return self.replies[asked.call]
        if behaviour.answers == "schema":
            return self.maker.make(asked, behaviour)
        return await asyncio.to_thread(answers.by_agent, asked)

    async def _accept(self, sending: _Sending, whole: dict[str, Any]) -> None:
        """A background response is worked on whether or not the caller stays, or hears its number."""
        fault, behaviour, begun = sending.record.fault, sending.behaviour, sending.begun
        if fault == "stream_error":
            whole = wire.failed(whole)
        job = Stored(whole, begun + behaviour.ttft_ms / 2000, begun + sending.seconds)
        if fault == "stuck":
            job.done_at = float("inf")
        if fault != "expired":
            self.stored[whole["id"]] = job
        sending.record.t_first = time.time()
        sending.record.t_done = job.done_at
        sending.account.commit()
        sending.record.tokens_out = sending.tokens_out
        if fault == "hang":
            await asyncio.sleep(behaviour.hang_s)
            sending.connection.drop()
            return
        queued = Stored(whole, float("inf"), float("inf")).now()
        await sending.body(queued)

    async def _fetched(self, connection: Connection, record: Record, number: str, *, is_cancel: bool) -> None:
        """``GET`` and ``DELETE`` of a response, and ``POST .../cancel``."""
        if connection.method not in {"GET", "DELETE"} and not (is_cancel and connection.method == "POST"):
            raise Wrong(f"There is nothing at {connection.method} {connection.path}.")
        if connection.method == "GET":
            record.fault = self.fetch_plan.next()
            if record.fault in BEFORE_ANY_WORK | {"502"}:
                await self._refused(connection, record, self.behaviour)
                return
            if record.fault == "hang":
                await asyncio.sleep(self.behaviour.hang_s)
                connection.drop()
                return
        found = self.stored.get(number)
        if found is None or record.fault == "expired":
            await self._error(connection, record, 404, f"Response with id '{number}' not found.")
        elif connection.method == "DELETE":
            del self.stored[number]
            await connection.json(200, {"id": number, "object": "response", "deleted": True})
        else:
            if is_cancel and time.time() < found.done_at:
                found.state = "cancelled"
            sending = _Sending(connection, record, self.behaviour, time.time(), 0, None, self.limit_headers(connection))
            await sending.body(found.now())

    async def _models(self, connection: Connection, record: Record) -> None:
        """Used to see whether a key is good."""
        if connection.is_anthropic:
            data = [{"type": "model", "id": name, "display_name": name} for name in MODELS if name.startswith("claude")]
            await connection.json(200, {"data": data, "has_more": False, "first_id": data[0]["id"], "last_id": data[-1]["id"]})
        else:
            known = [{"id": name, "object": "model", "created": 0, "owned_by": "stub"} for name in MODELS]
            await connection.json(200, {"object": "list", "data": known})

    # --- refusing ---------------------------------------------------------------------------------------------------------

    async def _limited(self, connection: Connection, record: Record, behaviour: Behaviour) -> bool:
        """Whether a limit refused the call; a bucket of requests fills a minute's worth a minute."""
        if behaviour.rpm:
            now = time.time()
            self.bucket = min(self.brim, self.bucket + (now - self.bucket_at) * behaviour.rpm / 60.0)
            self.bucket_at = now
            if self.bucket < 1:
                record.fault = "rpm"
                wait = max(0.05, (1 - self.bucket) * 60.0 / behaviour.rpm)
                await self._error(connection, record, 429, "Rate limit reached.", "rate_limit_exceeded", retry_after=f"{wait:g}")
                return True
            self.bucket -= 1
        if behaviour.max_concurrent and self.in_flight > behaviour.max_concurrent:
            record.fault = "concurrency"
            said = "Number of concurrent connections has exceeded your rate limit."
            await self._error(connection, record, 429, said, "rate_limit_exceeded", retry_after=str(behaviour.retry_after))
            return True
        return False

    async def _refused(self, connection: Connection, record: Record, behaviour: Behaviour) -> None:
        """An error answer, or none at all."""
        if record.fault in {"reset", "close"}:
            connection.drop(reset=record.fault == "reset")
            return
        if record.fault == "502":
            await connection.whole(502, PAGE, HTML)
            return
        status, said, code = wire.STATUS[record.fault]
        wait = {"429": str(behaviour.retry_after), "503": str(behaviour.retry_after), "429_long": "3600"}.get(record.fault)
        kind = "insufficient_quota" if code == "insufficient_quota" and not connection.is_anthropic else ""
        more = {"x-should-retry": "false"} if record.fault == "429_quota" else {}
        await self._error(connection, record, status, said, code, retry_after=wait, kind=kind, headers=more)

    async def _error(
        self,
        connection: Connection,
        record: Record,
        status: int,
        said: str,
        code: str = "",
        *,
        kind: str = "",
        retry_after: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        wait: dict[str, str] = {"retry-after": retry_after} if retry_after is not None else {}
        with contextlib.suppress(ValueError):
            wait |= {"retry-after-ms": str(int(float(wait["retry-after"]) * 1000))} if wait else {}
        body = wire.error(connection.is_anthropic, status, said, code, kind)
        await connection.json(status, body, {**self.limit_headers(connection), **wait, **(headers or {})})

    def limit_headers(self, connection: Connection) -> dict[str, str]:
        """What the vendors tell about their limits with every answer."""
        cap = self.behaviour.rpm or UNLIMITED
        left = self.bucket if self.behaviour.rpm else UNLIMITED - 1
        name = "anthropic-ratelimit-requests-{}" if connection.is_anthropic else "x-ratelimit-{}-requests"
        return {name.format("limit"): f"{cap:g}", name.format("remaining"): str(int(left))}

    # --- records ----------------------------------------------------------------------------------------------------------

    def _record(self, connection: Connection) -> Record:
        api = {"/v1/messages": "anthropic", "/v1/responses": "openai-responses", "/v1/models": "models"}.get(connection.path)
        if api is None:
            api = "responses-item" if connection.path.startswith("/v1/responses/") else "unknown"
        self.in_flight += 1
        with self.lock:
            record = Record(len(self.kept) + self.in_flight, api, connection.method, connection.path, t_in=time.time())
        record.conc, record.bytes_in, record.body_sha = self.in_flight, len(connection.raw), records.sha(connection.raw)[:32]
        record.auth = records.sha(connection.key)[:16] if connection.key else ""
        record.canaries = self._hits(connection)
        return record

    def _keep(self, connection: Connection, record: Record) -> None:
        record.t_out, record.bytes_out = time.time(), connection.sent
        record.status = connection.status or (499 if record.disconnect else 0)
        with self.lock:
            self.in_flight -= 1
            self.kept.append(record)
        if self.log is not None:
            with self.log.open("a", encoding="utf-8") as log:
                log.write(json.dumps(record.as_dict()) + "\n")

    def _hits(self, connection: Connection) -> list[str]:
        if not self.behaviour.canaries:
            return []
        url = f"{connection.path}?{connection.query}"
        named = "\n".join(
            f"{name}: {value}" for name, value in connection.headers.items() if name not in {"x-api-key", "authorization"}
        )
        places = {
            "body": connection.raw + b"\n" + _unescaped(connection.raw),
            "header": named.encode(),
            "key": connection.key.encode(),
            "url": (url + "\n" + urllib.parse.unquote(url)).encode(),
        }
        return [
            f"{name}:{place}"
            for name, secret in self.behaviour.canaries.items()
            for place, data in places.items()
            if any(form in data for form in records.forms(secret))
        ]

    @staticmethod
    def _fits(rule: Rule, asked: Asked) -> bool:
        return rule.fits(api=asked.api, model=asked.model, text=asked.text, stream=asked.stream)

    # --- admin ------------------------------------------------------------------------------------------------------------

    async def _admin(self, connection: Connection) -> None:
        """``/healthz`` and ``/admin/...``: what a harness in another process needs."""
        query = urllib.parse.parse_qs(connection.query)
        given: Any = json.loads(connection.raw) if connection.raw else {}
        try:
            if connection.path == "/healthz":
                answer: Any = {"ok": True, "pid": os.getpid(), "in_flight": self.in_flight}
            elif connection.path == "/admin/config":
                self.set(**given)
                answer = asdict(self.behaviour) | {"canaries": sorted(self.behaviour.canaries)}
            elif connection.path == "/admin/rules":
                if connection.method == "POST":
                    self.rules += [Rule(one) for one in (given if isinstance(given, list) else [given])]
                elif connection.method == "DELETE":
                    self.rules = []
                answer = [rule.given for rule in self.rules]
            elif connection.path == "/admin/reset":
                self.reset(query.get("keep", [""])[0].split(","))
                answer = {"ok": True}
            elif connection.path == "/admin/stats":
                answer = self.report(waits=False) | {"complaints": self.complaints}
            elif connection.path == "/admin/calls":
                await connection.whole(200, "".join(json.dumps(one) + "\n" for one in self.calls(waits=False)).encode(), JSON)
                return
            else:
                await connection.json(404, {"error": "No such path."})
                return
        except (ValueError, TypeError) as error:
            await connection.json(400, {"error": str(error)})
            return
        await connection.json(200, answer)


@dataclass
class _Sending:
    """An answer on its way."""

    connection: Connection
    record: Record
    behaviour: Behaviour
    begun: float
    tokens_out: int
    account: Any
    limits: dict[str, str]
    """Headers that tell about the vendor's limits."""

    @property
    def seconds(self) -> float:
        """From the request to the end of the answer."""
        behaviour = self.behaviour
        return behaviour.ttft_ms / 1000 + (self.tokens_out / behaviour.tps if behaviour.tps else 0.0)

    async def plain(self, whole: dict[str, Any]) -> None:
        await self._until(self.behaviour.ttft_ms / 1000)
        self._first_token()
        await self._until(self.seconds)
        self.record.tokens_out = self.tokens_out
        await self.body(whole)

    async def body(self, whole: dict[str, Any]) -> None:
        """A whole JSON body, with the faults a body can have."""
        data, fault, headers = json.dumps(whole).encode(), self.record.fault, self.limits
        if fault in {"malformed", "truncate", "no_end"}:
            data = data[: len(data) * 2 // 3]
        if fault == "html":
            await self.connection.whole(200, PAGE, HTML, headers)
        elif fault in {"cut", "reset_mid", "hang_mid"}:
            await self.connection.begin(200, JSON, {**headers, "content-length": str(len(data))})
            await self.connection.piece(data[: len(data) // 2])
            if fault == "hang_mid":
                await asyncio.sleep(self.behaviour.hang_s)
            self.connection.drop(reset=fault == "reset_mid")
        else:
            await self.connection.whole(200, data, JSON, headers)

    async def stream(self, events: list[Event]) -> None:
        fault = self.record.fault
        await self._until(self.behaviour.ttft_ms / 1000)
        self._first_token()
        if fault == "html":
            await self.connection.whole(200, PAGE, HTML, self.limits)
            return
        await self.connection.begin(200, EVENTS, {**self.limits, "cache-control": "no-cache"})
        if fault == "no_end":
            events = events[:-1]
        breaks = _cut_after(events, self.behaviour.fault_after) if fault in MID_STREAM else len(events)
        begun = time.time()
        written, together = 0, b""
        for event in events[:breaks]:
            together += event.line
            written += event.is_piece
            if self.behaviour.tps and event.is_piece:
                await self.connection.piece(together)
                together = b""
                await asyncio.sleep(begun + written * self.behaviour.chunk_tokens / self.behaviour.tps - time.time())
            elif len(together) > 16_384:
                await self.connection.piece(together)
                together = b""
        await self.connection.piece(together)
        self.record.tokens_out = min(self.tokens_out, written * self.behaviour.chunk_tokens)
        await self._broken_off() if fault in MID_STREAM else await self.connection.end()

    async def _broken_off(self) -> None:
        fault = self.record.fault
        error, garbage = wire.broken_events(self.record.api, self.behaviour.fault_after)
        if fault == "hang_mid":
            await asyncio.sleep(self.behaviour.hang_s)
        if fault in {"cut", "reset_mid", "hang_mid"}:
            self.connection.drop(reset=fault == "reset_mid")
            return
        await self.connection.piece({"stream_error": error.line, "malformed": garbage}.get(fault, b""))
        await self.connection.end()

    def _first_token(self) -> None:
        self.record.t_first = time.time()
        self.account.commit()

    async def _until(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, self.begun + seconds - time.time()))


def _cut_after(events: list[Event], pieces: int) -> int:
    """How many events come before the break: so many pieces of text, but never the whole text."""
    places = [place for place, event in enumerate(events) if event.is_piece]
    wanted = min(pieces, max(1, len(places) // 2))
    return places[wanted - 1] + 1 if places else min(2, len(events))


def _usage(behaviour: Behaviour, total: int, account: cache.Account, answer: Answer) -> Usage:
    if not behaviour.counted:
        return Usage(TOKENS["in"], TOKENS["cached"], 0, TOKENS["out"])
    return Usage(total - account.read - account.write, account.read, account.write, answer.tokens)


def _unescaped(raw: bytes) -> bytes:
    try:
        return json.dumps(json.loads(raw), ensure_ascii=False).encode("utf-8", "surrogatepass")
    except ValueError:
        return b""


def environment(url: str) -> dict[str, str]:
    """The settings that lead a process to the stub at ``url``."""
    return {
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_KEY": ANTHROPIC_KEY,
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_KEY": OPENAI_KEY,
        "SPECSTEP_EGRESS_ALLOW": url.removeprefix("http://"),
    }
