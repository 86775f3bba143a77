"""Who may send when: turns, pace, pauses and the breaker of one vendor and key."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Coroutine
from typing import Any

import pytest

from llm import lanes
from llm.errors import Limits, Parked
from llm.lanes import Lane

ANNA, BEN = uuid.UUID(int=1), uuid.UUID(int=2)


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, timeout=20))


def test_a_workspace_with_many_calls_does_not_keep_another_waiting() -> None:
    async def scene() -> list[str]:
        lane, order = Lane("x", at_once=1), []

        async def call(who: uuid.UUID, name: str) -> None:
            async with lane.turn(who):
                order.append(name)
                await asyncio.sleep(0.001)

        many = [asyncio.create_task(call(ANNA, f"anna {number}")) for number in range(8)]
        await asyncio.sleep(0)
        await asyncio.gather(asyncio.create_task(call(BEN, "ben")), *many)
        return order

    order = run(scene())
    assert order.index("ben") <= 2
    assert [name for name in order if name != "ben"] == [f"anna {number}" for number in range(8)]


def test_no_more_calls_than_allowed_are_in_flight() -> None:
    async def scene() -> int:
        lane, most, now = Lane("x", at_once=3), 0, 0

        async def call() -> None:
            nonlocal most, now
            async with lane.turn(uuid.uuid4()):
                now += 1
                most = max(most, now)
                await asyncio.sleep(0.002)
                now -= 1

        await asyncio.gather(*(call() for _ in range(20)))
        return most

    assert run(scene()) == 3


def test_what_the_vendor_says_about_its_limit_is_kept_to() -> None:
    async def scene() -> float:
        lane, clock = Lane("x", at_once=50), asyncio.get_running_loop().time
        lane.heard(Limits(per_minute=6_000, left=0))
        began = clock()

        async def call() -> None:
            async with lane.turn(ANNA):
                pass

        await asyncio.gather(*(call() for _ in range(40)))
        return clock() - began

    # 40 calls at 100 a second.
    assert 0.35 <= run(scene()) <= 1.5


def test_a_pause_holds_for_every_call_of_the_lane() -> None:
    async def scene() -> tuple[float, float]:
        lane, clock = Lane("x", at_once=50), asyncio.get_running_loop().time
        async with lane.turn(ANNA):
            lane.refused(Limits(), 0.2)
        began = clock()
        async with lane.turn(BEN):
            first = clock() - began
        async with lane.turn(BEN):
            return first, clock() - began

    first, second = run(scene())
    assert 0.19 <= first <= 1.0
    assert second - first < 0.1


def test_a_turn_that_would_come_too_late_is_put_aside() -> None:
    async def scene() -> None:
        lane = Lane("x", at_once=5)
        lane.heard(Limits(per_minute=10, left=0))
        waiting = [asyncio.create_task(lane.turn(ANNA).__aenter__()) for _ in range(12)]
        await asyncio.sleep(0.01)
        try:
            with pytest.raises(Parked, match=r"asks us to wait 6\d seconds") as aside:
                async with lane.turn(BEN):
                    pass
            assert 60 < (aside.value.retry_after or 0) < 70
        finally:
            for one in waiting:
                one.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
        assert not lane.waiting
        assert lane.in_flight == 0

    run(scene())


def test_after_failures_in_a_row_one_call_tries_and_the_others_wait_for_it() -> None:
    async def scene() -> list[str]:
        lane, order = Lane("x", at_once=10), []
        for _ in range(lanes.BREAKS_AFTER):
            lane.failed()
        assert lane.is_broken
        lane.resumes_at = asyncio.get_running_loop().time() + 0.05

        async def call(name: str) -> None:
            async with lane.turn(ANNA):
                order.append(f"{name} in")
                await asyncio.sleep(0.02)
                lane.heard(Limits())
                order.append(f"{name} out")

        await asyncio.gather(call("first"), call("second"), call("third"))
        assert lane.failures == 0
        return order

    assert run(scene())[:2] == ["first in", "first out"]


def test_an_attempt_after_a_break_that_fails_breaks_for_longer() -> None:
    async def scene() -> tuple[float, float]:
        lane, clock = Lane("x", at_once=10), asyncio.get_running_loop().time
        for _ in range(lanes.BREAKS_AFTER):
            lane.failed()
        first = lane.resumes_at - clock()
        lane.resumes_at = 0.0
        async with lane.turn(ANNA):
            assert lane.is_broken, "one is trying, others are turned away"
            lane.failed()
        return first, lane.resumes_at - clock()

    first, second = run(scene())
    assert second == pytest.approx(2 * first, rel=0.05)


def test_who_gives_up_waiting_leaves_no_trace() -> None:
    async def scene() -> None:
        lane = Lane("x", at_once=1)
        async with lane.turn(ANNA):
            late = asyncio.create_task(lane.turn(BEN).__aenter__())
            await asyncio.sleep(0)
            late.cancel()
            await asyncio.gather(late, return_exceptions=True)
            assert not lane.waiting
        assert lane.in_flight == 0
        async with lane.turn(BEN):
            assert lane.in_flight == 1

    run(scene())
