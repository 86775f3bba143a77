"""The written parts of docs/requirements.md without a model: boundary, rights, data, interfaces, what is left out."""

from __future__ import annotations

import re

from generation.rules.agents.entities import NOT_SAID
from generation.rules.agents.language import joined, lower_first
from generation.rules.agents.phrases import clip
from generation.rules.agents.prose.view import View, spaced, table, within
from generation.rules.content import Entity

CHARACTERISTICS = {
    "Performance efficiency": (("PER", "CAP"), "R11"),
    "Compatibility": (("COM",), "R7"),
    "Interaction capability": (("USA",), "R17"),
    "Reliability": (("AVA", "REL"), "R13"),
    "Security": (("SEC", "PRI"), "R14"),
    "Maintainability": (("MNT",), "R18"),
    "Flexibility": (("POR", "FLE"), "R18"),
    "Safety": (("SAF",), "R19"),
}
"""ISO/IEC 25010:2023 beside functional suitability: the id families that speak of it, and the topic it is asked under."""


def sections(view: View) -> dict[str, str]:
    """The written sections by heading."""
    return {
        "Context and boundary": _context(view),
        "Actors and permissions": _actors(view),
        "Quality requirements": _qualities(view),
        "Data requirements": _data(view),
        "External interfaces": interfaces(view),
        "Out of scope": _outside(view),
    }


def _context(view: View) -> str:
    people = joined([f"the {role}" for role in view.vision.permissions.roles]) or "its users"
    beside = view.beside()
    first = f"{view.system[0].upper()}{view.system[1:]} serves {people}."
    second = f"It stands beside {joined(beside)}." if beside else "No other system was named that it stands beside."
    entities = joined([spaced(e.name) for e in view.parts.architecture.entities[:5]])
    said = view.said("A1", "A5", "R7", most=3)
    decided = next((f", decided in {a.id}" for a in view.parts.architecture.adrs if "data" in a.slug), "")
    return within(
        130,
        first,
        second,
        f"Ours is what it keeps of its own: {entities}.",
        f"On the boundary it was said: {said}."
        if said
        else "Nobody has drawn the boundary in words; this one is read from the requirements.",
        f"What goes in and out is under external interfaces{decided}.",
    )


def _actors(view: View) -> str:
    said = view.on("R1")
    if not said:
        return "Nobody has spoken of rights; the matrix is read from the journeys and has to be confirmed."
    grants = next((f for f in said if "grant" in str(f["slot"])), None)
    return within(
        70,
        f"The matrix rests on {view.cite([str(f['id']) for f in said])}.",
        f"On who grants what: {view.quote(grants)}." if grants else "Who grants and withdraws rights was not said.",
    )


def _qualities(view: View) -> str:
    asked = {str(t["id"]): t for t in view.evidence.topics}
    missing = []
    for name, (families, topic) in CHARACTERISTICS.items():
        if view.family(*families):
            continue
        note = str((asked.get(topic) or {}).get("note") or "")
        state = str((asked.get(topic) or {}).get("state") or "")
        reason = (
            lower_first(clip(note, 9), view.names)
            if note
            else "nothing was said that asks for more than the functional requirements"
        )
        missing.append(f"{name} is n/a because {reason}." if state == "n/a" or not note else f"{name}: {reason}.")
    return within(90, *missing) if missing else ""


def _data(view: View) -> str:
    held = [f"{spaced(e.name)}{_contents(e)}" for e in view.parts.architecture.entities[:4]]
    private = view.on("R15")
    said = view.on("R5", "R6")
    return within(
        120,
        f"{'Kept are' if len(held) > 1 else 'Kept is one kind of thing:'} {joined(held)}."
        if any(entity.name != "Record" for entity in view.parts.architecture.entities)
        else "Nobody has said what has to be kept.",
        f"From the answers: {joined([view.quote(f) for f in said[:2]])}."
        if said
        else "Nobody has described the data; names and contents are read from the requirements and have to be confirmed.",
        f"What binds: {joined([view.quote(f) for f in private[:3]])}."
        if private
        else "Nothing was said on how long data is kept or what must not be stored.",
    )


def _contents(entity: Entity) -> str:
    told = [a for a in entity.attributes[:4] if a != NOT_SAID]
    return f" ({joined(told)})" if told else ""


def interfaces(view: View) -> str:
    """One row per neighbour: direction, format, how often, what happens when it fails."""
    rows = []
    for element in view.externals():
        arrows = [e for e in view.parts.architecture.edges if e.view == "context" and element.id in (e.source, e.target)]
        inward = [e.label for e in arrows if e.source == element.id]
        outward = [e.label for e in arrows if e.target == element.id]
        direction = "both" if inward and outward else "in" if inward else "out"
        often = next(
            (m[0] for a in [*inward, *outward] if (m := re.search(r"every [\w ]+|each [\w ]+|nightly|daily|hourly|weekly", a))),
            "not said",
        )
        fails = next((r.id for r in view.when_silent(element.name)), "")
        rows.append((element.name, direction, joined([*inward, *outward]), often, fails or (view.open_on("R7") or "not decided")))
    return (
        table(("interface", "direction", "format", "how often", "when it fails"), rows)
        if rows
        else "None were named. No data is exchanged with another system."
    )


def _outside(view: View) -> str:
    left = [lower_first(n, view.names) for n in view.vision.anchor.non_goals]
    said = [f for f in view.on("V6") if re.search(r"not|later|out", str(f["slot"]))]
    first = f"Not built: {joined(left)}." if left else "Nobody has excluded anything; what is left out is for the owner to say."
    return within(90, first, f"In the owner's words: {joined([view.quote(f) for f in said[:3]])}." if said else "")
