"""BRIEF.md without a model: one page, the owner's quotes first, figures with their ids, the price of the plan named."""

from __future__ import annotations

import re

from generation.rules import markdown
from generation.rules.agents.language import joined, lower_first, plural, upper_first
from generation.rules.agents.phrases import clip
from generation.rules.agents.prose.view import View, at_least, sentence, within
from generation.rules.agents.said import Fact
from generation.rules.content import Requirement

MOST_ON_COSTS = 130
"""Words of the section on costs and risks."""


def sections(view: View) -> dict[str, str]:
    """The written sections by heading."""
    return {
        "Who and problem": at_least(
            25,
            _problem(view),
            "Nobody has said more.",
            (
                f"Who is hurt, how often and at what cost is the first thing to ask the {view.owner()}; until "
                "then no figure rests on evidence."
            ),
        ),
        "What changes for them": at_least(
            40,
            _changes(view),
            "\n\nMore than this nobody has described.",
            "What each kind of person can do afterwards, within which times and numbers, is still open.",
            "The first story is small, so that the owner can say early what is missing.",
        ),
        "In / not in the first release": at_least(
            15, _scope(view), "What comes first and what is left out is the next thing to decide."
        ),
        "How we will know": _proof(view),
        "What it costs and risks": _costs(view),
    }


_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_HURTS = re.compile(
    r"\b(?:los[est]\w*|miss\w*|wrong|late|wait\w*|fail\w*|flood\w*|crash\w*|forgot\w*|give up|gave up|fed up|killing|cheat\w*|"
    r"broke\w*|double|twice|nobody|never|too (?:much|many|long|late)|throw\w*|bur(?:y|ied)|instead of|by hand|hours?|minutes?)\b|"
    r"\d ?%",
    re.I,
)
_INCIDENTAL = re.compile(
    r"\b(?:attached|see (?:above|below|the paper)|as I said|what I (?:tell|told|wrote)|that paper|this paper|or so$|I guess)\b|"
    r"^(?:it|that|this|they|he|she|the rest)(?:'s| is| are| was)? (?:from|called|named|old|new)\b",
    re.I,
)


def loudest(facts: list[Fact]) -> list[Fact]:
    """The telling facts first: what counts and hurts, then what counts, then what hurts; incidental ones only if alone."""

    def rank(fact: Fact) -> tuple[int, int]:
        quote = str(fact["quote"])
        counted = bool(re.search(r"\d", _YEAR.sub("", quote))) or isinstance(fact["value"], int | float)
        hurts = bool(_HURTS.search(quote))
        return -(2 * counted + hurts), 0 if len(quote.split()) > 4 else 1

    telling = [f for f in facts if not _INCIDENTAL.search(str(f["quote"])) and len(str(f["quote"]).split()) > 2]
    return sorted(telling or facts, key=rank)


_LATER = re.compile(r"\b(?:later|one day|next year|second (?:release|version)|afterwards|some day)\b", re.I)


def put_off(facts: list[Fact]) -> list[Fact]:
    """What was said to come later, in words that say so."""
    return [
        f for f in facts if re.search(r"\b(?:later|one day|next year|second|afterwards|some day|maybe)\b", str(f["quote"]), re.I)
    ]


def of_today(facts: list[Fact]) -> list[Fact]:
    """How it is done today: whole statements of a person, not headings of a paper and not talk about the paper."""
    return [
        f
        for f in facts
        if f["origin"] != "document"
        and len(str(f["quote"]).split()) > 3
        and not _INCIDENTAL.search(str(f["quote"]))
        and not re.match(r"the rest\b", str(f["quote"]), re.I)
    ]


def _problem(view: View) -> str:
    told = loudest([f for f in view.on("V1") if f["slot"] != "outcome"])
    who = upper_first(view.vision.customer)
    if not told:
        goal = lower_first(view.vision.anchor.goal.rstrip("."), view.names)
        return (
            f"{who} wants this: {goal}. What goes wrong today, how often and at what cost, nobody has "
            "said yet; the interview has no answer on it, so no figure stands here."
        )
    hurt = [f"{upper_first(view.quote(f))}." for f in told[1:3]]
    due = [f for f in view.on("V10") if f["slot"] != "stakes"][:1]
    today = of_today(view.on("V4"))[:1]
    return within(
        88,
        f"{who} says it in these words: {view.quote(told[0])}.",
        *hurt,
        *(f"What makes it urgent: {view.quote(f)}." for f in due),
        *(f"Today: {view.quote(f)}." for f in today),
        "Everything below is measured against that." if len(told) == 1 else "",
    )


