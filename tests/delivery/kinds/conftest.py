"""Every kind of repository with its forge, played on loopback over a real bare repository."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from delivery.contract import kind_of
from tests.peers.bench import FORGES, PEERS, THEIRS, Bench
from tests.peers.git_http import REPOSITORY
from tests.peers.store import Store


@pytest.fixture(scope="session")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A customer's repository; tests work on copies."""
    path = tmp_path_factory.mktemp("theirs") / "booking.git"
    Store(path).write("main", dict(THEIRS), "First")
    return path


@pytest.fixture
def build(tmp_path: Path, theirs: Path, settings: Settings) -> Iterator[Callable[..., Bench]]:
    benches: list[Bench] = []

    def make(name: str) -> Bench:
        path = tmp_path / name / "booking.git"
        shutil.copytree(theirs, path)
        store = Store(path)
        peer = PEERS[name](store)
        settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, f"127.0.0.1:{peer.port}"]
        setting = {"github": "GITHUB_API_URL", "gitlab": "GITLAB_URL", "azure_devops": "AZURE_DEVOPS_URL"}
        if name != "git":
            setattr(settings, setting.get(name, "BITBUCKET_API_URL"), peer.url)
        details = {"url": peer.url + REPOSITORY} if name == "git" else {}
        benches.append(Bench(name, kind_of(name), peer, store.head("main"), details))
        return benches[-1]

    yield make
    for bench in benches:
        bench.peer.close()
    for bench in benches:
        assert bench.peer.violations == []
        assert bench.peer.content_calls == []
        assert bench.peer.faults == [], "a fault was never reached"


@pytest.fixture(params=list(PEERS))
def bench(request: pytest.FixtureRequest, build: Callable[..., Bench]) -> Bench:
    """Each kind in turn."""
    made: Bench = build(request.param)
    return made


@pytest.fixture(params=FORGES)
def forge(request: pytest.FixtureRequest, build: Callable[..., Bench]) -> Bench:
    """Each kind that has requests in turn."""
    made: Bench = build(request.param)
    return made
