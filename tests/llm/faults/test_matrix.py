"""Every fault ends in the right state, in bounded time and requests, and nothing cut off or wrong is taken for an answer."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from llm import calls
from tests.llm.clerk.calls import SORT
from tests.llm.conftest import RememberingPurse
from tests.llm.faults import matrix
from tests.wire_stub import WireStub

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clerk(settings: Settings) -> None:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.llm.clerk"]
    for name, value in matrix.SETTINGS.items():
        setattr(settings, name, value)
    calls.register(SORT)


@pytest.mark.parametrize(("fault", "way", "when"), matrix.cells())
def test_a_fault_ends_as_the_table_says(wire_stub: WireStub, purse: RememberingPurse, fault: str, way: str, when: str) -> None:
    # A look at a background answer waits 20 ms, so ten of them have to do here; script/bench llm asks twenty.
    many = matrix.MANY if way.endswith("streamed") else matrix.MANY // 2
    ended = matrix.play(matrix.Here(wire_stub), fault, way, when, purse, many=many)
    assert not matrix.faults_of(ended, fault, way, when), ended
