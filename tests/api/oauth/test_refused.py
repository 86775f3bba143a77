"""What must not work. Each of these is a way that somebody has got a token, a code or a redirect elsewhere."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.test import Client as Browser

from accounts.models import User
from api.models import AccessToken, Client, DeviceGrant, Grant, IDToken, RefreshToken
from api.oauth import doors
from tests.api.oauth.tool import Tool

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nobody_counted_yet() -> None:
    doors._strangers.cache_clear()


@pytest.fixture
def tool() -> Tool:
    tool = Tool()
    tool.register()
    return tool


def sent_back(person: Browser, tool: Tool, address: str) -> str:
    """The error at the tool's address: with its state and the issuer, and no code anywhere."""
    for answer in (person.get(address), person.post(address, {"decision": "allow"})):
        told = tool.told(answer)
        assert "code" not in told
    assert not Grant.objects.exists()
    return told["error"]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "a" * 42}, "invalid_request"),
        ({"code_challenge": "a" * 300}, "invalid_request"),
        ({"code_challenge": "=" * 43}, "invalid_request"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"resource": "not an address"}, "invalid_target"),
        ({"resource": ""}, "invalid_target"),
        ({"resource": f"{settings.SITE_URL}/mcp/other"}, "invalid_target"),
        ({"resource": f"{settings.SITE_URL}/mcp#x"}, "invalid_target"),
        ({"resource": [f"{settings.SITE_URL}/mcp", "https://elsewhere.example/mcp"]}, "invalid_target"),
        ({"scope": "admin"}, "invalid_scope"),
        ({"scope": "full_access openid"}, "invalid_scope"),
        ({"scope": "offline_access"}, "invalid_scope"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "id_token"}, "unsupported_response_type"),
        ({"response_type": "code token"}, "unauthorized_client"),
        ({"response_type": "none"}, "unauthorized_client"),
    ],
    ids=str,
)
def test_a_bad_request_is_told_to_the_tool_with_the_issuer(
    as_alice: Browser, tool: Tool, changed: dict[str, Any], error: str
) -> None:
    assert sent_back(as_alice, tool, tool.request(**changed)) == error


def test_a_tool_cannot_choose_how_it_is_answered(as_alice: Browser, tool: Tool) -> None:
    told = tool.consent(as_alice, tool.request(response_mode="fragment", nonce="n" * 999, claims="{}"))
    assert set(told) == {"code"}


@pytest.mark.promise("S-092")
@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": None},
        {"client_id": ""},
        {"client_id": "nobody"},
        {"client_id": "x\x00y"},
        {"client_id": ["a", "b"]},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:41873/callback/more"},
        {"redirect_uri": "http://127.0.0.1:41873/Callback"},
        {"redirect_uri": "http://127.0.0.1:41873/callback?more=1"},
        {"redirect_uri": "http://127.0.0.1:41873/callback?"},
        {"redirect_uri": "http://127.0.0.1:41873/callback#part"},
        {"redirect_uri": "http://evil.example@127.0.0.1:41873/callback"},
        {"redirect_uri": "http://localhost:41873/callback"},
        {"redirect_uri": "https://127.0.0.1/callback"},
        {"redirect_uri": "http://127.0.0.1.evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:0/callback"},
        {"redirect_uri": "http://127.0.0.1:99999/callback"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": ["http://127.0.0.1/callback", "https://evil.example/callback"]},
        {"state": "s" * 9000},
        {"state": "a\x00b"},
        {"state": ["a", "b"]},
        {"scope": ["full_access", "full_access"]},
    ],
    ids=lambda changed: str(changed)[:60],
)
def test_where_the_tool_or_its_address_is_in_doubt_nobody_is_sent_anywhere(
    as_alice: Browser, tool: Tool, changed: dict[str, Any]
) -> None:
    address = tool.request(**changed)
    for answer in (as_alice.get(address), as_alice.post(address, {"decision": "allow"})):
        assert answer.status_code == 400
        assert "Location" not in answer.headers
        assert "cannot be connected" in answer.content.decode()
    assert not Grant.objects.exists()


