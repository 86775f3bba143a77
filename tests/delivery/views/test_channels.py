"""Settings, Delivery: a channel is added, looked at, confirmed, paused, changed and removed by its owner and nobody else."""

from __future__ import annotations

import base64
import logging
import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AuditEvent, User
from delivery.flows import delivering, queueing
from delivery.models import Channel, Delivery
from ground import vault
from interviews.models import Interview
from specstep.celery import make_broker_folders
from tests.delivery.conftest import make_channel, make_package
from tests.delivery.shelf import KEY, NAME, Shelf
from tests.llm.keys.dump import dump

pytestmark = pytest.mark.django_db
INDEX = "/settings/delivery/"
ADD = f"{INDEX}add/{NAME}/"


def url(channel: Channel, door: str = "") -> str:
    return f"{INDEX}{channel.pk}/{door + '/' if door else ''}"


def said(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def _bodies(queue: str) -> str:
    """Messages of the broker's folder with their bodies, which are base64."""
    found = re.findall(r'"body": "([A-Za-z0-9+/=]+)"', queue)
    return queue + "".join(base64.b64decode(body).decode("utf-8", "replace") for body in found)


def text(answer: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


@pytest.fixture
def given(shelf: Shelf) -> dict[str, str]:
    return {"name": "Team shelf", "place_folder": str(shelf.folder), "place_floor": "2", "credential": KEY}


def test_an_owner_adds_looks_and_says_yes(
    as_alice: Client, alice: User, shelf: Shelf, interview: Interview, given: dict[str, str]
) -> None:
    package = make_package(interview)
    added = as_alice.post(ADD, given)
    row = Channel.objects.get()
    assert (added.status_code, added.headers["Location"]) == (303, url(row))
    assert (row.state, row.place) == ("draft", {"folder": str(shelf.folder), "floor": 2})
    assert vault.unseal(row.sealed, purpose="delivery credential", row=row.pk) == KEY
    page = as_alice.get(url(row))
    shown = text(page)
    for part in (
        "Look before the first delivery",
        "docs/requirements.md",
        "9 files",
        "Dr. Brandt",
        "Puts packages on the shelf.",
    ):
        assert part in shown
    assert "evidence/interview.md" not in shown
    assert shelf.calls == []
    digest = re.search(r'name="digest" value="(\w+)"', page.content.decode())
    assert digest is not None
    as_alice.post(url(row, "confirm"), {"package": package.pk, "digest": digest[1], "now": "1"})
    assert Channel.objects.get().confirmed_at
    delivering.work(Delivery.objects.get().pk)
    assert shelf.calls[0]["digest"] == digest[1]
    assert "Delivered" in text(as_alice.get(url(row)))
    actions = list(AuditEvent.objects.order_by("at").values_list("action", flat=True))
    assert actions == ["channel.created", "channel.changed", "channel.delivered"]


@pytest.mark.promise("S-057")
def test_the_credential_is_nowhere_but_sealed_and_gone_with_the_channel(
    as_alice: Client,
    shelf: Shelf,
    given: dict[str, str],
    interview: Interview,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    pages = [as_alice.post(ADD, given | {"name": ""}), as_alice.post(ADD, given)]
    row = Channel.objects.get()
    sealed = row.sealed
    pages += [as_alice.get(url(row)), as_alice.get(url(row, "change")), as_alice.post(url(row, "check")), as_alice.get(INDEX)]
    Channel.objects.update(state="active")
    make_broker_folders()
    with django_capture_on_commit_callbacks(execute=True) as bells:
        make_package(interview)
    assert bells
    delivering.work(Delivery.objects.get().pk)
    shelf.fail_next({"sentence": f"The key {KEY} is not known.", "permanent": True})
    delivering.work(queueing.deliver_now(row, Delivery.objects.get().package).pk)
    assert Channel.objects.get().trouble == "The key … is not known."
    for page in pages:
        assert KEY not in page.content.decode() + str(page.headers)
        assert sealed not in page.content.decode()
    rung = "".join(path.read_bytes().decode("latin-1") for path in Path(settings.BROKER_DIR).rglob("*") if path.is_file())
    assert str(Delivery.objects.get().pk) in _bodies(rung)
    assert KEY not in _bodies(rung)
    assert KEY not in dump() + caplog.text + rung
    assert sealed in dump()
    as_alice.post(url(row, "remove"))
    assert sealed not in dump()


def test_each_setup_screen_names_the_provider_and_its_policy_before_anything_is_entered(as_alice: Client) -> None:
    from delivery.setups import setups

    for setup in setups():
        shown = as_alice.get(reverse("delivery:add_channel", args=[setup.kind])).content.decode()
        assert "under its own privacy policy" in shown
        assert shown.index("privacy policy") < shown.index('name="credential"')
        assert not setup.policy or f'href="{setup.policy}"' in shown


def test_saving_testing_changing_and_removing_writes_nothing_there(as_alice: Client, shelf: Shelf, given: dict[str, str]) -> None:
    as_alice.post(ADD, given)
    row = Channel.objects.get()
    answer = as_alice.post(url(row, "check"))
    assert "The shelf is there." in said(answer)
    as_alice.post(url(row, "change"), given | {"place_floor": "3"})
    as_alice.post(url(row, "pause"))
    as_alice.post(url(row, "remove"))
    assert [call["call"] for call in shelf.calls] == ["check"]
    assert not Channel.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": ""}, "Give it a name"),
        ({"place_folder": ""}, "Fill this in."),
        ({"place_floor": "two"}, "whole number"),
        ({"credential": ""}, "Paste the credential."),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_stored(
    as_alice: Client, given: dict[str, str], wrong: dict[str, str], why: str
) -> None:
    answer = as_alice.post(ADD, given | wrong)
    assert answer.status_code == 422
    assert why in text(answer)
    assert not Channel.objects.exists()


def test_a_container_that_may_be_read_is_refused_beside_the_field(as_alice: Client) -> None:
    address = "https://harbour.blob.core.windows.net/packages?sp=rcw&se=2099-01-01&spr=https&sr=c&sig=Canary5Dunlin"
    given = {"name": "Container", "place_folder": "specstep", "place_form": "zip", "credential": address}
    answer = as_alice.post(f"{INDEX}add/blob/", given)
    assert answer.status_code == 422
    assert "also allows to read" in text(answer)
    assert "Canary5Dunlin" not in answer.content.decode()
    assert as_alice.post(f"{INDEX}add/blob/", given | {"credential": address.replace("rcw", "cw")}).status_code == 303
    row = Channel.objects.get()
    assert (row.place["account"], row.place["container"], row.place["expires"][:10]) == ("harbour", "packages", "2099-01-01")
    assert "sig" not in str(row.place)
    shown = text(as_alice.get(url(row)))
    assert "container packages of the storage account harbour" in shown
    assert "valid until 1 January 2099" in shown
    as_alice.post(url(row, "change"), given | {"credential": "", "place_folder": "elsewhere"})
    row.refresh_from_db()
    assert (row.place["folder"], row.place["account"]) == ("elsewhere", "harbour")


def test_another_place_or_more_files_want_another_look_and_another_name_does_not(
    as_alice: Client, channel: Channel, given: dict[str, str], interview: Interview
) -> None:
    same = given | {"place_floor": "1"}
    Channel.objects.update(place={"folder": given["place_folder"], "floor": 1})
    for change, state in ((same | {"name": "Renamed"}, "active"), (same | {"transcript": "on"}, "draft")):
        as_alice.post(url(channel, "change"), change)
        assert Channel.objects.get().state == state
    Channel.objects.update(state="active")
    make_package(interview)
    as_alice.post(url(channel, "change"), given | {"transcript": "on"})
    assert Channel.objects.get().state == "draft"
    assert Delivery.objects.get().state == "cancelled"


def test_what_was_shown_is_what_is_confirmed(as_alice: Client, alice: User, shelf: Shelf, interview: Interview) -> None:
    row = make_channel(alice, shelf, state="draft")
    package = make_package(interview)
    answer = as_alice.post(url(row, "confirm"), {"package": package.pk, "digest": "0" * 64, "now": "1"})
    assert "has changed since you looked" in said(answer)
    assert Channel.objects.get().state == "draft"
    assert not Delivery.objects.exists()


def test_nobody_says_yes_without_a_look_where_there_is_a_package(
    as_alice: Client, alice: User, shelf: Shelf, interview: Interview
) -> None:
    row = make_channel(alice, shelf, state="draft")
    assert "Deliver every package from now on" in text(as_alice.get(url(row)))
    make_package(interview)
    assert "Look at what would be sent first" in said(as_alice.post(url(row, "confirm")))
    assert Channel.objects.get().state == "draft"


def test_a_channel_for_one_project_is_added_from_its_package(
    as_alice: Client, shelf: Shelf, given: dict[str, str], interview: Interview
) -> None:
    package = make_package(interview)
    asked = f"?interview={interview.pk}"
    assert f'href="{INDEX}{asked}"' in as_alice.get(package.get_absolute_url()).content.decode()
    assert f'href="{ADD}{asked}"' in as_alice.get(INDEX + asked).content.decode()
    assert f'value="{interview.pk}" selected' in " ".join(as_alice.get(ADD + asked).content.decode().split())
    as_alice.post(ADD, given | {"interview": str(interview.pk)})
    assert Channel.objects.get().interview == interview


def test_any_package_can_be_looked_at_without_sending_it(
    as_alice: Client, channel: Channel, interview: Interview, shelf: Shelf
) -> None:
    first = make_package(interview, BRIEF_md="# Only in the first\nMrs Hartley\n")
    make_package(interview)
    shown = text(as_alice.get(url(channel), {"package": str(first.pk)}))
    assert "Mrs Hartley" in shown
    assert "Mrs Hartley" not in text(as_alice.get(url(channel)))
    assert shelf.calls == []


def test_pausing_calls_off_what_waits_and_resuming_goes_on_with_the_next(
    as_alice: Client, channel: Channel, interview: Interview, shelf: Shelf
) -> None:
    package = make_package(interview)
    as_alice.post(url(channel, "pause"))
    assert Delivery.objects.get().state == "cancelled"
    assert "is paused" in said(as_alice.post(url(channel, "deliver"), {"package": package.pk}))
    as_alice.post(url(channel, "resume"))
    assert Delivery.objects.get().state == "cancelled"
    as_alice.post(url(channel, "deliver"), {"package": package.pk})
    delivering.work(Delivery.objects.get().pk)
    assert Delivery.objects.get().state == "sent"


def test_the_page_of_a_package_says_where_it_went_and_sends_it_now(
    as_alice: Client, channel: Channel, interview: Interview, shelf: Shelf
) -> None:
    package = make_package(interview)
    page = package.get_absolute_url()
    assert "Where it went" in text(as_alice.get(page))
    shelf.fail_next({"sentence": "The shelf does not answer."})
    delivering.work(Delivery.objects.get().pk)
    assert "The shelf does not answer. Next try" in text(as_alice.get(page))
    answer = as_alice.post(url(channel, "deliver"), {"package": package.pk}, headers={"referer": f"http://testserver{page}"})
    assert answer.headers["Location"].endswith(page)
    delivering.work(Delivery.objects.get().pk)
    assert f'href="https://shelf.example/{package.pk}"' in as_alice.get(page).content.decode()
    assert "The shelf" in text(as_alice.get(package.run.get_absolute_url()))


def test_a_package_of_another_cannot_be_sent(as_alice: Client, channel: Channel, charlie: User) -> None:
    foreign = make_package(Interview.objects.create(workspace=charlie.workspace, title="Charlie’s"))
    assert as_alice.post(url(channel, "deliver"), {"package": foreign.pk}).status_code == 404
    assert as_alice.get(url(channel), {"package": str(foreign.pk)}).status_code == 404
    assert as_alice.post(url(channel, "deliver"), {"package": "no id"}).status_code == 404
    other = Interview.objects.create(workspace=charlie.workspace, title="Charlie’s")
    assert as_alice.post(ADD, {"name": "x", "place_folder": "y", "credential": KEY, "interview": other.pk}).status_code in (
        404,
        422,
    )


def test_details_that_no_longer_fit_are_said_and_do_not_break_the_page(as_alice: Client, channel: Channel) -> None:
    Channel.objects.update(place={})
    for page in (INDEX, url(channel)):
        assert "no longer fit" in text(as_alice.get(page))


def test_a_kind_that_is_not_there_is_not_found(as_alice: Client) -> None:
    assert as_alice.get(f"{INDEX}add/carrier-pigeon/").status_code == 404