def _changes(view: View) -> str:
    lines = []
    share = 110 // max(1, min(4, len(view.vision.permissions.roles)))
    for role in view.vision.permissions.roles[:4]:
        own = [r for r in view.musts() if re.search(rf"\b{re.escape(role)}s?\b", r.statement, re.I)] or [
            r for r in view.musts() if any(j.actor == role and j.id in r.journeys for j in view.vision.journeys)
        ]
        told = [_promise(view, r) for r in own if len(r.plain.split()) < 24]
        if told:
            lines.append(f"**{upper_first(plural(role))}.** {within(share, *told[:4])}")
    if not lines:
        lines = [f"**Everybody.** {within(100, *[_promise(view, r) for r in view.requirements[:5]])}"]
    costs = [(a, bad) for a in view.parts.architecture.adrs for bad in a.consequences_bad if a.status == "accepted"]
    price = next((pair for pair in costs if "data" in pair[0].slug), costs[0] if costs else None)
    if price:
        lines.append(f"**What stays laborious.** {upper_first(clip(price[1], 24))} ({price[0].id}).")
    return "\n\n".join(lines)


def _promise(view: View, requirement: Requirement) -> str:
    return f"{sentence(view.say(requirement)).rstrip('.')} ({requirement.id})."


def _scope(view: View) -> str:
    inside = [lower_first(c, view.names) for c in view.asked_for()]
    first = f"In: {joined(inside)}." if inside else "In: what the requirements list."
    later = put_off(view.on("V6"))[:1]
    outside = (
        f"Not in: {joined([lower_first(n, view.names) for n in view.vision.anchor.non_goals])}."
        if view.vision.anchor.non_goals
        else "Not in: nobody has named anything yet."
    )
    cited = view.cite([str(f["id"]) for f in view.on("V6")]) if view.vision.anchor.non_goals else ""
    order = view.cite([str(f["id"]) for f in view.on("R22")])
    cut = (
        f"If time runs short, the end of the order goes first: {view.cut_first()} {order}".rstrip() + "."
        if view.cut_first()
        else ""
    )
    return within(
        80,
        f"{first} {outside.rstrip('.')} {cited}".strip() + ".",
        *(f"Later: {view.quote(f)}." for f in later),
        cut,
    )


def _proof(view: View) -> str:
    facts = view.on("R21")[:2]
    return within(40, *[f"It is accepted on this: {view.quote(f)}." for f in facts][:1]) if facts else ""


def _costs(view: View) -> str:
    days = view.figure("estimated work")
    rate = view.figure("highest day rate")
    spare = view.figure("spare days")
    money = view.constraints("V7")
    running = view.constraints("A14")
    lines = [f"{days.value} days of work, as SpecStep estimates it ({days.id})." if days else "The work has not been estimated."]
    if rate:
        lines.append(
            (
                f"The budget bears them up to a day rate of {rate.value:,} {rate.unit.split('/')[0]} ({rate.id}) "
                f"{view.cite([f for c in money for f in c.facts if f in rate.sources])}"
            ).strip()
            + "."
        )
    else:
        named = next((c for c in money if re.search(r"budget|money|euros?\b|dollars?\b|pounds?\b|approved", c.text, re.I)), None)
        lines.append(view.cited(named.text, named.facts) if named else "Nobody has named a budget yet.")
    lines += [view.cited(c.text, c.facts) for c in running[:1]]
    if days and spare and not isinstance(spare.value, str) and not isinstance(days.value, str) and spare.value <= 2 * days.value:
        lines.append(
            f"Up to the date there are {spare.value:,} spare days ({spare.id})."
            if spare.value >= 0
            else f"Up to the date {abs(spare.value)} days are missing ({spare.id})."
        )
    head = within(58, *lines)
    back = next((f for f in view.on("R20") if re.search(r"roll|back|wrong|as before", f"{f['slot']} {f['quote']}", re.I)), None)
    way = f"The way back: {view.quote(back)}." if back else "Nobody has named a way back yet."
    worst = view.parts.risks.risks[:3]
    full = [f"{n}. **{clip(r.title, 16)}.** {upper_first(clip(r.effect, 12))} ({r.id})." for n, r in enumerate(worst, 1)]
    short = [f"{n}. **{clip(r.title, 14)}** ({r.id})." for n, r in enumerate(worst, 1)]
    text = ""
    for hurts in (full, short, short[:2]):
        text = f"{head}\n\nWhat can hurt most:\n\n" + "\n".join(hurts) + f"\n\n{way}"
        if markdown.words(text) <= MOST_ON_COSTS:
            break
    return text
