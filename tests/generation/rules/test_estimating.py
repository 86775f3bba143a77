"""What a run will need: reckoned from sizes, by hand where the figures are simple."""

from __future__ import annotations

from decimal import Decimal

import pytest
from pydantic import ValidationError

from generation.rules import estimating
from generation.rules.estimating import Asked, Figures

SIMPLE = Figures.model_validate(
    {
        "as_of": "2026-11-21",
        "samples": [],
        "characters_per_token": {"least": 2, "most": 4},
        "thinking": [0, 1],
        "repairs": [0, 0.5],
        "per_fact": {"vision": [4, 4], "requirements": [8, 8], "documents": [40, 40]},
        "fixed": {"prose:BRIEF.md": [400, 400], "prose:README.md": [400, 400], "review:tester": [80, 80]},
        "any": [100, 200],
    }
)


def cents(fresh: int, cached: int, written: int, out: int) -> Decimal:
    """One cent a token read, two for a cached one's write, a tenth from the cache, ten for an answer."""
    return (Decimal(fresh) + Decimal(cached) / 10 + Decimal(written) * 2 + Decimal(out) * 10) / 100


def held(characters: int) -> Decimal:
    """A dollar for a hundred characters, and three for the answer."""
    return Decimal(characters) / 100 + 3


def asked(key: str, needs: tuple[str, ...] = (), cost: estimating.Cost = cents, **more: object) -> Asked:
    given: dict[str, object] = {
        "vendor": "anthropic",
        "model": "m",
        "instructions": 40,
        "most_out": 10_000,
        "title": key,
        "reserve": held,
    }
    return Asked(key=key, needs=needs, cost=cost, **(given | more))  # type: ignore[arg-type]


def of(*calls: Asked, evidence: int = 400, facts: int = 10) -> estimating.RunEstimate:
    return estimating.estimate(calls, evidence=evidence, facts=facts, figures=SIMPLE)


def test_one_call_reads_answers_and_instructions_and_writes_its_part() -> None:
    [row] = of(asked("vision")).rows
    # Least: four characters are a token. 100 of answers + 10 of instructions read, 10 written.
    # Most: two characters are a token, it thinks as much as it writes, and every second call is repeated.
    assert row.tokens == (100 + 10 + 10, round((200 + 20 + 40) * 1.5))
    assert row.usd == (Decimal("2.10"), Decimal("12.30"))


def test_a_call_reads_the_parts_it_needs_too() -> None:
    alone, more = of(asked("requirements")).whole, of(asked("requirements", ("freeze", "vision"))).whole
    assert more.tokens[0] - alone.tokens[0] == 10
    assert more.tokens[1] - alone.tokens[1] == 30


def test_reviewers_read_the_documents() -> None:
    without, [row] = of(asked("prose:BRIEF.md")).whole, of(asked("review:tester")).rows
    assert row.group == "review"
    assert row.tokens[0] == 100 + 100 + 10 + 20
    assert without.tokens[0] == 100 + 10 + 100


def test_calls_of_a_shape_share_the_price_of_filling_the_cache() -> None:
    [alone] = of(asked("prose:BRIEF.md")).rows
    first, second = of(asked("prose:BRIEF.md"), asked("prose:README.md")).rows
    assert alone.usd is not None
    assert alone.usd[0] == Decimal("11.10"), "100 tokens of answers, 10 of instructions, 100 written"
    # One of the two writes 100 tokens into the cache for 2 dollars, the other reads them there for a tenth.
    assert first.usd is not None
    assert first.usd[0] == (Decimal("12.10") + Decimal("10.20")) / 2
    assert first.usd == second.usd


def test_another_model_has_another_cache() -> None:
    [alone] = of(asked("prose:BRIEF.md")).rows
    first, second = of(asked("prose:BRIEF.md"), asked("prose:README.md", model="other")).rows
    assert first.usd == second.usd == alone.usd


def test_an_answer_is_not_longer_than_the_call_allows() -> None:
    [row] = of(asked("vision", most_out=15)).rows
    assert row.tokens == (120, round((200 + 20 + 15) * 1.5))


def test_documents_stand_one_by_one_between_what_they_build_on_and_the_reviews() -> None:
    rows = of(asked("vision"), asked("requirements"), asked("prose:BRIEF.md"), asked("review:tester")).rows
    assert [(row.title, row.calls) for row in rows] == [
        ("What all documents build on", 2),
        ("prose:BRIEF.md", 1),
        ("Reviews", 1),
    ]
    whole = estimating.RunEstimate(rows).whole
    assert whole.calls == 4
    assert whole.tokens == tuple(sum(row.tokens[end] for row in rows) for end in (0, 1))
    assert whole.usd == tuple(sum(row.usd[end] for row in rows if row.usd) for end in (0, 1))


def test_a_model_without_a_price_is_named_and_never_free() -> None:
    found = of(asked("vision"), asked("prose:BRIEF.md", model="strange", cost=lambda *_: None))
    assert list(found.unpriced) == ["strange"]
    assert found.whole.usd is None
    assert found.needed_usd > 0, "the known part"
    assert found.whole.tokens[0] > 0


def test_a_limit_must_leave_what_is_held_for_the_largest_call_on_top_of_what_was_spent_before_it() -> None:
    alone = of(asked("vision"))
    assert alone.needed_usd == Decimal("7.40"), "440 characters; the call itself costs 2.10 at the least"
    both = of(asked("vision"), asked("requirements"))
    assert both.needed_usd == Decimal("2.10") + Decimal("7.40")
    cheap = of(asked("vision", reserve=lambda _: Decimal("0.01")))
    assert cheap.needed_usd == Decimal("2.10")


def test_no_calls_cost_nothing() -> None:
    assert of().is_free
    assert of().whole.usd == (Decimal(0), Decimal(0))


def test_a_document_that_no_figure_names_has_a_size_all_the_same() -> None:
    assert of(asked("prose:docs/new.md")).whole.tokens[0] == 100 + 10 + 25


@pytest.mark.parametrize("span", [[2, 1], [-1, 1]])
def test_figures_out_of_order_are_refused(span: list[int]) -> None:
    with pytest.raises(ValidationError, match="least, most"):
        Figures.model_validate(SIMPLE.model_dump() | {"thinking": span})


def test_the_figures_of_the_product_can_be_read() -> None:
    assert estimating.read().samples == ["clinic", "dose-pump", "energy-report"]
