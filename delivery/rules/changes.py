"""Which of our files stand on a branch already. We do not look there (N-22), so this is a memory and a few guesses."""

from __future__ import annotations

from collections.abc import Collection

SINGLE = 8
"""How many removals are left out one by one, each costing a refused call."""


def guesses(files: Collection[str], known: frozenset[str]) -> list[frozenset[str]]:
    """What may stand there, the likeliest first.

    What we remember; the same but for one file that somebody removed before us; nothing that is to be removed; nothing of ours at
    all; every file of the package and nothing else.
    """
    gone = sorted(known - frozenset(files))[:SINGLE]
    but_one = [known - {path} for path in gone] if len(gone) > 1 else []
    return list(dict.fromkeys([known, *but_one, known & frozenset(files), frozenset[str](), frozenset(files)]))
