"""The parts of the system: which component carries which requirement, what it owns, what it may call.

One capability of the requirements becomes one component; access, messages, timed jobs and the exchange with each neighbour are
added only where the requirements need them. Calls go down through layers, so that no circle can arise:

    screens, jobs  >  access  >  exchanges  >  capabilities, the most used last  >  messages
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from generation.rules.agents.language import joined, lower_first, plural, stems, third, upper_first
from generation.rules.agents.neighbours import Neighbour
from generation.rules.agents.phrases import base, clause, kebab, safe_label
from generation.rules.content import ArchitectureInput, Edge, Element, Entity, Requirement

_SENDS = re.compile(
    (
        r"\bshall (?:send|notify|remind|inform|alert|text|e-?mail|mail)\b|\b(?:text messages?|e-?mails?|"
        r"messages?|reminders?|templates?)\b"
    ),
    re.I,
)
_GUARDS = re.compile(
    r"\b(?:sign(?:s|ed)? in|sign-in|log(?:s|ged)? in|session|password|code|second factor|rights?|role|access record|permission|"
    r"another (?:\w+)'?s?|who (?:looked|opened|saw|changed)|only (?:the|an?) [a-z ]+ (?:may|sees?)|not allowed|audit)\b",
    re.I,
)
_TIMED = re.compile(
    r"^(?:When|If|While) (?:(?:\d+|an?|one|two|three|six) (?:\w+ )?(?:seconds?|minutes?|hours?|days?|weeks?|months?|years?)|"
    r"[^,]*\b(?:has|have) (?:passed|ended|expired)|[^,]*\b(?:ends?|expires?|is over|falls due|remains?|remain)\b)|"
    r"\b(?:every (?:\d+ )?(?:night|day|hour|week|month|morning|evening|minutes|seconds)|nightly|"
    r"daily|weekly|monthly|on the following night)\b",
    re.I,
)
_KEEPS = re.compile(r"\b(?:stor|delet|record|retain|backup|back up|restor|lost|lose|encrypt)", re.I)
_SHOWN = re.compile(
    r"\bshall (?:show|list|display|tell|offer|ask|refuse|let|open|give|present|accept|mark|warn)\b|\band (?:show|tell)\b"
)
_MESSAGING = re.compile(r"remind|notif|messag|alert", re.I)
_PROTECTING = re.compile(
    r"\b(?:access|rights?|permissions?|sign(?:ing)?[ -]in|security|privacy|protect\w*|accounts?|identity)\b", re.I
)
_EXCHANGING = re.compile(r"exchange|import|export|interface|integration|sync|feed|transfer|calendar file", re.I)
MOST_CAPABILITIES = 8


@dataclass
class Block:
    """A component before it becomes an element."""

    id: str
    name: str
    layer: int
    owns: list[str] = field(default_factory=list)
    does_not_own: str = ""
    calls: dict[str, str] = field(default_factory=dict)
    """Component it may call, and what for."""
    requirements: list[str] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=list)


@dataclass
class Plan:
    """The components and who carries what."""

    blocks: list[Block]
    carried: dict[str, list[str]]
    """Requirement to component ids, in the order of importance."""
    primary: str
    """The role the first journey is about."""
    screens: dict[str, str]
    """Role to the id of the screen it works on."""
    words: dict[str, set[str]]
    """The meaningful words of each requirement's statement."""

    def block(self, id_: str) -> Block:
        return next(block for block in self.blocks if block.id == id_)


def functional(given: ArchitectureInput) -> list[Requirement]:
    return [r for r in given.requirements.requirements if r.kind == "functional"]


def roles_of(given: ArchitectureInput) -> list[str]:
    """The roles of the permissions table; else the actors of the journeys; else one user. At most seven, for the diagrams."""
    named = given.vision.permissions.roles or list(dict.fromkeys(journey.actor for journey in given.vision.journeys)) or ["user"]
    return named[:7]


