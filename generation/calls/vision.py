"""The call "generation.vision"."""

from __future__ import annotations

from generation.calls.evidence import late, unsent
from generation.rules.agents.soundness import check_vision
from generation.rules.agents.vision import write_vision
from generation.rules.content import VisionInput, VisionPart
from generation.rules.lightening import lighten_step
from llm.calls import Call

VISION = Call(
    name="generation.vision",
    version=2,
    input=VisionInput,
    output=VisionPart,
    offline=write_vision,
    check=check_vision,
    lighten=lighten_step,
    stable=("evidence",),
    late=late("evidence"),
    unsent=unsent("evidence", reads_documents=True),
    tier="judgement",
    max_tokens=32_000,
    deadline_seconds=600.0,
)
