"""The authorisation matrix: every address of the service, asked by everybody who should not get what stands there.

A new address fails here until it is entered: who may open it, and with whose rows.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import User
from delivery.models import Dispatch, Endpoint, Event
from generation.models import Package
from interviews.models import Conflict, Fact, Interview, Question
from llm.models import OwnKey
from tests.packages import written

CANARY = "Kestrel-Meadow-Canary"
DIAGRAM = "docs/architecture.md"
"""A document with a drawing, which every address that takes a path can serve."""

ANYBODY = {
    "",
    "example/",
    "example/scorecard/",
    "example/files/<path:path>",
    "sign-in/",
    "sign-out/",
    "accounts/login/",
    "accounts/inactive/",
    "accounts/cancelled/",
    "accounts/error/",
    "accounts/address/",
    "accounts/dummy/login/",
    "accounts/dummy/authenticate/",
    "healthz",
    "readyz",
    ".well-known/webhook-events",
    ".well-known/webhook-events/<str:kind>.json",
}
"""Pages of nobody in particular; what they show belongs to nobody."""

TOKEN = {"metrics"}
"""For machines that bear a secret of the operator's; without it there is no such page."""

SIGNED_IN = {
    "settings/",
    "settings/activity/",
    "settings/held/",
    "settings/usage/",
    "settings/model-keys/",
    "settings/model-keys/failover/",
    "settings/webhooks/",
    "interviews/",
    "interviews/new/",
    "packages/",
}
"""Pages of whoever is signed in: each person sees their own rows there and no others."""

OWNED = {
    "settings/model-keys/<uuid:pk>/revoke/": "own_key",
    "settings/webhooks/<uuid:pk>/": "endpoint",
    "settings/webhooks/<uuid:pk>/rotate/": "endpoint",
    "settings/webhooks/<uuid:pk>/test/": "endpoint",
    "settings/webhooks/<uuid:pk>/pause/": "endpoint",
    "settings/webhooks/<uuid:pk>/resume/": "endpoint",
    "settings/webhooks/<uuid:pk>/remove/": "endpoint",
    "settings/webhooks/dispatches/<uuid:pk>/replay/": "dispatch",
    "interviews/<uuid:pk>/events/": "interview",
    "interviews/<uuid:pk>/": "interview",
    "interviews/<uuid:pk>/answers/": "interview",
    "interviews/<uuid:pk>/draft/": "interview",
    "interviews/<uuid:pk>/references/": "interview",
    "interviews/<uuid:pk>/again/": "interview",
    "interviews/<uuid:pk>/stop/": "interview",
    "interviews/<uuid:pk>/close/": "interview",
    "interviews/<uuid:pk>/reopen/": "interview",
    "interviews/<uuid:pk>/review/": "interview",
    "interviews/<uuid:pk>/sign/": "interview",
    "interviews/<uuid:pk>/assumptions/": "interview",
    "interviews/<uuid:pk>/write/": "interview",
    "interviews/questions/<uuid:pk>/unknown/": "question",
    "interviews/questions/<uuid:pk>/later/": "question",
    "interviews/facts/<uuid:pk>/": "fact",
    "interviews/conflicts/<uuid:pk>/": "conflict",
    "runs/<uuid:pk>/events/": "run",
    "runs/<uuid:pk>/": "run",
    "runs/<uuid:pk>/receipt/": "run",
    "runs/<uuid:pk>/receipt.csv": "run",
    "runs/<uuid:pk>/stop/": "run",
    "runs/<uuid:pk>/retry/": "run",
    "packages/<uuid:pk>/": "package",
    "packages/<uuid:pk>/scorecard/": "package",
    "packages/<uuid:pk>/read/<path:path>": "package",
    "packages/<uuid:pk>/draw/<path:path>": "package",
    "packages/<uuid:pk>/archive.zip": "package",
    "packages/<uuid:pk>/files/<path:path>": "package",
}
"""Addresses with the id of a row, and whose row it is."""


def addresses(patterns: list[Any], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        here = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield here
        elif isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, here)


def test_every_address_is_in_the_matrix() -> None:
    known = ANYBODY | TOKEN | SIGNED_IN | OWNED.keys()
    served = set(addresses(get_resolver().url_patterns))
    assert served - known == set()
    assert known - served == set()


@dataclass(frozen=True)
class Asked:
    address: str
    method: str
    answer: HttpResponse


def content(answer: HttpResponseBase) -> str:
    assert isinstance(answer, HttpResponse)
    return answer.content.decode("utf-8", "replace")


