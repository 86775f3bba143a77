"""Sets that were measured before the rules knew them. The floors are for afterwards; ``docs/redaction.md`` has both figures."""

from __future__ import annotations

import pytest

from llm.redaction import find_secrets
from tests.llm.redaction.heldout import Item
from tests.llm.redaction.templates import texts

SETS = {
    "sixth": (0.91, 0.985, 0.98),
    "seventh": (0.91, 0.985, 0.985),
    "eighth": (0.93, 0.985, 0.985),
    "ninth": (0.94, 0.985, 0.96),
}
"""Recall, precision, share of clean texts that stay clean: at least."""


def _left(item: Item) -> int:
    """How many secrets are not covered, white space apart."""
    covered = {at for secret in find_secrets(item.text) for at in range(secret.start, secret.end)}
    return sum(any(at not in covered and not item.text[at].isspace() for at in range(*span)) for span in item.spans)


def _taken(item: Item) -> tuple[int, int]:
    """How many finds touch a secret, and how many touch nothing that may be taken."""
    found = find_secrets(item.text)
    true = sum(any(one.start < end and start < one.end for start, end in item.spans) for one in found)
    allowed = (*item.spans, *item.ignore)
    return true, sum(not any(one.start < end and start < one.end for start, end in allowed) for one in found)


@pytest.mark.parametrize("which", SETS)
@pytest.mark.parametrize("seed", ["", "other values"])
def test_a_set_of_somebody_else_is_found_and_left_alone(which: str, seed: str) -> None:
    recall, precision, clean = SETS[which]
    positive, negative = texts(f"{which}_with", seed), texts(f"{which}_without", seed)
    missed, secrets = sum(map(_left, positive)), sum(len(item.spans) for item in positive)
    true, false = (sum(counts) for counts in zip(*map(_taken, [*positive, *negative]), strict=True))
    dirty = sum(bool(find_secrets(item.text)) for item in negative)
    assert 1 - missed / secrets >= recall
    assert true / (true + false) >= precision
    assert 1 - dirty / len(negative) >= clean
