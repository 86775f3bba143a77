"""With an own key every call goes to its vendor with that key, whatever happens (S-068)."""

from __future__ import annotations

import io
import logging

import pytest
from pytest_django import Settings

from accounts.models import User
from billing.purses import purse_for
from generation.flows import ringing, running, starting
from generation.models import Run
from ground import vault
from interviews.flows import answering, opening, rehearsing
from interviews.flows.recalling import open_question
from llm import gateway, keys
from llm.calls import Call
from llm.errors import ModelFailed
from llm.flows import bringing
from llm.keys import KeyRevoked
from llm.models import ModelCall, OwnKey
from specstep.logs import Redacting
from tests.llm.clerk.calls import Letter, Sorted
from tests.llm.conftest import RememberingPurse
from tests.llm.keys.conftest import ANTHROPIC_KEY, OPENAI_KEY
from tests.llm.keys.dump import dump
from tests.wire_stub import Seen, WireStub

pytestmark = pytest.mark.django_db
OWN = {"anthropic": ANTHROPIC_KEY, "openai": OPENAI_KEY}
OTHER = {"anthropic": "openai", "openai": "anthropic"}
BRIEF = "We lend tools to neighbours from a shelf in the hall. Paper cards get lost. Twelve volunteers run it in the evenings."
ANSWERS = [
    ("V1", "About 4 in 10 loans are overdue. By June 2027 it should be 1 in 10."),
    ("R2", "When a volunteer scans a tool, the page shows who has it and when it is due back."),
]


def key_of(seen: Seen) -> str:
    headers = {name.lower(): value for name, value in seen.headers.items()}
    return headers.get("x-api-key") or headers.get("authorization", "").removeprefix("Bearer ")


def vendor_of(seen: Seen) -> str:
    return "anthropic" if seen.path.startswith("/v1/messages") else "openai"


@pytest.fixture
def own(alice: User, wire_stub: WireStub, settings: Settings, request: pytest.FixtureRequest) -> OwnKey:
    """Alice has a key of one vendor; the service is set to the other one, has both managed keys, and she allows failover."""
    provider: str = request.param
    settings.LLM_PROVIDER = OTHER[provider]
    settings.LLM_FIRST_WAIT_SECONDS = 0.005
    settings.LLM_REVIEW_PROVIDER = "other"
    wire_stub.keys = {*wire_stub.keys, OWN[provider]}
    bringing.allow_failover(alice.workspace, allowed=True, actor=alice)
    row = OwnKey(workspace=alice.workspace, provider=provider, last_four=OWN[provider][-4:])
    row.sealed = vault.seal(OWN[provider], purpose=keys.PURPOSE, row=row.pk)
    row.save(force_insert=True)
    return row


both = pytest.mark.parametrize("own", ["anthropic", "openai"], indirect=True)


@pytest.mark.promise("S-068")
@both
def test_every_call_of_interview_and_run_goes_out_with_the_own_key(alice: User, wire_stub: WireStub, own: OwnKey) -> None:
    interview = opening.open_interview(workspace=alice.workspace, title="Loan shelf", profile="lean", depth="quick")
    purse = purse_for(interview.workspace_id, subject=interview.pk)
    rehearsing.rehearse(interview, ANSWERS, brief=BRIEF, purse=purse)
    in_interview = len(wire_stub.seen)
    assert in_interview
    with ringing.silence():
        run = starting.start(interview)
    running.drive(run)
    run.refresh_from_db()
    assert (run.state, run.provider) == (Run.State.DONE, own.provider), run.trouble
    assert len(wire_stub.seen) > in_interview + 5
    assert {(vendor_of(seen), key_of(seen)) for seen in wire_stub.seen} == {(own.provider, OWN[own.provider])}
    assert any("review" in seen.call for seen in wire_stub.seen)
    entries = ModelCall.objects.exclude(provider="offline")
    assert set(entries.values_list("provider", "own_key", "instead_of")) == {(own.provider, True, "")}


@pytest.mark.promise("S-068")
@both
def test_an_own_key_is_used_in_the_interview_where_no_model_is_set_up(
    alice: User, wire_stub: WireStub, settings: Settings, own: OwnKey
) -> None:
    settings.LLM_PROVIDER = "offline"
    interview = opening.open_interview(workspace=alice.workspace, title="Loan shelf", profile="lean", depth="quick")
    question = open_question(interview)
    assert question is not None
    answering.store_answer(question, text=BRIEF)
    answering.reply_now(interview, purse=purse_for(interview.workspace_id, subject=interview.pk))
    assert {(vendor_of(seen), key_of(seen)) for seen in wire_stub.seen} == {(own.provider, OWN[own.provider])}
    assert not ModelCall.objects.filter(provider="offline").exists()


