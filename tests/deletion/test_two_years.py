"""Two years of two accounts, with the real schedule and its jobs, by moving the clock; then both are deleted.

Neither deletes anything by hand before: what goes within the two years goes by the stated periods and the owner's own windows.
At the end the database is empty but for the three survivors (N-28), and the file storage is empty.

The clock stands in the past, since the database lets no event of the audit go before its time by its own clock. What rings often
runs on each day on which something happens; all jobs run in the night after it, and then once in ten nights.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.mail import EmailMessage
from django.db import models
from pytest_django import Settings

from accounts.flows import erasing
from accounts.models import AuditEvent, BugReport, DeletionRequest, Export, KeyDay, Message, Session
from api.models import AccessToken
from billing.models import RevenueMonth, StripeEvent
from connectors.models import Attach, Connection
from delivery.models import Attempt, Delivery, Dispatch, Event
from generation.models import Package
from ground import clock
from interviews.models import FolderFile, Interview
from llm.models import Exchange, ModelCall
from public.models import View
from specstep.celery import MINUTELY, REGULARLY
from tests.billing.conftest import shop
from tests.billing.shop import Shop
from tests.connectors.conftest import ca, google
from tests.connectors.google import Google
from tests.deletion.leftovers import Places, places
from tests.deletion.person import Around, Person
from tests.delivery.conftest import shelf
from tests.delivery.shelf import Shelf
from tests.delivery.webhooks.receiver import receiving
from tests.llm.keys.conftest import VendorStub, vendor
from tests.schedule import run

__all__ = ["ca", "google", "places", "shelf", "shop", "vendor"]
DAY, HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
MONTH = 30 * DAY
MONTHS = 24
NIGHT = dt.timedelta(hours=27, minutes=10)
"""From midnight of a day to 03:10 in the night after it."""
NOBODYS = {
    "accounts_bugreport",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_site",
    "ground_pulse",
    "public_figure",
    "public_salt",
    "public_signups",
}
"""What the framework keeps for itself, signs of life of the schedule, figures of all visitors together, and what is kept of
resolved bug reports for counting (N-29)."""


@pytest.fixture
def around(settings: Settings, shop: Shop, google: Google, shelf: Shelf, vendor: VendorStub, places: Places) -> Iterator[Around]:
    with receiving() as receiver:
        hosts = [shop.peer.url, receiver.url, vendor.url]
        settings.EGRESS_ALLOW = ["127.0.0.1", *(url.removeprefix("http://") for url in hosts)]
        settings.OPERATOR_EMAIL, settings.SIGNUP_NOTICE = "operator@example.org", True
        yield Around(shop, google, shelf, receiver)


def days(first: dt.datetime, last: dt.datetime) -> Iterator[dt.datetime]:
    """The days after whose midnight the jobs run: the first, then one in ten."""
    for number in itertools.count():
        day = first + number * DAY
        if day >= last:
            return
        if number % 10 == 0:
            yield day


def pass_time(shop: Shop, first: dt.datetime, last: dt.datetime) -> None:
    """The nights between two moments: Stripe takes its money and tells of it, every job runs."""
    for day in days(first, last):
        night = day + NIGHT
        told = len(shop.peer.events)
        shop.peer.advance(days=max(dt.timedelta(), night - shop.peer.now) / DAY)
        for event in shop.peer.events[told:]:
            assert shop.tell(event) == 200
        with clock.frozen(night):
            run()


@pytest.mark.django_db(transaction=True)
@pytest.mark.promise("S-157", "S-169")
def test_two_years_and_then_nothing(around: Around, places: Places, mailoutbox: list[EmailMessage], settings: Settings) -> None:
    today = dt.datetime.combine(dt.datetime.now(dt.UTC).date(), dt.time(), tzinfo=dt.UTC)
    start = today - (MONTHS + 5) * MONTH
    people = [Person("Kestrel", around, is_patient=True), Person("Sparrow", around)]
    around.shop.peer.now = start + 9 * HOUR
    with around.shop.now():
        for person in people:
            person.signs_up()
    for month in range(MONTHS):
        begins = start + month * MONTH
        with clock.frozen(begins + 10 * HOUR):
            people[month % 2].lives_a_month(month)
            run(*REGULARLY, *MINUTELY)
        pass_time(around.shop, begins, begins + MONTH)
        if month == MONTHS // 2:
            assert len(places.left("Kestrel")) >= 12, "the control: much is known of a person in the middle"
    end = start + MONTHS * MONTH
    with clock.frozen(end + 4 * HOUR):
        only_what_is_within_its_time(places, people)

    for person in people:
        with clock.frozen(end + 5 * HOUR):
            person.signs_in()
            assert person.browser.post("/settings/delete/", {"word": "delete"}).status_code == 303
            assert [mail.to for mail in mailoutbox if mail.subject == erasing.SUBJECT][-1] == [person.address]
            assert places.left(person.name) == set()
    assert [sub.status for sub in around.shop.peer.subs.values()] == ["canceled", "canceled"]
    assert all(grant.ended for grant in around.google.tokens.grants)
    pass_time(around.shop, end, end + 99 * DAY)
    only_the_survivors_are_left(places)
    customers = [sub.customer for sub in around.shop.peer.subs.values()]
    assert places.left("Kestrel", "Sparrow", *customers) == set()


def only_what_is_within_its_time(places: Places, people: list[Person]) -> None:
    """Nobody deleted anything: what is older than its period, or than the window that its owner chose, is gone."""
    now = clock.now()
    slack = 11 * DAY  # of ten nights in which nothing happened, one was gone through
    oldest: dict[type[models.Model], tuple[str, int]] = {
        Interview: ("created_at", 120 + 30),
        Package: ("created_at", 60 + 30),
        ModelCall: ("started_at", 90),
        Exchange: ("created_at", 30),
        Message: ("created_at", 90),
        KeyDay: ("day", 91),
        Attempt: ("at", 30),
        Dispatch: ("created_at", 30),
        Event: ("at", 30),
        Export: ("created_at", 7),
        Session: ("created_at", 7),
        Attach: ("created_at", 1),
        FolderFile: ("created_at", 1),
        AccessToken: ("created", 90),
        StripeEvent: ("heard_at", 35),
        View: ("day", 31),
    }
    for model, (column, kept) in oldest.items():
        before = now - kept * DAY - slack
        limit = before.date() if isinstance(model._meta.get_field(column), models.DateField) and column == "day" else before
        assert not model._default_manager.filter(**{f"{column}__lt": limit}).exists(), model
    assert not AuditEvent.objects.filter(kept="detail", at__lt=now - 91 * DAY - slack).exists()
    assert AuditEvent.objects.filter(kept="billing", at__lt=now - 600 * DAY).exists()
    for model in (Interview, Package, ModelCall, Message, Delivery, Connection):
        assert model._default_manager.count() >= len(people), f"{model}: the control"
    for person in people:
        gone = [month for month in person.months if month < MONTHS - 120 // 30 - 2]
        assert len(gone) >= 8
        assert places.left(*map(person.word, gone)) == set()
        found = places.left(person.word(person.months[-1]))
        assert {"interviews_interview", "interviews_answer"} <= found, "the control"
        assert any(place.startswith("files: ") for place in found)


def only_the_survivors_are_left(places: Places) -> None:
    rows = {model._meta.db_table: model._default_manager.count() for model in apps.get_models(include_auto_created=True)}
    left = {table for table, count in rows.items() if count} - NOBODYS
    assert left == {"accounts_auditevent", "accounts_deletionrequest", "billing_revenuemonth"}
    columns = ("workspace", "actor", "subject", "about", "means", "label", "through")
    assert {str(value) for row in AuditEvent.objects.values_list(*columns) for value in row} == {"None", ""}
    assert set(AuditEvent.objects.values_list("kept", flat=True)) == {"billing"}
    kept = DeletionRequest.objects.values_list("result", "user", "mark", "sealed_address", "files")
    assert [[str(value) for value in row] for row in kept] == [["done", "None", "", "", "[]"]] * 2
    assert RevenueMonth.objects.count() >= MONTHS
    said = ("title", "description", "route", "user_agent", "run", "interview", "reporter", "workspace")
    assert {str(value) for row in BugReport.objects.values_list(*said) for value in row} <= {"", "None"}
    blobs: Path = places.folders["files"]
    assert [path for path in blobs.rglob("*") if path.is_file()] == []
