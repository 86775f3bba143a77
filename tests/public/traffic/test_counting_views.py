"""Which views are counted, by what, and what a browser is given."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from ground import clock
from ground.addresses import address_of
from public.models import View
from public.rules.pages import MEASURED
from public.rules.visitors import visitor as hash_of
from tests.public.traffic.conftest import AGENT, DOCS, NOON
from tests.public.traffic.mmdb import write

COOKIE = "__Host-visit"
SLUGS = {"public:agent": ["vision"], "reference:noun": ["packages"]}
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cookie(settings: Settings) -> None:
    settings.VISIT_COOKIE_NAME, settings.SESSION_COOKIE_SECURE = COOKIE, True


@pytest.mark.promise("S-137", "N-07")
def test_four_kinds_of_page_are_counted_and_no_other(visitor: Client, alice: User) -> None:
    for name, kind in MEASURED.items():
        View.objects.all().delete()
        assert visitor.get(reverse(name, args=SLUGS.get(name, []))).status_code == 200
        assert list(View.objects.values_list("page", flat=True)) == [kind]
    assert set(MEASURED.values()) == {"home", "pricing", "api-docs", "agents"}
    View.objects.all().delete()
    visitor.force_login(alice)
    for path in (
        "/sign-in/", "/settings/", "/interviews/", "/packages/", "/example/", "/deleted/", "/healthz", "/api/v1/account",
        "/.well-known/security.txt", "/static/css/index.css", "/console/traffic/", "/nothing-there/", "/privacy/", "/trust/",
    ):  # fmt: skip
        assert COOKIE not in visitor.get(path).cookies, path
    assert [visitor.head("/").status_code, visitor.post("/").status_code] == [200, 405]
    assert View.objects.count() == 0


@pytest.mark.promise("S-139", "S-140", "N-05")
def test_a_visitor_is_a_hash_of_address_agent_and_salt_and_of_nothing_else(visitor: Client) -> None:
    def seen(**more: str) -> str:
        address = more.pop("address", "203.0.113.77")
        client = Client(headers={"User-Agent": AGENT} | more, REMOTE_ADDR=address)
        assert client.get("/").status_code == 200
        latest = View.objects.order_by("-pk").first()
        assert latest is not None
        return latest.visitor

    with clock.frozen(NOON):
        first = seen()
        same = {
            seen(),
            seen(**{"Accept-Language": "de", "Sec-CH-UA": "x", "Viewport-Width": "390", "Referer": "https://a.test/"}),
        }
        assert same == {first}, "no cookie is brought, and nothing else counts"
        assert len({first, seen(address="203.0.113.78"), seen(**{"User-Agent": "Other/1.0"})}) == 3
    bare = ["203.0.113.77", AGENT, f"203.0.113.77{AGENT}", f"203.0.113.77\0{AGENT}", f"{AGENT}203.0.113.77"]
    assert first not in {hashlib.new(kind, text.encode()).hexdigest() for kind in ("sha256", "sha3_256") for text in bare}
    assert View.objects.filter(visitor=first).count() == 3
    fields = {field.name for field in View._meta.get_fields()}
    assert fields == {"id", "day", "page", "visitor", "country"}


@pytest.mark.promise("S-151", "S-153", "N-01")
def test_the_cookie_is_the_hash_of_the_day_for_this_host_and_out_of_reach(visitor: Client, alice: User) -> None:
    with clock.frozen(NOON):
        answer = visitor.get("/")
        cookie = answer.cookies[COOKIE]
        assert cookie.value == View.objects.get().visitor
        assert re.fullmatch(r"[0-9a-f]{64}", cookie.value)
        assert (cookie["httponly"], cookie["domain"], cookie["path"], cookie["secure"]) == (True, "", "/", True)
        assert cookie["samesite"] == "Lax"
        assert 0 < int(cookie["max-age"]) <= 86_400
        assert "private" in answer.headers["Cache-Control"], "no cache hands it to the next visitor"
        visitor.force_login(alice)
        assert visitor.get("/").cookies[COOKIE].value == cookie.value, "signing in changes nothing"
    values = cookie.value.lower()
    for text in ("203.0.113.77", AGENT, str(alice.pk), alice.email):
        assert text.encode().hex() not in values
        assert hashlib.sha256(text.encode()).hexdigest() != values


@pytest.mark.promise("S-144", "N-02")
def test_no_cookie_of_a_public_page_lives_into_the_next_day(visitor: Client) -> None:
    midnight = dt.datetime(2026, 12, 1, tzinfo=dt.UTC)
    with clock.frozen(midnight - dt.timedelta(minutes=10)):
        answer = visitor.get("/")
        assert int(answer.cookies[COOKIE]["max-age"]) == 600
    for path in ("/", "/example/", "/example/scorecard/", DOCS, "/sign-in/"):
        answer = Client().get(path)
        for name, cookie in answer.cookies.items():
            assert name in (COOKIE, "csrftoken"), path
            assert name != COOKIE or int(cookie["max-age"]) <= 86_400
        assert "ETag" not in answer.headers
        assert "Last-Modified" not in answer.headers
    for script in scripts():
        for call in re.findall(r"localStorage\.setItem\(([^)]*)\)|localStorage\[([^\]]*)\]\s*=", script.read_text()):
            kept = "".join(call)
            assert "theme" in kept or "this.key" in kept, "light or dark, and the draft of an answer: what a person put there"


@pytest.mark.promise("S-154")
def test_nothing_delivered_probes_the_browser_or_calls_elsewhere(visitor: Client) -> None:
    probes = re.compile(
        r"toDataURL|getImageData|queryLocalFonts|AudioContext|OfflineAudio|webgl|WEBGL_debug|getBattery|hardwareConcurrency|deviceMemory"
        r"|document\.fonts\.check|enumerateDevices|sendBeacon|navigator\.plugins|RTCPeerConnection|getUserMedia",
        re.I,
    )
    found = scripts()
    assert len(found) > 5
    for script in found:
        assert not probes.search(script.read_text()), script.name
    for path in ("/", "/example/", "/sign-in/"):
        answer = visitor.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert not re.search(r"(script|img|connect|style|font|frame)-src [^;]*(https?:|\*)", policy)
        assert answer.headers["Referrer-Policy"] == "same-origin"
        loaded = re.findall(r"<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=\"([^\"]+)\"", page(answer))
        assert loaded
        assert all(address.startswith("/") and not address.startswith("//") for address in loaded)


@pytest.mark.promise("S-150")
def test_do_not_track_means_not_at_all(visitor: Client, settings: Settings, tmp_path: Path) -> None:
    write(tmp_path / "countries.mmdb", {"203.0.113.0/24": "SE"})
    settings.DBIP_FILE = str(tmp_path / "countries.mmdb")
    for path in ("/", DOCS):
        answer = visitor.get(path, headers={"DNT": "1"})
        assert answer.status_code == 200
        assert COOKIE not in answer.cookies
    assert View.objects.count() == 0
    visitor.get("/", headers={"DNT": "0"})
    assert View.objects.get().country == "SE"
    assert COOKIE in visitor.cookies
    cleared = visitor.get("/", headers={"DNT": "1"}).cookies[COOKIE]
    assert (cleared.value, cleared["max-age"]) == ("", 0), "an older one is cleared"
    assert View.objects.count() == 1


@pytest.mark.promise("S-146")
def test_the_country_comes_from_a_file_and_the_page_works_without(visitor: Client, settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "countries.mmdb"
    write(file, {"203.0.113.0/24": "SE", "2001:db8:7::/48": "NZ", "198.51.100.128/25": "BR", "192.0.2.0/24": "nowhere"})
    assert "DB-IP" not in page(visitor.get("/"))
    settings.DBIP_FILE = str(file)
    for address, country in {
        "203.0.113.200": "SE",
        "::ffff:203.0.113.9": "SE",
        "2001:db8:7::77": "NZ",
        "2001:db8:8::77": "",
        "198.51.100.127": "",
        "198.51.100.128": "BR",
        "192.0.2.1": "",
        "10.0.0.1": "",
        "not an address": "",
    }.items():
        answer = Client(REMOTE_ADDR=address).get("/")
        assert answer.status_code == 200
        latest = View.objects.order_by("-pk").first()
        assert latest is not None
        assert latest.country == country, address
    assert 'href="https://db-ip.com"' in page(answer), "its licence asks for the name"
    for broken in (b"", b"no database"):
        file.write_bytes(broken)
        assert Client(REMOTE_ADDR="203.0.113.200").get("/").status_code == 200
    file.unlink()
    assert Client(REMOTE_ADDR="203.0.113.200").get("/").status_code == 200
    assert View.objects.filter(country="SE").count() == 2


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        ("192.0.2.1", "203.0.113.7", 0, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.7", 1, "203.0.113.7"),
        ("192.0.2.1", "198.51.100.9, 203.0.113.7", 1, "203.0.113.7"),
        ("192.0.2.1", "198.51.100.9, 203.0.113.7, 10.0.0.2", 2, "203.0.113.7"),
        ("192.0.2.1", "203.0.113.7", 2, "192.0.2.1"),
        ("192.0.2.1", "", 1, "192.0.2.1"),
        ("192.0.2.1", "unknown", 1, "192.0.2.1"),
        ("192.0.2.1", "203.0.113.7:4711", 1, "203.0.113.7"),
        ("192.0.2.1", "[2001:DB8::7]:4711", 1, "2001:db8::7"),
        ("fe80::1%eth0", "", 0, "fe80::1"),
        ("::ffff:203.0.113.7", "", 0, "203.0.113.7"),
        ("", "", 0, ""),
    ],
)
def test_only_trusted_proxies_are_believed(peer: str, forwarded: str, proxies: int, address: str) -> None:
    assert address_of(peer, forwarded, proxies) == address


def test_what_stands_where_cannot_be_moved_from_address_to_agent() -> None:
    assert hash_of("203.0.113.7", "7", b"s" * 32) != hash_of("203.0.113.77", "", b"s" * 32)
    assert len(hash_of("203.0.113.7", "\udcff", b"s" * 32)) == 64


def page(answer: Any) -> str:
    text: str = answer.content.decode()
    return text


def scripts() -> list[Path]:
    """Our own, and the two libraries that pages load."""
    own = Path(str(finders.find("js/small.js"))).parent
    others = ("django_htmx/htmx-2.min.js", "vendor/mermaid/mermaid.tiny.js")
    return [*own.rglob("*.js"), *(Path(str(finders.find(name))) for name in others)]