@pytest.mark.promise("S-092")
@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code": None}, "invalid_request"),
        ({"code": ""}, "invalid_grant"),
        ({"code": "ssc_" + "a" * 43}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"code_verifier": "a" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": "a" * 2000}, "invalid_grant"),
        ({"redirect_uri": "http://127.0.0.1:41874/callback"}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/callback"}, "invalid_request"),
        ({"resource": "https://elsewhere.example/mcp"}, "invalid_target"),
        ({"grant_type": None}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "alice", "password": "x"}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:device_code", "device_code": "x"}, "unsupported_grant_type"),
        ({"grant_type": "none"}, "unsupported_grant_type"),
    ],
    ids=str,
)
def test_a_bad_exchange_gives_no_token_and_leaves_the_code(
    as_alice: Browser, tool: Tool, changed: dict[str, Any], error: str
) -> None:
    code = tool.consent(as_alice)["code"]
    answer = tool.exchange(code, **changed)
    assert (answer.status_code, answer.json()["error"]) == (400, error)
    assert code not in answer.content.decode()
    assert not AccessToken.objects.exists()
    assert tool.exchange(code).status_code == 200


@pytest.mark.promise("S-092")
def test_a_code_is_good_once(as_alice: Browser, tool: Tool) -> None:
    code = tool.consent(as_alice)["code"]
    assert tool.exchange(code).status_code == 200
    for _ in range(2):
        assert tool.exchange(code).json()["error"] == "invalid_grant"
    assert AccessToken.objects.count() == 1


def test_a_code_is_of_one_tool(as_alice: Browser, tool: Tool) -> None:
    other = Tool()
    other.register()
    code = tool.consent(as_alice)["code"]
    other.verifier = tool.verifier
    assert other.exchange(code).json()["error"] == "invalid_grant"
    assert tool.exchange(code, client_id="nobody").status_code == 401
    assert tool.exchange(code, client_id=None).status_code == 401
    assert tool.exchange(code, client_secret="anything").status_code == 401
    assert not AccessToken.objects.exists()


def test_a_parameter_that_is_there_twice_is_refused(as_alice: Browser, tool: Tool) -> None:
    code = tool.consent(as_alice)["code"]
    twice = f"grant_type=authorization_code&code={code}&code={code}&client_id={tool.client_id}&code_verifier={tool.verifier}"
    answer = tool.http.post("/oauth/token", twice, content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_what_stands_in_the_address_of_the_token_door_counts_for_nothing(as_alice: Browser, tool: Tool) -> None:
    code = tool.consent(as_alice)["code"]
    query = f"grant_type=authorization_code&code={code}&client_id={tool.client_id}&code_verifier={tool.verifier}"
    assert tool.http.post(f"/oauth/token?{query}").json()["error"] == "unsupported_grant_type"
    assert tool.http.get(f"/oauth/token?{query}").status_code == 405
    assert not AccessToken.objects.exists()


def test_the_address_may_be_left_out_at_the_exchange(as_alice: Browser, tool: Tool) -> None:
    code = tool.consent(as_alice)["code"]
    assert tool.exchange(code, redirect_uri=None, resource=None).status_code == 200
    assert AccessToken.objects.get().resource == [tool.resource]


def test_a_request_without_resource_and_scope_is_for_the_mcp_server(as_alice: Browser, tool: Tool) -> None:
    told = tool.consent(as_alice, tool.request(resource=None, scope=None, state=None))
    answer = tool.exchange(told["code"], resource=None)
    assert answer.json()["scope"] == "full_access"
    assert AccessToken.objects.get().resource == [tool.resource]


def test_a_resource_may_be_written_in_capitals_and_with_a_slash(as_alice: Browser, tool: Tool) -> None:
    address = tool.request(resource=tool.resource.replace("http://", "HTTP://") + "/")
    assert tool.exchange(tool.consent(as_alice, address)["code"]).status_code == 200
    assert AccessToken.objects.get().resource == [tool.resource]


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "http://evil.example/cb",
        "cursor://anysphere/callback",
        "data:text/html,x",
        "https://evil.example/cb#part",
        "https://user@evil.example/cb",
        "https://",
        "https:///cb",
        "//evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://0.0.0.0/cb",
        "http://[::2]/cb",
        "https://evil.example/c b",
        "https://evil.example\\@trusted.example/cb",
        "https://*.example/cb",
        "x" * 3000,
        "",
        7,
        None,
    ],
    ids=lambda uri: str(uri)[:40],
)
def test_no_tool_registers_such_an_address(uri: object) -> None:
    said = {"client_name": "x", "redirect_uris": ["https://good.example/cb", uri], "token_endpoint_auth_method": "none"}
    answer = Browser().post("/oauth/register", json.dumps(said), content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_redirect_uri")
    assert not Client.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        "",
        "not json",
        "[]",
        "null",
        "7",
        "[" * 9000,
        {},
        {"redirect_uris": []},
        {"redirect_uris": "https://good.example/cb"},
        {"redirect_uris": ["https://good.example/cb"] * 21},
        {"redirect_uris": ["https://good.example/cb"], "client_name": 7},
        {"redirect_uris": ["https://good.example/cb"], "client_name": "x" * 20_000},
        {"redirect_uris": ["https://good.example/cb"], "grant_types": ["implicit"]},
        {"redirect_uris": ["https://good.example/cb"], "grant_types": "authorization_code"},
        {"redirect_uris": ["https://good.example/cb"], "response_types": ["token"]},
        {"redirect_uris": ["https://good.example/cb"], "token_endpoint_auth_method": "private_key_jwt"},
        {"redirect_uris": ["https://good.example/cb"], "token_endpoint_auth_method": ["none"]},
    ],
    ids=lambda said: str(said)[:60],
)
def test_no_tool_registers_like_this(said: Any) -> None:
    body = said if isinstance(said, str) else json.dumps(said)
    answer = Browser().post("/oauth/register", body, content_type="application/json")
    assert answer.status_code in (400, 413)
    assert answer.json()["error"] in ("invalid_client_metadata", "invalid_redirect_uri")
    assert not Client.objects.exists()


