"""What the system keeps: entities, what they are known by, and who may do what with them."""

from __future__ import annotations

import re

from generation.rules.agents.language import base_of, lower_first, singular, stems
from generation.rules.agents.phrases import bare, base, clause, clip, pascal
from generation.rules.agents.said import Fact
from generation.rules.content import ArchitectureInput, CrudCell, Entity

NOT_SAID = "still to be asked"
"""Stands for the attributes of an entity that nobody has described."""
_MOST = 12
_RIGHTS = {
    "C": "book add create join enter submit upload put register write make place order record import invite report request sign",
    "R": "see read view look list find search open get watch check download export know receive compare",
    "U": "change edit move mark update correct approve close open accept confirm reschedule assign set adjust release grant rate",
    "D": "cancel delete remove withdraw retire revoke erase",
}
_LETTERS = {verb: letter for letter, verbs in _RIGHTS.items() for verb in verbs.split()}
_OBJECT = re.compile(
    r"\b(?:create|add|record|store|list|save|delete|keep|import|publish|register|calculate|compute|export)\s+"
    r"(?:one|an?|the|each|every|all)\s+(?:[a-z]+ed\s+)?((?:[a-z]+-)?[a-z]+)(?=\s+(?:and|to|of|"
    r"for|with|in|on|at|as|from|by|that|within|after|over)\b|[,.]|$)"
)
_HAS = re.compile(r"\b(?:has|have|needs?|holds?|contains?|with)\s+(.+)$", re.I)
_NOT_KEPT = frozenset(
    """
    it them this that they one him her way thing end start time day number list page screen desk site data system
    rule answer message text file result order
    january february march april may june july august september october november december year month week hour minute quarter
    german english french turkish spanish value reason mistake gap coffee online not notice feed question answer help case
    """.split()  # noqa: SIM905
)
"""Words that name no thing one would keep."""
_ONLY_SHOWN = frozenset(
    """
    screen page overview dashboard export report figure figures view display state status search login sign-in app portal table
    """.split()  # noqa: SIM905
)
"""Heads of names for what is shown of the kept things, not kept itself."""


def entities(given: ArchitectureInput, roles: list[str], neighbours: list[str], *, messages: bool) -> list[Entity]:
    """The things with an identity of their own, as far as the answers and the requirements name them; at least one."""
    nouns = _nouns(given, roles, neighbours)
    core = next((noun for noun in nouns if noun not in {role.lower() for role in roles}), nouns[0] if nouns else "record")
    found: dict[str, Entity] = {}
    for noun in nouns:
        name = pascal(noun)
        if name not in found and len(found) < _MOST:
            found[name] = _described(noun, name, given, roles, core)
    for noun, needed in (
        (
            "access record",
            any(re.search(r"access record|who (?:looked|opened|saw)", r.statement) for r in given.requirements.requirements),
        ),
        ("message", messages),
    ):
        if needed and pascal(noun) not in found:
            found[pascal(noun)] = _described(noun, pascal(noun), given, roles, core)
    return list(found.values()) or [_described("record", "Record", given, roles, core)]


def _nouns(given: ArchitectureInput, roles: list[str], neighbours: list[str]) -> list[str]:
    """Nouns in order: what R5 speaks of, then the glossary's words that requirements use, then what is created or listed."""
    statements = [r.statement for r in given.requirements.requirements]
    names = {n.lower() for n in [*neighbours, given.vision.system]}
    counted: dict[str, int] = {}
    # A noun is written small somewhere; what is not is the name of a place, a person or a standard.
    spoken_text = "\n".join(
        [*(str(a["text"]) for a in given.evidence.answers), *(t.term for t in given.vision.terms), *statements]
    )

    def offer(noun: str, weight: int) -> None:
        noun = singular(bare(re.sub(r"\(.*?\)", "", noun)).strip().lower())
        if (
            not re.fullmatch(r"[^\W\d_][\w-]*(?: [\w-]+)?", noun)
            or noun in names
            or noun in _NOT_KEPT
            or noun.split()[-1] in _ONLY_SHOWN
            or (base_of(noun) and weight < 3)
        ):
            return
        if len(noun) < 3 or not re.search(rf"\b{re.escape(noun)}(?:s|es)?\b", spoken_text):
            return
        used = sum(stems(noun) <= stems(s) for s in statements)
        if used or weight >= 4:
            counted[noun] = counted.get(noun, 0) + weight + used

    for fact in given.evidence.live("R5"):
        offer(str(fact["subject"]), 4 if fact["slot"] in ("name", "key attributes", "identity") else 3)
    for term in given.vision.terms:
        if term.term.lower() not in {role.lower() for role in roles}:
            offer(term.term, 2)
    for statement in statements:
        for noun in _OBJECT.findall(statement):
            offer(noun, 1)
    kept = sorted(counted, key=lambda noun: -counted[noun])
    return [
        noun
        for noun in kept
        if not any(other != noun and noun.endswith(f" {other}") and counted[other] > 3 * counted[noun] for other in kept)
    ]


