"""docs/vision.md without a model: why, for whom, how far, in the owner's words with the figures that follow from them."""

from __future__ import annotations

import re

from generation.rules.agents.language import joined, lower_first, singular, stems, upper_first
from generation.rules.agents.prose.brief import loudest, of_today, put_off
from generation.rules.agents.prose.view import View, at_least, table, within
from generation.rules.rendering.phrases import number_word


def sections(view: View) -> dict[str, str]:
    """The written sections by heading."""
    return {
        "Problem and evidence": _problem(view),
        "Users, stakeholders, non-users": at_least(30, _users(view), "How many there are of each is still to be asked."),
        "Outcomes": _outcomes(view),
        "Value thesis and alternatives": _thesis(view),
        "Scope": _scope(view),
        "Why now": _why_now(view),
    }


def _problem(view: View) -> str:
    told = loudest(view.on("V1"))
    if not told:
        goal = lower_first(view.vision.anchor.goal.rstrip("."), view.names)
        return (
            f"Nobody has described what goes wrong today. What is known is the wish: {goal}. Until somebody "
            "says who is hurt, how often "
            "and at what cost, no figure of success can rest on evidence; this is the first question to the owner."
        )
    first = f"The problem, as {view.vision.customer} tells it: {view.quote(told[0])}."
    rest = [f"Also said: {joined([view.quote(f) for f in told[1:4]])}." if len(told) > 1 else ""]
    sums = [
        f
        for f in view.parts.risks.figures
        if any(s in {str(t["id"]) for t in told} for s in f.sources) and not isinstance(f.value, str)
    ][:2]
    reckoned = f"By arithmetic that is {joined([f'{f.value:,} {f.unit} ({f.name}, {f.id})' for f in sums])}." if sums else ""
    today = joined([view.quote(f) for f in of_today(view.on("V4"))[:2]])
    quarrels = [
        (
            f"Two sources differ on {lower_first(str(x['subject']).replace('.', ', ').replace('_', ' '))}; "
            f"the conflict {x['id']} says which counts."
        )
        for x in view.evidence.conflicts[:2]
    ]
    counted = sum(1 for f in told if isinstance(f["value"], int | float))
    felt = (
        (
            f"Of these {number_word(len(told))} statements {number_word(counted)} {'is' if counted == 1 else 'are'} counted; the "
            "others are impressions that nobody has measured."
        )
        if 0 < counted < len(told)
        else ""
    )
    text = within(
        180,
        first,
        *rest,
        reckoned,
        f"How it is done today: {today}." if today else "",
        *quarrels,
        felt if len(told) < 10 else "",
    )
    return at_least(
        40,
        text,
        "More about it is in the interview, answer by answer.",
        "What is missing there is an open question, not a guess.",
        f"It goes to the {view.owner()}.",
    )


def _users(view: View) -> str:
    permissions = view.vision.permissions
    rows = []
    for at, role in enumerate(permissions.roles):
        may = [
            row.capability
            for row in permissions.rows
            if at < len(row.cells) and row.cells[at].lower() not in ("no", "n/a", "", "-")
        ]
        wants = joined([lower_first(m, view.names) for m in may[:4]]) if may else "nothing named yet"
        rows.append((upper_first(role), _how_many(view, role), f"to {wants}" if may else wants))
    head = table(("who", "how many", "what they want from it"), rows) if rows else "No role has been named."
    outside = [f for f in view.on("V2") if re.search(r"non|not", str(f["slot"]))]
    named = (
        f"Not users: {joined([view.quote(f) for f in outside[:3]])}." if outside else "Not users: nobody was named as left out."
    )
    rights = view.cite([str(f["id"]) for f in view.on("R1")])
    deciders = [f for f in view.on("V2") if "decid" in str(f["slot"])]
    return (
        f"{head}\n\n{named}"
        + (f" Who decides: {joined([view.quote(f) for f in deciders[:2]])}." if deciders else "")
        + f" Rights are in the table of [requirements](requirements.md) {rights}".rstrip()
        + "."
    )


def _how_many(view: View, role: str) -> str:
    """The number that was said for a role, with its source."""
    for fact in view.on("V2", "R5", "V1"):
        unit = singular(str(fact["unit"] or "").lower())
        same = (
            stems(str(fact["subject"])) == stems(role)
            or unit == role.lower()
            or (unit == "person" and stems(role) & stems(str(fact["quote"])))
        )
        if same and isinstance(fact["value"], int | float) and "/" not in str(fact["unit"] or "") and str(fact["unit"]) != "%":
            about = "about " if fact["op"] == "~" else ""
            return (
                f"{about}{int(fact['value']):,} [{fact['source']}]"
                if float(fact["value"]).is_integer()
                else f"{fact['value']} [{fact['source']}]"
            )
    return "not said"


