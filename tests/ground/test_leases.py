"""One heart per process keeps leases alive and notices what was lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection

import pytest
from django.db import transaction

from ground.leases import Heart
from tests.plugins.servers import wait_until


class Leases:
    """What a heart does with what is held."""

    def __init__(self) -> None:
        self.extended: list[set[str]] = []
        self.gone: set[str] = set()
        self.threads: set[int] = set()
        self.heart: Heart[str] = Heart(
            "tests", look=self.look, extend=self.extend, look_seconds=lambda: 0.01, extend_seconds=lambda: 0.03
        )

    def look(self, held: Collection[str]) -> list[str]:
        self.threads.add(threading.get_ident())
        return [key for key in held if key in self.gone]

    def extend(self, held: Collection[str]) -> None:
        self.extended.append(set(held))


@pytest.fixture
def leases() -> Leases:
    return Leases()


def test_everything_that_is_held_is_extended_together_by_one_thread(leases: Leases) -> None:
    with leases.heart.holding("a", lost=pytest.fail), leases.heart.holding("b", lost=pytest.fail):
        wait_until(lambda: {"a", "b"} in leases.extended, seconds=5, what="a beat")
    assert len(leases.threads) == 1


def test_what_was_lost_is_told_once_and_no_longer_extended(leases: Leases) -> None:
    told: list[str] = []
    with leases.heart.holding("a", lost=lambda: told.append("a")), leases.heart.holding("b", lost=pytest.fail):
        leases.gone.add("a")
        wait_until(lambda: bool(told), seconds=5, what="the news")
        leases.extended.clear()
        wait_until(lambda: len(leases.extended) > 2, seconds=5, what="more beats")
    assert told == ["a"]
    assert leases.extended[-1] == {"b"}


def test_the_heart_rests_when_nothing_is_held_and_beats_again(leases: Leases) -> None:
    with leases.heart.holding("a", lost=pytest.fail):
        wait_until(lambda: bool(leases.extended), seconds=5, what="a beat")
    time.sleep(0.1)
    resting = len(leases.extended)
    time.sleep(0.1)
    assert len(leases.extended) == resting
    with leases.heart.holding("b", lost=pytest.fail):
        wait_until(lambda: {"b"} in leases.extended, seconds=5, what="a beat")


@pytest.mark.django_db
def test_what_an_open_transaction_wrote_is_not_taken_for_lost(leases: Leases) -> None:
    leases.gone.add("a")
    with transaction.atomic(), leases.heart.holding("a", lost=pytest.fail):
        time.sleep(0.1)
    assert not leases.extended
