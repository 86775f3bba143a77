"""The call "generation.tests"."""

from __future__ import annotations

from generation.calls.evidence import late, unsent
from generation.rules.agents.soundness import check_tests
from generation.rules.agents.tests import write_tests
from generation.rules.content import TestsInput, TestsPart
from generation.rules.lightening import lighten_step
from llm.calls import Call

TESTS = Call(
    name="generation.tests",
    version=2,
    input=TestsInput,
    output=TestsPart,
    offline=write_tests,
    check=check_tests,
    lighten=lighten_step,
    stable=("evidence", "vision", "requirements"),
    late=late("evidence"),
    unsent=unsent("evidence", reads_documents=True),
    tier="judgement",
    max_tokens=32_000,
    deadline_seconds=600.0,
)
