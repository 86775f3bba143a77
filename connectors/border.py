"""The border: every call about files passes here, for every provider (S-035, S-036, N-16).

It reads (GET) and does nothing else. The credential goes to the provider's own address and to no other. A page that follows a
page is fetched from the same address only. A download that is sent on is followed by hand, without the credential, to the hosts
that the provider is known to keep files on. No call is made once the connection is gone, and never more than four at once at a
tenant.
"""

from __future__ import annotations

import json
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Any, TypeVar
from uuid import UUID

import httpx2

from connectors import pacing
from connectors.rules import addresses, pausing
from connectors.troubles import AccessEnded, FolderTrouble, NotThere, TooLarge
from ground import clock, egress

T = TypeVar("T")
USER_AGENT = "SpecStep"
"""The product and nothing else (S-043)."""
PURPOSE = "folder files"
LISTING_BYTES = 16 * 1024 * 1024
CALL_SECONDS, DOWNLOAD_SECONDS = 60.0, 70.0
"""A whole call, however slowly the other side drips. Less than the time a place of ``pacing`` is held."""
LONGEST_PAUSE = 120.0
"""Seconds. A longer one is not waited for here: the reading is put off."""
REDIRECTS = 3
PIECE = 64 * 1024
BROKEN = "{name} could not be reached, or broke off in the middle. We try again by ourselves."
BUSY = "{name} asks us to wait. We try again by ourselves."
ODD = "{name} answered with something we do not understand. We try again by ourselves."


@dataclass(frozen=True)
class Reach:
    """Whom the border leads to."""

    name: str
    party: str
    downloads: str
    root: str
    """Where its calls begin: scheme, host and port."""
    hosts: tuple[str, ...]
    """That a download may be sent on to."""


