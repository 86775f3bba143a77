"""The measurements behind ``script/bench delivery``: webhooks to a receiver on loopback, and what signing costs."""

from __future__ import annotations

import asyncio
import hmac
import multiprocessing
import os
import resource
import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

from measure import say, seconds

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

ENDPOINTS = 8
EVENTS = 250
POOL = 2
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Receiver(asyncio.Protocol):
    """Answers 200 to every request that has come in whole, and does nothing else, so that the sender is what is measured."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.read = transport, b""

    def data_received(self, data: bytes) -> None:
        self.read += data
        while True:
            head, split, rest = self.read.partition(b"\r\n\r\n")
            if not split:
                return
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(rest) < length:
                return
            self.read = rest[length:]
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.write(ANSWER)


def receive(said: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(Receiver, "127.0.0.1", 0)
        said.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(serve())


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def measure_signing() -> None:
    from delivery.rules.signing import new_secret, signature

    secret, body, many = new_secret(), b"x" * 2048, 2000
    key = secret.encode()

    def sign() -> None:
        for _ in range(many):
            signature([secret], webhook_id="01a22cc5-a89c-7379-8f0e-be8b6cc5f63d", timestamp=1_790_000_000, body=body)

    def bare() -> None:
        for _ in range(many):
            hmac.digest(key, body, "sha256")

    ours, least = seconds(sign, 7), seconds(bare, 7)
    say("webhook signature", ours / many * 1e6, "us", "2 kB body")
    say("webhook signature, ratio", ours / least, "x", "of a bare HMAC-SHA256 of the body")


def measure_dispatching(port: int) -> None:
    from django.conf import settings
    from django.db import connection

    from accounts.models import User
    from delivery.flows import dispatching, ringing, subscribing
    from delivery.flows.announcing import announce
    from delivery.flows.slots import Slots
    from delivery.models import Attempt, Dispatch, Endpoint
    from ground import clock
    from llm.redaction import find_secrets

    settings.EGRESS_ALLOW = [f"127.0.0.1:{port}"]
    ringing.ring = lambda endpoints: None  # the pool below is the worker
    dispatching.slots = Slots(at_once=POOL, per_host=POOL)
    workspace = User.objects.create_user("bench@example.org").workspace
    for number in range(ENDPOINTS):
        subscribing.add(workspace, url=f"http://127.0.0.1:{port}/{number}", events=["run.completed"], actor=workspace.owner)
    ids = list(Endpoint.objects.values_list("pk", flat=True))

    def happen(times: int) -> None:
        for _ in range(times):
            run = uuid.uuid4()
            data = {"run_id": str(run), "interview_id": str(run), "state": "completed"}
            announce("run.completed", workspace_id=workspace.pk, subject=run, at=clock.now(), data=data)

    def drain(endpoint: uuid.UUID) -> None:
        try:
            while dispatching.work(endpoint):
                pass
        finally:
            connection.close()

    def drive() -> None:
        with ThreadPoolExecutor(POOL) as pool:
            for done in [pool.submit(drain, endpoint) for endpoint in ids]:
                done.result()

    find_secrets("warm")
    happen(5)
    while Dispatch.objects.exclude(state=Dispatch.State.DELIVERED).exists():
        drive()
    happen(EVENTS)
    waiting = Dispatch.objects.filter(state=Dispatch.State.WAITING).count()
    began, cpu = time.perf_counter(), cpu_seconds()
    drive()
    took, used = time.perf_counter() - began, cpu_seconds() - cpu
    sent = Attempt.objects.filter(status=200).count() - 5 * ENDPOINTS
    if not waiting == sent == EVENTS * ENDPOINTS:
        raise SystemExit(f"{sent} of {waiting} deliveries arrived.")
    of = f"{sent} deliveries, {ENDPOINTS} endpoints, {POOL} threads: sign, send, note the answer; {connection.vendor}"
    say("webhook deliveries", sent / took, "1/s", f"{of}; one process")
    say("webhook deliveries per core", sent / used, "1/s", f"{of}; per second of processor time of the sender")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specstep.settings")
    ours, theirs = multiprocessing.get_context("fork").Pipe()
    receiver = multiprocessing.get_context("fork").Process(target=receive, args=(theirs,), daemon=True)
    receiver.start()
    port = ours.recv()
    import django

    django.setup()
    measure_signing()
    measure_dispatching(port)
    receiver.terminate()


if __name__ == "__main__":
    main()
