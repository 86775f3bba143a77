"""Whose reason it was that a run failed. What was not the owner's is not counted against the plan."""

from __future__ import annotations

LIMITS = frozenset({"OutOfCredit"})
"""A limit in money was reached: the run goes on when it is raised, and was counted for that."""
OF_THE_KEY = frozenset({"Rejected", "VendorOut"})
"""The vendor refused the request: with the owner's key that is a matter between the two."""


def is_ours(error: str, *, own_key: bool) -> bool:
    """``error`` is the class of what stopped the run. Whatever nobody knows to be the owner's reason is ours."""
    return error not in LIMITS and not (own_key and error in OF_THE_KEY)
