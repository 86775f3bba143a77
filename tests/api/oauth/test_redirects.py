"""The property of redirect matching: the very same address, or another port of the same loopback address. Nothing else."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from api.oauth.rules import redirects

HOSTS = st.sampled_from(["127.0.0.1", "[::1]", "localhost", "app.example", "localhost.example", "127.0.0.2"])
PORTS = st.one_of(st.just(""), st.integers(1, 65535).map(lambda port: f":{port}"))
PATHS = st.sampled_from(["", "/", "/callback", "/Callback", "/callback/", "/a/../callback", "/call%62ack", "//callback"])
QUERIES = st.sampled_from(["", "?", "?a=1", "?a=1&b=2", "?b=2&a=1"])
ADDRESSES = st.builds(
    lambda scheme, host, port, path, query: f"{scheme}://{host}{port}{path}{query}",
    st.sampled_from(["http", "https"]),
    HOSTS,
    PORTS,
    PATHS,
    QUERIES,
)
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ANYTHING = st.one_of(
    ADDRESSES, st.text(max_size=60), ADDRESSES.flatmap(lambda uri: st.text(max_size=4).map(lambda more: uri + more))
)


@UNHURRIED
@given(uri=ANYTHING, registered=st.lists(ADDRESSES, max_size=3))
@example(uri="http://localhost:55564/callback", registered=["http://localhost/callback"])
@example(uri="http://127.0.0.1:1/callback", registered=["http://localhost/callback"])
@example(uri="http://[::1]:55564/callback", registered=["http://[::1]:1/callback"])
@example(uri="https://app.example:444/callback", registered=["https://app.example:443/callback"])
def test_an_address_is_allowed_only_as_registered_but_for_the_port_of_a_loopback(uri: str, registered: list[str]) -> None:
    def bare(address: str) -> str:
        return re.sub(r"^(http://(?:127\.0\.0\.1|\[::1\]|localhost)):\d+(?=[/?]|$)", r"\1", address)

    if redirects.is_allowed(uri, registered):
        assert bare(uri) in {bare(known) for known in registered}
        assert uri in registered or urlsplit(uri).hostname in redirects.LOOPBACK
    elif uri in registered:
        assert redirects.why_refused(uri)


@UNHURRIED
@given(ADDRESSES)
def test_what_may_be_registered_leads_back_to_itself(uri: str) -> None:
    assume(not redirects.why_refused(uri))
    assert redirects.is_allowed(uri, [uri])
    parts = urlsplit(uri)
    assert parts.scheme == "https" or parts.hostname in redirects.LOOPBACK


@UNHURRIED
@given(ADDRESSES, st.text(min_size=1, max_size=3))
def test_something_added_is_another_address(uri: str, more: str) -> None:
    assume(not (re.fullmatch(r"http://[^/?]*", uri) and re.match(r":?\d", more)))
    assert not redirects.is_allowed(uri + more, [uri])


@UNHURRIED
@given(st.text())
def test_no_text_breaks_the_rule(text: str) -> None:
    for uri in (text, f"https://{text}", f"http://127.0.0.1:{text}", f"http://[{text}]/"):
        redirects.is_allowed(uri, [uri])


@pytest.mark.parametrize(
    ("asked", "registered"),
    [
        ("http://localhost:55564/callback", "http://localhost/callback"),
        ("http://127.0.0.1:55564/callback", "http://127.0.0.1/callback"),
        ("http://[::1]:55564/callback?x=1", "http://[::1]:80/callback?x=1"),
        ("http://localhost/callback", "http://localhost:3000/callback"),
    ],
)
def test_a_program_on_the_persons_own_machine_may_listen_where_there_is_room(asked: str, registered: str) -> None:
    assert redirects.is_allowed(asked, [registered])
