"""Servers that lie, and answers that come from somebody else: nothing is sent where it should not go (RFC 8414, 9207, 9728)."""

from __future__ import annotations

import base64
import hashlib
import re
import threading
import time
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests

from specstep_client import authorizing
from specstep_client.keeping import Credential
from specstep_client.places import Server
from specstep_client.saying import Trouble
from tests.clients.peer import Answer, Asked, Peer, peer, told


class Authority:
    """A peer that plays the authorization server; ``lies`` stand in the place of what it would say."""

    def __init__(self, **lies: Any) -> None:
        self.lies = lies
        self.base = ""

    def __call__(self, asked: Asked) -> Answer:
        base = self.base
        if asked.path == "/.well-known/oauth-protected-resource/mcp":
            said: dict[str, Any] = {
                "resource": f"{base}/mcp",
                "authorization_servers": [base],
                "scopes_supported": ["full_access"],
            }
        elif asked.path == "/.well-known/oauth-authorization-server":
            said = {
                "issuer": base,
                **{f"{name}_endpoint": f"{base}/{name}" for name in ("authorization", "token", "registration", "revocation")},
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        elif asked.path == "/registration":
            return told({"client_id": "client-1"}, 201)
        elif asked.path == "/token":
            return told({"access_token": "sst_one", "token_type": "Bearer", "expires_in": 60} | self.lies.get("token", {}))
        else:
            return Answer(404)
        return told(said | {name: value for name, value in self.lies.items() if name in said})


def signed_in(authority: Authority, made: Peer, capsys: pytest.CaptureFixture[str], *back: dict[str, str]) -> Credential:
    """What sign-in gives when the browser comes back with each of ``back``, ``{}`` standing for what is right."""
    authority.base = made.address
    result: list[Credential | Trouble] = []

    def run() -> None:
        try:
            result.append(authorizing.authorize(Server(made.address), browser=False, patience=20))
        except Trouble as trouble:
            result.append(trouble)

    thread = threading.Thread(target=run)
    thread.start()
    said = ""
    while not result and not (found := re.search(r"http://\S+/authorization\?\S+", said)):
        said += capsys.readouterr().err
        time.sleep(0.02)
    if not result:
        assert found is not None
        asked = {name: value[0] for name, value in parse_qs(urlsplit(found[0]).query).items()}
        for other in back or ({},):
            given = {"code": "code-1", "state": asked["state"], "iss": made.address} | other
            given = {name: value for name, value in given.items() if value}
            came = requests.get(f"{asked['redirect_uri']}?{urlencode(given)}", timeout=10)
            assert came.status_code == (200 if given.get("state") == asked["state"] else 404)
    thread.join(timeout=30)
    if isinstance(result[0], Trouble):
        raise result[0]
    return result[0]


def test_the_code_is_exchanged_with_what_binds_it(capsys: pytest.CaptureFixture[str]) -> None:
    with peer(authority := Authority()) as made:
        credential = signed_in(authority, made, capsys, {"state": "another"}, {"state": ""}, {})
    assert (credential.secret, credential.client_id, credential.revoke_at) == (
        "sst_one",
        "client-1",
        f"{made.address}/revocation",
    )
    assert "sst_one" not in repr(credential)
    registered = next(one for one in made.asked if one.path == "/registration").json
    assert registered["token_endpoint_auth_method"] == "none"
    (exchange,) = (one for one in made.asked if one.path == "/token")
    form = {name: value[0] for name, value in parse_qs(exchange.body.decode()).items()}
    assert form["resource"] == f"{made.address}/mcp"
    assert [form["redirect_uri"]] == registered["redirect_uris"]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", form["redirect_uri"])
    assert 43 <= len(form["code_verifier"]) <= 128
    digest = hashlib.sha256(form["code_verifier"].encode()).digest()
    assert authorizing.challenge_of(form["code_verifier"]) == base64.urlsafe_b64encode(digest).decode().rstrip("=")


@pytest.mark.parametrize(
    "lies",
    [
        {"resource": "https://specstep.example/mcp"},
        {"authorization_servers": ["https://elsewhere.example"]},
        {"authorization_servers": []},
        {"issuer": "https://elsewhere.example"},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint": "https://elsewhere.example/token"},
        {"registration_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
)
def test_a_server_that_lies_about_itself_gets_nothing(lies: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with peer(authority := Authority(**lies)) as made, pytest.raises(Trouble):
        signed_in(authority, made, capsys)
    assert {one.method for one in made.asked} == {"GET"}


@pytest.mark.parametrize(
    "back", [{"iss": "https://elsewhere.example"}, {"iss": ""}, {"error": "access_denied", "code": ""}, {"code": ""}]
)
def test_an_answer_of_somebody_else_is_not_exchanged(back: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    with peer(authority := Authority()) as made, pytest.raises(Trouble):
        signed_in(authority, made, capsys, back)
    assert not [one for one in made.asked if one.path == "/token"]


@pytest.mark.parametrize("token", [{"token_type": "mac"}, {"access_token": ""}, {"access_token": 7}])
def test_a_token_that_is_none_is_not_kept(token: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with peer(authority := Authority(token=token)) as made, pytest.raises(Trouble, match="cannot be used"):
        signed_in(authority, made, capsys)
