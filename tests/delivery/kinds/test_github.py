"""What only GitHub asks for: trees of a bounded size, and tokens that do not say what they may do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.bench import Bench, shipment
from tests.peers.github import GitHub


@pytest.fixture
def bench(build: Callable[[str], Bench]) -> Bench:
    return build("github")


def test_a_package_too_large_for_one_request_is_still_one_commit(bench: Bench) -> None:
    files = {f"{number}.md": "ж".encode() * 450_000 for number in range(3)} | {"large.md": "ж".encode() * 800_000}
    receipt = bench.send(shipment(files))
    lines = bench.peer.lines()
    assert sum(line.endswith("POST /repos/harbour/booking/git/trees") for line in lines) == 3
    assert sum("git/blobs" in line for line in lines) == 1
    assert bench.store.count(bench.main, receipt.branch) == 1
    assert bench.written(receipt) == files


@pytest.mark.parametrize(("scopes", "sentence"), [("repo, user", "May write."), ("", "Whether it may write shows at the first")])
def test_only_a_classic_token_is_believed_to_may_write(bench: Bench, scopes: str, sentence: str) -> None:
    assert isinstance(bench.peer, GitHub)
    bench.peer.scopes = scopes
    assert bench.check()[2].startswith(sentence)
