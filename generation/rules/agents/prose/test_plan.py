"""The written parts of docs/test-plan.md without a model."""

from __future__ import annotations

from generation.rules.agents.language import joined, plural
from generation.rules.agents.prose.view import View, spaced, table, within

__test__ = False
"""The name of the module is the name of a document, not a collection of tests."""


def sections(view: View) -> dict[str, str]:
    """The written sections by heading."""
    return {
        "Scope and risks": _scope(view),
        "Levels and responsibilities": _levels(view),
        "Environments and data": _environments(view),
        "Entry and exit criteria": _criteria(view),
        "Non-functional tests": _load(view),
    }


def _scope(view: View) -> str:
    ordered = [f"{text} ({', '.join(r.id for r in near[:2])})" if near else text for text, near, _ in view.goals()]
    ranked = view.cite([str(f["id"]) for f in view.on("A2")])
    outside = view.beside()
    untested = [r.id for r in view.requirements if not view.tests_of(r.id)]
    return within(
        120,
        f"Tested are all {len(view.requirements)} requirements."
        if not untested
        else (
            f"Tested are {len(view.requirements) - len(untested)} of {len(view.requirements)} requirements; "
            f"without a test are {joined(untested[:5])}."
        ),
        f"The effort follows the goals in their order: {joined(ordered)} {ranked}".rstrip() + ".",
        (
            f"Not tested: {joined(outside)} {'itself' if len(outside) == 1 else 'themselves'}; tested "
            "instead is what happens when they fail or send nonsense."
        )
        if outside
        else "Nothing outside the system is tested, because no neighbour was named.",
    )


def _levels(view: View) -> str:
    who = view.said("A10", most=1)
    measured = [t.id for t in view.parts.tests.tests if t.method != "scenario"]
    rules = [r.id for r in view.vision.rules]
    accepts = view.on("R21")
    rows = [
        (
            "rule tests",
            f"{rules[0]} to {rules[-1]} at their boundaries, without storage"
            if len(rules) > 1
            else "each rule at its boundary, without storage",
            "developer",
        ),
        (
            "scenarios",
            "all files in `features/`, against a real store"
            if view.parts.tests.features
            else "none yet: no behaviour is settled enough",
            "developer",
        ),
        (
            "measured",
            f"{len(measured)} conditions in the section on non-functional tests" if measured else "none yet",
            "developer, with whoever operates it",
        ),
        (
            "acceptance",
            f"{view.quote(accepts[0])}" if accepts else "each journey shown once; nobody has named the evidence",
            view.owner(),
        ),
    ]
    return table(("level", "what", "who"), rows) + (
        f"\n\nOn testing it was said: {who}."
        if who
        else "\n\nOn testing itself nothing was said; these levels are the smallest that cover every requirement."
    )


def _environments(view: View) -> str:
    rows = [
        ("developer's machine and build", "made-up data in the shapes of the features", "set by the test"),
        ("rehearsal", f"the same, in the volumes of the requirements{_volume(view)}", "real"),
        ("production", "real data", "real"),
    ]
    private = view.family("PRI")
    rule = (
        f"No real data leaves production ({private[0].id})."
        if private
        else "No real data leaves production; nobody asked for anything else."
    )
    return (
        f"{table(('environment', 'data', 'clock'), rows)}\n\n{rule} A scenario that needs a date sets "
        "the clock itself, so that it passes on every day of the year."
    )


def _volume(view: View) -> str:
    held = [f"{e.volume:,} {plural(spaced(e.name))}" for e in view.parts.architecture.entities if e.volume][:2]
    return f" ({', '.join(held)})" if held else ""


def _criteria(view: View) -> str:
    accepts = view.on("R21")
    who = view.quote(accepts[0]) if accepts else ""
    first = view.parts.backlog.slices[0].id if view.parts.backlog.slices else "the first slice"
    last = next(
        (s.id for s in view.parts.backlog.slices if s.title == "Ready to open"),
        view.parts.backlog.slices[-1].id if view.parts.backlog.slices else "",
    )
    return within(
        150,
        "A story starts when its open questions are answered and its scenarios run red.",
        (
            "It is done when they run green, its measured conditions hold, and the rule behind it has "
            "a test that fails when the rule is turned around."
        ),
        f"The walking skeleton ({first}) is shown before anything else is built on it.",
        f"It opens for real people when {last} is done." if last and last != first else "",
        f"The release is accepted on this: {who}."
        if who
        else (
            f"Who accepts the release on which evidence was not said; until then {view.owner()} does, "
            "after each journey has been shown once."
        ),
    )


def _load(view: View) -> str:
    loaded = view.family("PER", "CAP")
    if not loaded:
        return ""
    numbers = [f for f in [*view.on("R12"), *view.on("R5"), *view.on("V1")] if isinstance(f["value"], int | float)][:3]
    tag = next((f"[assumption {a}]" for r in loaded for a in r.assumptions), "")
    return within(
        100,
        f"Load model for {joined([r.id for r in loaded])}: {loaded[0].fit.at} {tag}".rstrip() + ".",
        f"The volumes come from {joined([view.quote(f) for f in numbers])}."
        if numbers
        else "Nobody has named volumes, so the load is a guess until somebody counts.",
    )
