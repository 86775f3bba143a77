"""Every optional processing has a switch that works at once, is recorded, and keeps its time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import audit
from accounts.flows import consenting, keying, notifying, preferring, sending, verifying
from accounts.models import ApiKey, AuditEvent, Consent, Message, User
from accounts.templatetags.settings_pages import page_named
from api.models import AccessToken
from api.oauth import connecting as tools
from connectors.flows import disconnecting
from connectors.models import Connection
from delivery.flows import connecting, subscribing
from delivery.models import Channel, Delivery, Dispatch, Endpoint, Event
from ground import clock, register
from interviews.models import FolderReading, Interview
from llm.flows import bringing
from llm.models import OwnKey
from tests.api.oauth.issued import a_token
from tests.generation.bin.sketch import sketched

pytestmark = pytest.mark.django_db
PAGE = "/settings/consent/"
Switch = Callable[[User], Any]


def notices_on(user: User) -> None:
    preferring.choose(user, {("run.completed", "email")})


def notices_off(user: User) -> None:
    [queued] = notifying.tell(user, "run.completed")
    preferring.choose(user, set())
    sending.send(queued.pk)
    queued.refresh_from_db()
    assert queued.state == Message.State.DROPPED, "what was queued is not sent"


def number_on(user: User) -> None:
    verifying._verified(user, verifying._row(user, "+4915112345678", "123456"))


def channel_on(user: User) -> None:
    place = {"account": "harbour", "container": "packages"}
    channel = Channel.objects.create(workspace=user.workspace, kind="blob", name="Harbour", place=place)
    connecting.confirm(channel, package=None, digest="", now=False, actor=user)


def channel_off(user: User) -> None:
    queued = Delivery.objects.create(workspace=user.workspace, channel=Channel.objects.get(), package=sketched(user))
    connecting.pause(queued.channel, actor=user)
    queued.refresh_from_db()
    assert queued.state == Delivery.State.CANCELLED, "what was queued is not brought there"


def folder_on(user: User) -> None:
    now = clock.now()
    row = Connection.objects.create(
        workspace=user.workspace, kind="onedrive", folder="f-1", folder_name="Harbour", expires_at=now, renewed_at=now, lane="x"
    )
    audit.record(user.workspace, audit.Action.FOLDER_CONNECTED, actor=user, about=row.pk)


def folder_off(user: User) -> None:
    interview = Interview.objects.create(workspace=user.workspace, title="Desk")
    queued = FolderReading.objects.create(interview=interview, connection=Connection.objects.get())
    disconnecting.disconnect(Connection.objects.get(), keep_documents=True, actor=user)
    queued.refresh_from_db()
    assert queued.state == FolderReading.State.CANCELLED, "what was queued is not read"


def webhook_on(user: User) -> None:
    off = Endpoint.State.DISABLED
    endpoint = Endpoint.objects.create(workspace=user.workspace, url="https://hooks.test/x", sealed="v1.1.x", state=off)
    subscribing.resume(endpoint, actor=user)


def webhook_off(user: User) -> None:
    endpoint = Endpoint.objects.get()
    event = Event.objects.create(workspace=user.workspace, kind="run.failed", subject=user.pk)
    queued = Dispatch.objects.create(workspace=user.workspace, endpoint=endpoint, event=event)
    subscribing.pause(endpoint, actor=user)
    queued.refresh_from_db()
    assert queued.state == Dispatch.State.DROPPED, "what was queued is not sent"


def tool_on(user: User) -> None:
    token, _ = a_token(user)
    audit.record(user.workspace, audit.Action.TOOL_CONNECTED, actor=user, about=token.pk)


def own_key_on(user: User) -> None:
    OwnKey.objects.create(workspace=user.workspace, provider="openai", last_four="wxyz", sealed="v1.1.x")
    audit.record(user.workspace, audit.Action.OWN_KEY_ADDED, actor=user)


SWITCHES: dict[str, tuple[Switch, Switch]] = {
    "Notices": (notices_on, notices_off),
    "Number for SMS": (number_on, verifying.remove),
    "API keys": (
        lambda user: keying.make(user, name="Nightly", actor=user),
        lambda user: keying.revoke(ApiKey.objects.get(), actor=user),
    ),
    "Connected folders": (folder_on, folder_off),
    "Delivery of packages": (channel_on, channel_off),
    "Webhooks": (webhook_on, webhook_off),
    "Connected tools": (tool_on, lambda user: tools.revoke(AccessToken.objects.get(), actor=user)),
    "Own model keys": (own_key_on, lambda user: bringing.revoke(OwnKey.objects.get(), actor=user)),
    "Another vendor of models": (
        lambda user: bringing.allow_failover(user.workspace, allowed=True, actor=user),
        lambda user: bringing.allow_failover(user.workspace, allowed=False, actor=user),
    ),
    consenting.STATISTICS: (
        lambda user: consenting.switch(user, consenting.STATISTICS, on=True),
        lambda user: consenting.switch(user, consenting.STATISTICS, on=False),
    ),
}
"""On and off, by the name in the list."""


def entry(user: User, name: str) -> consenting.Entry:
    return next(one for one in consenting.entries(user) if one.name == name)


@pytest.mark.promise("S-167", "N-44")
@pytest.mark.parametrize("name", SWITCHES)
def test_off_works_at_once_and_is_recorded_with_its_time(name: str, alice: User) -> None:
    on, off = SWITCHES[name]
    start, last = clock.now(), None
    assert (entry(alice, name).on, entry(alice, name).changed_at) == (False, None), "off until it is chosen"
    for switch, state, days in ((on, True, 1), (off, False, 2)):
        events = AuditEvent.objects.count()
        with clock.frozen(start + dt.timedelta(days=days)):
            switch(alice)
            last = AuditEvent.objects.order_by("at").last()
        assert AuditEvent.objects.count() == events + 1, "it is recorded"
        assert last is not None
        assert (entry(alice, name).on, entry(alice, name).changed_at) == (state, last.at)
    assert last is not None
    with clock.moved(dt.timedelta(days=200)):
        assert entry(alice, name).changed_at == Consent.objects.get(name=name).changed_at == last.at


@pytest.mark.promise("S-167", "N-44")
def test_every_optional_class_has_a_switch_on_a_page_that_is_there(as_alice: Client) -> None:
    optional = {data.name: data for data in register.declared() if data.optional}
    listed = {name: data for name, data in optional.items() if data.audited}
    page = as_alice.get(PAGE).content.decode()
    assert set(SWITCHES) == {*listed, consenting.STATISTICS}, "every one of them is tried above"
    assert page.count('<th scope="row">') == len(SWITCHES)
    assert f'aria-label="{consenting.STATISTICS}: switch on"' in page
    beside = {name: data.switch for name, data in optional.items() if not data.audited}
    assert beside == {"A folder being connected": "Integrations", "Folders being read": "Integrations", "Plan": "Plan"}
    for data in listed.values():
        named = page_named(data.switch.partition(",")[0])
        assert named is not None, data.name
        assert f'aria-label="{data.name}: switch it under {named.label}"' in page
        assert as_alice.get(reverse(named.route)).status_code == 200
        assert data.is_on is None or data.audited, data.name


@pytest.mark.promise("S-167", "N-44")
def test_the_welcome_is_switched_here_and_what_waits_is_not_sent(as_alice: Client, alice: User, settings: Settings) -> None:
    assert consenting.WELCOME not in as_alice.get(PAGE).content.decode(), "not offered where it is not done"
    settings.SIGNUP_NOTICE, settings.OPERATOR_EMAIL = True, "desk@example.org"
    [message] = notifying.tell(None, "signup.welcome", about={"user": str(alice.pk)})
    assert entry(alice, consenting.WELCOME).on
    assert as_alice.post(PAGE, {"name": consenting.WELCOME, "on": "0"}).status_code == 303
    message.refresh_from_db()
    assert message.state == Message.State.DROPPED
    sending.send(message.pk)
    event = AuditEvent.objects.get(action="consent.changed")
    assert (event.actor, event.label) == (alice, "Welcome after sign-up: off")
    off = entry(alice, consenting.WELCOME)
    assert off.on is False
    assert off.changed_at is not None
    as_alice.post(PAGE, {"name": consenting.WELCOME, "on": "0"})
    as_alice.post(PAGE, {"name": "Notices", "on": "0"})
    assert AuditEvent.objects.filter(action="consent.changed").count() == 1


def test_a_second_key_is_no_new_consent_and_another_persons_is_not_ours(alice: User, charlie: User) -> None:
    keying.make(alice, name="First", actor=alice)
    first = entry(alice, "API keys").changed_at
    with clock.moved(dt.timedelta(days=3)):
        keying.make(alice, name="Second", actor=alice)
    assert entry(alice, "API keys").changed_at == first
    assert entry(charlie, "API keys") == replace(entry(alice, "API keys"), on=False, changed_at=None)


def test_what_was_on_before_times_were_kept_shows_since_when(alice: User) -> None:
    keying.make(alice, name="Old", actor=alice)
    Consent.objects.all().delete()
    assert entry(alice, "API keys").changed_at == ApiKey.objects.get().created_at
