"""A server on loopback that speaks the wire formats of both model vendors, for tests and measurements.

It checks every request strictly, answers with the output of the call's rule-based agent (the call is named by the title of the
asked schema, its input stands between ``<input>`` and ``</input>``), plain, streamed and in the background, keeps honest accounts
of the prompt cache, produces every failure a vendor produces, and keeps one record per call.

In a test: the fixture ``wire_stub``. As a process: ``python -m tests.wire_stub --port 0 --port-file F --log calls.jsonl
--set ttft_ms=100``.
"""

from __future__ import annotations

from tests.wire_stub.asked import Wrong, check_strict
from tests.wire_stub.behaviour import Behaviour
from tests.wire_stub.faults import FAULTS, Fault
from tests.wire_stub.records import Record, forms, report
from tests.wire_stub.running import Server, start
from tests.wire_stub.server import ANTHROPIC_KEY, OPENAI_KEY, TOKENS, Seen, WireStub, environment

__all__ = [
    "ANTHROPIC_KEY", "FAULTS", "OPENAI_KEY", "TOKENS", "Behaviour", "Fault", "Record", "Seen", "Server", "WireStub", "Wrong",
    "check_strict", "environment", "forms", "report", "start",
]  # fmt: skip
