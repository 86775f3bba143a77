"""The written parts of docs/architecture.md (arc42) without a model."""

from __future__ import annotations

import re

from generation.rules import markdown
from generation.rules.agents.language import joined, lower_first, upper_first
from generation.rules.agents.phrases import clip, counted
from generation.rules.agents.prose.view import COST, View, spaced, table, within
from generation.rules.content import Requirement

MOST_OF_STRATEGY = 180
"""Words of section 4."""
LEAST_OF_SECTION = 40
SILENCE = (
    "More is n/a because nobody was asked further, or nobody knew. "
    "What is open stands in [risks and assumptions](risks-assumptions.md)."
)
_OPS = {"<=": "at most", ">=": "at least", "=": "exactly", "<": "below"}


def sections(view: View) -> dict[str, str]:
    """The written sections by heading."""
    return {heading: _whole(text) for heading, text in _sections(view).items()}


def _whole(text: str) -> str:
    """A section that has little to say says why: a reader must not take silence for a decision."""
    if markdown.words(text) >= LEAST_OF_SECTION or "n/a because" in text:
        return text
    return f"{text}\n\n{SILENCE}".strip()


def _sections(view: View) -> dict[str, str]:
    return {
        "1. Introduction and goals": _goals(view),
        "3. Context and scope": _context(view),
        "4. Solution strategy": _strategy(view),
        "5. Building block view": (
            "The first diagram shows what runs, the second what the modules may call. An arrow means: may call. Nothing else may."
        ),
        "6. Runtime view": _runtime(view),
        "7. Deployment view": _deployment(view),
        "8. Crosscutting concepts": _concepts(view),
        "11. Risks and technical debt": _debts(view),
    }


def _measure(requirement: Requirement) -> str:
    fit = requirement.fit
    return f"{requirement.id}: {lower_first(clip(fit.measure, 10))}, {_OPS[fit.op]} {counted(fit.value, fit.unit)}"


def _goals(view: View) -> str:
    rows = [
        (str(n), f"{text} {source}".strip(), _measured_by(view, text, near), _decided_in(view, near) or "section 8")
        for n, (text, near, source) in enumerate(view.goals(), 1)
    ]
    ranked = (
        "The owner ranked the goals."
        if view.on("A2")
        else "Nobody has ranked the goals; the order is read from what was said most firmly."
    )
    given = [f for f in view.on("A2") if "given" in str(f["slot"])]
    lost = next(
        (
            f"{upper_first(clip(bad, 22))} ({a.id})"
            for a in view.parts.architecture.adrs
            for bad in a.consequences_bad
            if "data" in a.slug
        ),
        "",
    ) or next((f"{upper_first(clip(a.consequences_bad[0], 22))} ({a.id})" for a in view.parts.architecture.adrs), "")
    price = (
        f"What is given up: {view.quote(given[0])}; {lower_first(lost, view.names)}."
        if given
        else f"What is given up: {lower_first(lost, view.names)}."
    )
    goal = sentence_of(view.vision.anchor.goal)
    ranking = table(("rank", "goal", "measured by", "decided in"), rows)
    return f"{goal} {ranked} The full list is in [requirements](requirements.md).\n\n{ranking}\n\n{price}"


def _measured_by(view: View, goal: str, near: list[Requirement]) -> str:
    """What shows whether a goal is reached: a requirement, or for a goal about money its ceiling."""
    money = [*view.constraints("A14"), *view.constraints("V7")]
    if COST.search(goal) and money:
        return f"{money[0].id}: {lower_first(money[0].text.rstrip('.'), view.names)}"
    return _measure(near[0]) if near else "no requirement measures it yet"


def _decided_in(view: View, near: list[Requirement]) -> str:
    return ", ".join(dict.fromkeys(adr for requirement in near for adr in view.adrs_of(requirement.id)))


def sentence_of(text: str) -> str:
    return f"{upper_first(text.strip().rstrip('.'))}."


