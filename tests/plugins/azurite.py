"""Azurite, Microsoft's emulator of blob storage: the real client against a real server on loopback, started once per session."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from tests.plugins.servers import free_port, wait_until

VERSION = "3.35.0"
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Of the emulator's one account; published by Microsoft, the same everywhere."""


@dataclass(frozen=True)
class Azurite:
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/{ACCOUNT}"

    @property
    def connection_string(self) -> str:
        return (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={self.url};"
            "EndpointSuffix=core.windows.net"
        )

    def container(self, name: str) -> ContainerClient:
        """A container as its owner sees it, made if it is not there."""
        service = BlobServiceClient.from_connection_string(self.connection_string)
        container = service.get_container_client(name)
        if not container.exists():
            container.create_container()
        return container


@pytest.fixture(scope="session")
def azurite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Azurite]:
    """A server of its own in memory."""
    program = _installed() / "node_modules" / "azurite" / "dist" / "src" / "blob" / "main.js"
    home, port = tmp_path_factory.mktemp("azurite"), free_port()
    command = [
        shutil.which("node") or "node",
        str(program),
        *("--blobHost", "127.0.0.1", "--blobPort", str(port)),
        # The client speaks a newer version of the API than the emulator knows by name.
        *("--silent", "--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck"),
    ]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, cwd=home)
    try:
        wait_until(lambda: _answers(port), seconds=30, what="Azurite")
        yield Azurite(port)
    finally:
        server.terminate()
        server.wait(timeout=15)


def _answers(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


def _installed() -> Path:
    """The folder with Azurite, installed once from npm and kept in the cache of this machine."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "specstep-tests" / f"azurite-{VERSION}"
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        pytest.fail("Blob storage is played by Azurite, which needs Node 20 and npm. Install both and run this again.")
    if not (cache / "node_modules" / "azurite" / "package.json").exists():
        cache.mkdir(parents=True, exist_ok=True)
        (cache / "package.json").write_text('{"private": true}\n')
        command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", f"azurite@{VERSION}"]
        done = subprocess.run(command, cwd=cache, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode:
            pytest.fail(f"npm could not install Azurite: {done.stderr.strip()[-400:]}")
    return cache
