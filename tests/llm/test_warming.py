"""One call warms a prefix, the others of the same prefix wait for its first token."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

from llm import warming
from llm.warming import Prefix


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(asyncio.wait_for(work, timeout=20))


def prefixes(names: str, tokens: int = 10_000) -> list[Prefix]:
    """One beginning per letter, each longer by ``tokens``: "ab" begins with "a"."""
    return [Prefix(names[: number + 1], tokens * (number + 1)) for number in range(len(names))]


async def call(log: list[str], name: str, sha: str, *, patience: float = 5.0, fails: bool = False) -> None:
    ticket = await warming.ticket(prefixes(sha), patience=patience)
    log.append(f"{name} sent")
    await asyncio.sleep(0.02)
    if not fails:
        log.append(f"{name} token")
        ticket.first_token()
    ticket.drop()


def test_the_others_are_sent_after_the_first_token() -> None:
    async def scene() -> list[str]:
        log: list[str] = []
        await asyncio.gather(*(call(log, name, "a") for name in "123"))
        return log

    assert run(scene())[:2] == ["1 sent", "1 token"]
    assert sorted(run(scene())) == sorted(f"{name} {what}" for name in "123" for what in ("sent", "token"))


def test_a_warm_prefix_and_another_prefix_wait_for_nobody() -> None:
    async def scene() -> list[str]:
        log: list[str] = []
        await call(log, "1", "a")
        await asyncio.gather(*(call(log, name, sha) for name, sha in (("2", "a"), ("3", "a"), ("4", "b"), ("5", ""), ("6", ""))))
        return log

    assert run(scene())[2:7] == ["2 sent", "3 sent", "4 sent", "5 sent", "6 sent"]


def test_when_the_warming_call_fails_the_next_one_warms() -> None:
    async def scene() -> list[str]:
        log: list[str] = []
        await asyncio.gather(call(log, "1", "a", fails=True), call(log, "2", "a"), call(log, "3", "a"))
        return log

    assert run(scene()) == ["1 sent", "2 sent", "2 token", "3 sent", "3 token"]


def test_nobody_waits_longer_than_its_patience() -> None:
    async def scene() -> list[str]:
        log: list[str] = []
        ticket = await warming.ticket(prefixes("a"), patience=5)
        await asyncio.gather(*(call(log, name, "a", patience=0.05) for name in "12"))
        ticket.drop()
        return log

    assert run(scene())[:2] == ["1 sent", "2 sent"]


def test_only_what_nobody_has_written_is_worth_waiting_for() -> None:
    async def scene(tokens: int) -> list[str]:
        log: list[str] = []
        await call(log, "plan", "a")
        warmed = await warming.ticket([Prefix("a", 10_000), Prefix("ab", 10_000 + tokens)], patience=5)
        other = asyncio.create_task(warming.ticket([Prefix("a", 10_000), Prefix("ab", 10_000 + tokens)], patience=0.05))
        began = asyncio.get_running_loop().time()
        await other
        log.append("waited" if asyncio.get_running_loop().time() - began > 0.04 else "did not wait")
        warmed.drop()
        return log

    assert run(scene(warming.WORTH_WAITING - 1))[-1] == "did not wait"
    assert run(scene(warming.WORTH_WAITING))[-1] == "waited"
