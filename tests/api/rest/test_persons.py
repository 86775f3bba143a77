"""What a program does about the person: profile, notices, trail, reports."""

from __future__ import annotations

import pytest

from accounts.models import AuditEvent
from tests.api.rest.conftest import Program, code

pytestmark = pytest.mark.django_db


def test_a_profile_is_changed_as_on_its_page(program: Program) -> None:
    changed = program.call("PATCH", "/profile", {"display_name": "Ada\u202e L.", "time_zone": "europe/berlin"})
    assert (changed.status_code, changed.json()["display_name"], changed.json()["time_zone"]) == (200, "Ada L.", "Europe/Berlin")
    refused = program.call("PATCH", "/profile", {"time_zone": "Mars/Olympus"})
    assert (code(refused), "Mars/Olympus" in refused.json()["detail"]) == ("bad-input", True)
    assert program.get("/profile").json()["language"] == "en"
    assert code(program.call("PATCH", "/profile", {"email": "other@example.org"})) == "unfit"
    late = program.call("PATCH", "/profile", {"display_name": "x"}, If_Match='"another"')
    assert code(late) == "changed"


def test_notices_are_chosen_and_the_trail_says_by_which_means(program: Program) -> None:
    first = program.get("/notices").json()["items"][0]
    chosen = program.call("PUT", "/notices", {"on": [{"kind": first["kind"], "channel": "email"}]}).json()["items"]
    assert [one["kind"] for one in chosen if one["on"]] == [first["kind"]]
    event = AuditEvent.objects.get(action=AuditEvent.Action.NOTICES_CHANGED)
    assert event.means == AuditEvent.Means.KEY
    told = program.get("/activity").json()["items"]
    assert (told[0]["action"], told[0]["means"], told[0]["actor"]) == ("notices.changed", "key", "owner")
    assert code(program.call("PUT", "/notices", {"on": [{"kind": first["kind"], "channel": "sms"}]})) == "bad-input"
    assert code(program.call("PUT", "/notices", {"on": [{"kind": "incident", "channel": "email"}]})) == "bad-input"


def test_a_problem_is_reported_and_looked_at(program: Program, stranger: Program) -> None:
    made = program.post("/reports", {"title": "The list is empty", "severity": "high"}, User_Agent="nightly/1.0")
    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert program.get("/reports").json()["items"][0]["id"] == made.json()["id"]
    assert stranger.get(f"/reports/{made.json()['id']}").status_code == 404
    for _ in range(10):
        last = program.post("/reports", {"title": "Again"})
    assert (last.status_code, code(last)) == (429, "too-many-reports")
    assert int(last.headers["Retry-After"]) > 0
