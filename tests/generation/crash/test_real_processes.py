"""Real workers are killed in mid-run and the broker is emptied, on both sets of servers: the package is the same."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.generation.crash.site import AT, ROOT, SHELF, Site, kill, seconds_until, site

pytestmark = [pytest.mark.crash, pytest.mark.servers, pytest.mark.xdist_group("servers")]

MOMENTS = (2, 9, 20, 27)
"""The worker is killed when so many of the 31 steps are done."""
RESUMED_WITHIN = 30.0
"""Seconds from the restart of the worker to the next finished step: a lease of six, and a process that starts slowly."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """What ``specify`` makes of the same answers in one process."""
    home = tmp_path_factory.mktemp("undisturbed")
    env = Site(home).env
    for command in (["migrate", "-v", "0"], ["specify", str(SHELF), "--out", str(home / "out"), "--at", AT]):
        subprocess.run([sys.executable, "manage.py", *command], env=env, cwd=ROOT, check=True, capture_output=True)
    return (home / "out" / "loan-shelf.zip").read_bytes()


def _more_than(place: Site, steps: int) -> Callable[[], bool]:
    return lambda: len(place.done()) > steps


def _survives(place: Site, undisturbed: bytes) -> None:
    place.prepare()
    place.beat()
    worker = place.worker()
    for moment in MOMENTS:
        seconds_until(_more_than(place, moment - 1), at_most=30, what=f"{moment} steps")
        kill(worker)
        if moment in MOMENTS[1::2]:
            place.lose_the_broker()
        before = place.done()
        assert place.state() == "running", "the run was over before it could be disturbed"
        worker = place.worker()
        seconds_until(_more_than(place, len(before)), at_most=RESUMED_WITHIN, what="going on after the restart")
        assert {key: place.done()[key] for key in before} == before, "a finished step was done again"
    seconds_until(lambda: place.state() != "running", at_most=30, what="the end")
    assert place.state() == "done"
    assert place.zip() == undisturbed
    _is_told_once(place)
    seconds_until(lambda: bool(place.asked("SELECT name FROM ground_pulse")), at_most=10, what="the pulse of the schedule")


def _is_told_once(place: Site) -> None:
    """One package, one beginning and one end in audit and webhooks, and one generation of the plan (S-027)."""
    assert place.asked("SELECT count(*) FROM generation_package") == [(1,)]
    told = "SELECT {0} FROM {1} WHERE {0} LIKE 'run.%' ORDER BY {0}"
    for column, table in (("action", "accounts_auditevent"), ("kind", "delivery_event")):
        assert place.asked(told.format(column, table)) == [("run.completed",), ("run.started",)]
    assert place.asked("SELECT used FROM billing_quotaperiod") == [(1,)]
    assert place.asked("SELECT count(*) FROM billing_countedrun WHERE given_back_at IS NULL") == [(1,)]


def _survives_an_empty_broker(place: Site, undisturbed: bytes, seconds: float = 0) -> None:
    """Nobody is killed, but every bell that was rung is lost twice, and the broker answers nobody for so many seconds."""
    place.prepare()
    place.lose_the_broker()
    place.beat()
    place.worker()
    for moment in (1, 12):
        seconds_until(_more_than(place, moment - 1), at_most=40 + seconds, what=f"{moment} steps")
        place.lose_the_broker()
        place.ring_twice()
        place.close_the_broker(seconds)
    seconds_until(lambda: place.state() != "running", at_most=60 + 2 * seconds, what="the end")
    assert place.state() == "done"
    assert place.zip() == undisturbed
    _is_told_once(place)
    assert set(place.done().values()) == {1}


@pytest.mark.promise("S-027")
def test_killed_workers_on_the_embedded_servers(tmp_path: Path, undisturbed: bytes) -> None:
    with site(tmp_path / "site") as place:
        _survives(place, undisturbed)


@pytest.mark.promise("S-027")
def test_killed_workers_on_postgres_and_redis(tmp_path: Path, undisturbed: bytes, postgres_url: str, redis_url: str) -> None:
    with site(tmp_path / "site", database=postgres_url, broker=redis_url) as place:
        _survives(place, undisturbed)


@pytest.mark.thorough
def test_a_lost_broker_folder(tmp_path: Path, undisturbed: bytes) -> None:
    with site(tmp_path / "site") as place:
        _survives_an_empty_broker(place, undisturbed)


@pytest.mark.promise("S-027")
@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.thorough)])
def test_a_flushed_redis_that_answers_nobody(
    tmp_path: Path, undisturbed: bytes, postgres_url: str, redis_url: str, seconds: float
) -> None:
    with site(tmp_path / "site", database=postgres_url, broker=redis_url) as place:
        _survives_an_empty_broker(place, undisturbed, seconds)
