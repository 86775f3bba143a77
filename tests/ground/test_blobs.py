"""Our own storage on Azurite: private, whole, and over egress."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
from azure.core.exceptions import ResourceExistsError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from delivery.models import Delivery
from ground.blobs import AzureBlobs, ManagedIdentity
from ground.egress import EgressRefused
from ground.errors import SpecStepError
from interviews.models import Interview
from tests.delivery.conftest import make_package
from tests.plugins.azurite import ACCOUNT, Azurite


@pytest.fixture
def storage(azurite: Azurite, settings: Settings) -> AzureBlobs:
    settings.AZURE_STORAGE_CONNECTION_STRING = azurite.connection_string
    settings.EGRESS_ALLOW = [f"127.0.0.1:{azurite.port}"]
    return AzureBlobs(container=f"own{uuid4().hex[:10]}")


def test_a_file_is_kept_read_listed_and_deleted(storage: AzureBlobs) -> None:
    assert not storage.exists("packages/a.zip")
    assert storage.save("packages/a.zip", ContentFile(b"PK" * 1000)) == "packages/a.zip"
    assert storage.exists("packages/a.zip")
    assert storage.size("packages/a.zip") == 2000
    with storage.open("packages/a.zip") as file:
        assert file.read() == b"PK" * 1000
    assert storage.listdir("packages") == ([], ["a.zip"])
    assert storage.listdir("") == (["packages"], [])
    storage.delete("packages/a.zip")
    storage.delete("packages/a.zip")
    assert not storage.exists("packages/a.zip")
    with pytest.raises(FileNotFoundError):
        storage.open("packages/a.zip")


def test_the_container_is_private_and_gives_no_address(storage: AzureBlobs, azurite: Azurite) -> None:
    storage.save("packages/a.zip", ContentFile(b"PK"))
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{azurite.url}/{storage._name}/packages/a.zip", timeout=5)
    assert refused.value.code in (403, 404)
    with pytest.raises(NotImplementedError):
        storage.url("packages/a.zip")


def test_another_file_never_takes_the_name_of_one(storage: AzureBlobs) -> None:
    storage.save("a", ContentFile(b"one"))
    assert storage.save("a", ContentFile(b"two")) != "a"
    with pytest.raises(ResourceExistsError):
        storage._save("a", ContentFile(b"two"))
    assert storage._save("a", ContentFile(b"one")) == "a"


def test_a_host_that_is_not_in_the_settings_is_not_called(storage: AzureBlobs, settings: Settings) -> None:
    storage.save("a", ContentFile(b"one"))
    settings.AZURE_STORAGE_CONNECTION_STRING = ""
    settings.AZURE_STORAGE_ACCOUNT_URL = "https://another.blob.core.windows.net"
    with pytest.raises(EgressRefused):
        storage.exists("a")


@pytest.mark.django_db
def test_a_download_comes_through_us(storage: AzureBlobs, settings: Settings, as_alice: Client, alice: User) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "ground.blobs.AzureBlobs", "OPTIONS": {"container": storage._name}}
    }
    package = make_package(Interview.objects.create(workspace=alice.workspace, title="Desk"))
    assert not Delivery.objects.exists()
    assert as_alice.get(f"/packages/{package.pk}/archive.zip").status_code == 404
    default_storage.save(package.blob, ContentFile(b"PK whole"))
    answer = as_alice.get(f"/packages/{package.pk}/archive.zip")
    assert answer.getvalue() == b"PK whole"
    assert answer.headers["ETag"] == f'"{package.sha256}"'


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What App Service and Container Apps answer on the machine itself."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            good = self.headers["X-IDENTITY-HEADER"] == "platform" and "resource=https%3A%2F%2Fstorage.azure.com" in self.path
            body = json.dumps(
                {
                    "access_token": "token-1",
                    "expires_on": "4102444800",
                    "resource": "https://storage.azure.com",
                    "token_type": "Bearer",
                }
                if good
                else {"error": "invalid_request", "error_description": "no"}
            ).encode()
            self.send_response(200 if good else 400)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    monkeypatch.setenv("IDENTITY_ENDPOINT", f"http://127.0.0.1:{server.server_port}/msi/token")
    monkeypatch.setenv("IDENTITY_HEADER", "platform")
    yield asked
    server.shutdown()
    server.server_close()


def test_the_managed_identity_gets_a_token_for_storage_and_for_nothing_else(platform: list[str]) -> None:
    identity = ManagedIdentity()
    token = identity.get_token("https://storage.azure.com/.default")
    assert token.token == "token-1"
    assert identity.get_token("https://storage.azure.com/.default").token == "token-1"
    assert len(platform) == 1, "it is kept until it expires"


def test_a_machine_without_an_identity_is_told_so(platform: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_HEADER", "another")
    with pytest.raises(SpecStepError, match="no token"):
        ManagedIdentity().get_token()
    assert ACCOUNT not in str(platform)
