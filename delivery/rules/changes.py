"""Which of our files stand on a branch already. We do not look there (N-22), so this is a memory and two guesses."""

from __future__ import annotations

from collections.abc import Collection


def guesses(files: Collection[str], known: frozenset[str]) -> list[frozenset[str]]:
    """What may stand there, the likeliest first: what we remember; nothing of ours; every file and nothing else."""
    return list(dict.fromkeys([known, known & frozenset(files), frozenset[str](), frozenset(files)]))
