"""Which addresses may be saved and called: nothing is opened towards any other (N-46)."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from delivery.flows import subscribing
from delivery.models import Attempt, Endpoint
from ground.errors import BadInput
from tests.delivery.webhooks.conftest import Subscribe, work_all
from tests.delivery.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
PRIVATE = [
    "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "168.63.129.16", "100.64.0.1",
    "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fd00:ec2::254]", "[::ffff:10.0.0.1]",
    "[64:ff9b::a9fe:a9fe]", "[2002:7f00:1::]", "localhost",
]  # fmt: skip


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every connection that anybody opens."""
    found: list[Any] = []
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        found.append(address)
        real(self, address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    return found


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What the name server says; it may change its mind."""
    told: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def resolve(host: str, port: int, *args: Any, **options: Any) -> Any:
        if host in told:
            return [entry for address in told[host] for entry in real(address, port, *args, **options)]
        if host.endswith(".test"):
            raise socket.gaierror("no such name")
        return real(host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return told


@pytest.mark.parametrize("host", PRIVATE)
def test_a_private_address_is_not_saved_and_not_called(alice: User, opened: list[Any], host: str) -> None:
    with pytest.raises(BadInput):
        subscribing.add(alice.workspace, url=f"https://{host}/hook", events=["run.failed"], actor=alice)
    assert opened == []
    assert not Endpoint.objects.exists()


@pytest.mark.promise("S-174")
@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://hooks.test/", "over https only"),
        ("ftp://hooks.test/", "over https only"),
        ("https://user:word@hooks.test/", "user name or password"),
        ("https://@hooks.test/", "user name or password"),
        ("https://hooks.test/#part", "from # on"),
        ("https://hooks.test\\@10.0.0.1/", "blank or a sign"),
        ("https://hooks.test/a b", "blank or a sign"),
        ("https://hööks.test/", "blank or a sign"),
        ("https://hooks.test:99999/", "not an address"),
        ("https://hooks.test:0/", "not an address"),
        ("https:///hook", "not an address"),
        ("hooks.test", "not an address"),
        ("https://elsewhere.test/", "no address we could find"),
        ("https://mixed.test/", "may not be called"),
        ("https://hooks.test/" + "x" * 500, "longer than 500"),
    ],
)
def test_the_owner_reads_why_an_address_is_not_taken(
    alice: User, opened: list[Any], names: dict[str, list[str]], url: str, why: str
) -> None:
    names |= {"hooks.test": ["1.1.1.1"], "mixed.test": ["1.1.1.1", "10.0.0.1"]}
    with pytest.raises(BadInput, match=why):
        subscribing.add(alice.workspace, url=url, events=["run.failed"], actor=alice)
    assert opened == []


def test_a_public_address_is_saved_and_saving_opens_nothing(alice: User, opened: list[Any], names: dict[str, list[str]]) -> None:
    names["hooks.test"] = ["1.1.1.1"]
    endpoint, _ = subscribing.add(alice.workspace, url="https://hooks.test/hook?a=1", events=["run.failed"], actor=alice)
    assert endpoint.url == "https://hooks.test/hook?a=1"
    assert opened == []


def test_a_name_that_turns_private_after_it_was_saved_is_not_called(
    alice: User, opened: list[Any], names: dict[str, list[str]], happen: Callable[..., object]
) -> None:
    names["hooks.test"] = ["1.1.1.1"]
    subscribing.add(alice.workspace, url="https://hooks.test/hook", events=["run.failed"], actor=alice)
    names["hooks.test"] = ["169.254.169.254"]
    happen("run.failed")
    work_all()
    assert opened == []
    assert "may not be called" in Attempt.objects.get().sentence


def test_an_open_connection_is_not_used_once_the_operator_takes_the_host_back(
    receiver: Receiver, subscribe: Subscribe, happen: Callable[..., object], settings: Settings
) -> None:
    subscribe()
    happen()
    work_all()
    settings.EGRESS_ALLOW = []
    happen()
    work_all()
    assert len(receiver.got) == 1
