"""What people write trains no model: what is called in a month, and what there is that could hand it out (S-025)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from django.core.management import get_commands
from pytest_django import Settings

from accounts.models import User
from ground import clock, egress
from specstep.celery import MINUTELY, NIGHTLY, REGULARLY, app
from tests.llm.test_only_what_is_needed_is_sent import written
from tests.plugins import loopback
from tests.wire_stub import WireStub

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    *("create_api_key", "developer_access", "flush", "operator", "rotate_vault", "try_carriers"),
    "specify",  # writes the package of one owner to where its caller says
    "usage_statistics",  # sums without a text (S-077)
}
"""Every command of ours. A new one is entered here by somebody who asked what it hands out."""
TASKS = {
    *("accounts.erase", "accounts.erase_due", "accounts.mail_out", "accounts.mail_outs", "accounts.send", "accounts.send_due"),
    *("accounts.sweep", "accounts.sweep_bins", "accounts.sweep_codes", "api.sweep", "api.sweep_tools"),
    *("accounts.export", "accounts.exports"),  # to the person it belongs to
    *("billing.part", "billing.reconcile", "billing.sweep", "billing.synchronise", "connectors.renew_idle", "connectors.sweep"),
    *("delivery.deliver", "delivery.dispatch_webhooks"),  # to where the owner says
    *("delivery.sweep_deliveries", "delivery.sweep_webhooks", "delivery.trim_webhook_log"),
    *("generation.reconcile", "generation.sweep", "generation.work"),
    *("interviews.forget_listings", "interviews.read_folder", "interviews.reply", "interviews.sweep", "interviews.sweep_folders"),
    *("llm.sweep", "public.count", "public.rotate", "specstep.pulse"),
}
"""Every task of ours, in the same way."""
APPS = {path.parent.name for path in ROOT.glob("*/apps.py")}
pytestmark = pytest.mark.promise("S-025")


@pytest.mark.django_db
def test_in_a_month_of_use_vendors_are_asked_for_answers_only(wire_stub: WireStub, settings: Settings, alice: User) -> None:
    settings.CELERY_TASK_ALWAYS_EAGER = True
    start = clock.now()
    with loopback.recorded() as connections:
        for provider in ("anthropic", "openai"):
            settings.LLM_PROVIDER = provider
            written(alice, provider)
        for day in range(31):
            with clock.frozen(start + dt.timedelta(days=day, hours=3)):
                for name in (*REGULARLY, *MINUTELY, *NIGHTLY) if day % 10 == 0 else NIGHTLY:
                    if name != "specstep.pulse":
                        app.tasks[name].apply(throw=True)
    asked = {(seen.method, seen.path.partition("?")[0]) for seen in wire_stub.seen}
    assert asked == {("POST", "/v1/messages"), ("POST", "/v1/responses")}
    assert wire_stub.complaints == [], "no other route of theirs was called: the stub complains of each"
    assert {port for _, port in connections} == {int(wire_stub.url.rpartition(":")[2])}, "nobody else was called"


def test_no_command_and_no_task_hands_texts_to_a_training_set() -> None:
    app.loader.import_default_modules()
    assert {name for name, place in get_commands().items() if place in APPS} == COMMANDS
    assert {name for name in app.tasks if not name.startswith("celery.")} == TASKS
    purposes = {party.name: party.purposes for party in egress.declared() if party.name in ("Anthropic", "OpenAI")}
    assert purposes == dict.fromkeys(("Anthropic", "OpenAI"), ("model calls", "key validation"))
    with pytest.raises(egress.EgressRefused, match="not declared"):
        egress.client(party="OpenAI", purpose="fine-tuning")