def test_registrations_of_one_caller_are_limited(settings: Any) -> None:
    settings.TOOL_REGISTRATIONS = 3
    codes = []
    for _ in range(5):
        said = {"redirect_uris": ["https://good.example/cb"]}
        answer = Browser().post("/oauth/register", json.dumps(said), content_type="application/json")
        codes.append(answer.status_code)
    assert codes == [201, 201, 201, 429, 429]
    assert int(answer.headers["Retry-After"]) > 0
    said = {"redirect_uris": ["https://good.example/cb"]}
    other = Browser(REMOTE_ADDR="192.0.2.7").post("/oauth/register", json.dumps(said), content_type="application/json")
    assert other.status_code == 201


def test_failed_exchanges_of_one_caller_are_limited(settings: Any, tool: Tool) -> None:
    settings.API_STRANGER_CALLS = 3
    assert [tool.exchange("ssc_" + "a" * 43).status_code for _ in range(5)] == [400, 400, 400, 429, 429]


def test_requests_for_consent_are_limited(settings: Any, as_alice: Browser, tool: Tool) -> None:
    settings.TOOL_REQUESTS = 2
    assert [as_alice.get(tool.request()).status_code for _ in range(3)] == [200, 200, 400]


def test_the_issuer_is_never_taken_from_the_host_that_was_asked(as_alice: Browser, tool: Tool) -> None:
    asked = Browser(SERVER_NAME="localhost")
    told = json.dumps(
        [asked.get(f"/.well-known/{name}").json() for name in ("oauth-authorization-server", "oauth-protected-resource")]
    )
    assert "localhost" not in told
    assert told.count(settings.SITE_URL) >= 7
    to = as_alice.post(tool.request(), {"decision": "allow"}, SERVER_NAME="localhost").headers["Location"]
    assert parse_qs(urlsplit(to).query)["iss"] == [settings.SITE_URL]


def test_what_is_never_made_stays_empty(as_alice: Browser, alice: User) -> None:
    raw = Tool().connect(as_alice)
    assert raw.startswith("sst_")
    assert [model.objects.count() for model in (RefreshToken, IDToken, DeviceGrant)] == [0, 0, 0]
