"""Google, GitHub, Microsoft and Graph on loopback. Every request is checked; what breaks a rule is kept as a complaint.

Read for it: RFC 6749, 7636 and 6750; OpenID Connect Core 1.0; docs.github.com "Authorizing OAuth apps", "Users" and "Emails";
learn.microsoft.com "OAuth 2.0 authorization code flow" and "Get profilePhoto".
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

CLIENT_ID, CLIENT_SECRET = "client-1", "a-secret-of-the-peer"
TENANT = "8f2c4b1e-0000-4000-8000-00000000000a"
OBJECT = "1d3f9a52-0000-4000-8000-0000000000b1"
SCOPES = {
    "google": {"openid", "email", "profile"},
    "github": {"read:user", "user:email"},
    "microsoft": {"openid", "email", "profile", "User.Read"},
}
ROUTES = {
    ("GET", "/google/authorize"): ("google", "authorize"),
    ("POST", "/google/token"): ("google", "token"),
    ("GET", "/github/login/oauth/authorize"): ("github", "authorize"),
    ("POST", "/github/login/oauth/access_token"): ("github", "token"),
    ("GET", "/github-api/user"): ("github", "user"),
    ("GET", "/github-api/user/emails"): ("github", "emails"),
    ("GET", "/microsoft/common/oauth2/v2.0/authorize"): ("microsoft", "authorize"),
    ("POST", "/microsoft/common/oauth2/v2.0/token"): ("microsoft", "token"),
    ("GET", "/graph/v1.0/me/photo/$value"): ("microsoft", "photo"),
}


class Wrong(Exception):
    """The request breaks a rule."""


@dataclass
class Peer:
    """What the providers know, what they were asked, and how they misbehave."""

    url: str = ""
    back: str = "http://testserver"
    """Where SpecStep is registered to stand."""
    google: dict[str, Any] = field(default_factory=dict)
    github: dict[str, Any] = field(default_factory=dict)
    emails: Any = field(default_factory=list)
    microsoft: dict[str, Any] = field(default_factory=dict)
    photo: tuple[int, str, bytes] = (404, "application/json", b"{}")
    token_extra: dict[str, Any] = field(default_factory=dict)
    fault: dict[str, Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=dict)
    """By "provider route": what is done instead of an answer."""
    seen: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def authorize(self, provider: str, query: dict[str, str]) -> str:
        need(query.pop("response_type", "") == "code", "response_type")
        need(query.pop("client_id", "") == CLIENT_ID, "client_id")
        need(query.get("redirect_uri") == f"{self.back}/accounts/{provider}/login/callback/", "redirect_uri")
        need(set(query.pop("scope", "").split()) == SCOPES[provider], "scope")
        need(query.pop("code_challenge_method", "") == "S256", "code_challenge_method")
        need(len(query.get("code_challenge", "")) == 43, "code_challenge")
        need(len(query.get("state", "")) >= 16, "state")
        need(set(query) == {"redirect_uri", "code_challenge", "state"}, f"more was asked: {sorted(query)}")
        code = secrets.token_urlsafe(16)
        self.codes[code] = query | {"provider": provider}
        return query["redirect_uri"] + "?" + urlencode({"code": code, "state": query["state"]})

    def token(self, provider: str, form: dict[str, str]) -> dict[str, Any]:
        issued = self.codes.pop(form.pop("code", ""), None)
        need(issued is not None and issued["provider"] == provider, "code: unknown, or used before")
        assert issued is not None
        verifier = form.pop("code_verifier", "")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        need(43 <= len(verifier) <= 128 and challenge == issued["code_challenge"], "code_verifier")
        need(form.pop("redirect_uri", "") == issued["redirect_uri"], "redirect_uri")
        need(form.pop("client_id", "") == CLIENT_ID and form.pop("client_secret", "") == CLIENT_SECRET, "client")
        need(form.pop("grant_type", "") == "authorization_code", "grant_type")
        need(not form, f"more was sent: {sorted(form)}")
        token = f"{provider}-" + secrets.token_urlsafe(12)
        self.tokens[token] = provider
        answer = {"access_token": token, "token_type": "bearer", "expires_in": 3600}
        if provider == "google":
            answer["id_token"] = self.signed({"iss": f"{self.url}/google"} | self.google)
        if provider == "microsoft":
            answer["id_token"] = self.signed({"iss": f"{self.url}/microsoft/{TENANT}/v2.0", "tid": TENANT} | self.microsoft)
        return answer | self.token_extra

    @staticmethod
    def signed(claims: dict[str, Any]) -> str:
        """An id token. Nobody reads the signature: it came over the provider's own connection."""
        whole = {"aud": CLIENT_ID, "exp": int(time.time()) + 600, "iat": int(time.time()), "nonce_of_peer": 1} | claims
        parts = [json.dumps({"alg": "RS256", "typ": "JWT"}).encode(), json.dumps(whole).encode(), b"signature"]
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def need(holds: bool, what: str) -> None:
    if not holds:
        raise Wrong(what)


class Handler(BaseHTTPRequestHandler):
    peer: Peer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = urlsplit(self.path)
        self.peer.seen.append(f"{self.command} {parts.path}")
        try:
            provider, route = ROUTES.get((self.command, parts.path), ("", ""))
            need(bool(provider), "no such route")
            if fault := self.peer.fault.get(f"{provider} {route}"):
                fault(self)
                return
            getattr(self, f"_{route}")(provider, parts.query)
        except Wrong as reason:
            self.peer.complaints.append(f"{self.command} {parts.path}: {reason}")
            self.say(400, {"error": "invalid_request"})

    def _authorize(self, provider: str, query: str) -> None:
        need(all(len(values) == 1 for values in parse_qs(query).values()), "a parameter twice")
        self.send_response(302)
        self.send_header("location", self.peer.authorize(provider, dict(parse_qsl(query))))
        self.send_header("content-length", "0")
        self.end_headers()

    def _token(self, provider: str, query: str) -> None:
        need(not query, "a query")
        need(self.headers.get("content-type") == "application/x-www-form-urlencoded", "content-type")
        need(self.headers.get("accept") == "application/json", "accept")
        need("authorization" not in self.headers and "cookie" not in self.headers, "headers")
        form = self.rfile.read(int(self.headers["content-length"])).decode()
        self.say(200, self.peer.token(provider, dict(parse_qsl(form, strict_parsing=True))))

    def _user(self, provider: str, query: str) -> None:
        self._bearer(provider, query)
        self.say(200, self.peer.github)

    def _emails(self, provider: str, query: str) -> None:
        self._bearer(provider, query)
        self.say(404 if self.peer.emails is None else 200, self.peer.emails)

    def _photo(self, provider: str, query: str) -> None:
        self._bearer(provider, query)
        status, content_type, body = self.peer.photo
        self.say_bytes(status, content_type, body)

    def _bearer(self, provider: str, query: str) -> None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        need(scheme == "Bearer" and self.peer.tokens.get(token) == provider, "authorization")
        need(not query, "a query")

    def say(self, status: int, body: Any) -> None:
        self.say_bytes(status, "application/json", json.dumps(body).encode())

    def say_bytes(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", content_type)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None: ...


def start() -> tuple[Peer, ThreadingHTTPServer]:
    peer = Peer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"peer": peer}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    return peer, server
