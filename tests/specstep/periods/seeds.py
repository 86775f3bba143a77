"""One real item for each stated period: made now, and looked for later."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings
from django.core.files.storage import default_storage
from django.test import Client

from accounts import audit
from accounts.flows import erasing, exporting, remembering
from accounts.models import AuditEvent, BugReport, DeletionRequest, Export, KeyDay, Message, PhoneCode, Session, User
from api.models import AccessToken
from api.models import Client as Tool
from billing.models import QuotaPeriod, RevenueMonth, StripeEvent
from connectors.flows import attaching, disconnecting
from connectors.models import Attach, Revocation
from delivery.flows import subscribing
from delivery.models import Attempt, Dispatch, Endpoint, Event
from generation.flows import discarding
from generation.models import Document, Package, Run
from ground import clock, idempotency, vault
from ground.models import IdempotentRequest
from interviews.flows import opening
from interviews.models import Answer, FolderFile, FolderReading, Interview
from llm.models import Exchange, ModelCall, UsageMonth
from public.flows import salting
from public.models import View
from tests.api.oauth.issued import a_client, a_token
from tests.generation.bin.sketch import sketched

A_SECOND, AN_HOUR, A_DAY = dt.timedelta(seconds=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass
class Seed:
    """An item, and how to see what is left of it."""

    left: Callable[[], int]
    """How many of its rows and files are left; ``whole`` of them before the limit, none after it."""
    whole: int = 1
    early: dt.timedelta | None = A_SECOND
    """So long before the limit all of it is still there. None: the period is an upper bound, and it may go at once."""
    late: dt.timedelta = A_SECOND
    """So long after the limit it has to be gone: what is counted by the day is gone when that day is over."""
    since: dt.datetime | None = None
    """From when the period counts, where that is not now."""


def event(alice: User) -> Seed:
    written = audit.record(alice.workspace, audit.Action.OWN_KEY_ADDED, actor=alice)
    return Seed(AuditEvent.objects.filter(pk=written.pk).count, late=AN_HOUR + A_SECOND)


def billing_event(alice: User) -> Seed:
    written = audit.record(alice.workspace, audit.Action.SUBSCRIPTION_CREATED, actor=alice, kept=audit.Kept.BILLING)
    return Seed(AuditEvent.objects.filter(pk=written.pk).count, late=AN_HOUR + A_SECOND)


def session(alice: User) -> Seed:
    """Used every eleven hours from its first day to its last."""
    browser, signed_in = Client(), clock.now()
    browser.force_login(alice)
    for used in range(1, 16):
        with clock.frozen(signed_in + used * dt.timedelta(hours=11)):
            assert browser.get("/settings/retention/").status_code == 200
    return Seed(Session.objects.count)


def idle_session(alice: User) -> Seed:
    Client().force_login(alice)
    return Seed(Session.objects.count)


def code(alice: User) -> Seed:
    PhoneCode.objects.create(user=alice, number="+15551234567", digest="0" * 64)
    return Seed(PhoneCode.objects.count)


def message(alice: User) -> Seed:
    Message.objects.create(user=alice, kind="export.ready", channel="email", state=Message.State.BOUNCED)
    return Seed(Message.objects.count)


def key_day(alice: User) -> Seed:
    from accounts.flows import keying

    KeyDay.objects.create(key=keying.make(alice, name="Sync").row, day=clock.today(), calls=3)
    return Seed(KeyDay.objects.count, late=A_DAY)


def report(alice: User) -> Seed:
    named = {"title": "Kestrel7", "description": "Kestrel7", "route": "/packages/", "user_agent": "Kestrel7"}
    state = {"state": BugReport.State.RESOLVED, "resolved_at": clock.now()}
    BugReport.objects.create(reporter=alice, workspace=alice.workspace, **named, **state)
    with_words = [BugReport.objects.exclude(**{name: ""}) for name in named]
    return Seed(lambda: sum(rows.count() for rows in [*with_words, BugReport.objects.filter(reporter=alice)]), whole=5)


def export(alice: User) -> Seed:
    asked = exporting.ask(alice)
    assert exporting.prepare(asked.pk)
    asked.refresh_from_db()
    return Seed(lambda: Export.objects.count() + default_storage.exists(asked.file), whole=2)


def redeletion(alice: User) -> Seed:
    erasing.erase_now(erasing.request_deletion(alice).pk)
    return Seed(lambda: len(remembering.listed()), late=A_DAY)


def binned(alice: User) -> Seed:
    package = sketched(alice)
    discarding.discard_interview(Interview.objects.get(), actor=alice, with_packages=True)
    models = (Interview, Answer, Run, Package)
    documents = Document.objects.count()

    def left() -> int:
        rows = sum(model._default_manager.count() for model in models) + Document.objects.count()
        return rows + default_storage.exists(package.blob)

    return Seed(left, whole=len(models) + documents + 1)


def account(alice: User) -> Seed:
    sketched(alice)
    erasing.request_deletion(alice)
    open_ones = DeletionRequest.objects.exclude(result="done")
    return Seed(lambda: User.objects.count() + Interview.objects.count() + open_ones.count(), whole=3, early=None)


def last_address(alice: User) -> Seed:
    """The mail cannot be sent, however often that is tried."""
    settings.EMAIL_BACKEND = "tests.accounts.test_erasing.Broken"
    erasing.request_deletion(alice)
    return Seed(DeletionRequest.objects.exclude(sealed_address="").count, early=2 * AN_HOUR)


def call(alice: User) -> Seed:
    named = {"call": "generation.vision", "version": 1, "provider": "anthropic", "state": ModelCall.State.ANSWERED}
    ModelCall.objects.create(workspace=alice.workspace, started_at=clock.now(), finished_at=clock.now(), **named)
    return Seed(ModelCall.objects.count)


def answer(alice: User) -> Seed:
    Exchange.objects.create(workspace=alice.workspace, key="vision", prompt_sha256="0" * 64, output={"said": "Kestrel7"})
    return Seed(Exchange.objects.count)


def usage(alice: User) -> Seed:
    UsageMonth.objects.create(workspace=alice.workspace, month=clock.today().replace(day=1), provider="anthropic", calls=1)
    return Seed(UsageMonth.objects.count, since=_next_month())


def count_of_runs(alice: User) -> Seed:
    QuotaPeriod.objects.create(workspace=alice.workspace, starts_at=clock.now(), used=3)
    return Seed(QuotaPeriod.objects.count)


def stripe_event(alice: User) -> Seed:
    StripeEvent.objects.create(id="evt_1", heard_at=clock.now())
    return Seed(StripeEvent.objects.count)


def books(alice: User) -> Seed:
    sums = {"plan": "pro", "currency": "usd", "region": "DE", "invoices": 1, "amount": 2900, "tax": 463}
    RevenueMonth.objects.create(month=clock.today().replace(day=1), **sums)
    return Seed(RevenueMonth.objects.count, since=_next_month())


def attach(alice: User) -> Seed:
    Client().force_login(alice)
    ends_at = clock.now() + attaching.LIFETIME
    Attach.objects.create(
        workspace=alice.workspace, user=alice, session=Session.objects.get(), kind="onedrive", state_digest="0", ends_at=ends_at
    )
    return Seed(Attach.objects.count)


def revocation(alice: User) -> Seed:
    """Its provider does not answer."""
    settings.GOOGLE_REVOKE_URL = "https://127.0.0.1:9/revoke"
    order = Revocation(kind="google_drive")
    order.sealed = vault.seal("token", purpose=disconnecting.REVOCATION, row=order.pk)
    order.save(force_insert=True)
    return Seed(Revocation.objects.count)


def unused_tool(alice: User) -> Seed:
    a_client()
    return Seed(Tool.objects.count)


def used_tool(alice: User) -> Seed:
    Tool.objects.filter(pk=a_client().pk).update(last_authorised_at=clock.now())
    return Seed(Tool.objects.count)


def token(alice: User) -> Seed:
    a_token(alice)
    return Seed(AccessToken.objects.count)


def webhook_log(alice: User) -> Seed:
    endpoint = Endpoint.objects.create(workspace=alice.workspace, url="https://hooks.example/x", events=["run.completed"])
    happened = Event.objects.create(workspace=alice.workspace, kind="run.completed", subject=alice.pk)
    sent = Dispatch.objects.create(
        workspace=alice.workspace, endpoint=endpoint, event=happened, state=Dispatch.State.DELIVERED, delivered_at=clock.now()
    )
    Attempt.objects.create(dispatch=sent, status=200, body='{"run_id": "1"}')
    return Seed(lambda: Event.objects.count() + Dispatch.objects.count() + Attempt.objects.count(), whole=3)


def former_secret(alice: User) -> Seed:
    settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, "127.0.0.1:9"]
    endpoint, _ = subscribing.add(alice.workspace, url="http://127.0.0.1:9/x", events=["run.completed"], actor=alice)
    subscribing.rotate(endpoint, number=0, actor=alice)
    return Seed(Endpoint.objects.exclude(sealed_before="").count)


def listing(alice: User) -> Seed:
    interview = opening.open_interview(workspace=alice.workspace, title="Desk")
    reading = FolderReading.objects.create(interview=interview, state=FolderReading.State.LISTED)
    FolderFile.objects.create(reading=reading, item="1", name="Kestrel7.docx", size=10)
    return Seed(lambda: FolderFile.objects.count() + FolderReading.objects.count(), whole=2)


def repeat(alice: User) -> Seed:
    turn = idempotency.begin(idempotency.name_of(str(alice.pk), "once"), "0" * 64, whole=True)
    assert isinstance(turn, idempotency.Turn)
    idempotency.finish(turn, status=201, place="/api/v1/interviews/1")
    return Seed(IdempotentRequest.objects.count)


def salt(alice: User) -> Seed:
    today = salting.today().value
    return Seed(lambda: int(salting.today().value == today))


def cookie(alice: User) -> Seed:
    browser = Client(headers={"User-Agent": "Kestrel7"}, REMOTE_ADDR="203.0.113.77")
    given = browser.get("/pricing/").cookies[settings.VISIT_COOKIE_NAME]
    ends_at = clock.now() + dt.timedelta(seconds=int(given["max-age"]))
    return Seed(lambda: int(clock.now() < ends_at))


def view(alice: User) -> Seed:
    Client(headers={"User-Agent": "Kestrel7"}, REMOTE_ADDR="203.0.113.77").get("/pricing/")
    return Seed(View.objects.count, late=A_DAY)


def _next_month() -> dt.datetime:
    month = (clock.now().replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    return month.replace(hour=0, minute=0, second=0, microsecond=0)


SEEDS: dict[str, Callable[[User], Seed]] = {
    "A folder being connected": attach,
    "A tool that nobody let in": unused_tool,
    "A tool without a token": used_tool,
    "Account that is to be deleted": account,
    "Address for the last mail of a deleted account": last_address,
    "Answers of models": answer,
    "Audit events": event,
    "Audit events about a plan": billing_event,
    "Calls of an API key per day": key_day,
    "Code for an SMS number": code,
    "Cookie of the day": cookie,
    "Count of generations": count_of_runs,
    "Data export": export,
    "Details of model calls": call,
    "Former secret of a webhook": former_secret,
    "Ids of Stripe's events": stripe_event,
    "Log of webhooks": webhook_log,
    "Mails and SMS, and what is known of their delivery": message,
    "Names of files that were not chosen": listing,
    "Recycle Bin": binned,
    "Re-deletion list": redeletion,
    "Salt of the hash of the day": salt,
    "Session": session,
    "Session without use": idle_session,
    "Sums for accounting": books,
    "Token of a deleted account that its provider is to be told of": revocation,
    "Token of a connected tool": token,
    "Usage by month": usage,
    "Visits to public pages": view,
    "What is noted to do a repeated request once": repeat,
    "Words of a bug report": report,
}
