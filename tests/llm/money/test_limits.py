"""Limits at the gateway: what would pass one is never sent, and what is spent stays below it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from pytest_django import Settings

from accounts.models import User
from billing.models import SpendingLimit
from billing.purses import purse_for
from ground import clock
from ground.rows import new_id
from llm import exchanges, gateway
from llm.calls import Call
from llm.exchanges import Claimed, Question
from llm.models import Exchange, ModelCall, UsageMonth
from llm.purse import OutOfCredit
from tests.llm.clerk.calls import Letter, Sorted
from tests.wire_stub import WireStub

Sort = Call[Letter, Sorted]
RUN = new_id()


def limit(owner: User, **amounts: str) -> None:
    SpendingLimit.objects.update_or_create(
        workspace=owner.workspace, defaults={name: Decimal(amount) for name, amount in amounts.items()}
    )


def letters(count: int) -> list[Letter]:
    return [Letter(sender=f"Sender {number}", text=f"Chair {number} came late.") for number in range(count)]


def spent() -> Decimal:
    return sum((row.cost_usd or Decimal(0) for row in ModelCall.objects.all()), Decimal(0))


@pytest.mark.django_db
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_calls_go_through_until_the_next_might_pass_the_limit(
    wire_stub: WireStub, sort: Sort, alice: User, provider: str
) -> None:
    purse = purse_for(alice.workspace.pk, subject=RUN)
    [first, *others] = letters(40)
    gateway.ask(sort, first, purse=purse, provider=provider)
    each, entry = spent(), ModelCall.objects.get()
    assert entry.estimate_usd is not None
    assert 0 < each < entry.estimate_usd
    # Room for five calls after the first, each weighed with the most it may cost.
    room = each * 5 + entry.estimate_usd
    limit(alice, run_usd=str(room.quantize(Decimal("0.01"))))

    def ask_all() -> None:
        for letter in others:
            gateway.ask(sort, letter, purse=purse, provider=provider)

    with pytest.raises(OutOfCredit, match=r"^Your limit of \$0\.\d\d for one run or interview would be passed") as refused:
        ask_all()
    assert refused.value.permanent
    rows = ModelCall.objects.count()
    assert 3 <= rows < 40
    assert len(wire_stub.seen) == rows, "a refused call was sent, or a sent one is not in the ledger"
    assert spent() <= SpendingLimit.objects.get().run_usd  # type: ignore[operator]


@pytest.mark.django_db
def test_a_refused_call_leaves_no_row_and_no_question(wire_stub: WireStub, sort: Sort, letter: Letter, alice: User) -> None:
    limit(alice, month_usd="0.00")
    with pytest.raises(OutOfCredit):
        gateway.ask(sort, letter, purse=purse_for(alice.workspace.pk, subject=RUN), provider="anthropic", key="one")
    assert not wire_stub.seen
    assert not ModelCall.objects.exists()
    assert not Exchange.objects.exists()
    assert not UsageMonth.objects.exists()


@pytest.mark.django_db
def test_an_answer_that_was_paid_for_is_given_again_when_all_is_spent(
    wire_stub: WireStub, sort: Sort, letter: Letter, alice: User
) -> None:
    purse = purse_for(alice.workspace.pk, subject=RUN)
    first = gateway.ask(sort, letter, purse=purse, provider="anthropic", key="one")
    limit(alice, run_usd="0.00")
    assert gateway.ask(sort, letter, purse=purse, provider="anthropic", key="one") == first
    assert len(wire_stub.seen) == 1


@pytest.mark.django_db
def test_an_unpriced_model_is_asked_without_a_limit_and_refused_under_one(
    wire_stub: WireStub, sort: Sort, letter: Letter, alice: User, settings: Settings
) -> None:
    settings.LLM_MODELS = {**settings.LLM_MODELS, ("anthropic", "balanced"): "claude-of-nobody"}
    purse = purse_for(alice.workspace.pk, subject=RUN)
    gateway.ask(sort, letter, purse=purse, provider="anthropic")
    assert ModelCall.objects.get().cost_usd is None
    limit(alice, run_usd="900.00")
    with pytest.raises(OutOfCredit, match="price of the model is not known"):
        gateway.ask(sort, letter, purse=purse, provider="anthropic")
    assert len(wire_stub.seen) == 1


@pytest.mark.django_db
def test_a_call_whose_process_died_holds_nothing_of_the_limit_for_the_one_that_takes_over(alice: User) -> None:
    limit(alice, run_usd="2.00")
    question = Question(purse_for(alice.workspace.pk, subject=RUN), "one", "digest")

    def opened() -> ModelCall:
        return ModelCall(
            workspace=alice.workspace, subject=RUN, call="clerk.sort", version=3, provider="anthropic", started_at=clock.now()
        )

    first = exchanges.claim(question, open_entry=opened, estimate_usd=Decimal("1.50"))
    with clock.moved(dt.timedelta(minutes=5)):
        second = exchanges.claim(question, open_entry=opened, estimate_usd=Decimal("1.50"))
    assert isinstance(first, Claimed)
    assert isinstance(second, Claimed)
    first.entry.refresh_from_db()
    assert (first.entry.outcome, first.entry.cost_usd) == (ModelCall.Outcome.LOST, None), "nobody knows what it cost"


@pytest.mark.django_db(transaction=True)
def test_calls_that_begin_at_one_moment_are_weighed_together(alice: User) -> None:
    limit(alice, run_usd="2.00")
    purse = purse_for(alice.workspace.pk, subject=RUN)

    def opened() -> ModelCall:
        return ModelCall(
            workspace=alice.workspace, subject=RUN, call="clerk.sort", version=3, provider="anthropic", started_at=clock.now()
        )

    wishes = [exchanges._Wish(Question(purse, key, "digest"), opened, Decimal("0.90")) for key in ("one", "two", "three")]
    ends = exchanges._claims._ends(wishes)  # as for three threads at one moment
    assert [type(end.error) for end in ends] == [type(None), type(None), OutOfCredit]
    assert ModelCall.objects.count() == 2
