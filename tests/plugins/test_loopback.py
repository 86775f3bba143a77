from __future__ import annotations

import socket

import pytest


def test_no_test_reaches_anything_but_this_machine() -> None:
    with socket.socket() as stream, pytest.raises(AssertionError, match="loopback only"):
        stream.connect(("192.0.2.1", 443))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams, pytest.raises(AssertionError, match="loopback only"):
        datagrams.sendto(b"x", ("192.0.2.1", 53))
    with pytest.raises(socket.gaierror, match="look up no names"):
        socket.getaddrinfo("example.org", 443)
    assert socket.getaddrinfo("localhost", 80)
