"""Quality requirements as scenarios of section 10: source, stimulus, environment, response, measure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from generation.rules.content import Content, LinkedRequirement
from generation.rules.rendering import phrases

_CONDITION = re.compile(r"^(?:When|If|While|Where) (?P<stimulus>.+?), (?:then )?(?:the|a|an) .+? shall (?P<response>.+)\.$")
_PLAIN = re.compile(r"^(?:The|A|An) .+? shall (?P<response>.+)\.$")


@dataclass(frozen=True)
class Scenario:
    id: str
    source: str
    stimulus: str
    environment: str
    response: str
    measure: str
    decided: str


def scenarios(content: Content) -> list[Scenario]:
    """One per quality requirement, in order. Source and stimulus are read from the statement."""
    return [_scenario(content, row) for row in content.requirements if row.kind == "quality"]


def _scenario(content: Content, row: LinkedRequirement) -> Scenario:
    match = _CONDITION.match(row.statement) or _PLAIN.match(row.statement)
    found = match.groupdict() if match else {}
    decisions = [label for label in row.satisfied_by if label.startswith("ADR-")]
    return Scenario(
        id=row.id,
        source=_source(content, row, found.get("stimulus") or ""),
        stimulus=found.get("stimulus") or "at any time",
        environment=row.fit.at,
        response=found.get("response") or row.statement,
        measure=f"{row.fit.measure}, {phrases.threshold(row.fit)}",
        decided=", ".join(decisions) or "section 8",
    )


def _source(content: Content, row: LinkedRequirement, stimulus: str) -> str:
    """Who or what sets it off: a role named in the condition, the actor of a journey, a fault, or anybody."""
    low = stimulus.lower()
    named = [role for role in content.permissions.roles if re.search(rf"\b{re.escape(role.lower())}s?\b", low)]
    if named:
        return max(named, key=len)
    actors = [journey.actor for journey in content.journeys if journey.id in row.journeys]
    if actors and row.ears != "unwanted":
        return actors[0]
    return "a fault or a stranger" if row.ears == "unwanted" else "anybody"
