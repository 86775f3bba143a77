"""A GitHub App: a token for one repository is made at each delivery and kept nowhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from pydantic import ValidationError

from delivery.contract import DeliveryFailed
from tests.peers.bench import PACKAGE, Bench, shipment
from tests.peers.github import GitHub
from tests.peers.peer import Fault


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    """PEM of a private and of its public key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


@pytest.fixture
def peer(build: Callable[[str], Bench], keys: tuple[str, str]) -> tuple[Bench, GitHub]:
    bench = build("github")
    bench.details |= {"app_id": "4711", "installation_id": "99"}
    assert isinstance(bench.peer, GitHub)
    bench.peer.app_key = keys[1]
    return bench, bench.peer


def test_the_token_is_for_one_repository_and_what_is_needed(peer: tuple[Bench, GitHub], keys: tuple[str, str]) -> None:
    bench, github = peer
    receipt = bench.send(shipment(), token=keys[0])
    assert bench.written(receipt) == PACKAGE
    permissions = {"contents": "write", "pull_requests": "write", "metadata": "read"}
    assert github.minted == [{"repositories": ["booking"], "permissions": permissions}]


def test_testing_mints_no_token(peer: tuple[Bench, GitHub], keys: tuple[str, str]) -> None:
    bench, github = peer
    assert bench.kind.check(bench.place(), keys[0])[:3] == [
        "Repository harbour/booking found.",
        "May write.",
        "Can open pull requests.",
    ]
    assert github.writes() == []
    github.installed = {"contents": "read", "metadata": "read"}
    with pytest.raises(DeliveryFailed, match="The App may not write to harbour/booking"):
        bench.kind.check(bench.place(), keys[0])
    with pytest.raises(DeliveryFailed, match="under another installation id"):
        bench.kind.check(bench.place(installation_id="98"), keys[0])


def test_a_key_that_is_none_says_so(peer: tuple[Bench, GitHub]) -> None:
    bench, github = peer
    with pytest.raises(DeliveryFailed, match="private key of the App cannot be read") as caught:
        bench.send(shipment(), token="-----BEGIN nothing")
    assert caught.value.permanent
    assert github.log == []


def test_an_app_that_was_uninstalled_says_so(peer: tuple[Bench, GitHub], keys: tuple[str, str]) -> None:
    bench, github = peer
    github.faults.append(Fault(on="access_tokens", status=404))
    with pytest.raises(DeliveryFailed, match="was not found at GitHub"):
        bench.send(shipment(), token=keys[0])


def test_an_app_needs_both_ids(peer: tuple[Bench, GitHub]) -> None:
    with pytest.raises(ValidationError, match="needs both its app id and its installation id"):
        peer[0].place(installation_id="")
