"""What is counted of calls stays here: no other host than the asked vendor is ever spoken to (S-103)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from billing.purses import purse_for
from ground import egress
from ground.rows import new_id
from llm import gateway
from llm.calls import Call
from llm.models import ModelCall
from llm.sweeping import sweep
from tests.llm.clerk.calls import Letter, Sorted
from tests.wire_stub import WireStub

_heard: list[set[Any]] = []
"""The set that is filled now, if any: a hook of the interpreter cannot be taken back."""


def _hear(event: str, details: tuple[Any, ...]) -> None:
    if event == "socket.connect" and _heard:
        _heard[-1].add(details[1])


@pytest.fixture
def connections() -> Iterator[set[Any]]:
    """The addresses that anything in this process connects to."""
    sys.addaudithook(_hear)
    _heard.append(set())
    yield _heard[-1]
    _heard.pop()


@pytest.mark.promise("S-103")
def test_counting_showing_and_sweeping_speak_to_nobody_but_the_vendor(
    as_alice: Client, alice: User, wire_stub: WireStub, sort: Call[Letter, Sorted], letter: Letter, connections: set[Any]
) -> None:
    gateway.ask(sort, letter, purse=purse_for(alice.workspace.pk, subject=new_id()), provider="anthropic")
    assert as_alice.get("/settings/usage/").status_code == 200
    sweep()
    call_command("usage_statistics")
    assert ModelCall.objects.count() == 1
    assert {f"http://{host}:{port}" for host, port, *_ in connections} == {wire_stub.url}


@pytest.mark.promise("S-103")
def test_no_party_is_declared_for_telemetry(db: None) -> None:
    purposes = {purpose for party in egress.declared() for purpose in party.purposes}
    assert "model calls" in purposes
    assert not [
        purpose for purpose in purposes if any(word in purpose for word in ("telemetry", "usage", "analytics", "statistic"))
    ]
