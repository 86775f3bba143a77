"""Telemetry is a closed list of columns, and what stands in it is what the vendor counted (S-102, N-48)."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from django.db import models

from ground.rows import Row
from llm import gateway, pricing
from llm.calls import Call
from llm.models import Exchange, ModelCall, RedactionCount, UsageMonth
from tests.llm.clerk.calls import Letter, Sorted
from tests.llm.conftest import RememberingPurse
from tests.wire_stub import WireStub

COLUMNS = {
    ModelCall: {
        # keys
        "id",
        "workspace",
        "subject",
        # which call of ours: names and numbers from our code
        "call",
        "version",
        "tier",
        "part",
        # vendor and model
        "provider",
        "model",
        "own_key",
        "instead_of",
        # error rates
        "state",
        "outcome",
        "attempts",
        "dropped",
        # tokens
        "tokens_in",
        "tokens_out",
        "tokens_cached",
        "tokens_cache_written",
        # cost
        "estimate_usd",
        "cost_usd",
        # times
        "created_at",
        "started_at",
        "finished_at",
    },
    RedactionCount: {"id", "call", "kind", "count", "created_at"},
    UsageMonth: {
        "id",
        "workspace",
        "month",
        "provider",
        "model",
        "own_key",
        "calls",
        "failed",
        "unpriced",
        "tokens_in",
        "tokens_out",
        "tokens_cached",
        "tokens_cache_written",
        "cost_usd",
        "created_at",
    },
}
LONGEST_NAME = 80
"""Characters. A column of words this short holds a name of ours and no content."""


@pytest.mark.parametrize("table", COLUMNS, ids=lambda table: table.__name__)
@pytest.mark.promise("S-102")
def test_the_columns_are_a_closed_list_without_free_text(table: type[Row]) -> None:
    fields = {field.name: field for field in table._meta.concrete_fields}
    assert set(fields) == COLUMNS[table]
    for field in fields.values():
        assert not isinstance(field, models.TextField | models.JSONField | models.BinaryField | models.FileField), field.name
        if isinstance(field, models.CharField):
            assert (field.max_length or 0) <= LONGEST_NAME, field.name


@pytest.mark.django_db
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
@pytest.mark.promise("S-102")
def test_after_a_call_it_holds_what_the_vendor_counted_and_no_word_of_anybody(
    wire_stub: WireStub,
    sort: Call[Letter, Sorted],
    purse: RememberingPurse,
    provider: str,
) -> None:
    content, secret = "the marmalade cat of Wednesday", "sk-" + "ant-" + "api03-" + "h" * 40
    letter = Letter(sender="Ms Adeyemi", text=f"I am angry about {content}. My key is {secret}. Call me.")
    wire_stub.set(counted=True)
    for part in ("prose:BRIEF.md", "prose:AGENTS.md"):
        gateway.ask(sort, letter, purse=purse, provider=provider, key=part, part=part)

    entries = list(ModelCall.objects.all())
    paid = [record for record in wire_stub.records if record.paid]
    assert len(entries) == len(paid) == 2
    for name, field in {"tokens_out": "tokens_out", "cache_read": "tokens_cached", "cache_write": "tokens_cache_written"}.items():
        assert sum(getattr(entry, field) for entry in entries) == sum(getattr(record, name) for record in paid), field
    whole = [entry.tokens_in + entry.tokens_cached + entry.tokens_cache_written for entry in entries]
    assert sorted(whole) == sorted(record.tokens_in for record in paid)
    assert {entry.model for entry in entries} == {record.model for record in paid}
    assert {entry.provider for entry in entries} == {provider}
    prices = pricing.price_of(paid[0].model)
    assert prices is not None
    by_hand = sum(
        (record.tokens_in - record.cache_read - record.cache_write) * prices.input
        + record.cache_read * prices.cached
        + record.cache_write * prices.cache_write
        + record.tokens_out * prices.output
        for record in paid
    )
    assert sum(entry.cost_usd or 0 for entry in entries) == pytest.approx(by_hand / 1_000_000, abs=Decimal("0.000002"))

    rows = [list(table.objects.values()) for table in (ModelCall, RedactionCount, UsageMonth)]
    written_down = json.dumps(rows, default=str)
    for canary in (content, secret, "Adeyemi", "marmalade", secret[-12:]):
        assert canary not in written_down
    assert {row.call_id for row in RedactionCount.objects.all()} == {entry.pk for entry in entries}
    assert Exchange.objects.exists(), "the answer lies apart, and goes after 30 days"
