from __future__ import annotations

from pathlib import Path

import pytest

from tests.generation.commands.shop import Shop


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A set-up data folder that the tests of a module share."""
    made = Shop(tmp_path_factory.mktemp("shop"))
    made.migrate()
    return made


@pytest.fixture
def fresh_out(shop: Shop, tmp_path: Path) -> Path:
    return tmp_path / "out"
