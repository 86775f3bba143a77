"""Pages of four kinds, and what they say is what the service does (S-009)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
import yaml
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from pytest_django import Settings

from accounts.flows import retaining
from accounts.models import User
from api import authenticating
from api.reference import pages
from billing import catalogue
from billing.flows import metering
from billing.flows.entitling import entitlement_of
from billing.flows.metering import QuotaReached
from generation.flows import ringing, starting
from ground import agents
from ground.errors import BadInput
from ground.rows import new_id
from interviews.models import Interview

pytestmark = [pytest.mark.django_db, pytest.mark.promise("S-009")]
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.mark.parametrize("kind", ["public:home", "billing:pricing", "reference:index", "public:agents"])
def test_a_visitor_reads_each_kind_without_signing_in(client: Client, kind: str) -> None:
    home = client.get("/").content.decode()
    answer = client.get(reverse(kind))
    assert answer.status_code == 200
    assert "<h1" in answer.content.decode()
    assert kind == "billing:pricing" or f'href="{reverse(kind)}"' in home, "and finds it from the start page"


@pytest.fixture
def odd_plan(settings: Settings, tmp_path: Path) -> None:
    """Plans are sold; who has bought none has numbers that stand nowhere else."""
    table = yaml.safe_load(catalogue.FILE.read_text())
    table["plans"]["free"] |= {"generations": 2, "retention_days": {"default": 11, "most": 47}, "storage_mb": 7}
    (tmp_path / "plans.yaml").write_text(yaml.safe_dump(table))
    settings.PLANS_FILE, settings.STRIPE_SECRET_KEY = str(tmp_path / "plans.yaml"), "sk_test_of_nobody"
    settings.STRIPE_PRICES = {"STRIPE_PRICE_PRO": "price_pro", "STRIPE_PRICE_TEAM": "price_team"}


def lines_of(page: str) -> dict[str, list[str]]:
    """What the pricing page lists, by the title of the plan."""
    cards = re.findall(r"<h3>([^<]+)</h3>(.*?)</article>", page, re.DOTALL)
    return {title: [unescape(line) for line in re.findall(r"<li>([^<]+)</li>", card)] for title, card in cards}


@pytest.mark.usefixtures("odd_plan")
def test_pricing_shows_the_limits_that_are_kept(client: Client, alice: User) -> None:
    page = client.get("/pricing/").content.decode()
    assert 'href="/pricing/"' in client.get("/").content.decode()
    assert lines_of(page) == {
        "Free": ["2 generations a month", "Packages kept up to 47 days", "7 MB for packages"],
        "Pro": ["25 generations a month", "Packages kept up to 2 years", "2 GB for packages"],
        "Team": ["120 generations a month", "Packages kept up to 7 years", "20 GB for packages", "Your own model keys"],
    }
    desks = [Interview.objects.create(workspace=alice.workspace, title="Desk", state="closed") for _ in range(3)]
    with ringing.silence():
        for desk in desks[:2]:
            starting.start(desk, provider="offline", actor=alice)
        with pytest.raises(QuotaReached, match="All 2 generations of the Free plan"):
            starting.start(desks[2], provider="offline", actor=alice)
    retaining.choose(alice.workspace, {"packages": 47}, actor=alice)
    with pytest.raises(BadInput):
        retaining.choose(alice.workspace, {"packages": 48}, actor=alice)
    held = entitlement_of(alice.workspace.pk)
    assert metering.why_full(held, 6_999_999) == ""
    assert metering.why_full(held, 7_000_000)
    with pytest.raises(QuotaReached):
        metering.take(alice.workspace, new_id(), stored_bytes=7_000_000)


def served() -> Iterator[tuple[str, str]]:
    """Method and address of everything that programs can call, asked of the addresses themselves and not of the description."""
    [rest] = [one for one in get_resolver().url_patterns if isinstance(one, URLResolver) and str(one.pattern) == "api/v1/"]
    for route in rest.url_patterns:
        assert isinstance(route, URLPattern)
        if route.name not in ("openapi", "nowhere"):
            for method in METHODS:
                yield method.upper(), re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(route.pattern))


def test_the_pages_of_the_api_describe_every_route_and_only_those_there_are(
    client: Client, settings: Settings, request: pytest.FixtureRequest
) -> None:
    settings.API_STRANGER_CALLS = 1_000_000
    authenticating._strangers.cache_clear()  # it was made with the number of a test before
    request.addfinalizer(authenticating._strangers.cache_clear)
    told: set[tuple[str, str]] = set()
    for noun in pages.nouns():
        page = client.get(f"/docs/api/{noun.slug}/").content.decode()
        found = re.findall(r'operation__place">\s*<b>(\w+)</b> <code>/api/v1/([^<]*)</code>', page)
        assert len(found) == len(noun.operations)
        told |= {(method, unescape(place)) for method, place in found}
    stranger = Client(headers={"Authorization": "Bearer ss_nobody"})
    there: set[tuple[str, str]] = set()
    for method, place in served():
        named = re.sub(r"{(\w+)}", lambda part: "x" if part[1] in ("path", "requirement", "record") else str(new_id()), place)
        assert resolve(f"/api/v1/{named}")
        # A door that has the method asks for a key; one that has not says so.
        status = stranger.generic(method, f"/api/v1/{named}").status_code
        assert status in (401, 405), (method, place)
        there |= {(method, place)} if status == 401 else set()
    assert told == there


def test_every_agent_that_leaves_something_has_a_page(client: Client) -> None:
    """``tests/ground/test_agents.py`` holds the register against the calls and steps of interviews and generations."""
    listed = re.findall(r'href="/agents/([\w-]+)/"', client.get("/agents/").content.decode())
    assert set(listed) == {agent.key for agent in agents.agents()}
    for key in listed:
        assert client.get(f"/agents/{key}/").status_code == 200
