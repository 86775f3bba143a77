"""TLS, version 1.2 at least, whoever calls and whoever is called (S-174, N-46)."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
import redis
import requests
import trustme
from kombu import Connection
from kombu.exceptions import OperationalError
from pytest_django import Settings

from ground import checks, egress
from ground.blobs import AzureBlobs
from tests.plugins.servers import free_port, wait_until
from tests.specstep.test_settings import manage, production_environment

ROOT = Path(__file__).resolve().parents[2]
OLD = [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1]
NEW = [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3]
WEAKEST = "DEFAULT:@SECLEVEL=0"
"""Lets OpenSSL speak what it would refuse by itself: the test sees what we refuse."""
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok"
pytestmark = [
    pytest.mark.promise("S-174", "N-46"),
    pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1:DeprecationWarning"),  # old versions are what is tried here
]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def believed(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    path.write_bytes(authority.cert_pem.bytes())
    return path


@dataclass
class Server:
    """Speaks one version of TLS only, and keeps what came through it."""

    port: int
    got: list[bytes] = field(default_factory=list)
    refused: int = 0


@contextmanager
def speaking(version: ssl.TLSVersion, authority: trustme.CA, *, postgres: bool = False) -> Iterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers(WEAKEST)
    context.minimum_version = context.maximum_version = version
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
    with socket.create_server(("127.0.0.1", 0)) as door:
        server = Server(door.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    plain, _ = door.accept()
                except OSError:
                    return
                plain.settimeout(5)
                if postgres:  # SSLRequest, and "yes" (PostgreSQL, "Message Formats")
                    plain.recv(8)
                    plain.sendall(b"S")
                try:
                    with context.wrap_socket(plain, server_side=True) as secure:
                        server.got.append(secure.recv(65_536))
                        secure.sendall(OK)
                except OSError:
                    server.refused += 1

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server
        door.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=10)


def handshake(port: int, version: ssl.TLSVersion, believed: Path) -> str:
    """The version that was agreed on with a caller who can speak ``version`` and no other."""
    context = ssl.create_default_context(cafile=str(believed))
    context.set_ciphers(WEAKEST)
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secure,
    ):
        return str(secure.version())


def by_httpx(port: int) -> None:
    with egress.client(party="Loopback", purpose="tests") as client:
        client.get(f"https://localhost:{port}/")


def by_httpx_in_a_loop(port: int) -> None:
    async def call() -> None:
        async with egress.async_client(party="Loopback", purpose="tests") as client:
            await client.get(f"https://localhost:{port}/")

    asyncio.run(call())


def by_requests(port: int) -> None:
    with egress.requests_session(party="Loopback", purpose="tests") as session:
        session.get(f"https://localhost:{port}/")


@pytest.fixture
def _loopback_is_a_party(settings: Settings, believed: Path) -> Iterator[None]:
    before = dict(egress._parties)
    egress.declare(egress.Party("Loopback", ("tests",), "nothing", lambda: ["localhost"]))
    settings.EGRESS_ALLOW, settings.EGRESS_CA = ["localhost"], str(believed)
    yield
    egress._parties.clear()
    egress._parties.update(before)


@pytest.mark.usefixtures("_loopback_is_a_party")
@pytest.mark.parametrize("call", [by_httpx, by_httpx_in_a_loop, by_requests])
def test_our_calls_refuse_what_is_older_than_1_2(authority: trustme.CA, believed: Path, call: Callable[[int], None]) -> None:
    for version in OLD:
        with speaking(version, authority) as server, pytest.raises(Exception, match=r"(?i)protocol|version"):
            call(server.port)
        assert (server.got, server.refused) == ([], 1)
        with speaking(version, authority) as server:
            assert handshake(server.port, version, believed) == version.name.replace("v1_", "v1."), "the control: others would"
    for version in NEW:
        with speaking(version, authority) as server:
            call(server.port)
        assert len(server.got) == 1


def by_postgres(port: int, believed: Path) -> None:
    address = f"postgres://specstep@localhost:{port}/specstep?sslmode=verify-full&sslrootcert={believed}"
    with suppress(psycopg.OperationalError):
        psycopg.connect(address, ssl_min_protocol_version="TLSv1.2")  # as the settings have it, see below


def by_redis(port: int, believed: Path) -> None:
    with suppress(redis.RedisError):
        redis.Redis.from_url(f"rediss://localhost:{port}/0?{verified(believed)}", socket_timeout=3).ping()


def by_celery(port: int, believed: Path) -> None:
    with suppress(OperationalError, redis.RedisError), Connection(f"rediss://localhost:{port}/0?{verified(believed)}") as broker:
        broker.channel()


def verified(believed: Path) -> str:
    return f"ssl_cert_reqs=required&ssl_ca_certs={believed}"


@pytest.mark.parametrize(("call", "postgres"), [(by_postgres, True), (by_redis, False), (by_celery, False)])
def test_so_do_the_clients_of_database_and_cache(
    authority: trustme.CA, believed: Path, call: Callable[[int, Path], None], postgres: bool
) -> None:
    for version in OLD[1:] if call is by_celery else OLD:  # which tries again for two seconds each time
        with speaking(version, authority, postgres=postgres) as server:
            call(server.port, believed)
        assert server.got == []
        assert server.refused >= 1
    with speaking(ssl.TLSVersion.TLSv1_2, authority, postgres=postgres) as server:
        call(server.port, believed)
    assert server.got, "the control: what is new enough is spoken to"
    with speaking(ssl.TLSVersion.TLSv1_2, trustme.CA(), postgres=postgres) as server:
        call(server.port, believed)
    assert server.got == [], "nobody speaks with a server that somebody else vouches for"


@pytest.mark.parametrize(
    ("changed", "codes"),
    [
        ({}, set()),
        ({"DATABASES": {"default": {"HOST": "db.example", "OPTIONS": {}}}}, {"specstep.E024"}),
        ({"DATABASES": {"default": {"HOST": "db.example", "OPTIONS": {"sslmode": "require"}}}}, {"specstep.E024"}),
        ({"DATABASES": {"default": {"HOST": "127.0.0.1", "OPTIONS": {}}}}, set()),
        ({"REDIS_URL": "redis://cache.example:6379/0"}, {"specstep.E025"}),
        ({"REDIS_URL": "rediss://cache.example:6380/0"}, {"specstep.E025"}),
        ({"REDIS_URL": "rediss://cache.example:6380/0?ssl_cert_reqs=none"}, {"specstep.E025"}),
        ({"REDIS_URL": "redis://127.0.0.1:6379/0"}, set()),
        ({"AZURE_STORAGE_ACCOUNT_URL": "http://specstep.blob.core.windows.net"}, {"specstep.E026"}),
        ({"AZURE_STORAGE_CONNECTION_STRING": "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=b"}, {"specstep.E026"}),
        ({"AZURE_STORAGE_CONNECTION_STRING": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=b"}, set()),
        ({"AZURE_STORAGE_CONNECTION_STRING": "BlobEndpoint=http://store.example/a;AccountName=a"}, {"specstep.E026"}),
    ],
)
@pytest.mark.filterwarnings("ignore:Overriding setting DATABASES")
def test_production_is_refused_without_tls_to_its_parts(settings: Settings, changed: dict[str, object], codes: set[str]) -> None:
    """Of these ``deploy/run`` starts nothing; the two settings of the deployment are read in ``test_deployment``."""
    whole = {
        "DATABASE_ENGINE": "django.db.backends.postgresql",
        "DATABASES": {"default": {"HOST": "db.example", "OPTIONS": {"sslmode": "verify-full"}}},
        "REDIS_URL": "rediss://cache.example:6380/0?ssl_cert_reqs=required",
        "AZURE_STORAGE_ACCOUNT_URL": "https://specstep.blob.core.windows.net",
        "AZURE_STORAGE_CONNECTION_STRING": "",
    }
    for name, value in (whole | changed).items():
        setattr(settings, name, value)
    asked = (
        checks.database_is_reached_over_verified_tls,
        checks.broker_is_reached_over_verified_tls,
        checks.storage_is_reached_over_tls,
    )
    assert {found.id for check in asked for found in check()} == codes


def test_blob_storage_is_called_through_the_same_door(settings: Settings) -> None:
    settings.AZURE_STORAGE_CONNECTION_STRING = (
        "DefaultEndpointsProtocol=http;AccountName=store;AccountKey=bm9ib2R5;EndpointSuffix=example"
    )
    with pytest.raises(egress.EgressRefused, match="https only"):
        AzureBlobs("specstep").exists("a.zip")


def test_production_asks_the_database_for_no_less(tmp_path: Path) -> None:
    environment = production_environment(tmp_path) | {
        "DATABASE_URL": "postgres://specstep@db.example/specstep?sslmode=verify-full&sslrootcert=/ca.pem",
    }
    ask = "from django.conf import settings; print(settings.DATABASES['default']['OPTIONS'])"
    told = ast.literal_eval(manage("shell", "-v", "0", "-c", ask, **environment).stdout.strip())
    assert (told["sslmode"], told["sslrootcert"], told["ssl_min_protocol_version"]) == ("verify-full", "/ca.pem", "TLSv1.2")


@pytest.fixture
def production(tmp_path: Path, authority: trustme.CA, postgres_url: str, redis_url: str) -> Iterator[int]:
    """The web process as ``deploy/run`` starts it, with a certificate of its own. Its port."""
    certificate, port, data = authority.issue_cert("localhost"), free_port(), tmp_path / "data"
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    for blob in certificate.cert_chain_pems:
        blob.write_to_path(tmp_path / "cert.pem", append=True)
    environment = production_environment(data) | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "ALLOWED_HOSTS": "localhost",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "TLS_CERT_FILE": str(tmp_path / "cert.pem"),
        "TLS_KEY_FILE": str(tmp_path / "key.pem"),
        "GOOGLE_CLIENT_ID": "client-1",
        "GOOGLE_CLIENT_SECRET": "a-secret-of-nobody",
    }
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"],
        cwd=ROOT,
        env=environment,
        check=True,
        timeout=120,
    )
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([ROOT / "deploy" / "run", "web"], env=environment, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(port, server, tmp_path / "log"), seconds=180, what="deploy/run web")
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def answers(port: int, server: subprocess.Popen[bytes], log: Path) -> bool:
    if server.poll() is not None:
        pytest.fail(f"deploy/run ended with {server.returncode}:\n{log.read_text()[-3000:]}")
    with socket.create_connection(("127.0.0.1", port), timeout=1):
        return True


@pytest.mark.servers
@pytest.mark.xdist_group("servers")
def test_the_service_speaks_1_2_and_newer_and_nothing_in_clear(production: int, believed: Path) -> None:
    for version in OLD:
        with pytest.raises(ssl.SSLError):
            handshake(production, version, believed)
    assert [handshake(production, version, believed) for version in NEW] == ["TLSv1.2", "TLSv1.3"]
    with socket.create_connection(("127.0.0.1", production), timeout=5) as plain:
        plain.sendall(b"GET /sign-in/ HTTP/1.1\r\nhost: localhost\r\n\r\n")
        assert not plain.recv(4096).startswith(b"HTTP")
    with requests.Session() as person:
        person.verify, person.trust_env = str(believed), False
        place = f"https://localhost:{production}"
        # What stands before us says that somebody came by http.
        sent_on = person.get(f"{place}/pricing/", headers={"X-Forwarded-Proto": "http"}, allow_redirects=False, timeout=10)
        assert (sent_on.status_code, sent_on.headers["Location"]) == (301, f"{place}/pricing/")
        page = person.get(f"{place}/pricing/", timeout=10)
        assert page.status_code == 200
        assert page.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        page = person.get(f"{place}/sign-in/", timeout=10)
        token = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', page.text)[0]
        there = person.post(
            f"{place}/accounts/google/login/",
            {"csrfmiddlewaretoken": token},
            headers={"Referer": f"{place}/sign-in/"},
            allow_redirects=False,
            timeout=10,
        )
        assert there.headers["Location"].startswith("https://accounts.google.com/")
        names = {cookie.name for cookie in person.cookies}
        assert {"__Host-visit", "__Host-sessionid"} < names
        assert [cookie.name for cookie in person.cookies if not cookie.secure] == []
