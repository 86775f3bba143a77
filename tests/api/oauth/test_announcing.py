"""What clients of any origin read before they do anything, and the names they give themselves."""

from __future__ import annotations

import unicodedata

import pytest
from django.test import Client as Browser
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.oauth import doors, places
from api.oauth.rules import registration, tokens
from llm.redaction import find_secrets

pytestmark = pytest.mark.django_db
METADATA = (
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/mcp",
)
OPEN = (*METADATA, "/oauth/register", "/oauth/token", "/oauth/revoke")


def test_the_server_says_what_it_does_and_nothing_more() -> None:
    said = Browser().get(METADATA[0]).json()
    base = places.issuer()
    assert said == {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "registration_endpoint": f"{base}/oauth/register",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "scopes_supported": ["full_access"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "revocation_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": True,
    }


def test_the_resource_names_its_server_byte_for_byte() -> None:
    one, two = (Browser().get(address).json() for address in METADATA[1:])
    assert one == two
    assert one["resource"] == f"{places.issuer()}/mcp"
    assert one["authorization_servers"] == [places.issuer()]
    assert one["scopes_supported"] == ["full_access"]
    assert one["bearer_methods_supported"] == ["header"]


@pytest.mark.parametrize("address", OPEN)
def test_pages_of_other_origins_may_ask(address: str) -> None:
    doors._strangers.cache_clear()
    origin = {"Origin": "https://tool.example"}
    preflight = Browser().options(address, headers=origin | {"Access-Control-Request-Headers": "mcp-protocol-version"})
    assert preflight.status_code == 204
    assert "MCP-Protocol-Version" in preflight.headers["Access-Control-Allow-Headers"]
    method = "GET" if address in METADATA else "POST"
    assert method in preflight.headers["Access-Control-Allow-Methods"]
    answer = Browser().generic(method, address, headers=origin)
    for each in (preflight, answer):
        assert each.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in each.headers
        assert not each.cookies


def test_pages_of_other_origins_may_not_ask_for_consent() -> None:
    answer = Browser().get("/oauth/authorize", headers={"Origin": "https://tool.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=200))
def test_a_name_is_one_short_line_of_signs_that_are_seen(text: str) -> None:
    name = registration.name_of(text)
    assert len(name) <= registration.LONGEST_NAME
    assert name == " ".join(name.split())
    assert not {unicodedata.category(sign) for sign in name} & {"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"}


def test_what_tools_are_given_is_found_as_a_secret() -> None:
    for lead_in in (tokens.TOKEN, tokens.CODE, tokens.SECRET):
        raw = tokens.new(lead_in)
        assert tokens.is_whole(raw, lead_in)
        assert tokens.holds_one(f"?key={raw}")
        (found,) = find_secrets(f"the value is {raw}, nothing else")
        assert (found.start, found.end) == (13, 13 + len(raw))
    assert len({tokens.new(tokens.TOKEN) for _ in range(1000)}) == 1000