@pytest.mark.promise("S-068")
@both
@pytest.mark.parametrize("fault", ["401", "429", "500", "529"])
def test_a_failing_own_key_is_never_replaced_by_a_managed_one(
    wire_stub: WireStub, sort: Call[Letter, Sorted], letter: Letter, purse: RememberingPurse, own: OwnKey, fault: str
) -> None:
    wire_stub.always = fault
    with pytest.raises(ModelFailed) as failed:
        gateway.ask(sort, letter, purse=purse)
    assert len(str(failed.value)) > 40
    assert wire_stub.seen
    assert {(vendor_of(seen), key_of(seen)) for seen in wire_stub.seen} == {(own.provider, OWN[own.provider])}


@pytest.mark.promise("S-068", "S-070")
@both
def test_work_begun_with_a_revoked_key_sends_nothing(
    alice: User, wire_stub: WireStub, sort: Call[Letter, Sorted], letter: Letter, own: OwnKey
) -> None:
    bringing.revoke(own, actor=alice)
    with pytest.raises(KeyRevoked):
        gateway.ask(sort, letter, purse=RememberingPurse(alice.workspace.pk, own_key=True), provider=own.provider)
    assert not wire_stub.seen


@pytest.mark.promise("S-068", "S-070")
@both
def test_a_run_whose_key_is_revoked_before_its_first_call_stops_and_says_so(
    alice: User, wire_stub: WireStub, own: OwnKey
) -> None:
    interview = opening.open_interview(workspace=alice.workspace, title="Loan shelf", profile="lean", depth="quick")
    purse = purse_for(interview.workspace_id, subject=interview.pk)
    rehearsing.rehearse(interview, ANSWERS, brief=BRIEF, purse=purse, provider="offline")
    with ringing.silence():
        run = starting.start(interview)
    bringing.revoke(own, actor=alice)
    running.drive(run)
    run.refresh_from_db()
    assert run.state == Run.State.FAILED
    assert "revoked" in run.trouble
    assert not wire_stub.seen


@both
def test_the_key_of_one_workspace_is_not_used_for_another(
    charlie: User, wire_stub: WireStub, sort: Call[Letter, Sorted], letter: Letter, own: OwnKey
) -> None:
    gateway.ask(sort, letter, purse=RememberingPurse(charlie.workspace.pk))
    assert {vendor_of(seen) for seen in wire_stub.seen} == {OTHER[own.provider]}
    assert OWN[own.provider] not in {key_of(seen) for seen in wire_stub.seen}


def test_the_other_managed_vendor_answers_when_the_owner_allows_it(
    alice: User, wire_stub: WireStub, settings: Settings, sort: Call[Letter, Sorted], letter: Letter, purse: RememberingPurse
) -> None:
    settings.LLM_FIRST_WAIT_SECONDS = 0.005
    settings.ANTHROPIC_API_KEY = "sk-" + "ant-expired"
    with pytest.raises(ModelFailed):
        gateway.ask(sort, letter, purse=purse, provider="anthropic")
    bringing.allow_failover(alice.workspace, allowed=True, actor=alice)
    gateway.ask(sort, letter, purse=purse, provider="anthropic")
    told = ModelCall.objects.order_by("started_at").values_list("provider", "instead_of", "own_key", "state")
    assert list(told) == [
        ("anthropic", "", False, "failed"),
        ("anthropic", "", False, "failed"),
        ("openai", "anthropic", False, "answered"),
    ]


@pytest.mark.promise("S-067")
@both
@pytest.mark.parametrize("fault", ["", "401", "500", "cut"])
def test_a_call_with_an_own_key_leaves_no_trace_of_it_at_the_lowest_level_of_logs(
    wire_stub: WireStub, sort: Call[Letter, Sorted], letter: Letter, purse: RememberingPurse, own: OwnKey, fault: str
) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(Redacting("%(levelname)s %(name)s %(message)s"))
    names = ("", "anthropic", "openai", "httpx2", "httpcore2", "django", "asyncio", "llm")
    before = {name: logging.getLogger(name).level for name in names}
    logging.getLogger().addHandler(handler)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    wire_stub.always = fault or None
    logging.getLogger("worker").debug("Asking with %s", OWN[own.provider])
    try:
        gateway.ask(sort, letter, purse=purse)
    except ModelFailed as error:
        logging.getLogger("worker").exception("The call failed: %s", error)
    finally:
        logging.getLogger().removeHandler(handler)
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
    key = OWN[own.provider]
    said = written.getvalue()
    assert "DEBUG worker Asking with [[SECRET:" in said
    assert wire_stub.seen
    assert not any(key[at : at + 8] in said for at in range(7, len(key) - 7))
    assert not any(key[at : at + 8] in dump() for at in (7, 20, 40))
