"""What people write trains no model: nothing we have hands it out for that (S-025).

What is called in a month of use is seen in ``test_only_what_is_needed_is_sent``.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import get_commands

from ground import egress
from specstep.celery import app

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = {
    *("create_api_key", "developer_access", "flush", "operator", "redelete", "rotate_vault", "try_carriers"),
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


def test_no_command_and_no_task_hands_texts_to_a_training_set() -> None:
    app.loader.import_default_modules()
    assert {name for name, place in get_commands().items() if place in APPS} == COMMANDS
    assert {name for name in app.tasks if not name.startswith("celery.")} == TASKS
    purposes = {party.name: party.purposes for party in egress.declared() if party.name in ("Anthropic", "OpenAI")}
    assert purposes == dict.fromkeys(("Anthropic", "OpenAI"), ("model calls", "key validation"))
    with pytest.raises(egress.EgressRefused, match="not declared"):
        egress.client(party="OpenAI", purpose="fine-tuning")
