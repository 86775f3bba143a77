"""Before a run begins its owner sees what it will cost, and a limit that does not reach stops it there."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from billing.models import SpendingLimit
from generation.flows import estimating, starting
from generation.models import Run
from interviews.models import Interview
from llm.models import ModelCall
from llm.purse import OutOfCredit
from tests.llm.money.ledger import entry


@pytest.fixture
def interview(alice: User) -> Interview:
    return Interview.objects.create(workspace=alice.workspace, title="Desk", state=Interview.State.CLOSED)


@pytest.fixture
def with_a_model(settings: Settings) -> None:
    settings.LLM_PROVIDER = "anthropic"
    settings.ANTHROPIC_API_KEY = "not-a-key"


def review(client: Client, interview: Interview) -> str:
    return client.get(reverse("interviews:review", args=[interview.pk])).content.decode()


def test_without_a_model_it_says_that_it_costs_nothing(as_alice: Client, interview: Interview) -> None:
    assert "This costs nothing." in review(as_alice, interview)


@pytest.mark.usefixtures("with_a_model")
class TestWithAModel:
    def test_it_says_from_what_to_what_per_document_and_the_limit(
        self, as_alice: Client, interview: Interview, settings: Settings
    ) -> None:
        settings.LLM_CAP_RUN_USD = Decimal(50)
        page = review(as_alice, interview)
        assert "About $" in page
        assert "16 questions to models" in page
        assert "The architecture" in page
        assert "the limit of this service of $50.00 for one run or interview; $50.00 is left" in page

    def test_a_limit_that_does_not_reach_stops_it_before_anything_is_made(
        self, as_alice: Client, interview: Interview, settings: Settings
    ) -> None:
        settings.LLM_CAP_RUN_USD = Decimal("0.05")
        page = review(as_alice, interview)
        assert "does not reach: $0.05 is left, and this package needs at least $" in page
        assert "disabled" in page
        with pytest.raises(OutOfCredit, match="Nothing was begun"):
            starting.start(interview)
        answer = as_alice.post(reverse("generation:start", args=[interview.pk]), follow=True)
        assert "does not reach" in answer.content.decode()
        assert not Run.objects.exists()
        assert not ModelCall.objects.exists()

    def test_a_limit_that_its_largest_question_would_pass_stops_it_too(self, interview: Interview, settings: Settings) -> None:
        whole = estimating.outlook(interview).estimate
        assert whole.whole.usd is not None
        settings.LLM_CAP_RUN_USD = whole.whole.usd[0] + Decimal("0.10")
        assert whole.needed_usd > settings.LLM_CAP_RUN_USD
        with pytest.raises(OutOfCredit, match="with what is held for a question while it is answered"):
            starting.start(interview)

    def test_what_is_left_of_the_month_counts(self, alice: User, interview: Interview) -> None:
        SpendingLimit.objects.create(workspace=alice.workspace, month_usd=Decimal(5))
        assert estimating.outlook(interview).refused == ""
        entry(alice.workspace.pk, cost_usd=Decimal("4.99"))
        refused = estimating.outlook(interview).refused
        assert refused.startswith("Your limit of $5.00 for a month does not reach: $0.01 is left")
        assert "Raise it under Settings, Usage, or wait for the next month." in refused

    def test_what_another_run_cost_does_not_count_against_the_limit_per_run(self, alice: User, interview: Interview) -> None:
        SpendingLimit.objects.create(workspace=alice.workspace, run_usd=Decimal(5))
        entry(alice.workspace.pk, cost_usd=Decimal("4.99"))
        assert estimating.outlook(interview).refused == ""

    def test_a_price_that_is_not_known_is_said_and_no_limit_can_be_kept(
        self, as_alice: Client, interview: Interview, settings: Settings
    ) -> None:
        settings.LLM_MODELS = dict.fromkeys(settings.LLM_MODELS, "strange-model")
        page = review(as_alice, interview)
        assert "What this package costs is not known." in page
        assert "The price of strange-model is missing." in page
        assert "$0.00" not in page
        settings.LLM_CAP_MONTH_USD = Decimal(50)
        with pytest.raises(OutOfCredit, match="price of the model is not known"):
            starting.start(interview)
