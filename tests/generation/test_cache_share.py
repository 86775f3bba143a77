"""What a whole run reads from the vendors' prompt caches, by the accounts of the stub."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generation.commands.shop import AT, ROOT, Shop
from tests.wire_stub import WireStub

LONG = 20_000
"""Tokens. The calls of a run; those of an interview are shorter than what a vendor keeps."""


@pytest.mark.parametrize("vendor", ["anthropic", pytest.param("openai", marks=pytest.mark.thorough)])
def test_a_run_reads_from_the_cache_whatever_was_there_before(tmp_path: Path, wire_stub: WireStub, vendor: str) -> None:
    shop = Shop(tmp_path, wire_stub.environment)
    shop.migrate()
    ended = shop.specify(ROOT / "samples" / "clinic.yaml", "--provider", vendor, "--at", AT)
    assert ended.returncode == 0, ended.stderr
    long = [one for one in wire_stub.calls() if one["tokens_in"] > LONG]
    assert len(long) == 16, "six decisions, seven documents, three reviews"
    read, cacheable = sum(one["cache_read"] for one in long), sum(one["cache_ideal"] for one in long)
    assert read / cacheable >= 0.97
    assert read / sum(one["tokens_in"] for one in long) >= 0.55, "six of seven documents and two of three reviews"
    if vendor == "anthropic":
        assert wire_stub.report()["cache_written_never_read"] == 0
