"""A program with a key of Alice's, and one with a key of Charlie's."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from django.conf import settings as now
from django.test import Client
from pytest_django import Settings

from accounts.flows import keying
from accounts.models import User
from api import authenticating
from specstep.asgi import application
from tests.plugins.servers import free_port, wait_until


@dataclass
class Program:
    """Calls with one key, as a program does. Every answer is checked for what all of them have."""

    user: User
    key: str
    client: Client = field(default_factory=Client)

    def call(self, method: str, place: str, body: Any = None, /, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent: dict[str, Any] = {"headers": {"Authorization": f"Bearer {self.key}"} | named}
        if body is not None:
            sent |= {"data": body if isinstance(body, bytes) else json.dumps(body), "content_type": "application/json"}
        answer = self.client.generic(method, f"/api/v1{place}", **sent)
        assert answer.headers["RateLimit-Limit"] == str(now.API_CALLS)
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json", answer.headers
            assert answer.json()["status"] == answer.status_code
        return answer

    def get(self, place: str, /, **headers: str) -> Any:
        return self.call("GET", place, None, **headers)

    def post(self, place: str, body: Any = None, /, **headers: str) -> Any:
        return self.call("POST", place, body, **headers)


@pytest.fixture(autouse=True)
def _strangers_begin_anew() -> Iterator[None]:
    authenticating._strangers.cache_clear()
    yield
    authenticating._strangers.cache_clear()


@pytest.fixture
def program(alice: User) -> Program:
    return Program(alice, keying.make(alice, name="Build machine").raw)


@pytest.fixture
def stranger(charlie: User) -> Program:
    return Program(charlie, keying.make(charlie, name="Elsewhere").raw)


@pytest.fixture
def served(transactional_db: None, settings: Settings) -> Iterator[str]:
    """The address of the real ASGI application behind uvicorn, in a thread of this process, on this test's database."""
    settings.ALLOWED_HOSTS = ["*"]
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, host="127.0.0.1", port=port, lifespan="off", log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, seconds=30, what="uvicorn")
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=30)
    assert not thread.is_alive()


def code(answer: Any) -> str:
    """The word of a problem."""
    return str(json.loads(answer.content)["type"]).removeprefix("urn:specstep:problem:")
