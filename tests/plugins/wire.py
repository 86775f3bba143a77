"""The fixture ``wire_stub``: both model vendors on loopback, and the settings that lead there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from tests import wire_stub as stubs
from tests.wire_stub import WireStub


@pytest.fixture
def wire_stub(settings: Settings) -> Iterator[WireStub]:
    """A stub of Anthropic and OpenAI. Every request that breaks a vendor's rules fails the test at its end."""
    stub, server = stubs.start()
    settings.ANTHROPIC_BASE_URL, settings.OPENAI_BASE_URL = stub.url, f"{stub.url}/v1"
    settings.ANTHROPIC_API_KEY, settings.OPENAI_API_KEY = stubs.ANTHROPIC_KEY, stubs.OPENAI_KEY
    settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, stub.url.removeprefix("http://")]
    yield stub
    server.shutdown()
    assert not stub.complaints, f"Requests broke the vendor's rules: {stub.complaints}"