def _described(noun: str, name: str, given: ArchitectureInput, roles: list[str], core: str) -> Entity:
    about = [f for f in given.evidence.live("R5", "R6", "R7") if singular(str(f["subject"]).lower()) == noun]
    counted = [
        f
        for f in about
        if "volume" in str(f["slot"])
        and (not f["unit"] or singular(str(f["unit"]).lower()) == noun)
        and isinstance(f["value"], int | float)
    ]
    identity = next((clip(lower_first(str(f["value"])), 10) for f in about if "identity" in str(f["slot"])), "own number")
    attributes = [a for f in about if "attribute" in str(f["slot"]) for a in _listed(f)]
    volume = next((int(f["value"]) for f in counted if f["value"] >= 1), None)
    builtin = {"message": ["kind", "channel", "delivery state"], "access record": ["who", "what", "when"]}
    return Entity(
        name=name,
        identity=identity,
        attributes=list(dict.fromkeys(attributes))[:10] or builtin.get(noun, [NOT_SAID]),
        volume=volume,
        crud=[CrudCell(role=role, rights=_rights(noun, index, given, core)) for index, role in enumerate(roles)],
    )


def _listed(fact: Fact) -> list[str]:
    """The attributes in a fact's value or quote: "A slot has a site, a doctor and a time" gives three."""
    text = str(fact["value"]) if "," in str(fact["value"]) else str(fact["quote"]).split("|")[0]
    match = _HAS.search(text)
    parts = re.split(r",| and | or |;", match[1] if match and text == str(fact["quote"]) else text)
    clean = [lower_first(clip(bare(part.strip(" .")), 5)) for part in parts]
    return [part for part in clean if part and len(part) < 40]


def _rights(noun: str, index: int, given: ArchitectureInput, core: str) -> str:
    """The letters a role has on an entity; n/a where neither the permissions table nor a statement gives it any.

    A row of the table that names no entity ("book, cancel") speaks of the core entity. A statement gives a role the act it
    triggers ("When a patient cancels an appointment") and the act it gets back ("create one appointment").
    """
    table = given.vision.permissions
    role = table.roles[index] if index < len(table.roles) else given.vision.journeys[0].actor if given.vision.journeys else "user"
    letters: set[str] = set()
    limited = False
    for row in table.rows:
        cell = row.cells[index].lower() if index < len(row.cells) else "no"
        if cell in ("no", "n/a", "", "-"):
            continue
        limited = limited or "own" in cell
        if _speaks_of(row.capability, noun, table.roles) or (noun == core and _names_nothing(row.capability)):
            letters |= _acts(row.capability) or {"R"}
    for requirement in given.requirements.requirements:
        parts = clause(requirement.statement)
        if requirement.kind == "functional" and re.match(rf"(?i)(?:an?|the|two|one) {re.escape(role)}s?\b", parts.condition):
            for text in (parts.condition, parts.response):
                done = {base(verb) for verb, thing in _ACT_ON.findall(text) if stems(noun) == stems(thing)}
                letters |= {_LETTERS[verb] for verb in done & _LETTERS.keys()}
    if letters - {"R"}:
        letters.add("R")
    return (
        "".join(letter for letter in "CRUD" if letter in letters) + (" (own)" if limited and letters else "")
        if letters
        else "n/a"
    )


_ACT_ON = re.compile(r"\b([a-z]+)\s+(?:(?:one|an?|the|each|every|all|that|its|their)\s+)(?:[a-z]+ed\s+|free\s+|new\s+)?([a-z]+)")


def _acts(capability: str) -> set[str]:
    return {_LETTERS[verb] for word in re.findall(r"[a-z]+", capability.lower()) if (verb := base_of(word) or word) in _LETTERS}


def _names_nothing(capability: str) -> bool:
    """True for a row made of verbs alone."""
    return all((base_of(word) or word) in _LETTERS or word in ("and", "or") for word in re.findall(r"[a-z]+", capability.lower()))


def _speaks_of(capability: str, noun: str, roles: list[str]) -> bool:
    return stems(noun) <= stems(capability) or (noun in {r.lower() for r in roles} and noun in capability.lower())
