"""Answers in the background: bought once, fetched when they can be, stopped when nobody wants them."""

from __future__ import annotations

import threading
import time

import pytest
from pytest_django import Settings

from llm import calls, gateway
from llm.errors import ModelBusy, Stopped
from llm.models import ModelCall
from tests.llm.clerk.calls import SORT
from tests.llm.conftest import RememberingPurse
from tests.llm.faults import matrix
from tests.wire_stub import WireStub

pytestmark = pytest.mark.django_db
KEY = "run-7:sort"


@pytest.fixture(autouse=True)
def _clerk(settings: Settings) -> None:
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.llm.clerk"]
    settings.LLM_FIRST_WAIT_SECONDS = 0.002
    calls.register(SORT)


def _ask(purse: RememberingPurse, **more: object) -> object:
    return gateway.ask(matrix.IN_BACKGROUND, matrix.LETTER, purse=purse, provider="openai", key=KEY, **more)  # type: ignore[arg-type]


def _looks(stub: WireStub) -> list[str]:
    return [f"{one['method']} {one['path'].rpartition('/')[2]}" for one in stub.calls() if one["api"] == "responses-item"]


def test_an_answer_that_could_not_be_fetched_is_fetched_by_the_next_asker(wire_stub: WireStub, purse: RememberingPurse) -> None:
    wire_stub.fetch_plan.always = "500"
    with pytest.raises(ModelBusy):
        _ask(purse)
    wire_stub.fetch_plan.always = None
    assert _ask(purse) == matrix.GOOD
    assert len(wire_stub.seen) == 1, "it was bought once"
    first, second = ModelCall.objects.order_by("started_at")
    assert (first.outcome, first.tokens_in, second.outcome) == ("busy", 0, "answered")
    assert second.tokens_in > 0


def test_an_answer_that_the_vendor_forgot_is_bought_again(wire_stub: WireStub, purse: RememberingPurse) -> None:
    wire_stub.faults = ["expired"]
    assert _ask(purse) == matrix.GOOD
    assert len(wire_stub.seen) == 2


def test_what_was_fetched_is_deleted_at_the_vendor(wire_stub: WireStub, purse: RememberingPurse) -> None:
    _ask(purse)
    give_up = time.monotonic() + 3
    while wire_stub.stored and time.monotonic() < give_up:
        time.sleep(0.01)
    assert not wire_stub.stored
    assert [look for look in _looks(wire_stub) if look.startswith("DELETE")]


def test_a_call_that_is_stopped_stops_the_vendor_too(wire_stub: WireStub, purse: RememberingPurse) -> None:
    wire_stub.faults = ["stuck"]
    stop = gateway.Stop()
    threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()
    with pytest.raises(Stopped):
        _ask(purse, stop=stop)
    assert time.monotonic() - begun < 3
    give_up = time.monotonic() + 3
    while wire_stub.stored and time.monotonic() < give_up:
        time.sleep(0.01)
    assert "POST cancel" in _looks(wire_stub)
    assert not wire_stub.stored


def test_a_call_without_a_key_keeps_nothing_to_fetch(wire_stub: WireStub, purse: RememberingPurse) -> None:
    answer = gateway.ask(matrix.IN_BACKGROUND, matrix.LETTER, purse=purse, provider="openai")
    assert answer == matrix.GOOD
    assert gateway.ask(matrix.IN_BACKGROUND, matrix.LETTER, purse=purse, provider="openai") == matrix.GOOD
    assert len(wire_stub.seen) == 2
