"""Both vendors over loopback: the real wire formats, every kind of failure, and what the ledger says of them."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
import time
from decimal import Decimal

import pytest
from pytest_django import Settings

from llm import gateway, pricing, talking
from llm.calls import Call
from llm.errors import (
    AnswerCutOff,
    ModelBusy,
    ModelFailed,
    ModelRefused,
    OutOfTime,
    Rejected,
    StreamBroken,
    TooLong,
    VendorOut,
)
from llm.models import ModelCall, RedactionCount
from llm.purse import OutOfCredit
from tests.llm.clerk.calls import Letter, Sorted
from tests.llm.conftest import RememberingPurse
from tests.wire_stub import TOKENS, Fault, WireStub

pytestmark = [pytest.mark.django_db, pytest.mark.parametrize("provider", ["anthropic", "openai"])]
Sort = Call[Letter, Sorted]


@pytest.fixture(autouse=True)
def _impatient(settings: Settings) -> None:
    """Waits between attempts are short here, so that the tests are quick."""
    settings.LLM_FIRST_WAIT_SECONDS = 0.005


def test_the_agents_answer_comes_back_over_the_wire(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str
) -> None:
    answer = gateway.ask(sort, letter, purse=purse, provider=provider)
    assert answer == sort.offline(letter)
    [seen] = wire_stub.seen
    assert seen.call == "clerk.sort"
    assert seen.body["stream"] is True
    assert letter.text in seen.raw
    assert "The depth is quick." in seen.raw


def test_the_ledger_holds_what_the_vendor_counted_and_what_it_cost(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str
) -> None:
    gateway.ask(sort, letter, purse=purse, provider=provider)
    entry = ModelCall.objects.get()
    assert (entry.state, entry.call, entry.version, entry.provider) == ("answered", "clerk.sort", 3, provider)
    assert (entry.tokens_in, entry.tokens_out, entry.tokens_cached) == (TOKENS["in"], TOKENS["out"], TOKENS["cached"])
    assert entry.attempts == 1
    assert entry.finished_at is not None
    assert entry.finished_at >= entry.started_at
    assert entry.cost_usd == pricing.cost_usd(entry.model, entry.usage)
    assert entry.cost_usd
    assert purse.spent == [("clerk.sort", entry.cost_usd)]


def test_a_model_without_a_price_is_not_shown_as_free(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str, settings: Settings
) -> None:
    settings.LLM_MODELS = {**settings.LLM_MODELS, (provider, "balanced"): "claude-of-nobody"}
    gateway.ask(sort, letter, purse=purse, provider=provider)
    assert ModelCall.objects.get().cost_usd is None


@pytest.mark.parametrize("fault", ["429", "500", "529", "cut", "truncated", "no-end", "error-in-stream", "malformed"])
def test_it_tries_again_after_a_temporary_fault(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str, fault: Fault
) -> None:
    wire_stub.faults = [fault, fault]
    assert gateway.ask(sort, letter, purse=purse, provider=provider) == sort.offline(letter)
    assert len(wire_stub.seen) == 3
    assert ModelCall.objects.get().attempts == 3


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("500", ModelBusy),
        ("429", ModelBusy),
        ("truncated", StreamBroken),
        ("no-end", StreamBroken),
        ("cut", ModelBusy),
        ("malformed", ModelBusy),
        ("error-in-stream", ModelBusy),
    ],
)
def test_a_temporary_fault_that_stays_ends_in_bounded_tries(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str, fault: Fault, kind: type[ModelFailed]
) -> None:
    wire_stub.always = fault
    with pytest.raises(kind) as failure:
        gateway.ask(sort, letter, purse=purse, provider=provider)
    assert not failure.value.permanent
    assert len(wire_stub.seen) == talking.ATTEMPTS
    entry = ModelCall.objects.get()
    assert entry.state == "failed"


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("400", Rejected),
        ("401", VendorOut),
        ("404", Rejected),
        ("too-long", TooLong),
        ("refusal", ModelRefused),
        ("filter", ModelRefused),
        ("length", AnswerCutOff),
    ],
)
def test_a_permanent_fault_is_named_and_not_tried_again(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str, fault: Fault, kind: type[ModelFailed]
) -> None:
    wire_stub.always = fault
    with pytest.raises(kind) as failure:
        gateway.ask(sort, letter, purse=purse, provider=provider)
    assert type(failure.value) is kind
    assert failure.value.permanent
    assert len(wire_stub.seen) == 1
    assert ModelCall.objects.get().state == "failed"


def test_a_long_retry_after_is_not_waited_for(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str
) -> None:
    wire_stub.always = "429-long"
    start = time.monotonic()
    with pytest.raises(ModelBusy, match="3600 seconds") as failure:
        gateway.ask(sort, letter, purse=purse, provider=provider)
    assert time.monotonic() - start < 2
    assert failure.value.retry_after == 3600
    assert len(wire_stub.seen) == 1


def test_a_silent_vendor_ends_at_the_deadline(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str
) -> None:
    wire_stub.always = "silence"
    hasty = dataclasses.replace(sort, deadline_seconds=0.6)
    start = time.monotonic()
    with pytest.raises((OutOfTime, ModelBusy)):
        gateway.ask(hasty, letter, purse=purse, provider=provider)
    assert time.monotonic() - start < 2.5


@pytest.mark.parametrize("fault", ["invalid-json", "violation", "empty"])
def test_an_answer_of_another_shape_gets_one_repair_turn(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str, fault: Fault
) -> None:
    wire_stub.faults = [fault]
    assert gateway.ask(sort, letter, purse=purse, provider=provider) == sort.offline(letter)
    first, second = wire_stub.seen
    turns = second.body["messages" if provider == "anthropic" else "input"]
    assert [turn["role"] for turn in turns] == ["user", "assistant", "user"]
    assert "has these faults" in json.dumps(turns[2]["content"])
    entry = ModelCall.objects.get()
    assert entry.outcome == "repaired"
    assert entry.tokens_out == 2 * TOKENS["out"], "the failed parse was paid as well"
    assert first.call == second.call


@pytest.mark.parametrize("fault", ["invalid-json", "violation"])
def test_an_answer_that_stays_wrong_fails_after_the_repair(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str, fault: Fault
) -> None:
    wire_stub.always = fault
    with pytest.raises(ModelFailed, match="also after it was asked to mend them"):
        gateway.ask(sort, letter, purse=purse, provider=provider)
    assert len(wire_stub.seen) == 2
    entry = ModelCall.objects.get()
    assert (entry.state, entry.tokens_in) == ("failed", 2 * TOKENS["in"])
    assert len(purse.spent) == 1, "what was paid is booked although the call failed"


def test_a_quote_that_nobody_wrote_is_sent_back_and_then_refused(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str
) -> None:
    wire_stub.replies["clerk.sort"] = '{"tray": "bills", "urgency": 1, "quotes": [{"words": "never written"}], "reply": null}'
    with pytest.raises(ModelFailed, match="never written"):
        gateway.ask(sort, letter, purse=purse, provider=provider)
    assert "“never written” is not in the letter" in wire_stub.seen[1].raw


def test_without_credit_no_packet_leaves(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str, settings: Settings
) -> None:
    settings.LLM_MODELS = {**settings.LLM_MODELS, (provider, "balanced"): "claude-opus-5"}
    purse.limit = Decimal("0.0001")
    with pytest.raises(OutOfCredit):
        gateway.ask(sort, letter, purse=purse, provider=provider)
    assert wire_stub.seen == []
    assert ModelCall.objects.count() == 0


def test_nothing_about_the_person_who_asks_is_sent(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str
) -> None:
    gateway.ask(sort, letter, purse=purse, provider=provider, key="run-7:sort")
    [seen] = wire_stub.seen
    sent = seen.raw + str(seen.headers)
    for canary in ("alice@example.org", "Alice Moreau", str(purse.workspace_id), "run-7:sort"):
        assert canary not in sent
    assert not {"metadata", "user", "safety_identifier", "user_profile_id"} & set(seen.body)


def test_secrets_are_gone_before_anything_is_sent(
    wire_stub: WireStub, sort: Sort, purse: RememberingPurse, provider: str
) -> None:
    token, password = "gh" + "p_" + "aB3dE5fG7hJ9" * 3, "Orchid-" + "Marble-5521!"
    letter = Letter(
        sender=f"Bob, key {token}", text=f"The door. The password is {password}, use it.", notes={"db_password": password}
    )
    wire_stub.faults = ["invalid-json", "500"]
    answer = gateway.ask(sort, letter, purse=purse, provider=provider)
    assert len(wire_stub.seen) == 3
    for seen in wire_stub.seen:
        assert token not in seen.raw
        assert password not in seen.raw
        assert "use it" in seen.raw, "the ordinary words beside the secret do arrive"
    assert RedactionCount.objects.get(kind="password").count >= 1
    assert answer.quotes[0].words == "The door"


def test_the_ledger_does_not_hold_the_prompt(wire_stub: WireStub, sort: Sort, purse: RememberingPurse, provider: str) -> None:
    letter = Letter(sender="Ms Adeyemi", text="Short. Canary-sentence-that-is-nowhere-else.")
    gateway.ask(sort, letter, purse=purse, provider=provider)
    row = ModelCall.objects.values().get()
    assert "Canary" not in str(row)
    assert "Adeyemi" not in str(row)


def test_a_host_that_is_not_the_vendors_is_refused(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str, settings: Settings
) -> None:
    settings.EGRESS_ALLOW = []
    with pytest.raises(Exception, match="https only"):
        gateway.ask(sort, letter, purse=purse, provider=provider)
    assert wire_stub.seen == []
    assert ModelCall.objects.get().state == "failed"


@pytest.mark.promise("S-076")
def test_nothing_asks_for_training_on_what_is_sent(
    wire_stub: WireStub, sort: Sort, letter: Letter, purse: RememberingPurse, provider: str
) -> None:
    gateway.ask(sort, letter, purse=purse, provider=provider)
    [seen] = wire_stub.seen
    assert seen.body.get("store", False) is False
    assert not [name for name in seen.headers if "train" in name or "data-" in name or "beta" in name]


@pytest.mark.promise("S-076")
def test_the_addresses_are_the_commercial_ones_unless_an_operator_sets_others(provider: str) -> None:
    program = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'specstep.settings'; from django.conf import settings\n"
        f"print(settings.{provider.upper()}_BASE_URL)"
    )
    plain = {name: value for name, value in os.environ.items() if not name.endswith("_BASE_URL")}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True, env=plain)
    host = {"anthropic": "https://api.anthropic.com", "openai": "https://api.openai.com/v1"}[provider]
    assert done.stdout.strip() == host
