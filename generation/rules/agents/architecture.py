"""The rule-based architect: boxes, arrows, entities and decisions out of answers and requirements, without a model."""

from __future__ import annotations

import re

from generation.rules.agents.blocks import Plan, elements_and_edges, plan, roles_of
from generation.rules.agents.decisions import Fork, decisions
from generation.rules.agents.entities import entities
from generation.rules.agents.language import joined, lower_first, upper_first
from generation.rules.agents.neighbours import Neighbour, channels, neighbours
from generation.rules.agents.phrases import kebab, safe_label
from generation.rules.agents.said import text_on
from generation.rules.content import (
    Adr,
    ArchitectureInput,
    ArchitecturePart,
    Edge,
    Element,
    Satisfaction,
    Technology,
    TrustBoundary,
)

MOST_ELEMENTS = 20
"""Boxes in one diagram."""

_TECHNOLOGY = re.compile(
    r"\b(Python|Linux|Ubuntu|Debian|Windows Server|Windows|Java|Kotlin|Swift|C\+\+|C#|Rust|Go(?:lang)|"
    r"TypeScript|JavaScript|PHP|Ruby on Rails|Ruby|Rails|"
    r"Django|Flask|FastAPI|Spring(?: Boot)?|Laravel|\.NET|Node(?:\.js)?|React(?: Native)?|Vue(?:\.js)?|"
    r"Angular|Svelte|Flutter|PostgreSQL|Postgres|"
    r"MySQL|MariaDB|SQLite|SQL Server|Oracle|MongoDB|Redis|Kafka|RabbitMQ|MQTT|Docker|Kubernetes|"
    r"Terraform|Ansible|Airflow|dbt|Spark|Snowflake|"
    r"BigQuery|Databricks|Power BI|Tableau|Grafana|Zephyr|FreeRTOS|Azure|AWS|Google Cloud|Firefox|"
    r"Chrome|Safari|Android|iOS)\b(?:\s+(\d+(?:\.\d+)*(?: LTS)?))?"
)
_DEVICE = re.compile(
    r"\b(?:firmware|embedded|microcontroller|implant|infusion|pump|wearable|actuator|controller board|bedside device)\b",
    re.I,
)
_DATA = re.compile(
    r"\b(?:dashboard|data product|data set|dataset|pipeline|warehouse|forecast|etl|data lake|analytics|machine learning)\b", re.I
)
_OPERATOR = re.compile(r"\b(?:IT|admin|administrator|operator|operations|ops|devops|sysadmin|maintainer)\b", re.I)


def architect(given: ArchitectureInput) -> ArchitecturePart:
    """Decides elements, edges, entities, records of decision and who carries which requirement. Same input, same output."""
    roles = roles_of(given)
    beside = neighbours(given.evidence, given.vision, given.requirements)
    sent = channels(given.evidence, given.requirements)
    things = entities(given, roles, [n.name for n in beside], messages=bool(sent))
    made = plan(given, things, beside, sent)
    adrs = decisions(Fork(given, made, beside, sent))
    components, block_edges = elements_and_edges(given, made)
    outer, outer_edges = _surroundings(given, made, roles, beside, sent)
    return ArchitecturePart(
        entities=things,
        elements=[*outer, *components],
        edges=[*outer_edges, *block_edges],
        adrs=adrs,
        technology=_technology(given),
        trust_boundaries=_boundaries(roles, made, beside, sent),
        satisfies=[Satisfaction(req=req, by=[*by, *_deciding(req, adrs)]) for req, by in made.carried.items()],
    )


def _deciding(requirement: str, adrs: list[Adr]) -> list[str]:
    return [adr.id for adr in adrs if requirement in adr.requirements]


def _words(given: ArchitectureInput) -> tuple[str, str, str, str]:
    """What the three containers are called for this kind of product, and how people reach the first."""
    text = text_on(given.evidence, "V1", "V6", "R8", "A3", "A8") + given.evidence.title
    device, data = len(_DEVICE.findall(text)), len(_DATA.findall(text))
    if device > max(1, data):
        return "Device software", "Service", "Record store", "operates"
    if data > 1:
        return "Views", "Pipeline", "Store", "HTTPS, views"
    return "Web application", "Worker", "Database", "HTTPS, pages"


