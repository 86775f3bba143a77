"""Sign-in by OAuth in the browser (RFC 6749 with PKCE, RFC 7591, 7636, 8252, 8707, 9207), and its end (RFC 7009)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
import webbrowser
from typing import Any
from urllib.parse import urlencode

import httpx2

from specstep_client.asking import client, object_of, sentence_of, unreachable
from specstep_client.discovering import Authority, discover
from specstep_client.keeping import Credential
from specstep_client.listening import Listener
from specstep_client.places import Server
from specstep_client.saying import Trouble, debug, note

NAME = "SpecStep command line"
PATIENCE = 300.0
"""Seconds for the person at the browser."""


def authorize(server: Server, *, browser: bool = True, patience: float = PATIENCE) -> Credential:
    """Have the person let this program in, in the browser. Raises ``Trouble``."""
    with client() as http, Listener() as listener:
        authority = discover(server, http)
        client_id = _register(server, authority, http, listener.address)
        verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(32)
        address = _address(server, authority, client_id, listener.address, verifier, state)
        _send_person(address, browser=browser)
        code = _code(listener.wait(state, patience), authority)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": listener.address,
            "client_id": client_id,
            "code_verifier": verifier,
            "resource": server.mcp,
        }
        said = _posted(server, http, authority.token, form, "exchange")
    return _credential(said, client_id, authority)


def revoke(server: Server, credential: Credential) -> None:
    """Make the server forget the token. Raises ``Trouble`` when it could not be told."""
    form = {"token": credential.secret, "client_id": credential.client_id}
    with client() as http:
        try:
            answer = http.post(credential.revoke_at, data=form)
        except httpx2.HTTPError as error:
            raise unreachable(server, error) from None
    debug(f"revocation: {answer.status_code}")
    if answer.status_code != 200:
        raise Trouble(f"The server did not revoke the token ({answer.status_code}). Revoke it in Settings, Connected tools.")


def challenge_of(verifier: str) -> str:
    """RFC 7636, 4.2."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _register(server: Server, authority: Authority, http: httpx2.Client, redirect: str) -> str:
    wish = {
        "client_name": NAME,
        "redirect_uris": [redirect],
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "response_types": ["code"],
        "application_type": "native",
    }
    try:
        answer = http.post(authority.register, json=wish)
    except httpx2.HTTPError as error:
        raise unreachable(server, error) from None
    debug(f"registration: {answer.status_code}")
    if answer.status_code != 201:
        raise Trouble(f"The server did not register this program ({answer.status_code}). {sentence_of(answer.content)}".strip())
    client_id = object_of(answer.content, what="registration").get("client_id")
    if not isinstance(client_id, str) or not client_id:
        raise Trouble("The server registered this program without an id. Is there a SpecStep at this address?")
    return client_id


def _address(server: Server, authority: Authority, client_id: str, redirect: str, verifier: str, state: str) -> str:
    asked = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
        "resource": server.mcp,
    }
    if authority.scopes:
        asked["scope"] = " ".join(authority.scopes)
    return f"{authority.authorize}{'&' if '?' in authority.authorize else '?'}{urlencode(asked)}"


def _send_person(address: str, *, browser: bool) -> None:
    opened = False
    if browser:
        try:
            opened = webbrowser.open(address)
        except webbrowser.Error:
            opened = False
    note("Your browser opens; agree there." if opened else "Open this address in a browser on this machine and agree there:")
    note(f"\n    {address}\n")


def _code(back: dict[str, str], authority: Authority) -> str:
    """What came back, believed only when it is from whom was asked (RFC 9207)."""
    issuer = back.get("iss")
    if issuer is None and authority.tells_issuer:
        raise Trouble("The answer does not say who it is from, although this server always does. Nothing was sent; try again.")
    if issuer is not None and not hmac.compare_digest(issuer.encode(), authority.issuer.encode()):
        raise Trouble("The answer is from another server than the one that was asked. Nothing was sent.")
    if back.get("error") == "access_denied":
        raise Trouble("You did not allow it. Nothing was connected.")
    if "error" in back or not back.get("code"):
        raise Trouble("The server sent no permission back. Run specstep sign-in again.")
    return back["code"]


def _posted(server: Server, http: httpx2.Client, address: str, form: dict[str, str], what: str) -> dict[str, Any]:
    try:
        answer = http.post(address, data=form, headers={"Accept": "application/json"})
    except httpx2.HTTPError as error:
        raise unreachable(server, error) from None
    debug(f"{what}: {answer.status_code}")
    if answer.status_code != 200:
        raise Trouble(f"The server gave no token ({answer.status_code}). {sentence_of(answer.content)}".strip())
    return object_of(answer.content, what=what)


def _credential(said: dict[str, Any], client_id: str, authority: Authority) -> Credential:
    token, lives = said.get("access_token"), said.get("expires_in")
    if not isinstance(token, str) or not token or str(said.get("token_type")).lower() != "bearer":
        raise Trouble("The server's token cannot be used. Is there a SpecStep at this address?")
    ends = time.time() + lives if isinstance(lives, (int, float)) and not isinstance(lives, bool) else None
    return Credential("oauth", token, ends, client_id, authority.revoke)