@pytest.fixture
def rows(alice: User) -> dict[str, uuid.UUID]:
    """One row of Alice's of every kind that an address names."""
    package: Package = written(alice)
    interview: Interview = package.run.interview
    Interview.objects.filter(pk=interview.pk).update(title=CANARY)
    Package.objects.filter(pk=package.pk).update(title=CANARY)
    question = Question.objects.filter(interview=interview).first()
    facts = Fact.objects.filter(interview=interview)[:2]
    assert question is not None
    conflict = Conflict.objects.create(
        interview=interview, first=facts[0], second=facts[1], kind=Conflict.Kind.TEXT, subject="the desk"
    )
    own_key = OwnKey.objects.create(workspace=alice.workspace, provider="openai", last_four="wxyz", sealed="v1.1.x")
    endpoint = Endpoint.objects.create(workspace=alice.workspace, url=f"https://hooks.test/{CANARY}", sealed="v1.1.x")
    event = Event.objects.create(workspace=alice.workspace, kind="run.failed", subject=package.run.pk)
    dispatch = Dispatch.objects.create(workspace=alice.workspace, endpoint=endpoint, event=event)
    return {
        "package": package.pk,
        "run": package.run.pk,
        "interview": interview.pk,
        "question": question.pk,
        "fact": facts[0].pk,
        "conflict": conflict.pk,
        "own_key": own_key.pk,
        "endpoint": endpoint.pk,
        "dispatch": dispatch.pk,
    }


def filled(address: str, pk: uuid.UUID) -> str:
    return "/" + address.replace("<uuid:pk>", str(pk)).replace("<path:path>", DIAGRAM)


def asked(client: Client, address: str) -> list[Asked]:
    return [Asked(address, method, getattr(client, method)(address)) for method in ("get", "post", "put", "delete")]


@pytest.mark.django_db(transaction=True)
def test_what_belongs_to_another_does_not_exist(client: Client, alice: User, charlie: User, rows: dict[str, uuid.UUID]) -> None:
    client.force_login(charlie)
    strange = uuid.uuid4()
    for address, kind in OWNED.items():
        pairs = zip(asked(client, filled(address, rows[kind])), asked(client, filled(address, strange)), strict=True)
        for of_alice, of_nobody in pairs:
            where = (of_alice.method, address)
            assert of_alice.answer.status_code in (404, 405), where
            # A stranger cannot tell a foreign row from none.
            assert of_alice.answer.status_code == of_nobody.answer.status_code, where
            assert CANARY not in content(of_alice.answer), where
        assert 404 in {one.answer.status_code for one in asked(client, filled(address, rows[kind]))}, address
    for address in SIGNED_IN:
        assert CANARY not in content(client.get(f"/{address}")), address


@pytest.mark.django_db(transaction=True)
def test_their_owner_finds_them(client: Client, alice: User, rows: dict[str, uuid.UUID]) -> None:
    """The positive control: the same rows are there for Alice, so the 404 of the others is no accident of the test."""
    client.force_login(alice)
    for address, kind in OWNED.items():
        answer = client.get(filled(address, rows[kind]))
        assert answer.status_code in (200, 302, 405), (address, answer.status_code)
    for address in ("interviews/<uuid:pk>/", "packages/<uuid:pk>/"):
        assert CANARY in content(client.get(filled(address, rows[OWNED[address]]))), address


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("caller", ["signed out", "suspended"])
def test_who_is_not_signed_in_gets_nothing(client: Client, alice: User, rows: dict[str, uuid.UUID], caller: str) -> None:
    if caller == "suspended":
        client.force_login(alice)
        assert client.get("/interviews/").status_code == 200
        User.objects.filter(pk=alice.pk).update(is_active=False)
    wanted = [filled(address, rows[kind]) for address, kind in OWNED.items()] + [f"/{address}" for address in SIGNED_IN]
    for address in wanted:
        for one in asked(client, address):
            where = (one.method, address, one.answer.status_code)
            assert one.answer.status_code in (302, 401, 403, 405), where
            if one.answer.status_code == 302:
                assert one.answer.headers["Location"].startswith("/sign-in/"), where
            assert CANARY not in content(one.answer), where


@pytest.mark.django_db(transaction=True)
def test_every_form_asks_for_the_token_against_forgery(alice: User, rows: dict[str, uuid.UUID]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    wanted = [filled(address, rows[kind]) for address, kind in OWNED.items()]
    wanted += [f"/{address}" for address in SIGNED_IN | {"sign-out/", "accounts/dummy/login/"}]
    for address in wanted:
        assert strict.post(address).status_code in (403, 405), address
    assert Client().get("/metrics").status_code == 404