def _context(view: View) -> str:
    entities = joined([spaced(e.name) for e in view.parts.architecture.entities[:6]])
    outside = [e for e in view.externals() if e.id != "EXT-message-provider"]
    foreign = joined(
        [f"what {e.name} keeps" for e in outside] + [lower_first(n, view.names) for n in view.vision.anchor.non_goals[:3]]
    )
    head = f"Ours: {entities}, and the rules about them. Not ours: {foreign or 'nothing was named, so everything else'}."
    rows = []
    for element in view.externals():
        arrows = [e for e in view.parts.architecture.edges if e.view == "context" and element.id in (e.source, e.target)]
        gives = joined([e.label for e in arrows if e.source == element.id]) or "nothing"
        gets = joined([e.label for e in arrows if e.target == element.id]) or "nothing"
        keeper = view.open_on("R7")
        fails = next((r.id for r in view.when_silent(element.name)), "")
        risk = next((r.id for r in view.parts.risks.risks if element.name in r.title), "")
        rows.append(
            (
                element.name,
                gives,
                gets,
                f"{view.owner()}{f' ({keeper})' if keeper else ''}",
                ", ".join(i for i in (fails, risk) if i) or "not decided",
            )
        )
    if not rows:
        return (
            f"{head} No neighbour was named: nothing is exchanged with another system, and if one appears, "
            "this section and a decision record come first."
        )
    return f"{head}\n\n{table(('neighbour', 'gives', 'gets', 'contract kept by', 'when it fails'), rows)}"


def _strategy(view: View) -> str:
    adrs = {a.id: a for a in view.parts.architecture.adrs}
    rows = []
    used: list[str] = []
    for text, near, _ in view.goals():
        carrying = list(dict.fromkeys(a for r in near for a in view.adrs_of(r.id)))
        first = next((a for a in carrying if a not in used), "")
        if first:
            used.append(first)
            rows.append((text, f"{upper_first(clip(adrs[first].chosen, 16))} ({first}): {clip(adrs[first].because, 22)}."))
        else:
            modules = list(
                dict.fromkeys(c for r in near for s in view.parts.architecture.satisfies if s.req == r.id for c in s.by)
            )
            rows.append(
                (
                    text,
                    f"Carried by {joined(modules[:2])}, checked by its tests."
                    if modules
                    else "No requirement measures it; ask the owner for one.",
                )
            )
    rest = [a for a in adrs.values() if a.id not in used]
    for adr in rest:
        row = (
            lower_first(clip(adr.title, 10), view.names),
            f"{upper_first(clip(adr.chosen, 16))} ({adr.id}): {clip(adr.because, 14)}.",
        )
        if markdown.words(table(("goal", "approach"), [*rows, row])) <= MOST_OF_STRATEGY:
            rows.append(row)
    return table(("goal", "approach"), rows)


def _runtime(view: View) -> str:
    rules = [r for r in view.musts() if r.ears == "unwanted"] or view.musts()
    if not rules:
        return ""
    hardest = next(
        (r for i in view.vision.anchor.invariants for r in view.requirements if any(e.fact == i.fact for e in r.evidence)),
        rules[0],
    )
    keeper = next(
        (c for s in view.parts.architecture.satisfies if s.req == hardest.id for c in s.by if c.startswith("CMP-")),
        "CMP-database",
    )
    lines = [
        f"The hardest rule is {hardest.id}: {view.say_small(hardest)}",
        f"{keeper} decides it inside one transaction, and the screens only report the result.",
        "When two requests come at once, the first one to be written wins and the other is told what is left.",
    ]
    silent = next(iter(view.when_silent(*(e.name for e in view.externals()))), None)
    if silent:
        lines.append(f"When a neighbour is silent, {silent.id} holds: {view.say_small(silent)}")
    return within(140, *lines)


def _deployment(view: View) -> str:
    parts = view.parts.architecture
    containers = [e for e in parts.elements if e.type == "container"]
    hosting = next(
        (a for a in parts.adrs if re.search(r"server|cloud|premises|hosting|platform", a.title, re.I)),
        parts.adrs[-1] if parts.adrs else None,
    )
    where = f"{lower_first(hosting.chosen, view.names)} ({hosting.id})" if hosting else "not decided"
    running = [e.name for e in containers if e.id != "CMP-database"]
    store = next((e.name for e in containers if e.id == "CMP-database"), "Database")
    size = (
        "not sized: nobody has named a load"
        if not view.family("PER", "CAP")
        else f"sized by the load check of {view.family('PER', 'CAP')[0].id}"
    )
    tag = view.tag("server", "machine", "backup", "kept")
    rows = [
        ("application", joined(running), where, size),
        ("data", store, "beside the application", size),
        ("backup", f"copies of {lower_first(store)}", "another place than the data", f"every night {tag}".strip()),
    ]
    outage = next(iter(view.family("AVA", "REL")), None)
    fails = (
        f"When a part fails, {outage.id} says what must hold: {view.say_small(outage)}"
        if outage
        else "How long an outage may last, nobody has said."
    )
    said = view.said("A8", "A9", most=3)
    cost = view.cite([str(f["id"]) for c in view.constraints("A14") for f in view.on("A14") if f["id"] in c.facts])
    lines = [
        fails,
        f"On hosting and operation it was said: {said}."
        if said
        else "On hosting nobody has said anything; the decision above is a proposal.",
        "There are three environments: the developer's machine, a rehearsal with made-up data, and production.",
        f"What running it may cost is bounded {cost}." if cost else "What running it may cost, nobody has bounded.",
    ]
    return f"{table(('node', 'runs', 'where', 'size'), rows)}\n\n{within(120, *lines)}"


