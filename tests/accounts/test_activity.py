"""Settings, Activity: everything that happened in one's own account can be found and taken along, and nothing of another's."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from jsonschema import Draft202012Validator, FormatChecker

from accounts import audit
from accounts.flows import retracing
from accounts.models import AuditEvent, User
from accounts.rules.trail import COLUMNS, GROUPS, group_of, harmless
from ground import clock
from ground.rows import new_id

pytestmark = pytest.mark.django_db
PAGE = "/settings/activity/"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "audit.md"
Action, Means, Kept = AuditEvent.Action, AuditEvent.Means, AuditEvent.Kept


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found = re.search(r"```json\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    told: dict[str, Any] = json.loads(found[1])
    Draft202012Validator.check_schema(told)
    return told


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_user("operator@example.org", "Op Erator")


@pytest.mark.promise("S-115", "S-180")
def test_every_kind_of_event_has_the_published_form(alice: User, operator: User, schema: dict[str, Any]) -> None:
    valid = Draft202012Validator(schema, format_checker=FormatChecker())
    actors = {"owner": alice, "operator": operator, "system": None}
    told = [(new_id(), "OpenAI", None), (None, "", Means.KEY), (None, "", Means.TOOL)]
    for action, (name, actor), (about, label, means) in product(Action, actors.items(), told):
        kept = Kept.BILLING if label else Kept.DETAIL
        event = audit.record(
            alice.workspace, action, actor=actor, subject=alice, about=about, label=label, kept=kept, means=means
        )
        record = retracing.described(AuditEvent.objects.get(pk=event.pk)).as_record()
        assert not list(valid.iter_errors(record))
        assert (record["action"], record["actor"], record["kept"]) == (action, name, kept)
    assert list(valid.iter_errors(record | {"at": "2026-11-30 12:00"})), "the control: the form can be missed"
    alice.delete()
    for event in AuditEvent.objects.all():
        assert not list(valid.iter_errors(retracing.described(event).as_record()))


def test_the_published_form_names_every_action_and_refuses_another(schema: dict[str, Any]) -> None:
    properties = schema["properties"]
    assert properties["action"]["enum"] == Action.values
    assert set(properties["means"]["enum"]) == {*Means.values, ""}
    assert properties["kept"]["enum"] == Kept.values
    assert tuple(properties) == COLUMNS


def test_every_action_is_in_one_group(schema: dict[str, Any]) -> None:
    assert {group_of(action) for action in Action.values} == set(GROUPS)


@pytest.mark.promise("S-116")
@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_file_has_every_event_of_this_account_in_90_days_and_none_of_another(
    as_alice: Client, alice: User, charlie: User, operator: User, form: str
) -> None:
    mine = []
    for days in (91, 89, 40, 1):
        with clock.moved(-dt.timedelta(days=days)):
            made = [audit.record(alice.workspace, Action.RUN_STARTED, actor=actor) for actor in (alice, operator, None)]
            mine += [str(event.pk) for event in made]
            audit.record(charlie.workspace, Action.RUN_STARTED, actor=charlie)
            audit.record(None, Action.OPERATOR_READ, actor=operator)
    mine += [str(audit.record(alice.workspace, action, actor=alice).pk) for action in Action]
    answer = as_alice.post(f"{PAGE}export/", {"form": form})
    assert f"-{clock.today()}.{form}" in answer.headers["Content-Disposition"]
    text = answer.content.decode()
    rows = list(csv.DictReader(io.StringIO(text))) if form == "csv" else json.loads(text)["events"]
    assert [row["id"] for row in rows] == mine[3:]
    assert {row["actor"] for row in rows} == {"owner", "operator", "system"}
    assert str(operator.pk) not in text
    exported = AuditEvent.objects.filter(workspace=alice.workspace, action=Action.DATA_EXPORTED).order_by("at").last()
    assert exported is not None
    assert exported.label == "audit trail"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_a_cell_that_a_spreadsheet_would_run_is_made_harmless(alice: User, cell: str) -> None:
    audit.record(alice.workspace, Action.API_KEY_CREATED, actor=alice, label=cell)
    (row,) = csv.DictReader(io.StringIO(retracing.export(alice, "csv"), newline=""))
    assert row["label"] == f"'{cell}"
    assert harmless("Nightly sync") == "Nightly sync"


def test_it_is_searched_by_group_days_and_means(as_alice: Client, alice: User) -> None:
    noon = dt.datetime.combine(clock.today(), dt.time(12), dt.UTC)
    for days, action, means in (
        (9, Action.SIGNED_IN, Means.SESSION),
        (6, Action.API_KEY_CREATED, Means.SESSION),
        (3, Action.RUN_STARTED, Means.KEY),
        (0, Action.RUN_COMPLETED, Means.SYSTEM),
    ):
        with clock.frozen(noon - dt.timedelta(days=days)):
            actor = None if means == Means.SYSTEM else alice
            audit.record(alice.workspace, action, actor=actor, means=means, label=f"{days} days")

    def found(**search: str) -> list[str]:
        return re.findall(
            r"\d days", as_alice.get(PAGE, search).content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
        )

    assert found() == ["0 days", "3 days", "6 days", "9 days"]
    assert found(group="generations") == ["0 days", "3 days"]
    assert found(group="api-keys") == ["6 days"]
    assert found(means="key") == ["3 days"]
    day = (clock.today() - dt.timedelta(days=6)).isoformat()
    assert found(since=day) == ["0 days", "3 days", "6 days"]
    assert found(until=day) == ["6 days", "9 days"]
    assert found(since=day, until=day, group="generations") == []
    assert "Nothing fits" in as_alice.get(PAGE, {"means": "tool"}).content.decode()
    odd = as_alice.get(PAGE, {"since": "yesterday", "group": "<x>"})
    assert odd.status_code == 422
    assert "could not be read" in odd.content.decode()


def test_days_are_those_of_the_persons_time_zone(as_alice: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(time_zone="Asia/Tokyo")
    day = clock.today() - dt.timedelta(days=5)
    with clock.frozen(dt.datetime.combine(day, dt.time(20), dt.UTC)):  # 5 in the morning of the next day in Tokyo
        audit.record(alice.workspace, Action.SIGNED_IN, actor=alice, means=Means.SESSION, label="early bird")

    def found(day: dt.date) -> bool:
        return "early bird" in as_alice.get(PAGE, {"since": day.isoformat(), "until": day.isoformat()}).content.decode()

    assert not found(day)
    assert found(day + dt.timedelta(days=1))
    assert as_alice.get(PAGE, {"since": "0001-01-01", "until": "9999-12-31"}).status_code == 200


def test_pages_follow_each_other_without_gap_or_repetition_also_at_the_same_time(as_alice: Client, alice: User) -> None:
    noon = dt.datetime.combine(clock.today(), dt.time(0, 1), dt.UTC)
    with clock.frozen(noon):
        for number in range(120):
            # An actor of its own each: many events bear the very same time.
            AuditEvent.objects.create(workspace=alice.workspace, action=Action.SIGNED_IN, label=f"no {number:03}", at=noon)
    seen: list[str] = []
    address = f"{PAGE}?group=signing-in"
    while address:
        page = as_alice.get(address).content.decode()
        seen += re.findall(r"no \d{3}", page)
        assert "group=signing-in" in address
        older = re.search(r'href="(\?[^"]*after=[^"]*)"', page)
        address = PAGE + older[1].replace("&amp;", "&") if older else ""
    assert len(seen) == 120
    assert seen == sorted(seen, reverse=True)
    assert "no 119" in as_alice.get(f"{PAGE}?after=nonsense").content.decode()


def test_the_page_is_the_owners_only_and_the_file_needs_a_post(client: Client, as_alice: Client, charlie: User) -> None:
    audit.record(charlie.workspace, Action.RUN_STARTED, actor=charlie, label="of Charlie")
    assert "of Charlie" not in as_alice.get(PAGE).content.decode()
    assert as_alice.get(f"{PAGE}export/").status_code == 405
    assert as_alice.post(f"{PAGE}export/", {"form": "exe"}).status_code == 404
    assert Client().post(f"{PAGE}export/", {"form": "csv"}).status_code == 302
