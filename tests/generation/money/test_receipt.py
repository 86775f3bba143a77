"""What a run used: live on its page, and line by line on its receipt."""

from __future__ import annotations

import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client, RequestFactory
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from billing.purses import purse_for
from generation.flows import accounting, recording, ringing, running, starting
from generation.models import Run
from generation.views import run_fragment
from ground.models import LogEntry
from interviews.flows import opening, rehearsing
from interviews.models import Interview
from llm.models import ModelCall, RedactionCount, UsageMonth
from tests.generation.commands.shop import Shop
from tests.llm.money.ledger import entry
from tests.wire_stub import WireStub

ANSWERS = [
    ("V1", "Twelve volunteers."),
    ("R2", "When a volunteer scans a tool, the page shows who has it and when it is due back."),
]
pytestmark = pytest.mark.django_db


@pytest.fixture
def interview(alice: User) -> Interview:
    made = opening.open_interview(workspace=alice.workspace, title="Loan Shelf")
    purse = purse_for(alice.workspace.pk, subject=made.pk)
    rehearsing.rehearse(made, ANSWERS, brief="We lend tools and cards get lost.", purse=purse, provider="offline")
    return made


@pytest.fixture
def run(interview: Interview) -> Run:
    """Not begun; its calls are put into the ledger by the tests."""
    with ringing.silence():
        return starting.start(interview, provider="offline")


def called(run: Run, part: str, **fields: Any) -> ModelCall:
    return entry(run.workspace_id, subject=run.pk, part=part, **fields)


def page(client: Client, run: Run) -> str:
    return " ".join(client.get(reverse("generation:receipt", args=[run.pk])).content.decode().split())


class TestAWholeRun:
    """With a vendor at the other end of the wire, which keeps its own accounts."""

    @pytest.fixture
    def done(self, interview: Interview, wire_stub: WireStub, settings: Settings) -> Run:
        settings.LLM_PROVIDER = "anthropic"
        wire_stub.set(counted=True)
        with ringing.silence():
            run = running.drive(starting.start(interview))
        assert run.state == Run.State.DONE, run.trouble
        return run

    @pytest.mark.promise("S-102")
    def test_the_receipt_agrees_with_the_vendors_accounts_to_the_token(self, done: Run, wire_stub: WireStub) -> None:
        receipt, paid = accounting.receipt_of(done), [record for record in wire_stub.records if record.paid]
        assert len(receipt.lines) == 16
        assert receipt.tokens_read == sum(record.tokens_in for record in paid)
        assert receipt.tokens_out == sum(record.tokens_out for record in paid)
        assert sum(line.call.tokens_cached for line in receipt.lines) == sum(record.cache_read for record in paid) > 0
        assert receipt.usd is not None
        assert receipt.usd > 0
        assert UsageMonth.objects.aggregate(sum=Sum("cost_usd"))["sum"] == receipt.usd
        assert UsageMonth.objects.aggregate(sum=Sum("calls"))["sum"] == len(receipt.lines)

    def test_the_meter_grows_from_step_to_step_up_to_the_receipt(self, done: Run) -> None:
        told = [one.payload for one in LogEntry.objects.filter(stream=done.stream, kind="meter").order_by("sequence")]
        tokens = [payload["tokens"] for payload in told]
        assert tokens == sorted(tokens)
        assert len(set(tokens)) > 8
        receipt = accounting.receipt_of(done)
        assert tokens[-1] == receipt.tokens_read + receipt.tokens_out
        assert Decimal(told[-1]["cost_usd"]) == receipt.usd


def test_a_line_says_vendor_model_cache_attempts_repair_stand_in_and_what_was_taken_out(as_alice: Client, run: Run) -> None:
    called(
        run, "vision", tokens_in=12_000, tokens_cached=68_000, tokens_cache_written=0, tokens_out=2_400, cost_usd=Decimal("0.154")
    )
    mended = called(
        run, "prose:BRIEF.md", provider="openai", model="gpt-5.6", instead_of="anthropic", outcome="repaired", attempts=3,
        cost_usd=Decimal("0.27"), own_key=True, dropped=2,
    )  # fmt: skip
    RedactionCount.objects.create(call=mended, kind="api-key", count=2)
    RedactionCount.objects.create(call=mended, kind="password", count=1)
    html = page(as_alice, run)
    assert "Settle who, why and how far" in html
    assert "claude-opus-5" in html
    assert "80,000" in html
    assert "85%" in html
    assert "OpenAI" in html
    assert "in place of Anthropic" in html
    assert "own key" in html
    assert "A good answer after one repair, sent 3 times" in html
    assert "2 api-key, 1 password taken out" in html
    assert "2 passages left out" in html
    assert "<h1> $0.42 so far </h1>" in html


def test_a_call_whose_price_is_not_known_is_said_and_not_shown_as_free(as_alice: Client, run: Run) -> None:
    called(run, "vision", cost_usd=None)
    html = page(as_alice, run)
    assert "<h1> Unpriced </h1>" in html
    assert "The cost of 1 call is not known." in html
    called(run, "requirements", cost_usd=Decimal("0.42"))
    assert "<h1> $0.42 and 1 call unpriced </h1>" in page(as_alice, run)


