"""The call "generation.prose"."""

from __future__ import annotations

from generation.calls.evidence import late, unsent
from generation.rules.agents.prose import write_prose
from generation.rules.agents.prose.checking import check_prose
from generation.rules.content import ProseInput, ProsePart
from generation.rules.graph import DECIDING
from llm.calls import Call

PARTS = tuple(f"parts.{name}" for name in ("evidence", *DECIDING))
"""What was decided, in the order in which it was decided."""

PROSE = Call(
    name="generation.prose",
    version=2,
    input=ProseInput,
    output=ProsePart,
    offline=write_prose,
    check=check_prose,
    stable=PARTS,
    late=late("parts.evidence"),
    unsent=unsent("parts.evidence", reads_documents=False),
    fan_out=True,
    tier="balanced",
    max_tokens=12_000,
    deadline_seconds=300.0,
)
