"""The call "generation.risks"."""

from __future__ import annotations

from generation.calls.evidence import late, unsent
from generation.rules.agents.coherence import check_risks
from generation.rules.agents.risks import pessimist
from generation.rules.content import RisksInput, RisksPart
from llm.calls import Call

RISKS = Call(
    name="generation.risks",
    version=2,
    input=RisksInput,
    output=RisksPart,
    offline=pessimist,
    check=check_risks,
    stable=("evidence", "vision", "requirements", "tests", "architecture", "backlog"),
    late=late("evidence"),
    unsent=unsent("evidence", reads_documents=False),
    tier="judgement",
    max_tokens=16_000,
    deadline_seconds=600.0,
)
