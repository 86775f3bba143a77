"""The call "generation.architecture"."""

from __future__ import annotations

from generation.calls.evidence import late, unsent
from generation.rules.agents.architecture import architect
from generation.rules.agents.coherence import check_architecture
from generation.rules.content import ArchitectureInput, ArchitecturePart
from generation.rules.lightening import lighten_step
from llm.calls import Call

ARCHITECTURE = Call(
    name="generation.architecture",
    version=2,
    input=ArchitectureInput,
    output=ArchitecturePart,
    offline=architect,
    check=check_architecture,
    lighten=lighten_step,
    stable=("evidence", "vision", "requirements", "tests"),
    late=late("evidence"),
    unsent=unsent("evidence", reads_documents=True),
    tier="judgement",
    max_tokens=32_000,
    deadline_seconds=600.0,
)
