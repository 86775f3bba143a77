"""Where the places of a text are once secrets were taken out of it."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from itertools import pairwise

from llm.redaction.finding import PLACEHOLDER


def moved(places: Sequence[tuple[int, str]], before: str, after: str) -> list[list[int | str]]:
    """The places of ``before`` in ``after``, which is the same text with some stretches replaced by placeholders."""
    if before == after:
        return [[start, place] for start, place in places]
    kept = _kept(before, after)
    starts = [old for old, _, _ in kept]
    found: list[list[int | str]] = []
    for start, place in places:
        at = bisect.bisect_right(starts, start) - 1
        old, new, length = kept[max(at, 0)]
        # A place that begins inside of what was taken out begins with its placeholder.
        found.append([min(new + min(max(start - old, 0), length), len(after)), place])
    return found


def _kept(before: str, after: str) -> list[tuple[int, int, int]]:
    """The stretches that both texts share, in order: where each begins in ``before`` and in ``after``, and its length."""
    edges = [(0, 0), *(hit.span() for hit in PLACEHOLDER.finditer(after)), (len(after), len(after))]
    shared: list[tuple[int, int, int]] = []
    old = 0
    for (_, start), (end, _) in pairwise(edges):
        here = before.find(after[start:end], old) if end > start else old
        if here >= 0:
            shared.append((here, start, end - start))
            old = here + end - start
    return shared or [(0, 0, 0)]
