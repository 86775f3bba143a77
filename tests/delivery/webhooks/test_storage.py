"""What is stored of a webhook, and where its secret is not (S-058)."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable

import pytest
from django.apps import apps
from django.test import Client

from accounts.models import User
from delivery.flows import ringing, subscribing
from delivery.models import Dispatch, Endpoint
from delivery.rules import signing
from tests.delivery.webhooks.conftest import work_all
from tests.delivery.webhooks.receiver import Receiver

pytestmark = pytest.mark.django_db
CANARY = base64.b64encode(b"webhook-canary-Kestrel-Heron-042").decode()
"""32 bytes that nothing else holds."""


@pytest.mark.promise("S-058")
def test_an_address_and_sealed_secrets_are_all_that_is_stored_beside_what_was_chosen() -> None:
    given = {"url", "sealed", "sealed_before", "events"}
    ours = {"id", "created_at", "workspace"}
    how_it_stands = {
        "state", "disabled_because", "failing_since", "quiet_until", "rotated_at", "turn", "turn_until", "dispatches",
    }  # fmt: skip
    assert {field.name for field in Endpoint._meta.get_fields()} == given | ours | how_it_stands


def dump() -> str:
    """Every column of every row of every table."""
    rows = [repr(list(model._base_manager.values_list())) for model in apps.get_models(include_auto_created=True)]
    return "\n".join(rows)


@pytest.mark.promise("S-058")
def test_the_secret_is_in_no_row_no_line_of_the_log_and_no_message_of_the_broker(
    as_alice: Client,
    alice: User,
    receiver: Receiver,
    happen: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    rung: list[object],
) -> None:
    canaries = iter([b"webhook-canary-Kestrel-Heron-042", b"webhook-canary-Kestrel-Heron-043"])
    monkeypatch.setattr("secrets.token_bytes", lambda size=32: next(canaries))
    with caplog.at_level(logging.DEBUG):
        answer = as_alice.post("/settings/webhooks/", {"url": f"{receiver.url}/hook", "events": ["run.failed"]})
        endpoint = Endpoint.objects.get()
        assert signing.PREFIX + CANARY in answer.content.decode().replace("&#x3D;", "="), "the canary is what was made"
        subscribing.rotate(endpoint, number=0, actor=alice)
        receiver.status = 500
        happen("run.failed")
        subscribing.send_test(endpoint)
        work_all()
        as_alice.post("/settings/webhooks/", {"url": f"{receiver.url}/hook", "events": ["run.failed"]})
    row = Dispatch.objects.first()
    assert row is not None
    everything = dump() + caplog.text + repr(rung) + repr(receiver.got) + repr(vars(endpoint)) + repr(ringing.TASK)
    for part in (CANARY, CANARY[:20], CANARY[20:40], "Kestrel-Heron", b"Kestrel-Heron".hex()):
        assert part not in everything
