"""The same text is searched once, and neither it nor a secret is kept for that."""

from __future__ import annotations

import gc

import pytest

from llm.redaction import find_secrets
from llm.redaction.finding import Secret
from llm.redaction.remembering import SHORTEST, Remembering

TOKEN = "gl" + "pat-" + "Zx9Kq2Lm4Np6Rs8Tv1Wy"
LONG = f"The desk uses {TOKEN} for its nightly sync. " + "Patients book online and get a reminder. " * 8


class Counting:
    """The real finder, and how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self, text: str) -> list[Secret]:
        self.asked += 1
        return find_secrets(text)


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_a_text_is_searched_once_and_gives_the_same_every_time(counting: Counting) -> None:
    find = Remembering(counting)
    first, second = find(LONG), find(LONG)
    assert first == second == find_secrets(LONG)
    assert len(first) == 1
    assert counting.asked == 1
    first.clear()
    assert find(LONG) == second, "who changes a list changes his own"


def test_another_text_is_searched_anew(counting: Counting) -> None:
    find = Remembering(counting)
    assert find(LONG) != find("x" + LONG)
    assert counting.asked == 2


def test_a_short_text_is_not_worth_remembering(counting: Counting) -> None:
    find = Remembering(counting)
    short = LONG[: SHORTEST - 1]
    assert find(short) == find(short)
    assert counting.asked == 2


def test_the_oldest_goes_when_there_are_too_many(counting: Counting) -> None:
    find = Remembering(counting, most=2)
    for text in (LONG, LONG + "a", LONG + "b", LONG):
        find(text)
    assert counting.asked == 4


def test_a_search_that_failed_is_not_remembered() -> None:
    faults = [ValueError("broken")]

    def breaks_once(text: str) -> list[Secret]:
        if faults:
            raise faults.pop()
        return find_secrets(text)

    find = Remembering(breaks_once)
    with pytest.raises(ValueError, match="broken"):
        find(LONG)
    assert len(find(LONG)) == 1


def test_neither_text_nor_secret_is_kept(counting: Counting) -> None:
    find = Remembering(counting)
    find(LONG)
    held: list[object] = [vars(find)]
    seen: set[int] = set()
    while held:
        one = held.pop()
        if id(one) in seen or isinstance(one, type):
            continue
        seen.add(id(one))
        if isinstance(one, str | bytes):
            assert TOKEN not in (one if isinstance(one, str) else one.decode("latin-1"))
        elif isinstance(one, dict | list | tuple | Secret):
            held += gc.get_referents(one)
