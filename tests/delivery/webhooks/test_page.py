"""Settings, Webhooks: what the pages say, take, and never show again."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Callable

import jsonschema
import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from delivery import events
from delivery.flows import subscribing
from delivery.models import Dispatch, Endpoint
from ground import vault
from tests.delivery.webhooks.conftest import Subscribe, work_all
from tests.delivery.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
Happen = Callable[..., object]
PAGE = "/settings/webhooks/"
SECRET = re.compile(r"whsec_[A-Za-z0-9+/=]{44}")


def added(client: Client, receiver: Receiver, path: str = "/hook") -> tuple[Endpoint, str, str]:
    answer = client.post(PAGE, {"url": receiver.url + path, "events": ["run.completed", "run.failed"]})
    assert answer.status_code == 201
    assert "no-store" in answer.headers["Cache-Control"]
    page = answer.content.decode()
    [secret] = set(SECRET.findall(page))
    return Endpoint.objects.get(url=receiver.url + path), secret, page


@pytest.mark.promise("S-058")
def test_the_secret_is_shown_once_and_never_again(as_alice: Client, receiver: Receiver) -> None:
    endpoint, secret, page = added(as_alice, receiver)
    assert "Copy the secret now" in page
    assert vault.unseal(endpoint.sealed, purpose="webhook secret", row=endpoint.pk) == secret
    for address in (PAGE, endpoint.get_absolute_url(), "/settings/activity/"):
        again = as_alice.get(address).content.decode()
        assert "whsec_" not in again
        assert endpoint.sealed not in again
    assert as_alice.post(PAGE, {"url": endpoint.url, "events": ["run.failed"]}).status_code == 422, "sending the form again"
    assert Endpoint.objects.count() == 1


def test_a_new_secret_is_shown_once_and_sending_the_form_again_changes_nothing(as_alice: Client, receiver: Receiver) -> None:
    endpoint, before, _ = added(as_alice, receiver)
    answer = as_alice.post(f"{endpoint.get_absolute_url()}rotate/", {"number": "0"})
    assert "no-store" in answer.headers["Cache-Control"]
    [after] = set(SECRET.findall(answer.content.decode()))
    assert after != before
    again = as_alice.post(f"{endpoint.get_absolute_url()}rotate/", {"number": "0"}, follow=True)
    assert "whsec_" not in again.content.decode()
    endpoint.refresh_from_db()
    assert vault.unseal(endpoint.sealed, purpose="webhook secret", row=endpoint.pk) == after
    assert vault.unseal(endpoint.sealed_before, purpose="webhook secret before", row=endpoint.pk) == before
    assert "The one before signs too until" in as_alice.get(endpoint.get_absolute_url()).content.decode()


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({"url": "https://10.0.0.1/", "events": ["run.failed"]}, "may not be called"),
        ({"url": "", "events": ["run.failed"]}, "Enter the address"),
        ({"url": "https://1.1.1.1/"}, "Choose at least one event."),
        ({"url": "https://1.1.1.1/", "events": ["run.eaten"]}, "One of these events does not exist"),
        ({"url": "https://1.1.1.1/", "events": ["test"]}, "One of these events does not exist"),
        ({"url": "https://1.1.1.1/" + "x" * 600, "events": ["run.failed"]}, "longer than 500"),
    ],
)
def test_the_page_says_what_is_wrong(as_alice: Client, form: dict[str, object], says: str) -> None:
    answer = as_alice.post(PAGE, form)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Endpoint.objects.exists()


@pytest.mark.promise("S-111")
def test_what_is_done_with_a_webhook_is_in_the_trail_once_and_without_a_secret(
    as_alice: Client, alice: User, receiver: Receiver
) -> None:
    endpoint, secret, _ = added(as_alice, receiver)
    here = endpoint.get_absolute_url()
    as_alice.post(here, {"url": endpoint.url, "events": ["run.failed"]})
    as_alice.post(here, {"url": endpoint.url, "events": ["run.failed"]})
    as_alice.post(f"{here}rotate/", {"number": "0"})
    for door in ("pause", "pause", "resume", "resume"):
        as_alice.post(f"{here}{door}/")
    assert as_alice.post(f"{here}remove/").status_code == 303
    assert as_alice.post(f"{here}remove/").status_code == 404
    trail = list(AuditEvent.objects.filter(action__startswith="webhook.").order_by("at", "pk"))
    assert [event.action for event in trail] == [
        "webhook.created", "webhook.changed", "webhook.rotated", "webhook.disabled", "webhook.resumed", "webhook.deleted",
    ]  # fmt: skip
    assert {(event.actor, event.about, event.label) for event in trail} == {(alice, endpoint.pk, "")}
    assert secret not in json.dumps([str(vars(event)) for event in trail])


def test_the_log_shows_what_was_sent_and_sends_it_again(
    as_alice: Client, receiver: Receiver, subscribe: Subscribe, happen: Happen
) -> None:
    endpoint = subscribe()
    run = happen()
    receiver.status, receiver.answer = 422, b"no <b>desk</b>"
    work_all()
    page = as_alice.get(endpoint.get_absolute_url()).content.decode()
    assert re.search(r"It answered 422: it did not take the event. The next try is in \d seconds?\.", page)
    assert str(run) in page
    assert "no &lt;b&gt;desk&lt;/b&gt;" in page
    row = Dispatch.objects.get()
    assert str(row.pk) in page
    receiver.status = 200
    assert as_alice.post(f"/settings/webhooks/dispatches/{row.pk}/replay/").status_code == 303
    work_all()
    assert [one.id for one in receiver.got] == [str(row.pk)] * 2
    assert "Taken: it answered 200." in as_alice.get(endpoint.get_absolute_url()).content.decode()


def test_a_test_is_sent_from_the_page_and_not_while_it_is_off(
    as_alice: Client, alice: User, receiver: Receiver, subscribe: Subscribe
) -> None:
    endpoint = subscribe()
    assert as_alice.post(f"{endpoint.get_absolute_url()}test/").status_code == 303
    work_all()
    assert receiver.kinds() == ["test"]
    subscribing.pause(endpoint, actor=alice)
    answer = as_alice.post(f"{endpoint.get_absolute_url()}test/", follow=True)
    row = Dispatch.objects.get()
    again = as_alice.post(f"/settings/webhooks/dispatches/{row.pk}/replay/", follow=True)
    assert "switched off, so nothing is sent" in answer.content.decode()
    assert "switched off, so nothing is sent" in again.content.decode()
    work_all()
    assert receiver.kinds() == ["test"]


def test_nobody_touches_the_webhook_of_another(alice: User, charlie: User, receiver: Receiver, subscribe: Subscribe) -> None:
    endpoint = subscribe()
    stranger = Client()
    stranger.force_login(charlie)
    assert receiver.url not in stranger.get(PAGE).content.decode()
    for door in ("", "test/", "pause/", "rotate/", "remove/"):
        assert stranger.post(f"{endpoint.get_absolute_url()}{door}").status_code == 404
    endpoint.refresh_from_db()
    assert endpoint.is_active


def test_twenty_are_enough(as_alice: Client, alice: User, receiver: Receiver) -> None:
    for number in range(subscribing.AT_MOST):
        Endpoint.objects.create(workspace=alice.workspace, url=f"https://hooks.test/{number}", sealed="v1.1.x")
    answer = as_alice.post(PAGE, {"url": receiver.url, "events": ["run.failed"]})
    assert "There are 20 webhooks already" in answer.content.decode()


def test_the_schemas_are_published_for_programs(client: Client) -> None:
    index = client.get("/.well-known/webhook-events").json()
    assert [event["type"] for event in index["events"]] == [*events.titles(), "test"]
    for event in index["events"]:
        answer = client.get(event["schema"])
        assert answer.headers["Content-Type"] == "application/schema+json"
        jsonschema.Draft202012Validator.check_schema(json.loads(answer.content))
    assert client.get("/.well-known/webhook-events/..%2fevents.json").status_code == 404
    assert client.get(f"/.well-known/webhook-events/{uuid.uuid4()}.json").status_code == 404
