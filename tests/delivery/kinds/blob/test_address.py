"""The address of a container is judged before anything is stored or sent."""

from __future__ import annotations

import datetime as dt
from urllib.parse import urlencode

import pytest

from delivery.kinds.blob.address import Address, read, warnings
from ground.errors import BadInput

NOW = dt.datetime(2026, 11, 20, 10, tzinfo=dt.UTC)
SIGNATURE = "Canary5Dunlin" + "x" * 30
GOOD = {
    "sp": "cw",
    "st": "2026-11-20T09:55:00Z",
    "se": "2027-02-20T10:00:00Z",
    "spr": "https",
    "sv": "2025-11-05",
    "sr": "c",
    "sig": SIGNATURE,
}
HOST = "harbour.blob.core.windows.net"


def address(host: str = HOST, path: str = "/packages", scheme: str = "https", **changes: str | None) -> str:
    query = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return f"{scheme}://{host}{path}?{urlencode(query)}"


def judged(text: str) -> Address:
    return read(text, now=NOW, is_allowed=lambda host, port: (host, port) == ("127.0.0.1", 10000))


def test_account_container_and_expiry_are_read() -> None:
    found = judged(f" {address()}\n")
    assert found == Address("harbour", "packages", dt.datetime(2027, 2, 20, 10, tzinfo=dt.UTC), HOST)
    assert SIGNATURE not in repr(found)


def test_sovereign_clouds_and_named_servers_are_read_too() -> None:
    assert judged(address("a.blob.core.usgovcloudapi.net")).account == "a"
    assert judged(address("a.z12.blob.storage.azure.net")).account == "a"
    own = judged(address("127.0.0.1:10000", "/devstoreaccount1/packages", "http", spr=None))
    assert (own.account, own.container) == ("devstoreaccount1", "packages")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (address(sp="rcw"), "also allows to read"),
        (address(sp="cwl"), "also allows to list"),
        (address(sp="cwd"), "also allows to delete"),
        (address(sp="racwdl"), "read, add, delete and list"),
        (address(sp="w"), "does not allow to create"),
        (address(sp=None), "does not allow to create"),
        (address(scheme="http"), "Only https"),
        (address(spr="https,http"), "without https"),
        (address(spr=None), "without https"),
        (address(se="2026-11-20T09:59:00Z"), "has expired"),
        (address(se=None), "does not say when it ends"),
        (address(se="soon"), "does not say when it ends"),
        (address(st="2026-11-21T10:00:00Z"), "not valid yet"),
        (address(sig=None), "no signature"),
        (address(si="policy"), "stored policy"),
        (address(sr="b"), "not for one container"),
        (address(sr=None), "not for one container"),
        (address(path="/packages/blob.txt"), "lead to a container"),
        (address(path=""), "lead to a container"),
        (address(path="/Packages"), "not one that Azure accepts"),
        (address("harbour.example.org"), "not an address of Azure"),
        (address("blob.core.windows.net.example.org"), "not an address of Azure"),
        (address("127.0.0.1:10001", "/a/packages", "http"), "Only https"),
        (address("169.254.169.254"), "not an address of Azure"),
        (address("user:secret@" + HOST), "not the address of a container"),
        ("https://[", "not an address"),
        ("https://a:b/", "not an address"),
        ("packages", "not the address of a container"),
        ("", "not the address of a container"),
    ],
)
def test_what_allows_more_or_cannot_work_is_refused_without_being_quoted(text: str, said: str) -> None:
    with pytest.raises(BadInput, match=said) as refused:
        judged(text)
    assert SIGNATURE not in str(refused.value)


def test_an_end_that_is_near_is_said() -> None:
    assert warnings(NOW + dt.timedelta(days=15), now=NOW) == []
    assert "expires in 14 days" in warnings(NOW + dt.timedelta(days=14), now=NOW)[0]
    assert "expires in 1 day." in warnings(NOW + dt.timedelta(hours=3), now=NOW)[0]
    assert "has expired" in warnings(NOW, now=NOW)[0]
