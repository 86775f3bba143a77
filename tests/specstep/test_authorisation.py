"""The authorisation matrix: every address of the service, asked by everybody who should not get what stands there.

A new address fails here until it is entered: who may open it, and with whose rows.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from allauth.socialaccount.models import SocialAccount
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.flows import granting, keying
from accounts.models import OperatorRole, Photo, Session, User
from api import authenticating
from connectors.models import Attach, Connection
from delivery.models import Channel, Dispatch, Endpoint, Event
from generation.models import Package, Run
from ground import clock
from interviews.models import Conflict, Fact, FolderReading, Interview, Question, Reference
from llm.models import OwnKey
from tests.api.oauth.issued import a_client, a_token
from tests.packages import written

CANARY = "Kestrel-Meadow-Canary"
DIAGRAM = "docs/architecture.md"
"""A document with a drawing, which every address that takes a path can serve."""

ANYBODY = {
    "",
    "robots.txt",
    "agents/",
    "agents/<slug:key>/",
    "trust/",
    "sub-processors/",
    "sub-processors/changes/<uuid:pk>/",
    "privacy/",
    "terms/",
    "dpa/",
    "<policy:document>/versions/",
    "<policy:document>/versions/<day:dated>/",
    "<policy:document>/versions/<day:dated>/changes/",
    "example/",
    "pricing/",
    "example/scorecard/",
    "example/files/<path:path>",
    "example/draw/<path:path>",
    "example/archive/",
    "sign-in/",
    "sign-out/",
    "accounts/login/",
    "accounts/inactive/",
    "accounts/cancelled/",
    "accounts/error/",
    "accounts/dummy/login/",
    "accounts/dummy/authenticate/",
    *(f"accounts/{provider}/login/" for provider in ("google", "github", "microsoft")),
    *(f"accounts/{provider}/login/callback/" for provider in ("google", "github", "microsoft")),
    "deleted/",
    ".well-known/security.txt",
    "healthz",
    "readyz",
    ".well-known/webhook-events",
    ".well-known/webhook-events/<str:kind>.json",
    ".well-known/oauth-authorization-server",
    ".well-known/oauth-protected-resource",
    ".well-known/oauth-protected-resource/mcp",
    "oauth/register",
    "oauth/token",
    "oauth/revoke",
    "api/v1/openapi.json",
    "docs/api/",
    "docs/api/<slug:tag>/",
    "docs/tools/",
    "docs/tools/<slug:slug>/",
}
"""Pages of nobody in particular; what they show belongs to nobody."""

SECRET = {"metrics", "hooks/acs/", "hooks/stripe/"}
"""For machines that bear a secret of the operator's; without it there is no such page."""

HIDDEN = {"photo/"}
"""What exists for its owner only, and for everybody else does not exist, signed in or not."""