def _concepts(view: View) -> str:
    rows: list[tuple[str, str]] = [
        (
            "Time",
            (
                f"stored in UTC, compared in the time zone of {view.vision.customer}; limits count as in the "
                "features, both sides tested"
            ),
        ),
        (
            "Rights",
            _with(
                "one table of roles in requirements; every query is limited by it",
                [r.id for r in view.family("SEC")] or ["section 2 of requirements"],
            ),
        ),
    ]
    private = view.family("PRI") + [
        r for r in view.requirements if re.search(r"\bdelete|retention|access record|record the", r.statement)
    ]
    if private:
        rows.append(("Data protection", _with(clip(view.say_small(private[0]), 16), [r.id for r in private[:4]])))
    satisfied = {s.req: s.by for s in view.parts.architecture.satisfies}
    sent = [r for r in view.requirements if "CMP-messages" in satisfied.get(r.id, [])]
    if sent:
        rows.append(("Messages", _with("templates know only the fields that a requirement names", [r.id for r in sent[:4]])))
    due = [r for r in view.requirements if "CMP-jobs" in satisfied.get(r.id, [])]
    if due:
        rows.append(
            (
                "Due work",
                _with("jobs find work by query, mark it, do it, and may run twice without harm", [r.id for r in due[:4]]),
            )
        )
    spoken = view.languages()
    if spoken:
        rows.append(("Texts", f"{view.quote(spoken)}; texts live in one catalogue"))
    run = view.on("A9")
    rows.append(
        (
            "Operation",
            f"{view.quote(run[0])}; logs hold record ids, never contents"
            if run
            else "logs hold record ids, never contents; who is woken was not said",
        )
    )
    style = view.on("A6")
    rows.append(
        (
            "Interfaces",
            view.quote(style[0])
            if style
            else f"a breaking change gets a new number {view.tag('interface', 'breaking', 'json')}".strip(),
        )
    )
    weak = view.when_silent(*(e.name for e in view.externals()))
    known = view.on("A15")
    rows.append(
        (
            "Degradation",
            view.quote(known[0])
            if known
            else _with(clip(view.say_small(weak[0]), 18), [r.id for r in weak[:3]])
            if weak
            else "what still works when a part is down was not said; until then nothing is promised",
        )
    )
    return table(("concept", "rule"), rows)


def _with(text: str, labels: list[str]) -> str:
    return f"{text} ({', '.join(labels)})"


def _debts(view: View) -> str:
    outer = {e.name for e in view.externals()}
    structural = [r for r in view.parts.risks.risks if any(name in f"{r.title} {r.effect}" for name in outer)][:2]
    proposed = [a.id for a in view.parts.architecture.adrs if a.status == "proposed"]
    first = (
        (
            f"Architectural are {joined([r.id for r in structural])}, because they come from outside and "
            "no code of ours can remove them."
        )
        if structural
        else "None of the risks comes from the structure itself; they come from what is not known yet."
    )
    debt = [a for a in view.parts.architecture.adrs if "data" in a.slug]
    return within(
        110,
        first,
        (
            f"Taken on knowingly: {lower_first(clip(debt[0].consequences_bad[0], 24), view.names)} ({debt[0].id}); "
            f"it ends when {lower_first(debt[0].more.removeprefix('Revisit when ').rstrip('.'), view.names)}."
        )
        if debt
        else "",
        f"Still proposals, and cheap to change only before the first slice: {joined(proposed)}." if proposed else "",
        "Each debt is paid by a new decision record, not by an edit.",
    )
