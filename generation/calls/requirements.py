"""The call "generation.requirements"."""

from __future__ import annotations

from generation.calls.evidence import late, unsent
from generation.rules.agents.requirements import write_requirements
from generation.rules.agents.soundness import check_requirements
from generation.rules.content import RequirementsInput, RequirementsPart
from generation.rules.lightening import lighten_step
from llm.calls import Call

REQUIREMENTS = Call(
    name="generation.requirements",
    version=2,
    input=RequirementsInput,
    output=RequirementsPart,
    offline=write_requirements,
    check=check_requirements,
    lighten=lighten_step,
    stable=("evidence", "vision"),
    late=late("evidence"),
    unsent=unsent("evidence", reads_documents=True),
    tier="judgement",
    max_tokens=32_000,
    deadline_seconds=600.0,
)