KEYED = {
    f"api/v1/{place}"
    for place in (
        *("account", "usage", "usage/calls", "usage/limits"),
        *("interviews", "runs", "packages", "search", "channels", "deliveries", "webhooks"),
        *(
            f"interviews/<uuid:interview>{part}"
            for part in ("", "/draft", "/question", "/turns", "/answers", "/reply", "/coverage")
        ),
        *(f"interviews/<uuid:interview>/{part}" for part in ("assumptions", "anchor", "close", "reopen", "facts", "conflicts")),
        *(f"interviews/<uuid:interview>/{part}" for part in ("references", "estimate", "runs")),
        *("answers/<uuid:answer>", "facts/<uuid:fact>", "facts/<uuid:fact>/correction", "references/<uuid:reference>"),
        *(f"questions/<uuid:question>{part}" for part in ("", "/unknown", "/later")),
        *(f"conflicts/<uuid:conflict>{part}" for part in ("", "/resolution")),
        *(f"runs/<uuid:run>{part}" for part in ("", "/cancel", "/retry", "/receipt", "/receipt.csv", "/events")),
        *(f"packages/<uuid:package>{part}" for part in ("", "/archive.zip", "/documents", "/documents/<path:path>")),
        *(
            f"packages/<uuid:package>/{part}"
            for part in ("scorecard", "requirements", "requirements/<requirement>", "deliveries")
        ),
        *(f"packages/<uuid:package>/{part}" for part in ("requirements/<requirement>/trace", "impact/<record>")),
        *(f"channels/<uuid:channel>{part}" for part in ("", "/check", "/preview", "/confirm", "/pause", "/resume")),
        *(f"deliveries/<uuid:delivery>{part}" for part in ("", "/replay")),
        *(f"webhooks/<uuid:webhook>{part}" for part in ("", "/test", "/pause", "/resume", "/dispatches")),
        *(f"dispatches/<uuid:dispatch>{part}" for part in ("", "/replay")),
        *("profile", "notices", "activity", "reports", "reports/<uuid:report>"),
        *(
            "references/<uuid:reference>/cancel",
            "folders",
            "folders/<uuid:folder>",
            "interviews/<uuid:interview>/folder-readings",
        ),
        *(f"folder-readings/<uuid:reading>{part}" for part in ("", "/files", "/choice", "/stop", "/go-on")),
        *("recycle-bin", "recycle-bin/<uuid:item>", "recycle-bin/<uuid:item>/restore", "retention", "retention/preview"),
        "^",
    )
}
"""For programs with an API key; whose rows they get is walked in tests/api/rest."""

SIGNED = {"settings/export/<uuid:pk>/<int:until>/<str:signature>/"}
"""For their owner with a link that we signed; walked in tests/accounts/export."""

CONSOLE = {
    f"console/{page}"
    for page in (
        "",
        "accounts/",
        "traffic/",
        *(
            f"accounts/<uuid:pk>/{act}"
            for act in ("", "correction/", "suspension/", "restoration/", "developer/", "disclosure/", "deletion/")
        ),
        "reports/",
        "reports/new/",
        "reports/<uuid:pk>/",
        "texts/",
        "texts/<slug:document>/new/",
        *(f"texts/<uuid:pk>/{act}" for act in ("", "withdraw/")),
        "sub-processors/",
        "sub-processors/new/",
        *(f"sub-processors/<uuid:pk>/{act}" for act in ("", "activate/", "withdraw/")),
        "roles/",
        "roles/<uuid:pk>/take/",
        "review/",
        "review/<uuid:pk>/confirm/",
        *(
            f"{letters}/{act}"
            for letters in ("policies", "incidents")
            for act in ("", "new/", *(f"<uuid:pk>/{act}" for act in ("", "edit/", "send/", "discard/")))
        ),
    )
}
"""For operators; who sees which screen is walked in tests/accounts/operators."""

SIGNED_IN = {
    "settings/",
    "settings/sign-in/",
    "settings/sign-in/sessions/end-others/",
    "settings/number/",
    "settings/number/code/",
    "settings/number/remove/",
    "settings/notifications/",
    "settings/api-keys/",
    "settings/activity/",
    "settings/activity/export/",
    "settings/delete/",
    "settings/held/",
    "settings/export/",
    "settings/consent/",
    "settings/retention/",
    "settings/recycle-bin/",
    "settings/recycle-bin/empty/",
    "settings/reports/",
    "report/",
    "settings/usage/",
    "settings/usage.csv",
    "settings/plan/",
    "settings/plan/checkout/",
    "settings/plan/portal/",
    "settings/plan/return/",
    "settings/plan/invoices/",
    "settings/model-keys/",
    "settings/model-keys/failover/",
    "settings/delivery/",
    "settings/webhooks/",
    "settings/integrations/",
    "settings/integrations/disconnected/",
    *(f"settings/integrations/add/{kind}/" for kind in ("onedrive", "sharepoint", "google_drive")),
    *(f"settings/integrations/back/{provider}/" for provider in ("microsoft", "google")),
    "interviews/",
    "interviews/new/",
    "packages/",
    "settings/delivery/add/blob/",
    "settings/tools/",
    "oauth/authorize",
}
"""Pages of whoever is signed in: each person sees their own rows there and no others."""

