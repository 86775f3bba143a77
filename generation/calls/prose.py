"""The call "generation.prose"."""

from __future__ import annotations

from generation.rules.agents.prose import write_prose
from generation.rules.agents.prose.checking import check_prose
from generation.rules.content import ProseInput, ProsePart
from llm.calls import Call

PROSE = Call(
    name="generation.prose",
    version=1,
    input=ProseInput,
    output=ProsePart,
    offline=write_prose,
    check=check_prose,
    tier="balanced",
    max_tokens=12_000,
    deadline_seconds=300.0,
)
