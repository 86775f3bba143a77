"""How the program finds out where to sign in: from the address of the MCP server alone (RFC 9728, RFC 8414)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from specstep_client.asking import object_of, unreachable
from specstep_client.places import Server, is_safe, is_same_server
from specstep_client.saying import Trouble, debug


@dataclass(frozen=True)
class Authority:
    """The authorization server of one SpecStep, as it describes itself."""

    issuer: str
    authorize: str
    token: str
    register: str
    revoke: str
    tells_issuer: bool
    """Whether every answer at the redirect address must carry ``iss`` (RFC 9207)."""
    scopes: tuple[str, ...]


def discover(server: Server, http: httpx2.Client) -> Authority:
    """Who lets people in there. Raises ``Trouble`` where the description does not fit, which may be an attack."""
    resource = _read(server, http, _well_known(server.mcp, "oauth-protected-resource"), "description of its MCP server")
    if resource.get("resource") != server.mcp:
        raise Trouble("The server describes itself under another address. Use the address that its set-up page shows.")
    issuers = resource.get("authorization_servers")
    if not isinstance(issuers, list) or not issuers or not isinstance(issuers[0], str):
        raise Trouble("The server does not say where to sign in. Is there a SpecStep at this address?")
    issuer = issuers[0]
    if not is_same_server(issuer, server):
        raise Trouble("The server sends us to another host to sign in. SpecStep never does; nothing was sent there.")
    said = _read(server, http, _well_known(issuer, "oauth-authorization-server"), "description of its sign-in")
    if said.get("issuer") != issuer:
        raise Trouble("The description of the sign-in names another issuer. Nothing was sent.")
    if "S256" not in (said.get("code_challenge_methods_supported") or []):
        raise Trouble("The server does not offer PKCE with S256, without which the sign-in is not safe.")
    scopes = resource.get("scopes_supported")
    return Authority(
        issuer,
        authorize=_endpoint(said, "authorization", server),
        token=_endpoint(said, "token", server),
        register=_endpoint(said, "registration", server),
        revoke=_endpoint(said, "revocation", server),
        tells_issuer=said.get("authorization_response_iss_parameter_supported") is True,
        scopes=tuple(word for word in scopes if isinstance(word, str)) if isinstance(scopes, list) else (),
    )


def _well_known(address: str, name: str) -> str:
    """The path goes behind the well-known part (RFC 8414, 3.1; RFC 9728, 3.1)."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}/.well-known/{name}{parts.path.rstrip('/')}"


def _read(server: Server, http: httpx2.Client, address: str, what: str) -> dict[str, Any]:
    try:
        answer = http.get(address)
    except httpx2.HTTPError as error:
        raise unreachable(server, error) from None
    debug(f"GET {urlsplit(address).path}: {answer.status_code}")
    if answer.status_code != 200:
        raise Trouble(f"The server does not give the {what} ({answer.status_code}). Is there a SpecStep at this address?")
    return object_of(answer.content, what=what)


def _endpoint(said: dict[str, Any], name: str, server: Server) -> str:
    address = said.get(f"{name}_endpoint")
    if not isinstance(address, str) or not is_safe(address) or not is_same_server(address, server):
        raise Trouble(f"The description of the sign-in names no usable {name} endpoint on this server. Nothing was sent.")
    return address
