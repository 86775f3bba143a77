"""What comes at one moment is done together, and nobody pays for another's failure."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from ground.together import Together

pytestmark = pytest.mark.django_db(transaction=True)


class Shop:
    """Doubles numbers, and remembers in which company each was done. The first one is held up until all others wait."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def double(self, numbers: Sequence[int]) -> list[int]:
        self.batches.append(list(numbers))
        if len(self.batches) == 1:
            self.begun.set()
            assert self.go_on.wait(10)
        if 13 in numbers:
            raise ValueError("Thirteen is not doubled here.")
        return [2 * number for number in numbers]


def ask(together: Together[int, int], shop: Shop, numbers: Sequence[int], waiting: Callable[[], int]) -> list[int | str]:
    """Ask for the first, and for the others while it is being done."""

    def one(number: int) -> int | str:
        try:
            return together(number)
        except ValueError as error:
            return str(error)

    with ThreadPoolExecutor(len(numbers)) as pool:
        futures = [pool.submit(one, numbers[0])]
        assert shop.begun.wait(10)
        futures += [pool.submit(one, number) for number in numbers[1:]]
        while waiting() < len(numbers):
            pass
        shop.go_on.set()
        return [future.result(10) for future in futures]


def test_what_comes_while_one_is_done_is_done_together() -> None:
    shop = Shop()
    together = Together(shop.double)
    assert ask(together, shop, range(1, 9), lambda: len(together._queues[None])) == [2, 4, 6, 8, 10, 12, 14, 16]
    assert [len(batch) for batch in shop.batches] == [1, 7]
    assert not together._queues, "nothing is left behind"


def test_one_that_fails_takes_nobody_with_it() -> None:
    shop = Shop()
    together = Together(shop.double)
    found = ask(together, shop, [1, 2, 13, 4], lambda: len(together._queues[None]))
    assert found == [2, 4, "Thirteen is not doubled here.", 8]


def test_those_of_another_kind_do_not_wait() -> None:
    shop = Shop()
    together = Together(shop.double, by=lambda number: number % 2)
    with ThreadPoolExecutor(2) as pool:
        odd = pool.submit(together, 1)
        assert shop.begun.wait(10)
        assert together(2) == 4
        assert not odd.done()
        shop.go_on.set()
        assert odd.result(10) == 2


def test_what_the_work_itself_asks_for_does_not_wait_for_it() -> None:
    """A task that is done at once instead of sent is done in the middle of the work that rang for it."""

    def count_down(numbers: Sequence[int]) -> list[int]:
        return [number + (together(number - 1) if number else 0) for number in numbers]

    together: Together[int, int] = Together(count_down)
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(together, 3).result(10) == 6