def _surroundings(
    given: ArchitectureInput, made: Plan, roles: list[str], beside: list[Neighbour], sent: list[str]
) -> tuple[list[Element], list[Edge]]:
    """Persons, the system, its neighbours and its three containers, with the arrows of the two outer views."""
    system = Element(id=f"SYS-{kebab(given.vision.system, 'system')}", type="system", name=given.vision.system, views=["context"])
    people = _named("ACT", roles, "person")
    outside = _named("EXT", [n.name for n in beside] + (["Message provider"] if sent else []), "external")
    web, worker, store, reach = _words(given)
    busy = bool(sent or beside or any(block.id == "CMP-jobs" for block in made.blocks))
    containers = [
        Element(id="CMP-web", type="container", name=web, views=["container"], holds=_holds(made, 0)),
        *(
            [Element(id="CMP-worker", type="container", name=worker, views=["container"], holds="timed and queued work")]
            if busy
            else []
        ),
        Element(id="CMP-database", type="container", name=store, views=["container"], holds="all records"),
    ]
    edges = [
        Edge(view="context", source=who.id, target=system.id, label=_does(given, role))
        for who, role in zip(people, roles, strict=True)
    ]
    edges += [
        Edge(view="container", source=who.id, target="CMP-web", label="runbook" if _OPERATOR.search(role) else reach)
        for who, role in zip(people, roles, strict=True)
    ]
    edges.append(Edge(view="container", source="CMP-web", target="CMP-database", label="reads and writes"))
    if busy:
        edges.append(Edge(view="container", source="CMP-worker", target="CMP-database", label="claims due work"))
    for element, neighbour in zip(outside, beside, strict=False):
        edges += _exchange(element.id, neighbour, system.id, "context") + _exchange(
            element.id, neighbour, "CMP-worker", "container"
        )
    if sent:
        provider = outside[-1].id
        edges += [
            Edge(view="context", source=system.id, target=provider, label=safe_label(joined(sent))),
            Edge(view="context", source=provider, target=system.id, label="delivery reports"),
            Edge(view="container", source="CMP-worker", target=provider, label=safe_label(joined(sent))),
            Edge(view="container", source=provider, target="CMP-web", label="delivery reports"),
        ]
    return [*people, system, *outside, *containers], edges


def _named(kind: str, names: list[str], type_: str) -> list[Element]:
    """Elements for these names, with ids that differ even where the names become one in ASCII letters."""
    made: list[Element] = []
    used: set[str] = set()
    for name in names:
        id_ = tail = f"{kind}-{kebab(name, 'party')}"
        for letter in "bcdefghijklmnopqrstuvwxyz":
            if id_ not in used:
                break
            id_ = f"{tail}-{letter}"
        used.add(id_)
        made.append(
            Element.model_validate({"id": id_, "type": type_, "name": upper_first(name), "views": ["context", "container"]})
        )
    return made


def _holds(made: Plan, layer: int) -> str:
    return joined([lower_first(block.name) for block in made.blocks if block.layer == layer and block.id != "CMP-jobs"])


def _does(given: ArchitectureInput, role: str) -> str:
    """What a role does, in the words of the permissions table, at most seven of them."""
    table = given.vision.permissions
    if role not in table.roles:
        return "uses"
    at = table.roles.index(role)
    rows = [row.capability for row in table.rows if at < len(row.cells) and row.cells[at].lower() not in ("no", "n/a", "", "-")]
    return safe_label(", ".join(rows), 7) if rows else "rights not named yet"


def _exchange(outside: str, neighbour: Neighbour, inside: str, view: str) -> list[Edge]:
    arrows = []
    if neighbour.direction in ("in", "both"):
        arrows.append((outside, inside, neighbour.gives or "gives data"))
    if neighbour.direction in ("out", "both"):
        arrows.append((inside, outside, "hands data over"))
    if neighbour.direction == "unknown":
        arrows.append((inside, outside, "exchange, direction still open"))
    return [Edge.model_validate({"view": view, "source": a, "target": b, "label": safe_label(label)}) for a, b, label in arrows]


def _technology(given: ArchitectureInput) -> list[Technology]:
    """What was named as mandated, allowed or known; nothing that nobody said. Offline nothing can be verified."""
    rows: dict[str, Technology] = {}
    for fact in given.evidence.live("A4", "A8", "A3", "V7", "R18", "R8"):
        for name, version in _TECHNOLOGY.findall(str(fact["quote"])):
            rows.setdefault(
                name,
                Technology(
                    name=name,
                    version=version or "not said",
                    note=f"named in [{fact['source']}]; support dates not looked up",
                    source=None,
                    checked=None,
                    state="unverified",
                ),
            )
    return list(rows.values())


def _boundaries(roles: list[str], made: Plan, beside: list[Neighbour], sent: list[str]) -> list[TrustBoundary]:
    """Where data crosses from one hand to another: at most nine."""
    names = [
        f"{role}'s device to {lower_first(made.block(made.screens[role]).name)}" for role in roles if not _OPERATOR.search(role)
    ][:4]
    names += [f"{n.name} to {lower_first(n.name, frozenset({n.name.split()[0]}))} exchange" for n in beside[:2]]
    names += ["worker to message provider"] if sent else []
    names.append(f"{next((r for r in roles if _OPERATOR.search(r)), 'whoever operates it')} to servers")
    return [TrustBoundary(id=f"TB-{number}", name=name) for number, name in enumerate(names[:9], 1)]
