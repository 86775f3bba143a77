"""Both vendors on loopback over TLS, and the settings that lead there."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

import pytest
import trustme
from django.apps import apps
from django.http import HttpResponse
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from connectors.contract import Tokens
from connectors.flows import reading, renewing, walking
from connectors.flows.calling import calling
from connectors.flows.walking import Found
from connectors.models import Connection
from connectors.pacing import lane_of
from ground import clock
from tests.connectors import google as g
from tests.connectors import microsoft as m


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> tuple[trustme.CA, Path]:
    authority, path = trustme.CA(), tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return authority, path


@pytest.fixture
def microsoft(ca: tuple[trustme.CA, Path], settings: Settings) -> Iterator[m.Microsoft]:
    peer = m.Microsoft(ca[0])
    settings.ONEDRIVE_APP, settings.ONEDRIVE_TENANT = (m.CLIENT, m.SECRET), "common"
    settings.MICROSOFT_LOGIN_URL, settings.GRAPH_URL = peer.login.url, peer.graph.url
    settings.MICROSOFT_FILE_HOSTS = [f"127.0.0.1:{peer.files.port}"]
    _reachable(settings, ca[1])
    yield peer
    peer.close()
    assert not [fault for server in peer.servers for fault in server.violations]


@pytest.fixture
def google(ca: tuple[trustme.CA, Path], settings: Settings) -> Iterator[g.Google]:
    peer = g.Google(ca[0])
    settings.GOOGLE_DRIVE_APP, settings.GOOGLE_DRIVE_ACCESS = (g.CLIENT, g.SECRET), "folder"
    settings.GOOGLE_AUTHORIZE_URL, settings.GOOGLE_TOKEN_URL = f"{peer.login.url}/o/oauth2/v2/auth", f"{peer.login.url}/token"
    settings.GOOGLE_REVOKE_URL, settings.GOOGLE_API_URL = f"{peer.login.url}/revoke", peer.drive.url
    settings.GOOGLE_FILE_HOSTS = [f"127.0.0.1:{peer.files.port}"]
    _reachable(settings, ca[1])
    yield peer
    peer.close()
    assert not [fault for server in peer.servers for fault in server.violations]


def _reachable(settings: Settings, path: Path) -> None:
    settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, "127.0.0.1"]
    settings.EGRESS_CA = str(path)


Vendor = m.Microsoft | g.Google


def start(client: Client, kind: str, **posted: str) -> str:
    """Press the button; the provider's page."""
    answer = client.post(f"/settings/integrations/add/{kind}/", posted)
    assert answer.status_code == 303, answer.content
    return str(answer.headers["Location"])


def come_back(client: Client, vendor: Vendor, answer: dict[str, str]) -> HttpResponse:
    name = "microsoft" if isinstance(vendor, m.Microsoft) else "google"
    return cast(HttpResponse, client.get(f"/settings/integrations/back/{name}/?{urlencode(answer)}"))


def links(page: Any) -> dict[str, str]:
    """The places that a page of the picker shows: name to note."""
    return {step.spot.name: step.note for step in page.context["picker"].steps}


def attach(client: Client, vendor: Vendor, kind: str, path: list[str], *, search: str = "", user: str = "alice") -> Connection:
    """The whole way by the pages: button, provider, picker, choice."""
    answer = come_back(client, vendor, vendor.allow(start(client, kind), user))
    assert answer.status_code == 303, answer.content
    address, note = answer.headers["Location"], ""
    for name in path:
        page = client.get(address, {"at": note} if note else {"search": search} if search else {})
        note = links(page)[name]
    chosen = client.post(address, {"at": note})
    assert chosen.status_code == 303, chosen.content
    return Connection.objects.latest("created_at")


def everything() -> str:
    """All that the database holds, as text."""
    return "\n".join(str(row) for model in apps.get_models() for row in model._base_manager.values())


def connected(vendor: Vendor, user: User, *, who: str = "alice", kind: str = "", folder: str = "") -> Connection:
    """A connection as the pages make it, without them."""
    is_microsoft = isinstance(vendor, m.Microsoft)
    grant, access = vendor.tokens.grant(who, "Files.Read" if is_microsoft else "x/drive.readonly")
    row = Connection(workspace=user.workspace, kind=kind or ("onedrive" if is_microsoft else "google_drive"))
    row.drive, row.folder, row.folder_name = m.DRIVE if is_microsoft else "", folder or vendor.chosen.id, "Harbour"
    row.lane = lane_of("test", f"{row.kind} {who}")
    held = Tokens(access, grant.refresh, clock.now() + dt.timedelta(seconds=vendor.tokens.seconds))
    for column, value in renewing.sealed(held, row.pk).items():
        setattr(row, column, value)
    row.save(force_insert=True)
    return row


def quickly(seconds: float) -> None:
    """What a provider asks for is waited for all the same: that stands in the database."""
    time.sleep(seconds / 50)


def walked(row: Connection) -> list[Found]:
    with calling(row, sleep=quickly) as border:
        return list(walking.walk(row, border))


def read(row: Connection, item: str, *, above: Sequence[str] = (), limit: int = 1_000_000) -> bytes:
    with (
        calling(row, sleep=quickly) as border,
        reading.opened(row, border, item, above=above, way=reading.Way(), limit=limit) as (_, file),
    ):
        return file.read()
