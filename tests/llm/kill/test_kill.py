"""``kill -9`` at the boundaries and inside the calls of a run: it finishes with the same words, and nothing is paid twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.llm.kill import harness
from tests.llm.kill.harness import Lives
from tests.wire_stub.remote import Remote, process

STRIDE = 9
"""Prime to the number of points of a step, so that every kind of point is met; all of them with ``pytest -m thorough``."""
CALL_SECONDS = 0.4

Site = tuple[Lives, Remote, dict[str, Any]]


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Remote]:
    with process(tmp_path_factory.mktemp("stub")) as found:
        yield found


@pytest.fixture(scope="module", params=["anthropic", "openai"])
def site(request: pytest.FixtureRequest, stub: Remote, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Somebody to kill, and the report of a run that nobody disturbed."""
    home = tmp_path_factory.mktemp(request.param) / "home"
    stub.reset(keep="")
    with harness.lives(home, stub, graph="small", provider=request.param) as lives:
        assert lives.live("whole") == 0
        yield lives, stub, lives.report("whole")


def _at(site: Site, numbers: range) -> None:
    lives, stub, whole = site
    names = lives.points("whole")
    found = [harness.kill_at_point(lives, stub, number, names[number - 1], whole) for number in numbers if number <= len(names)]
    assert len(found) > len(names) // STRIDE - 1
    assert not [killed for killed in found if not killed.finished]
    assert not [killed for killed in found if killed.repeated > killed.in_flight], "at a boundary nothing is in flight"


def test_a_kill_at_a_boundary_pays_nothing_twice(site: Site) -> None:
    _at(site, range(1, 200, STRIDE))


@pytest.mark.crash
@pytest.mark.thorough
def test_a_kill_at_any_point_pays_nothing_twice(site: Site) -> None:
    _at(site, range(1, 200))


def test_a_kill_inside_calls_pays_at_most_those_in_flight_again(site: Site) -> None:
    lives, stub, whole = site
    stub.set(ttft_ms=1000 * CALL_SECONDS)
    try:
        found = [
            harness.kill_in_call(lives, stub, number, whole, at_once=4, after=CALL_SECONDS / 2, settings={})
            for number in (1, 3, 5, 7)
        ]
    finally:
        stub.set(ttft_ms=0)
    kills = [killed for killed in found if killed is not None]
    assert kills
    assert all(killed.finished for killed in kills)
    assert all(killed.repeated <= killed.in_flight for killed in kills)
    assert any(killed.in_flight for killed in kills)
    if whole["provider"] == "openai":
        assert not [killed for killed in kills if killed.repeated > killed.unnoted], "what has an id is fetched, not bought again"
        assert any(killed.in_flight > killed.unnoted for killed in kills)


def test_the_next_process_goes_on_within_ten_seconds(site: Site) -> None:
    lives, stub, _ = site
    stub.set(ttft_ms=1000 * CALL_SECONDS)
    try:
        killed = harness.kill_and_start_anew(lives, stub, number=3, after=CALL_SECONDS / 2)
    finally:
        stub.set(ttft_ms=0)
    assert killed.finished
    assert killed.resumed_after < 10