def plan(given: ArchitectureInput, entities: list[Entity], beside: list[Neighbour], channels: list[str]) -> Plan:
    """Cuts the system into components and says which of them carries each requirement."""
    roles = roles_of(given)
    primary = next((j.actor for j in given.vision.journeys if j.actor in roles), roles[0])
    blocks, screens = _screens(roles, primary, [journey.actor for journey in given.vision.journeys])
    everything = [r.statement for r in given.requirements.requirements]
    if any(_TIMED.search(statement) for statement in everything):
        blocks.append(Block("CMP-jobs", "Jobs", 0, ["when something is due"], "what then happens"))
    blocks.append(
        Block(
            "CMP-access",
            "Access",
            1,
            ["who may do what", "access records" if _records(everything) else "sign-in"],
            "what the screens show",
        )
    )
    blocks += [
        Block(
            f"CMP-{kebab(n.name, 'neighbour')}-exchange",
            f"{n.name} exchange",
            2,
            [n.gives or f"what {n.name} gives and gets"],
            f"what {n.name} decides",
        )
        for n in beside[:2]
    ]
    capabilities = _capabilities(given, blocks, bool(channels))
    blocks += capabilities
    if channels:
        blocks.append(Block("CMP-messages", "Messages", 9, ["templates", "delivery states"], "who gets what when"))
    _unique(blocks)
    made = Plan(blocks, {}, primary, screens, {r.id: stems(r.statement) for r in given.requirements.requirements})
    for requirement in given.requirements.requirements:
        made.carried[requirement.id] = _carriers(requirement, made, given, beside)
    _share_out(made, given, entities)
    _connect(made, given)
    return made


def _records(statements: list[str]) -> bool:
    return any(
        re.search(r"access record|who (?:looked|opened|saw)|record the (?:\w+ )?(?:member|person|user)", s) for s in statements
    )


def _screens(roles: list[str], primary: str, actors: list[str]) -> tuple[list[Block], dict[str, str]]:
    first = Block(
        f"CMP-{kebab(primary, 'first')}-pages",
        f"{upper_first(primary)} pages",
        0,
        [f"what the {primary} sees"],
        "the rules behind it",
    )
    others = [role for role in roles if role != primary]
    screens = {primary: first.id}
    if not others:
        return [first], screens
    name = f"{upper_first(next((role for role in actors if role in others), others[0]))} screen"
    second = Block(
        f"CMP-{kebab(name, 'second')}",
        name,
        0,
        [f"what {joined([f'the {role}' for role in others])} {'sees' if len(others) == 1 else 'see'}"],
    )
    second.does_not_own = "the rules behind it"
    return [first, second], screens | dict.fromkeys(others, second.id)


def _capabilities(given: ArchitectureInput, blocks: list[Block], messages: bool) -> list[Block]:
    """One component per capability; capabilities that are about messages, rights or exchange join the component made for that."""
    made: list[Block] = []
    for capability in dict.fromkeys(r.capability for r in functional(given)):
        exchange = next((b for b in blocks if b.layer == 2), None)
        if messages and _MESSAGING.search(capability):
            continue
        if _PROTECTING.search(capability):
            next(b for b in blocks if b.layer == 1).capabilities.append(capability)
        elif exchange and _EXCHANGING.search(capability):
            exchange.capabilities.append(capability)
        elif len(made) == MOST_CAPABILITIES:
            made[-1].capabilities.append(capability)
        else:
            made.append(Block(f"CMP-{kebab(capability, 'capability')}", upper_first(capability), 3, capabilities=[capability]))
    if not made:
        made.append(Block("CMP-core", "Core", 3, capabilities=list(dict.fromkeys(r.capability for r in functional(given)))))
    return made


def _unique(blocks: list[Block]) -> None:
    """Two names that become one id in ASCII letters are told apart by a tail of letters."""
    seen: dict[str, int] = {}
    for block in blocks:
        seen[block.id] = seen.get(block.id, 0) + 1
        if seen[block.id] > 1:
            block.id += "-" + "bcdefghijklmnopqrstuvwxyz"[seen[block.id] - 2]


