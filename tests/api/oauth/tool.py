"""A tool, as a strict client would be: it reads the metadata, registers, asks, exchanges, and checks everything it is told."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.conf import settings
from django.test import Client as Browser

CALLBACK = "http://127.0.0.1:41873/callback"


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Tool:
    """One tool without a browser of its own: the person's is handed to ``ask`` and ``answered``."""

    http: Browser = field(default_factory=Browser)
    name: str = "Drafting Desk"
    redirect_uris: list[str] = field(default_factory=lambda: ["http://127.0.0.1/callback"])
    callback: str = CALLBACK
    method: str = "none"
    client_id: str = ""
    client_secret: str = ""
    verifier: str = ""
    state: str = ""

    @property
    def resource(self) -> str:
        return f"{settings.SITE_URL}/mcp"

    def discover(self) -> dict[str, Any]:
        protected = self.http.get("/.well-known/oauth-protected-resource/mcp").json()
        assert protected["resource"] == self.resource
        (issuer,) = protected["authorization_servers"]
        server = self.http.get("/.well-known/oauth-authorization-server").json()
        assert server["issuer"] == issuer
        assert server["code_challenge_methods_supported"] == ["S256"]
        return dict(server)

    def register(self) -> dict[str, Any]:
        said = {
            "client_name": self.name,
            "redirect_uris": self.redirect_uris,
            "token_endpoint_auth_method": self.method,
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "application_type": "native",
        }
        answer = self.http.post("/oauth/register", json.dumps(said), content_type="application/json")
        assert answer.status_code == 201, answer.content
        told = dict(answer.json())
        self.client_id, self.client_secret = told["client_id"], told.get("client_secret", "")
        return told

    def request(self, **changed: str | list[str] | None) -> str:
        """The address it sends the person to. ``changed``: other values, or None to leave one out."""
        self.verifier, self.state = secrets.token_urlsafe(48), secrets.token_urlsafe(12)
        usual: dict[str, Any] = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": self.callback,
            "scope": "full_access",
            "state": self.state,
            "code_challenge": challenge_of(self.verifier),
            "code_challenge_method": "S256",
            "resource": self.resource,
        }
        asked = {name: value for name, value in (usual | changed).items() if value is not None}
        self.state = asked.get("state", "")
        return f"/oauth/authorize?{urlencode(asked, doseq=True)}"

    def consent(self, person: Browser, address: str = "", *, decision: str = "allow") -> dict[str, str]:
        """The person looks and answers; what came back at the tool's address, its state and issuer checked."""
        address = address or self.request()
        page = person.get(address)
        assert page.status_code == 200, page.content
        return self.told(person.post(address, {"decision": decision}))

    def told(self, answer: Any) -> dict[str, str]:
        assert answer.status_code == 302, answer.content
        to = answer.headers["Location"]
        assert to.startswith(f"{self.callback}?"), to
        told = {name: value for name, (value,) in parse_qs(urlsplit(to).query, strict_parsing=True).items()}
        assert told.pop("iss") == settings.SITE_URL
        assert told.pop("state", "") == self.state
        return told

    def exchange(self, code: str, /, **changed: str | None) -> Any:
        usual: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.callback,
            "client_id": self.client_id,
            "code_verifier": self.verifier,
            "resource": self.resource,
        }
        if self.client_secret:
            usual["client_secret"] = self.client_secret
        sent = {name: value for name, value in (usual | changed).items() if value is not None}
        return self.http.post("/oauth/token", sent)

    def connect(self, person: Browser) -> str:
        """All of it: the raw token."""
        self.discover()
        self.register()
        answer = self.exchange(self.consent(person)["code"])
        assert answer.status_code == 200, answer.content
        return str(answer.json()["access_token"])