def _outcomes(view: View) -> str:
    if not view.vision.outcomes:
        return ""
    measured = {f for o in view.vision.outcomes for f in o.facts}
    sums = [
        f
        for f in view.parts.risks.figures
        if (measured & set(f.sources) or any(s.startswith("SM-") for s in f.sources)) and not isinstance(f.value, str)
    ]
    told = [f"{f.id}: {f.name}, {f.value:,} {f.unit}." for f in sums]
    date = view.on("V3")
    due = next((f for f in date if f["slot"] == "date"), None)
    first = (
        "What the numbers mean in daily life follows by arithmetic."
        if told
        else "The numbers stand as they were said; nothing more follows from them yet."
    )
    return within(90, first, *told[:4], f"The date is read from {view.quote(due)}." if due else "")


def _thesis(view: View) -> str:
    bet = view.said("V5", most=2)
    tag = view.tag("thesis", "bet")
    goal = lower_first(view.vision.anchor.goal.rstrip("."), view.names)
    first = (
        f"The bet, in the owner's words: {bet}."
        if bet
        else f"Nobody has put the bet into words; it is read from the goal: {goal} {tag}".rstrip() + "."
    )
    weighed = [f for f in view.on("V4", "A12") if not re.search("current|preced", str(f["slot"]))]
    lines = [
        f"Weighed: {joined([view.quote(f) for f in weighed[:4]])}."
        if weighed
        else "No alternative was named, so none has been weighed."
    ]
    dear = [
        f
        for f in view.parts.risks.figures
        if any(s in {str(w["id"]) for w in weighed} for s in f.sources) and not isinstance(f.value, str)
    ]
    lines += [f"That makes {f.value:,} {f.unit} ({f.name}, {f.id})." for f in dear[:1]]
    over = next((f for f in view.parts.risks.figures if "above the ceiling" in f.name), None)
    if over:
        lines.append(f"It is {over.value:,} {over.unit} above the ceiling ({over.id}).")
    survive = "What must survive every later decision stands in the table." if view.vision.anchor.invariants else ""
    return within(180, first, *lines, survive)


def _scope(view: View) -> str:
    inside = [lower_first(c, view.names) for c in view.asked_for()]
    order = view.cite([str(f["id"]) for f in view.on("R22")]) or view.cite([str(f["id"]) for f in view.on("V6")])
    first = (
        f"**In the first release**, {'in the order that was named' if view.on('R22') else 'in the order they are built'}: "
        f"{joined(inside) or 'what the requirements list'} {order}"
    ).rstrip() + "."
    excluded = [f for f in view.on("V6") if re.search(r"not|out|exclu", str(f["slot"]))] or [
        f for f in view.on("V6") if re.search(r"\bno\b|\bnot\b|\bnever\b", str(f["quote"]), re.I)
    ]
    reasons = f" As it was said: {joined([view.quote(f) for f in excluded[:3]])}." if excluded else ""
    left = joined([lower_first(n, view.names) for n in view.vision.anchor.non_goals])
    second = f"**Not in it**: {left or 'nobody has excluded anything yet'}.{reasons}"
    later = put_off(view.on("V6"))
    open_on = view.parts.requirements.open_questions[:2]
    third = f"**Later**: {joined([view.quote(f) for f in later[:3]])}." if later else "**Later**: nothing was named."
    if open_on:
        third += f" Still to be decided: {joined([q.id for q in open_on])} in [risks and assumptions](risks-assumptions.md)."
    return f"{first}\n\n{second}\n\n{third}"


def _why_now(view: View) -> str:
    why = [f for f in view.on("V10") if f["slot"] != "stakes"]  # for whom it is gives no reason for a date
    give = f"What can give, if it gets tight, is the end of the order: {view.cut_first()}." if view.cut_first() else ""
    if not why:
        return (
            f"Nobody has named a date or a reason for one, so nothing forces the order except the owner's wishes. {give}".strip()
        )
    spare = view.figure("spare days")
    room = (
        f"By the estimate {spare.value} spare days are left before it ({spare.id})."
        if spare and not isinstance(spare.value, str) and spare.value >= 0
        else f"By the estimate the days do not suffice ({spare.id})."
        if spare
        else ""
    )
    return within(
        90,
        f"The reason for the date: {joined([view.quote(f) for f in why[:3]])}.",
        room,
        give,
        "Who moves the date moves what it protects.",
    )