def _carriers(requirement: Requirement, made: Plan, given: ArchitectureInput, beside: list[Neighbour]) -> list[str]:
    """The components that carry a requirement, by its capability first, then by the words of its statement."""
    statement = requirement.statement
    found: list[str] = [
        b.id for b in made.blocks if requirement.kind == "functional" and requirement.capability in b.capabilities
    ]
    ids = {block.id for block in made.blocks}
    if "CMP-messages" in ids and (_SENDS.search(statement) or _MESSAGING.search(requirement.capability)):
        found.append("CMP-messages")
    found += [
        block.id
        for n in beside
        for block in made.blocks
        if block.layer == 2 and n.name in block.name and n.name.lower() in statement.lower()
    ]
    if _GUARDS.search(statement):
        found.append("CMP-access")
    if "CMP-jobs" in ids and _TIMED.search(statement):
        found.append("CMP-jobs")
    if requirement.kind == "quality":
        found += _carriers_of_quality(requirement, made, given)
    elif screen := _screen_for(requirement, made, given):
        found.append(screen)
    if _KEEPS.search(statement):
        found.append("CMP-database")
    if not any(i in ids for i in found):
        found.insert(0, next(b.id for b in made.blocks if b.layer == 3) if requirement.kind == "functional" else "CMP-web")
    return list(dict.fromkeys(found))


def _carriers_of_quality(requirement: Requirement, made: Plan, given: ArchitectureInput) -> list[str]:
    kind = requirement.id.split("-")[1] if requirement.id.count("-") > 1 else ""
    journeys = set(requirement.journeys)
    near = [
        b.id
        for b in made.blocks
        if b.layer == 3 and any(journeys & set(r.journeys) and r.capability in b.capabilities for r in functional(given))
    ]
    core = near[:1] or [b.id for b in made.blocks if b.layer == 3][:1]
    return {
        "PER": [*core, "CMP-database"],
        "CAP": [*core, "CMP-database"],
        "AVA": ["CMP-web", "CMP-database"],
        "REL": ["CMP-web", "CMP-database"],
        "SEC": ["CMP-access"],
        "PRI": ["CMP-access", "CMP-database"],
        "USA": [_screen_for(requirement, made, given) or made.screens[made.primary]],
        "MNT": ["CMP-web"],
        "SAF": core,
    }.get(kind, ["CMP-web"])


def _screen_for(requirement: Requirement, made: Plan, given: ArchitectureInput) -> str | None:
    """The screen of the first role the statement names; else of the actor of its journey."""
    low = requirement.statement.lower()
    named = sorted(
        (low.index(role.lower()), role) for role in made.screens if re.search(rf"\b{re.escape(role.lower())}s?\b", low)
    )
    if named:
        return made.screens[named[0][1]]
    actors = [j.actor for j in given.vision.journeys if j.id in requirement.journeys and j.actor in made.screens]
    return made.screens[actors[0]] if actors and _SHOWN.search(requirement.statement) else None


def _share_out(made: Plan, given: ArchitectureInput, entities: list[Entity]) -> None:
    """Gives each entity to the component whose requirements speak of it most; the first capability wins a tie."""
    statements = {r.id: r.statement for r in given.requirements.requirements}
    for block in made.blocks:
        block.requirements = [req for req, by in made.carried.items() if block.id in by]
    takers = [b for b in made.blocks if b.layer in (3, 9)]
    taken: dict[str, str] = {}
    for entity in entities:
        words = stems(_spoken(entity))
        if entity.name == "AccessRecord":
            continue
        counted = [
            (sum(words <= stems(statements[r]) for r in b.requirements if b.layer != 9 or words & {"messag", "message"}), b)
            for b in takers
        ]
        best = max(counted, key=lambda pair: pair[0])
        owner = best[1] if best[0] else takers[0]
        owner.owns.append(plural(_spoken(entity)))
        taken[_spoken(entity)] = owner.id
    for block in made.blocks:
        rules = list(
            dict.fromkeys(rule for r in given.requirements.requirements if r.id in block.requirements for rule in r.rules)
        )
        if block.layer == 3:
            if rules:
                block.owns.append(f"the rules {joined(rules[:4])}" if len(rules) > 1 else f"the rule {rules[0]}")
            if not block.owns:
                block.owns.append(f"the rules of {lower_first(block.name)}")
            foreign = [plural(name) for name, owner in taken.items() if owner != block.id]
            block.does_not_own = joined(foreign[:2]) if foreign else "how it is shown"


