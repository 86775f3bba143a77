"""The call "generation.backlog"."""

from __future__ import annotations

from generation.calls.evidence import late, unsent
from generation.rules.agents.backlog import planner
from generation.rules.agents.coherence import check_backlog
from generation.rules.content import BacklogInput, BacklogPart
from llm.calls import Call

BACKLOG = Call(
    name="generation.backlog",
    version=2,
    input=BacklogInput,
    output=BacklogPart,
    offline=planner,
    check=check_backlog,
    stable=("evidence", "vision", "requirements", "tests", "architecture"),
    late=late("evidence"),
    unsent=unsent("evidence", reads_documents=False),
    tier="judgement",
    max_tokens=32_000,
    deadline_seconds=600.0,
)
