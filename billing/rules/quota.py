"""Sentences about the number of generations of a plan."""

from __future__ import annotations

import datetime as dt

from billing.rules.plans import Plan


def used_up(plan: Plan, resets_at: dt.datetime, *, sold: bool) -> str:
    """Why a generation is not begun, and when it may. ``sold``: another plan can be had here."""
    number = f"All {plan.generations} generations" if plan.generations != 1 else "The one generation"
    none = f"The {plan.title} plan holds no generations." if plan.generations == 0 else ""
    more = " Or take a plan with more of them under Settings, Plan." if sold else ""
    return (
        f"{none or f'{number} of the {plan.title} plan are used.'} The count begins anew on {day(resets_at)}; then you can begin."
        f"{more} Nothing was begun, and nothing you said is lost."
    )


def storage_full(plan: Plan, stored_bytes: int, *, sold: bool) -> str:
    """Why a generation is not begun where packages fill what the plan holds."""
    more = ", or take a plan that holds more under Settings, Plan" if sold else ""
    return (
        f"Your packages fill {size(stored_bytes)} of the {size(plan.storage_bytes or 0)} of the {plan.title} plan. "
        f"Delete packages you no longer need{more}. Nothing was begun, and nothing you said is lost."
    )


def day(moment: dt.datetime) -> str:
    """ "1 December 2026 at 00:00 UTC": the count of a period ends at a time of day."""
    moment = moment.astimezone(dt.UTC)
    return f"{moment.day} {moment:%B %Y} at {moment:%H:%M} UTC"


def size(number: int) -> str:
    """ "100 MB", "2 GB"."""
    return f"{number / 1e9:.3g} GB" if number >= 1_000_000_000 else f"{number / 1e6:.3g} MB"


def is_nearly_used(used: int, plan: Plan, percent: int) -> bool:
    """Whether ``percent`` of the generations are used."""
    return plan.generations is not None and plan.generations > 0 and used * 100 >= percent * plan.generations
