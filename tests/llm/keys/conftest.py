"""A vendor on loopback that answers one question, whether a key is good, and counts how often it was asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from pytest_django import Settings

from accounts.models import User

ANTHROPIC_KEY = "sk-" + "ant-api03-" + "Canary7Kestrel" * 5 + "9xQz"
OPENAI_KEY = "sk-" + "proj-" + "Canary3Heron" * 6 + "4wLm"
MODELS = json.dumps({"object": "list", "has_more": False, "data": [{"id": "model-1", "type": "model", "object": "model"}]})


@dataclass
class Asked:
    method: str
    path: str
    headers: dict[str, str]


@dataclass
class VendorStub:
    """What it answers may be changed while it runs. Anything but the list of models is a complaint."""

    url: str = ""
    status: int = 200
    body: str = MODELS
    silence: float = 0.0
    """Seconds before it answers."""
    hang_up: bool = False
    asked: list[Asked] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def answers_with(self, status: int, body: str = "{}") -> None:
        self.status, self.body = status, body


def _handler(stub: VendorStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            stub.asked.append(Asked("GET", self.path, headers))
            if self.path != "/v1/models":
                stub.complaints.append(f"GET {self.path}")
            if ("x-api-key" in headers) == ("authorization" in headers):
                stub.complaints.append("There is exactly one of x-api-key and authorization.")
            if "x-api-key" in headers and headers.get("anthropic-version") != "2023-06-01":
                stub.complaints.append("anthropic-version is missing.")
            if "authorization" in headers and not headers["authorization"].startswith("Bearer sk-"):
                stub.complaints.append("authorization is no Bearer key.")
            time.sleep(stub.silence)
            if stub.hang_up:
                self.close_connection = True
                return
            body = stub.body.encode()
            self.send_response(stub.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            stub.complaints.append(f"POST {self.path}")
            self.send_error(405)

        def log_message(self, *args: object) -> None: ...

    return Handler


@pytest.fixture
def vendor(settings: Settings) -> Iterator[VendorStub]:
    """Both vendors, at one address of this machine."""
    stub = VendorStub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(stub))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    stub.url = f"http://127.0.0.1:{server.server_port}"
    settings.ANTHROPIC_BASE_URL, settings.OPENAI_BASE_URL = stub.url, f"{stub.url}/v1"
    settings.EGRESS_ALLOW = [f"127.0.0.1:{server.server_port}"]
    settings.ANTHROPIC_API_KEY = settings.OPENAI_API_KEY = ""
    yield stub
    server.shutdown()
    server.server_close()
    assert not stub.complaints


@pytest.fixture
def developer(alice: User) -> User:
    """Alice with developer access, as an operator has granted it."""
    alice.developer_access = True
    alice.save()
    return alice