OWNED = {
    "settings/sign-in/<int:pk>/unlink/": "identity",
    "settings/sign-in/sessions/<uuid:pk>/end/": "session",
    "settings/api-keys/<uuid:pk>/revoke/": "api_key",
    "settings/api-keys/<uuid:pk>/resume/": "api_key",
    "settings/tools/<uuid:pk>/revoke/": "token",
    "settings/tools/<uuid:pk>/disconnect/": "tool",
    "settings/recycle-bin/package/<uuid:pk>/restore/": "binned",
    "settings/recycle-bin/package/<uuid:pk>/purge/": "binned",
    "settings/model-keys/<uuid:pk>/revoke/": "own_key",
    "settings/delivery/<uuid:pk>/": "channel",
    "settings/delivery/<uuid:pk>/change/": "channel",
    "settings/delivery/<uuid:pk>/check/": "channel",
    "settings/delivery/<uuid:pk>/confirm/": "channel",
    "settings/delivery/<uuid:pk>/deliver/": "channel",
    "settings/delivery/<uuid:pk>/pause/": "channel",
    "settings/delivery/<uuid:pk>/resume/": "channel",
    "settings/delivery/<uuid:pk>/remove/": "channel",
    "settings/integrations/<uuid:pk>/": "folder",
    "settings/integrations/<uuid:pk>/authorise/": "folder",
    "settings/integrations/<uuid:pk>/disconnect/": "folder",
    "settings/integrations/choose/<uuid:pk>/": "attach",
    "settings/integrations/choose/<uuid:pk>/stop/": "attach",
    "interviews/<uuid:pk>/folders/": "interview",
    "interviews/<uuid:pk>/folders/look/": "interview",
    "interviews/folders/<uuid:pk>/": "folder_reading",
    "interviews/folders/<uuid:pk>/choose/": "folder_reading",
    "interviews/folders/<uuid:pk>/stop/": "folder_reading",
    "interviews/folders/<uuid:pk>/go-on/": "folder_reading",
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
    "interviews/<uuid:pk>/references/paste/": "interview",
    "interviews/references/<uuid:pk>/cancel/": "reference",
    "interviews/references/<uuid:pk>/remove/": "reference",
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
    "packages/<uuid:pk>/delete/": "package",
    "interviews/<uuid:pk>/delete/": "interview",
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
    known = ANYBODY | SIGNED | SECRET | HIDDEN | KEYED | CONSOLE | SIGNED_IN | OWNED.keys()
    served = {
        address.replace("<slug:kind>", "blob").replace("<slug:what>", "package")
        for address in addresses(get_resolver().url_patterns)
    }
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
def rows(alice: User) -> dict[str, Any]:
    """One row of Alice's of every kind that an address names."""
    package: Package = written(alice)
    interview = Interview.objects.get(pk=package.project)
    Interview.objects.filter(pk=interview.pk).update(title=CANARY)
    Package.objects.filter(pk=package.pk).update(title=CANARY)
    question = Question.objects.filter(interview=interview).first()
    facts = Fact.objects.filter(interview=interview)[:2]
    assert question is not None
    conflict = Conflict.objects.create(
        interview=interview, first=facts[0], second=facts[1], kind=Conflict.Kind.TEXT, subject="the desk"
    )
    reference = Reference.objects.create(
        interview=interview, label="S-90", name=CANARY, media_type="text/plain", size=1, state=Reference.State.WAITING
    )
    own_key = OwnKey.objects.create(workspace=alice.workspace, provider="openai", last_four="wxyz", sealed="v1.1.x")
    channel = Channel.objects.create(
        workspace=alice.workspace, kind="blob", name=CANARY, place={"account": "harbour", "container": "packages"}
    )
    elsewhere = Client()
    elsewhere.force_login(alice)
    until = clock.now() + dt.timedelta(minutes=9)
    times = {"expires_at": until, "renewed_at": until}
    folder = Connection.objects.create(workspace=alice.workspace, kind="onedrive", folder="x", folder_name=CANARY, **times)
    attach = Attach.objects.create(
        workspace=alice.workspace, user=alice, session=Session.objects.get(user=alice), kind="onedrive", ends_at=until
    )
    reading = FolderReading.objects.create(interview=interview, connection=folder, folder_name=CANARY)
    endpoint = Endpoint.objects.create(workspace=alice.workspace, url=f"https://hooks.test/{CANARY}", sealed="v1.1.x")
    event = Event.objects.create(workspace=alice.workspace, kind="run.failed", subject=package.run.pk)
    dispatch = Dispatch.objects.create(workspace=alice.workspace, endpoint=endpoint, event=event)
    gone = Run.objects.create(
        workspace=alice.workspace,
        interview=interview,
        number=8,
        evidence={},
        evidence_sha256="0",
        frozen_at=clock.now(),
        state="done",
    )
    named = {"number": 8, "title": CANARY, "blob": "packages/none.zip", "sha256": "0", "size": 0, "deleted_at": clock.now()}
    binned = Package.objects.create(workspace=alice.workspace, run=gone, interview=interview, **named)
    token, _ = a_token(alice, a_client(CANARY))
    return {
        "token": token.pk,
        "binned": binned.pk,
        "tool": token.application.pk,
        "channel": channel.pk,
        "folder": folder.pk,
        "attach": attach.pk,
        "folder_reading": reading.pk,
        "endpoint": endpoint.pk,
        "dispatch": dispatch.pk,
        "api_key": keying.make(alice, name="Nightly").row.pk,
        "identity": SocialAccount.objects.create(user=alice, provider="google", uid="alice-at-google").pk,
        "session": Session.objects.get(user=alice).pk,
        "package": package.pk,
        "run": package.run.pk,
        "interview": interview.pk,
        "question": question.pk,
        "fact": facts[0].pk,
        "reference": reference.pk,
        "conflict": conflict.pk,
        "own_key": own_key.pk,
    }


def filled(address: str, pk: object) -> str:
    return "/" + address.replace("<uuid:pk>", str(pk)).replace("<int:pk>", str(pk)).replace("<path:path>", DIAGRAM)


def asked(client: Client, address: str) -> list[Asked]:
    return [Asked(address, method, getattr(client, method)(address)) for method in ("get", "post", "put", "delete")]


@pytest.mark.django_db(transaction=True)
def test_what_belongs_to_another_does_not_exist(client: Client, alice: User, charlie: User, rows: dict[str, Any]) -> None:
    client.force_login(charlie)
    for address, kind in OWNED.items():
        strange = 999_999_999 if "<int:pk>" in address else uuid.uuid4()
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
    assert CANARY not in content(client.get("/interviews/?show=closed"))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("caller", ["signed out", "a person", "suspended"])
def test_the_console_exists_for_operators_only(client: Client, alice: User, charlie: User, caller: str) -> None:
    if caller != "signed out":
        client.force_login(charlie)
    if caller == "suspended":
        granting.set_role(charlie, OperatorRole.Role.OWNER, granted=True, actor=None)
        User.objects.filter(pk=charlie.pk).update(is_active=False)
    for address in CONSOLE:
        for one in asked(client, filled(address, alice.pk)):
            assert one.answer.status_code in (404, 405), (one.method, address, one.answer.status_code)
            assert alice.email not in content(one.answer)


@pytest.mark.django_db(transaction=True)
def test_what_is_hidden_is_there_for_nobody_else(client: Client, alice: User, charlie: User) -> None:
    Photo.objects.create(
        user=alice, provider="microsoft", content=b"\xff\xd8\xff", content_type="image/jpeg", cached_at=clock.now()
    )
    for signed_in in (None, charlie):
        if signed_in:
            client.force_login(signed_in)
        assert {client.get(f"/{address}").status_code for address in HIDDEN} == {404}
    client.force_login(alice)
    assert {client.get(f"/{address}").status_code for address in HIDDEN} == {200}


@pytest.mark.django_db(transaction=True)
def test_programs_need_a_key(client: Client, alice: User) -> None:
    for address in KEYED:
        place = re.sub(r"<uuid:\w+>", str(uuid.uuid4()), address).replace("<path:path>", DIAGRAM)
        authenticating._strangers.cache_clear()
        tried: list[tuple[str, dict[str, str]]] = [(method, {}) for method in ("get", "post", "put", "patch", "delete")]
        tried += [("get", {"Authorization": value}) for value in ("Bearer ss_nobody", "Basic YWxpY2U6eA==")]
        for method, headers in tried:
            answer = getattr(client, method)(f"/{place}", headers=headers)
            assert answer.status_code in (401, 405), (method, place)
        client.force_login(alice)
        assert client.get(f"/{place}").status_code in (401, 405), "A session opens pages, not the programs' door."


@pytest.mark.django_db(transaction=True)
def test_machines_need_their_secret(client: Client) -> None:
    for address in SECRET:
        for one in asked(client, f"/{address}"):
            assert one.answer.status_code in (401, 403, 404, 405), (one.method, address)


@pytest.mark.django_db(transaction=True)
def test_their_owner_finds_them(client: Client, alice: User, rows: dict[str, Any]) -> None:
    """The positive control: the same rows are there for Alice, so the 404 of the others is no accident of the test."""
    client.force_login(alice)
    for address, kind in OWNED.items():
        answer = client.get(filled(address, rows[kind]))
        assert answer.status_code in (200, 302, 405), (address, answer.status_code)
    for address in ("interviews/<uuid:pk>/", "packages/<uuid:pk>/"):
        assert CANARY in content(client.get(filled(address, rows[OWNED[address]]))), address


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("caller", ["signed out", "suspended"])
def test_who_is_not_signed_in_gets_nothing(client: Client, alice: User, rows: dict[str, Any], caller: str) -> None:
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
def test_every_form_asks_for_the_token_against_forgery(alice: User, rows: dict[str, Any]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice)
    wanted = [filled(address, rows[kind]) for address, kind in OWNED.items()]
    wanted += [f"/{address}" for address in SIGNED_IN | {"sign-out/", "accounts/dummy/login/"}]
    for address in wanted:
        assert strict.post(address).status_code in (403, 405), address
    assert Client().get("/metrics").status_code == 404


@pytest.mark.promise("S-013")
@pytest.mark.django_db(transaction=True)
def test_no_page_and_no_path_takes_a_password(client: Client, alice: User, rows: dict[str, Any]) -> None:
    granting.set_role(alice, OperatorRole.Role.OWNER, granted=True, actor=None)
    client.force_login(alice)
    pages = [filled(address, rows[kind]) for address, kind in OWNED.items() if not address.endswith("events/")]
    pages += [filled(address, alice.pk) for address in SIGNED_IN | ANYBODY | CONSOLE]
    for address in pages:
        answer = client.get(address)
        if not answer.streaming:
            assert 'type="password"' not in content(answer), address
    tried = {"username": "alice@example.org", "login": "alice@example.org", "password": "correct horse battery staple"}
    for address in ("sign-in/", "accounts/login/", "login/", "admin/", "admin/login/", "console/login/", "accounts/signup/"):
        assert Client().post(f"/{address}", tried).status_code in (404, 405), address
    for address in ("accounts/password/reset/", "accounts/password/change/", "accounts/signup/", "admin/"):
        assert Client().get(f"/{address}").status_code == 404, address
    basic = {"Authorization": "Basic YWxpY2VAZXhhbXBsZS5vcmc6Y29ycmVjdA=="}
    assert Client().get("/settings/", headers=basic).status_code == 302
    assert Client().get("/api/v1/account", headers=basic).status_code == 401
