"""The operator's page of daily figures."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.flows import granting
from accounts.models import OperatorRole, User
from ground import clock
from public.models import Figure, SignUps, View
from tests.public.traffic.conftest import NOON

pytestmark = pytest.mark.django_db
PAGE = "/console/traffic/"


def test_it_shows_visitors_pages_countries_and_sign_ups(client: Client, charlie: User, settings: Settings) -> None:
    settings.OPERATOR_SECOND_FACTOR = "off"
    granting.set_role(charlie, OperatorRole.Role.OWNER, granted=True, actor=None)
    with clock.frozen(NOON):
        client.force_login(charlie)
        today, before = NOON.date(), NOON.date() - dt.timedelta(days=3)
        for page, country, visitors, views in (("*", "*", 40, 90), ("home", "*", 30, 70), ("*", "SE", 12, 20)):
            Figure.objects.create(day=before, page=page, country=country, visitors=visitors, views=views)
        SignUps.objects.create(day=before, page="home", count=4)
        View.objects.create(day=today, page="agents", visitor="a" * 64, country="NZ")
        answer = client.get(PAGE)
    text = " ".join(answer.content.decode().split())
    for shown in ("27 Nov", "40", "90", "10.0 %", "SE 20", "NZ 1", "Agents", "Home"):
        assert shown in text, shown
    assert "a" * 64 not in text


@pytest.mark.parametrize("role", ["support", "billing", "security", None])
def test_to_everybody_else_there_is_no_such_page(client: Client, charlie: User, role: str | None) -> None:
    if role:
        granting.set_role(charlie, OperatorRole.Role(role), granted=True, actor=None)
    client.force_login(charlie)
    assert client.get(PAGE).status_code == 404
