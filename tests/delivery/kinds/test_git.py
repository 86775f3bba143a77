"""What only a plain git server asks for: the pinned address, the protocol, and a server that can leave files out."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError
from pytest_django.fixtures import Settings

from delivery.contract import DeliveryFailed
from delivery.kinds.git.advertised import read_advertisement
from delivery.kinds.git.plumbing import Git
from delivery.rules.forge_answers import Words
from ground import egress
from tests.peers.bench import PACKAGE, Bench, shipment
from tests.peers.git_http import REPOSITORY, GitServer
from tests.peers.peer import Fault

NAME = "git.harbour.test"


@pytest.fixture
def bench(build: Callable[[str], Bench]) -> Bench:
    return build("git")


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Names as this process resolves them; git's own child knows nothing of it."""
    answers: dict[str, str] = {}
    real = socket.getaddrinfo

    def lookup(host: Any, *arguments: Any, **options: Any) -> Any:
        return real(answers.get(host, host), *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return answers


def test_git_connects_to_the_address_that_was_checked(bench: Bench, resolved: dict[str, str], settings: Settings) -> None:
    resolved[NAME] = "127.0.0.1"
    settings.EGRESS_ALLOW = [f"{NAME}:{bench.peer.port}"]
    bench.details["url"] = f"http://{NAME}:{bench.peer.port}{REPOSITORY}"
    receipt = bench.send(shipment())
    assert bench.written(receipt) == PACKAGE
    assert receipt.where == "Branch specstep/harbour-booking in team/booking"
    assert {asked.headers["host"] for asked in bench.peer.log} == {f"{NAME}:{bench.peer.port}"}


def test_a_private_address_is_never_called(bench: Bench, resolved: dict[str, str], settings: Settings) -> None:
    settings.EGRESS_ALLOW = []
    resolved[NAME] = "127.0.0.1"
    for url in (f"https://{NAME}:{bench.peer.port}{REPOSITORY}", f"http://127.0.0.1:{bench.peer.port}{REPOSITORY}"):
        bench.details["url"] = url
        with pytest.raises(DeliveryFailed, match=r"may not be called|over https only") as caught:
            bench.send(shipment())
        assert caught.value.permanent
    assert bench.peer.log == []


def test_a_redirect_is_not_followed(bench: Bench) -> None:
    away = {"Location": f"{bench.peer.url}/elsewhere{REPOSITORY}/info/refs?service=git-upload-pack"}
    bench.peer.faults.append(Fault(status=301, headers=away))
    with pytest.raises(DeliveryFailed, match="has moved"):
        bench.send(shipment())
    bench.peer.faults.append(Fault(on="POST", status=307, headers=away))
    with pytest.raises(DeliveryFailed):
        bench.send(shipment())
    assert not [line for line in bench.peer.lines() if "elsewhere" in line]


def test_a_server_that_cannot_leave_files_out_is_refused(bench: Bench) -> None:
    bench.store.git("config", "uploadpack.allowFilter", "false")
    with pytest.raises(DeliveryFailed, match="cannot leave files out") as caught:
        bench.send(shipment())
    assert caught.value.permanent
    assert not [line for line in bench.peer.lines() if line.startswith("POST")]


def test_a_server_that_gives_out_branches_only_is_refused(bench: Bench) -> None:
    assert isinstance(bench.peer, GitServer)
    bench.peer.is_old = True
    bench.store.git("config", "uploadpack.allowAnySHA1InWant", "false")
    with pytest.raises(DeliveryFailed, match=r"uploadpack\.allowAnySHA1InWant") as caught:
        bench.send(shipment())
    assert caught.value.permanent


def test_only_trees_on_the_way_to_our_folder_are_fetched(bench: Bench) -> None:
    bench.send(shipment())
    wanted = set(bench.peer.wanted)  # type: ignore[attr-defined]
    root = bench.store.git("rev-parse", "main^{tree}")
    assert wanted == {bench.main, root, bench.store.git("rev-parse", "main:docs")}


def test_a_refused_push_says_what_to_allow(bench: Bench) -> None:
    hook = bench.store.path / "hooks" / "pre-receive"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'this branch is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(DeliveryFailed, match="branches that begin with specstep/") as caught:
        bench.send(shipment())
    assert caught.value.permanent
    assert bench.store.heads() == {"main": bench.main}


@pytest.mark.parametrize("host", ["re%62ind.test", "fußball.test", "１27.0.0.1", "a.test\\@b.test", "a\n.test"])
def test_a_host_that_git_would_read_in_its_own_way_is_refused(bench: Bench, resolved: dict[str, str], host: str) -> None:
    """git's library unfolds such a name and looks up the result itself, past the address that was checked."""
    with pytest.raises(ValidationError):
        bench.place(url=f"https://{host}/x.git")
    with pytest.raises(egress.EgressRefused, match="plain letters"):
        Git(bench.store.path, f"https://{host}/x.git", "", Words("a", "b", "c")).fetch("0" * 40)


def test_an_id_that_is_none_never_reaches_git(bench: Bench) -> None:
    """Among the arguments of git it would be an option of the other side's choice."""
    option = "--upload-pack=touch"
    line = f"003f# service=git-upload-pack\n0000{len(option) + 21:04x}{option} refs/heads/main\n0000".replace("003f", "001e")
    with pytest.raises(ValueError, match="without an id"):
        read_advertisement(line.encode())
    with pytest.raises(DeliveryFailed, match="ids that git does not know"):
        Git(bench.store.path, "https://a.test/x.git", "", Words("a", "b", "c")).fetch(option)


def test_something_else_in_the_place_of_our_folder_is_left_there(bench: Bench) -> None:
    bench.store.write("main", {"docs/specstep": b"a file\n"})
    with pytest.raises(DeliveryFailed, match="Something else stands at docs/specstep"):
        bench.send(shipment())


@pytest.mark.parametrize(
    "url",
    ["git@host:x/y.git", "ssh://host/x.git", "file:///etc", "https://me:pw@host/x.git", "https://host/", "https://host/x?y=1"],
)
def test_only_plain_https_addresses_are_taken(bench: Bench, url: str) -> None:
    with pytest.raises(ValidationError, match=r"git clone takes over https|Leave name, password"):
        bench.place(url=url)
