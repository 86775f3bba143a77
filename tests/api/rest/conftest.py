"""A program with a key of Alice's, and one with a key of Charlie's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from accounts.flows import keying
from accounts.models import User
from api import authenticating


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
        assert answer.headers["RateLimit-Limit"] == str(settings.API_CALLS)
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


def code(answer: Any) -> str:
    """The word of a problem."""
    return str(json.loads(answer.content)["type"]).removeprefix("urn:specstep:problem:")
