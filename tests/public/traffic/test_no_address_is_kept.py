"""The address of whoever calls is stored nowhere: not on public pages, not behind the sign-in, not where something fails."""

from __future__ import annotations

import io
import ipaddress
import logging

import pytest
import redis
from django.conf import settings as service
from django.test import Client
from pytest_django import Settings

from accounts.models import AuditEvent, BugReport, Session, User
from public.models import View
from specstep.logs import Redacting
from tests.llm.keys.dump import dump
from tests.public.traffic.conftest import AGENT, DOCS

V4, V6, BEHIND = "203.0.113.77", "2001:db8:7::4d4d", "198.51.100.222"


PATHS = ("/", DOCS, "/example/", "/sign-in/", "/settings/", "/interviews/", "/nothing/", "/console/", "/healthz")


def forms(address: str) -> set[str]:
    """As text, packed in both notations, and cut to its network."""
    parsed = ipaddress.ip_address(address)
    cut = address.rpartition(".")[0] + "." if parsed.version == 4 else "2001:db8:7:"
    return {address, parsed.exploded, parsed.packed.hex(), repr(parsed.packed)[2:-1], str(int(parsed)), cut}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("store", ["redis"], indirect=True)
@pytest.mark.promise("S-143", "N-06")
def test_three_canary_addresses_are_found_nowhere(visitor: Client, alice: User, settings: Settings) -> None:
    written = io.StringIO()
    listener = logging.StreamHandler(written)
    listener.setFormatter(Redacting("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(listener)
    level = root.level
    root.setLevel(logging.INFO)
    settings.TRUSTED_PROXIES = 1
    try:
        for address, forwarded in ((V4, ""), (V6, ""), ("192.0.2.1", f"10.9.9.9, {BEHIND}")):
            headers = {"User-Agent": AGENT, "X-Forwarded-For": forwarded} if forwarded else {"User-Agent": AGENT}
            stranger = Client(headers=headers, REMOTE_ADDR=address, raise_request_exception=False)
            person = Client(headers=headers, REMOTE_ADDR=address, raise_request_exception=False)
            person.force_login(alice)
            for client in (stranger, person):
                for path in PATHS:
                    client.get(path)
                assert client.get("/stand-in/boom/").status_code == 500
                client.get("/api/v1/account", headers={"Authorization": "Bearer ss_nobody"})
                client.post("/oauth/register", "{", content_type="application/json")
            person.post("/report/", {"title": "It broke", "description": "A page.", "severity": "high", "came_from": "/"})
            person.post("/settings/export/")
    finally:
        root.removeHandler(listener)
        root.setLevel(level)
    logged = written.getvalue()
    assert "A fault of ours." in logged, "the control: errors were logged"
    assert View.objects.count() >= 6
    assert Session.objects.exists()
    assert AuditEvent.objects.exists()
    assert BugReport.objects.exists()
    server = redis.Redis.from_url(service.REDIS_URL)
    in_redis = [(key, server.hgetall(key) if server.type(key) == b"hash" else server.dump(key)) for key in server.scan_iter()]
    everything = f"{dump()}\n{in_redis}\n{logged}".lower()
    for address in (V4, V6, BEHIND):
        assert {form for form in forms(address) if form.lower() in everything} == set()
