"""What a vendor sees over a whole interview and run: the interview's own material, and nothing about anybody (S-072 to S-074)."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from billing.models import Subscription
from billing.purses import purse_for
from delivery.models import Channel
from generation.flows import ringing, running, starting
from generation.models import Document, Run, Step
from ground import clock
from interviews.flows import answering, opening, referencing, rehearsing
from interviews.flows.recalling import open_question
from interviews.models import Fact, Interview
from llm import keys
from llm.models import ModelCall
from specstep.celery import MINUTELY, NIGHTLY, REGULARLY, app
from tests.plugins import loopback
from tests.wire_stub import WireStub

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.django_db
PHONE = "0170 " + "5550 199"
BRIEF = f"We lend tools to neighbours from a shelf in the hall. Paper cards get lost. Call Marta on {PHONE}."
ANSWERS = [
    ("V1", "About 4 in 10 loans are overdue. By June 2027 it should be 1 in 10."),
    ("R2", "When a volunteer scans a tool, the page shows who has it and when it is due back."),
]
REFERENCE = "# House rules\n\nA loan lasts at most 14 days. Whoever is late pays 1 euro a day into the jar.\n"
LABELS = "# Labels\n\nEach label is made of heliotrope paper.\n\n```\nmargin: 4 mm\n```\n"
WORD = re.compile(r"[A-Za-z]{4,}")
OTHERS = ("quillfeather", "brambleshank", "thistledown", "oakmarrow")
"""Words that stand in other interviews only: another one of Alice's, and one of Charlie's."""


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice.zephyrine@canary.example", "Zephyrine Moreau-Canary")


ADDRESS = "203.0.113.77"


@pytest.fixture
def about_alice(alice: User, client: Client) -> None:
    """Phones, a browser at an address, a plan and a place for packages: what else is known of her."""
    alice.contact_phone, alice.sms_number = "+44 20 7946 0123", "+447700900123"
    alice.save()
    Client(REMOTE_ADDR=ADDRESS).get("/pricing/")
    ids = {"customer": "cus_Canary7Kestrel", "subscription": "sub_Canary7Kestrel"}
    Subscription.objects.create(workspace=alice.workspace, plan="pro", state="active", **ids)
    place = {"owner": "canary-owner", "repository": "canary-harbour"}
    Channel.objects.create(
        workspace=alice.workspace, kind="github", name="canary-harbour", place=place, sealed="sealed-canary-credential"
    )


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
    for name, text in (("rules.md", REFERENCE), ("labels.md", LABELS)):
        referencing.add_reference(interview, name=name, data=text.encode())
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
        yield from (user.email, user.display_name)
    yield from (alice.email.split("@")[0], "Zephyrine")
    for row in (alice, alice.workspace, charlie, charlie.workspace, interview, run):
        yield from (str(row.pk), row.pk.hex)
    yield from (alice.contact_phone, alice.sms_number, ADDRESS, "cus_Canary7Kestrel", "sub_Canary7Kestrel")
    yield from ("canary-harbour", "sealed-canary-credential", "canary-owner")
    yield from (configured.SECRET_KEY, configured.ANTHROPIC_API_KEY, configured.OPENAI_API_KEY, str(configured.DATA_DIR))


@pytest.mark.promise("S-025", "S-072", "S-073", "S-074")
@pytest.mark.parametrize("provider", ["anthropic", "openai"])
def test_nothing_about_people_machines_or_other_work_is_sent(
    wire_stub: WireStub,
    settings: Settings,
    alice: User,
    charlie: User,
    about_alice: None,
    others: None,
    provider: str,
) -> None:
    settings.LLM_PROVIDER = provider
    with loopback.recorded() as connections:
        interview, run = written(alice, provider)
        a_month_goes_by(settings)
    assert {port for _, port in connections} == {int(wire_stub.url.rpartition(":")[2])}, "nobody but the vendor was called"
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
    of_four_classes(wire_stub, interview, run)
    of_documents_only_what_is_needed(wire_stub)


def a_month_goes_by(settings: Settings) -> None:
    """Everything that the schedule sends, at night for a month, and on some days what it sends by day."""
    settings.CELERY_TASK_ALWAYS_EAGER = True
    app.loader.import_default_modules()
    start = clock.now()
    for day in range(31):
        with clock.frozen(start + dt.timedelta(days=day, hours=3)):
            for name in (*REGULARLY, *MINUTELY, *NIGHTLY) if day % 10 == 0 else NIGHTLY:
                if name != "specstep.pulse":
                    app.tasks[name].apply(throw=True)


def of_four_classes(wire_stub: WireStub, interview: Interview, run: Run) -> None:
    """Every word of every request is of the interview's turns, of its documents, of what agents made of them, or of our own
    instructions (S-073).
    """
    turns = [interview.title, BRIEF, *(text for _, text in ANSWERS), *interview.questions.values_list("text", "why")]
    documents = [REFERENCE, LABELS, *interview.references.values_list("name", flat=True)]
    made = [*Fact.objects.filter(interview=interview).values(), *Step.objects.filter(run=run).values_list("result", flat=True)]
    made += [run.evidence, *Document.objects.filter(package__run=run).values_list("text", flat=True)]
    known = own_words() | words_of([turns, documents, made])
    for word in ("zephyrine", "moreau", *OTHERS):
        assert word not in known, "the control: such a word would be seen"
    for seen in wire_stub.seen:
        said = [seen.body[name] for name in ("system", "messages", "instructions", "input") if name in seen.body]
        assert words_of(said) - known == set(), seen.call


def of_documents_only_what_is_needed(wire_stub: WireStub) -> None:
    """Facts are noted from one document at a time. The four that decide what is built read the documents; whoever works from what
    they decided is given the quotes and no document (S-074).
    """
    notes = [seen.raw for seen in wire_stub.seen if seen.call == "interviews.note_facts"]
    assert any("heliotrope" in raw for raw in notes)
    assert any("House rules" in raw for raw in notes)
    for raw in notes:
        assert not ("heliotrope" in raw and "House rules" in raw)
    for seen in wire_stub.seen:
        if seen.call.startswith("generation."):
            reads = seen.call in {f"generation.{one}" for one in ("vision", "requirements", "tests", "architecture")}
            assert "heliotrope paper" in seen.raw
            assert {"# Labels" in seen.raw, "# House" in seen.raw} == {reads}, seen.call
    assert {"generation.backlog", "generation.risks", "generation.prose", "generation.review"} <= {
        seen.call for seen in wire_stub.seen
    }


@cache
def own_words() -> set[str]:
    """Prompts, rules, topics, contracts and shapes, as they stand in our files."""
    found: set[str] = set()
    for app_name in ("llm", "generation", "interviews", "ground"):
        for path in (ROOT / app_name).rglob("*"):
            if path.suffix in {".md", ".yaml", ".json", ".py"}:
                found |= words_of(path.read_text("utf-8"))
    return found


def words_of(value: Any) -> set[str]:
    """In lower case, without the marks of JSON inside a text."""
    if isinstance(value, dict):
        return words_of([*value, *value.values()])
    if isinstance(value, list | tuple):
        return {word for part in value for word in words_of(part)}
    return {word.lower() for word in WORD.findall(re.sub(r"\\[nrt]", " ", str(value)))}


def test_openai_is_asked_to_store_only_what_is_fetched_later(wire_stub: WireStub, alice: User) -> None:
    """A response is stored by default; only those written in the background are, because they could not be fetched otherwise."""
    written(alice, "openai")
    assert wire_stub.seen
    assert all(seen.body.get("store") is False or seen.body.get("background") is True for seen in wire_stub.seen)