def _spoken(entity: Entity) -> str:
    """ "VisitType" as "visit type"."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", entity.name).lower()


def _connect(made: Plan, given: ArchitectureInput) -> None:
    """Draws the allowed calls down the layers; every component except a screen ends up with a caller."""
    statements = {r.id: r for r in given.requirements.requirements}
    top = [b for b in made.blocks if b.layer == 0]
    capabilities = [b for b in made.blocks if b.layer == 3]

    def together(first: Block, second: Block) -> list[Requirement]:
        return [statements[r] for r in first.requirements if r in second.requirements]

    for screen in top:
        if screen.id != "CMP-jobs":
            screen.calls["CMP-access"] = "checks who"
        for block in made.blocks:
            shared = [r for r in together(screen, block) if r.kind == "functional"]
            if shared and block.layer > 0 and block.id not in screen.calls:
                screen.calls[block.id] = "runs what is due" if screen.id == "CMP-jobs" else _acts(shared)
    for upper in (b for b in made.blocks if b.layer in (1, 2, 3)):
        for lower in made.blocks:
            if lower.layer > upper.layer and lower.layer in ((9,) if upper.layer == 1 else (3, 9)) and together(upper, lower):
                upper.calls[lower.id] = "hands over messages" if lower.layer == 9 else _acts(together(upper, lower))
    _rank(made, capabilities)
    _reach_all(made, top)


def _reach_all(made: Plan, top: list[Block]) -> None:
    """Gives a caller to every component that has none, and a core to every exchange."""
    core = next(b for b in made.blocks if b.layer == 3)
    for block in made.blocks:
        if block.layer > 0 and not any(block.id in other.calls for other in made.blocks):
            caller = top[0] if block.layer in (1, 3) or len(top) < 2 else next((b for b in top if b.id == "CMP-jobs"), top[-1])
            caller.calls[block.id] = "hands over messages" if block.layer == 9 else "reads files" if block.layer == 2 else "uses"
    for block in made.blocks:
        if block.layer == 2 and not any(made.block(call).layer == 3 for call in block.calls):
            block.calls[core.id] = "passes on what changed"


def _rank(made: Plan, capabilities: list[Block]) -> None:
    """A capability may call one that owns what its own requirements speak of, but only towards the more used one."""
    owners = {owned: block for block in capabilities for owned in block.owns if not owned.startswith("the rule")}
    used = {block.id: 0 for block in capabilities}
    wants: list[tuple[Block, Block, str]] = []
    for block in capabilities:
        words = {word for r in block.requirements for word in made.words[r]}
        for owned, owner in owners.items():
            if owner is not block and stems(owned) <= words:
                wants.append((block, owner, owned))
                used[owner.id] += 1
    order = sorted(capabilities, key=lambda b: (used[b.id], -capabilities.index(b)))
    for caller, owner, owned in wants:
        if order.index(caller) < order.index(owner) and owner.id not in caller.calls:
            caller.calls[owner.id] = f"asks for {owned}"


def _acts(requirements: list[Requirement]) -> str:
    """What is asked for, in the verbs of the responses: "lists, creates, refuses"."""
    verbs = list(dict.fromkeys(third(base(clause(r.statement).verb)) for r in requirements))
    return safe_label(", ".join(verbs[:3]), 6)


def elements_and_edges(given: ArchitectureInput, made: Plan) -> tuple[list[Element], list[Edge]]:
    """The components as elements and arrows of the block view."""
    elements = [
        Element(
            id=block.id,
            type="component",
            name=block.name,
            views=["blocks"],
            owns=", ".join(dict.fromkeys(block.owns)),
            does_not_own=block.does_not_own or "how it is shown",
            may_call=list(block.calls),
        )
        for block in made.blocks
    ]
    edges = [
        Edge(view="blocks", source=b.id, target=target, label=label) for b in made.blocks for target, label in b.calls.items()
    ]
    return elements, edges