def test_the_run_page_shows_tokens_and_cost_so_far(as_alice: Client, run: Run) -> None:
    Run.objects.filter(pk=run.pk).update(provider="anthropic")

    def meter() -> str:
        return " ".join(as_alice.get(run.get_absolute_url()).content.decode().split())

    assert '$0.00 <small>so far</small> </dd> <dd class="small soft">0 tokens</dd>' in meter()
    called(run, "vision", tokens_in=12_000, tokens_cached=0, tokens_cache_written=0, tokens_out=400, cost_usd=Decimal("0.42"))
    assert '$0.42 <small>so far</small> </dd> <dd class="small soft">12,400 tokens, <a' in meter()
    called(run, "tests", cost_usd=None)
    assert "$0.42 <small>and 1 call unpriced</small>" in meter()
    assert "did not fit" not in meter()


def test_the_run_page_says_how_many_passages_no_model_saw(as_alice: Client, run: Run) -> None:
    """Each step leaves the same ones out, so the most is counted, not the sum."""
    Run.objects.filter(pk=run.pk).update(provider="anthropic")
    called(run, "vision", dropped=12)
    called(run, "requirements", dropped=12)
    called(run, "tests", dropped=0)
    assert accounting.meter_of(run).left_out == 12
    html = " ".join(as_alice.get(run.get_absolute_url()).content.decode().split())
    assert "12 passages of your documents that nothing quotes did not fit the model" in html


def test_the_live_page_gets_the_meter_anew_with_every_step(run: Run, alice: User, rf: RequestFactory) -> None:
    Run.objects.filter(pk=run.pk).update(provider="anthropic")
    called(run, "vision", tokens_in=12_000, tokens_cached=0, tokens_cache_written=0, tokens_out=400, cost_usd=Decimal("0.42"))
    recording.meter(run)
    told = LogEntry.objects.filter(stream=run.stream, kind="meter").latest("sequence")
    assert (told.payload["tokens"], told.payload["cost_usd"]) == (12_400, "0.420000")
    request = rf.get("/")
    request.user = alice
    fragment = run_fragment(request, run.pk, told)
    assert 'data-live="meter"' in fragment
    assert "$0.42" in fragment
    assert "12,400 tokens" in fragment
    called(run, "tests", cost_usd=None)
    recording.meter(run)
    assert LogEntry.objects.filter(stream=run.stream, kind="meter").latest("sequence").payload["cost_usd"] is None


def test_the_command_line_says_what_a_run_cost(tmp_path: Path, wire_stub: WireStub) -> None:
    wire_stub.set(counted=True)
    shop = Shop(tmp_path, wire_stub.environment | {"LLM_FIRST_WAIT_SECONDS": "0.01"})
    shop.migrate()
    ended = shop.specify("title: Loan Shelf\nbrief: We lend tools to neighbours.\nanswers: []\n", "--provider", "anthropic")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^cost: \$\d+\.\d\d for the run, [\d,]+ tokens$", ended.stdout, re.MULTILINE), ended.stdout


def test_without_a_model_the_receipt_says_so(as_alice: Client, run: Run) -> None:
    called(run, "vision", provider="offline", model="", cost_usd=Decimal(0), tokens_in=0, tokens_out=0)
    assert "No model was asked." in page(as_alice, run)


def test_secrets_that_were_taken_out_at_entry_are_not_denied(as_alice: Client, run: Run) -> None:
    called(run, "vision")
    assert "No secrets were found in what was sent." in page(as_alice, run)
    run.evidence["answers"][0]["text"] = "The card reader asks for [[SECRET:password:7KQ2MZ4A]]."
    run.save(update_fields=["evidence"])
    html = page(as_alice, run)
    assert "Secrets were taken out when they were entered: 1 password." in html
    assert "No secrets were found" not in html


def test_it_can_be_downloaded_as_csv(as_alice: Client, run: Run) -> None:
    called(run, "vision", model="=HYPERLINK(1)", cost_usd=None)
    called(run, "risks", dropped=7)
    answer = as_alice.get(reverse("generation:receipt_csv", args=[run.pk]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="receipt-loan-shelf-1.csv"'
    first, second = csv.DictReader(io.StringIO(answer.content.decode()))
    assert (first["step"], first["vendor"], first["cost_usd"]) == ("Settle who, why and how far", "anthropic", "")
    assert first["model"] == "'=HYPERLINK(1)", "no cell is a formula"
    assert (second["tokens_in"], second["tokens_cached"], second["cost_usd"]) == ("1000", "300", "0.010400")
    assert (first["passages_left_out"], second["passages_left_out"]) == ("0", "7")


@pytest.mark.parametrize("name", ["generation:receipt", "generation:receipt_csv"])
def test_nobody_else_sees_it(client: Client, charlie: User, run: Run, name: str) -> None:
    client.force_login(charlie)
    assert client.get(reverse(name, args=[run.pk])).status_code == 404


def test_calls_of_other_runs_are_no_part_of_it(run: Run) -> None:
    entry(run.workspace_id, subject=None)
    assert not accounting.receipt_of(run).lines
    assert accounting.meter_of(run).tokens == 0
