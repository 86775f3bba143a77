"""What a vendor sees over a whole interview and run: the interview's own material, and nothing about anybody (S-072 to S-074)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.conf import settings as configured
from pytest_django import Settings

from accounts.models import User
from billing.purses import purse_for
from generation.flows import ringing, running, starting
from generation.models import Run
from interviews.flows import answering, opening, referencing, rehearsing
from interviews.flows.recalling import open_question
from interviews.models import Interview
from llm import keys
from llm.models import ModelCall
from tests.wire_stub import WireStub

pytestmark = pytest.mark.django_db
PHONE = "0170 " + "5550 199"
BRIEF = f"We lend tools to neighbours from a shelf in the hall. Paper cards get lost. Call Marta on {PHONE}."
ANSWERS = [
    ("V1", "About 4 in 10 loans are overdue. By June 2027 it should be 1 in 10."),
    ("R2", "When a volunteer scans a tool, the page shows who has it and when it is due back."),
]
REFERENCE = "# House rules\n\nA loan lasts at most 14 days. Whoever is late pays 1 euro a day into the jar.\n"
OTHERS = ("quillfeather", "brambleshank", "thistledown", "oakmarrow")
"""Words that stand in other interviews only: another one of Alice's, and one of Charlie's."""


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice.zephyrine@canary.example", "Zephyrine Moreau-Canary")


@pytest.fixture
def others(alice: User, charlie: User) -> None:
    """An interview beside it in the same workspace, and one of somebody else, each with an answer and a document."""
    for user, (said, read) in ((alice, OTHERS[:2]), (charlie, OTHERS[2:])):
        interview = opening.open_interview(workspace=user.workspace, title=f"Secret plan {said}", profile="lean", depth="quick")
        referencing.add_reference(interview, name=f"{read}.md", data=f"# {read}\n\nThe {read} costs 12 euro.\n".encode())
        question = open_question(interview)
        assert question is not None
        answering.store_answer(question, text=f"The {said} must be ready by June 2027.")
        answering.reply_now(interview, purse=purse_for(interview.workspace_id, subject=interview.pk), provider="offline")


def written(alice: User, provider: str) -> tuple[Interview, Run]:
    interview = opening.open_interview(workspace=alice.workspace, title="Loan shelf", profile="lean", depth="quick")
    referencing.add_reference(interview, name="rules.md", data=REFERENCE.encode())
    purse = purse_for(interview.workspace_id, subject=interview.pk)
    rehearsing.rehearse(interview, ANSWERS, brief=BRIEF, purse=purse, provider=provider)
    with ringing.silence():
        run = starting.start(interview, provider=provider)
    running.drive(run)
    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.trouble
    return interview, run


def about_people_and_machines(alice: User, charlie: User, interview: Interview, run: Run) -> Iterator[str]:
    for user in (alice, charlie):
        yield from (user.email, user.display_name, user.workspace.name)
    yield from (alice.email.split("@")[0], "Zephyrine")
    for row in (alice, alice.workspace, charlie, charlie.workspace, interview, run):
        yield from (str(row.pk), row.pk.hex)
    yield from (configured.SECRET_KEY, configured.ANTHROPIC_API_KEY, configured.OPENAI_API_KEY, str(configured.DATA_DIR))


@pytest.mark.promise("S-072")
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_nothing_about_people_machines_or_other_work_is_sent(
    wire_stub: WireStub, settings: Settings, alice: User, charlie: User, others: None, provider: str
) -> None:
    settings.LLM_PROVIDER = provider
    interview, run = written(alice, provider)
    assert len(wire_stub.seen) > 10
    wanted = [
        text.lower() for text in (*about_people_and_machines(alice, charlie, interview, run), *OTHERS, PHONE) if len(text) > 6
    ]
    assert len(wanted) > 20
    for seen in wire_stub.seen:
        sent = seen.raw.lower()
        assert not [text for text in wanted if text in sent], seen.call
        headers = {name: value for name, value in seen.headers.items() if name.lower() not in {"x-api-key", "authorization"}}
        told = json.dumps(headers).lower()
        assert not [text for text in wanted if text in told], headers
        assert not {"user", "user_id", "safety_identifier", "metadata"} & set(seen.body), seen.body.keys()
    sent = "".join(seen.raw for seen in wire_stub.seen)
    assert "neighbours from a shelf" in sent
    assert "14 days" in sent
    assert {seen.path.split("?")[0] for seen in wire_stub.seen} <= {"/v1/messages", "/v1/responses"}
    entries = ModelCall.objects.filter(subject__in=[interview.pk, run.pk])
    assert set(entries.values_list("provider", flat=True)) == {provider}
    assert set(keys.VENDORS) == {"anthropic", "openai"}


def test_openai_is_asked_to_store_only_what_is_fetched_later(wire_stub: WireStub, alice: User) -> None:
    """A response is stored by default; only those written in the background are, because they could not be fetched otherwise."""
    written(alice, "openai")
    assert wire_stub.seen
    assert all(seen.body.get("store") is False or seen.body.get("background") is True for seen in wire_stub.seen)