class Border:
    """The calls of one connection. ``token`` gives the access token, and a new one when told which was refused.

    ``check`` raises ``Stopped`` once nothing more may be called. Can be used from several threads. ``longest_pause`` in seconds.
    """

    def __init__(
        self,
        reach: Reach,
        *,
        lane: str,
        token: Callable[[str], str],
        check: Callable[[], None],
        connection: UUID | None = None,
        longest_pause: float = LONGEST_PAUSE,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._reach, self._lane, self._token, self._check, self._sleep = reach, lane, token, check, sleep
        self._connection, self._longest_pause = connection, longest_pause
        self._api = _client(reach.party)
        self._storage: httpx2.Client | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        self._api.close()
        if self._storage is not None:
            self._storage.close()

    def get(self, address: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """The object that ``address`` answers with. Raises ``NotThere``, ``AccessEnded``, ``Stopped``, ``FolderTrouble``."""

        def once(token: str) -> dict[str, Any]:
            with egress.within(CALL_SECONDS), self._asked(self._api, address, token, params) as answer:
                self._judge(answer, ok=(200,))
                raw = _body(answer, LISTING_BYTES)
            try:
                said = json.loads(raw)
            except (ValueError, RecursionError):
                raise _Again(ODD.format(name=self._reach.name)) from None
            if not isinstance(said, dict):
                raise _Again(ODD.format(name=self._reach.name))
            return said

        return self._tried(address, once)

    @contextmanager
    def download(self, address: str, *, limit: int) -> Iterator[IO[bytes]]:
        """The bytes of a file, in a nameless file of our own that is gone after the block. ``limit`` in bytes (``TooLarge``)."""
        with tempfile.TemporaryFile(prefix="specstep-folder-") as into:

            def once(token: str) -> None:
                into.seek(0)
                into.truncate()
                with egress.within(DOWNLOAD_SECONDS), self._followed(address, token) as answer:
                    _copy(answer, into, limit, self._check)

            self._tried(address, once)
            into.seek(0)
            yield into

    # --- one call ---------------------------------------------------------------------------------------------------------

    def _tried(self, address: str, once: Callable[[str], T]) -> T:
        if not addresses.same_origin(address, self._reach.root):
            raise FolderTrouble(f"{self._reach.name} sent us to another address, which is not followed.", permanent=True)
        refused = ""
        for tries in range(1, pausing.TRIES + 1):
            token = self._token(refused)
            try:
                with pacing.slot(self._lane, connection=self._connection, check=self._check, patience=self._longest_pause):
                    return once(token)
            except _Refused:
                if refused:
                    raise AccessEnded from None
                refused = token
            except egress.EgressRefused as error:
                raise FolderTrouble(str(error), permanent=True) from None
            except (_Again, httpx2.HTTPError) as error:
                self._pause(error, tries)
        raise FolderTrouble(BROKEN.format(name=self._reach.name), wait=300.0)

    def _pause(self, error: Exception, tries: int) -> None:
        again = error if isinstance(error, _Again) else _Again(BROKEN.format(name=self._reach.name))
        seconds = pausing.pause(tries, again.asked, secrets.SystemRandom().random())
        if again.asked is not None:
            pacing.quiet(self._lane, seconds)
        if tries == pausing.TRIES or seconds > self._longest_pause:
            raise FolderTrouble(str(again), wait=max(seconds, 60.0)) from None
        for _ in range(int(seconds)):
            self._check()
            self._sleep(1.0)
        self._sleep(seconds % 1.0)

    @contextmanager
    def _asked(
        self, client: httpx2.Client, address: str, token: str, params: dict[str, str] | None = None
    ) -> Iterator[httpx2.Response]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"} if token else {}
        whole = httpx2.URL(address).copy_merge_params(params) if params else address
        with client.stream("GET", whole, headers=headers) as answer:
            yield answer

    @contextmanager
    def _followed(self, address: str, token: str) -> Iterator[httpx2.Response]:
        """The answer that holds the bytes. Only the first address gets the credential."""
        client, credential = self._api, token
        with ExitStack() as open_answers:
            for _ in range(REDIRECTS + 1):
                answer = open_answers.enter_context(self._asked(client, address, credential))
                if answer.status_code not in (301, 302, 303, 307, 308):
                    self._judge(answer, ok=(200,), sent_on=not credential)
                    yield answer
                    return
                address = addresses.leads_to(address, answer.headers.get("location", ""), self._reach.hosts)
                if not address:
                    raise NotThere(f"{self._reach.name} sent us to an unknown address for it, which is not followed.")
                open_answers.pop_all().close()
                client, credential = self._files(), ""
        raise NotThere(f"{self._reach.name} sent us from one address to the next for it.")

    def _files(self) -> httpx2.Client:
        """For the hosts downloads are sent on to; not every reading meets one."""
        with self._lock:
            if self._storage is None:
                self._storage = _client(self._reach.downloads)
            return self._storage

    def _judge(self, answer: httpx2.Response, *, ok: tuple[int, ...], sent_on: bool = False) -> None:
        status = answer.status_code
        if status in ok:
            return
        asked = pausing.asked_for(answer.headers.get("retry-after", ""), clock.now())
        if status in (408, 425, 429, 500, 502, 503, 504, 509):
            busy = status in (429, 509) or asked is not None
            sentence = BUSY if busy else BROKEN
            raise _Again(sentence.format(name=self._reach.name), asked)
        if status == 401 and not sent_on:
            raise _Refused
        if status == 403 and _is_a_limit(_body(answer, 64 * 1024)):
            raise _Again(BUSY.format(name=self._reach.name), asked)
        if status in (401, 403):
            raise NotThere(f"{self._reach.name} does not let you read it.")
        if status in (404, 410):
            raise NotThere
        if 300 <= status < 400:
            raise FolderTrouble(f"{self._reach.name} sent us to another address, which is not followed.", permanent=True)
        raise NotThere(f"{self._reach.name} does not hand it out (answer {status}).")


class _Again(Exception):
    """Worth another try after a while."""

    def __init__(self, sentence: str, asked: float | None = None) -> None:
        super().__init__(sentence)
        self.asked = asked


class _Refused(Exception):
    """The credential was refused."""


def _client(party: str) -> httpx2.Client:
    headers = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
    # Listings and files have limits of their own, below.
    options: dict[str, Any] = {"max_answer_bytes": 1 << 40, "headers": headers, "event_hooks": {"request": [_reads_only]}}
    return egress.client(party=party, purpose=PURPOSE, **options)


def _reads_only(request: httpx2.Request) -> None:
    if request.method != "GET":
        raise egress.EgressRefused("Folders are only read.")


def _body(answer: httpx2.Response, limit: int) -> bytes:
    raw = bytearray()
    for piece in answer.iter_raw(PIECE):
        raw += piece
        if len(raw) > limit:
            raise FolderTrouble("The answer is larger than we accept. Choose a folder with fewer files in it.", permanent=True)
    return bytes(raw)


def _copy(answer: httpx2.Response, into: IO[bytes], limit: int, check: Callable[[], None]) -> None:
    announced = answer.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > limit:
        raise TooLarge
    size, asked_at = 0, time.monotonic()
    for piece in answer.iter_raw(PIECE):
        size += len(piece)
        if size > limit:
            raise TooLarge
        into.write(piece)
        if time.monotonic() - asked_at > 0.5:
            check()
            asked_at = time.monotonic()
    into.flush()


def _is_a_limit(body: bytes) -> bool:
    """Google says with 403 that too much was asked (developers.google.com/drive, "Resolve errors")."""
    try:
        said = json.loads(body)
        reasons = {one.get("reason") for one in said["error"]["errors"]}
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return False
    return bool(reasons & {"rateLimitExceeded", "userRateLimitExceeded", "sharingRateLimitExceeded", "dailyLimitExceeded"})
