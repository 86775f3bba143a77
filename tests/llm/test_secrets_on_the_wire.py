"""No secret reaches a model vendor, in any stage, with any key, in any form; the words beside it do (S-075).

The vendors are on loopback and look for each secret in body, headers and address of every request: plain, escaped as JSON or for
an address, hexadecimal, reversed, base64.
"""

from __future__ import annotations

import base64
import json
import random
import string
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import User
from billing.purses import purse_for
from generation.flows import ringing, running, starting
from generation.models import Document, Run
from ground import vault
from interviews.flows import opening, referencing, rehearsing
from llm import keys
from llm.models import OwnKey, RedactionCount
from tests.interviews.references.documents import pdf
from tests.llm.keys.dump import dump
from tests.wire_stub import WireStub, answers
from tests.wire_stub.asked import Asked

pytestmark = pytest.mark.django_db
MIXED = string.ascii_letters + string.digits
OWN = {"anthropic": "sk-" + "ant-api03-" + "Canary7Kestrel" * 5 + "9xQz", "openai": "sk-" + "proj-" + "Canary3Heron" * 6 + "4wLm"}


def corpus() -> dict[str, str]:
    """One secret of each family the promise names, made here so that no file holds anything that looks like one."""
    dice = random.Random(75)

    def some(length: int, letters: str = MIXED) -> str:
        return "".join(dice.choice(letters) for _ in range(length - 3)) + "q7Z"

    def part(value: dict[str, Any]) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return {
        "aws id": "AK" + "IA" + "".join(dice.choice(string.ascii_uppercase + "234567") for _ in range(16)),
        "aws secret": some(40),
        "google key": "AI" + "za" + some(35),
        "azure storage": base64.b64encode(dice.randbytes(64)).decode(),
        "private key": "\n".join(some(64) for _ in range(8)),
        "github token": "gh" + "p_" + some(36),
        "gitlab token": "gl" + "pat-" + some(20),
        "anthropic key": "sk-" + "ant-api03-" + some(93) + "-AA",
        "openai key": "sk-" + "proj-" + some(48) + "T3" + "BlbkFJ" + some(48),
        "stripe key": "sk_" + "live_" + some(24),
        "jwt": f"{part({'alg': 'HS256', 'typ': 'JWT'})}.{part({'sub': some(8), 'exp': 1893456000})}.{some(43)}",
        "database password": "Lantern-copper" + "442!",
        "plain password": "Foxglove.tundra" + "917%",
        "title token": "gh" + "p_" + some(36),
        "file token": "gl" + "pat-" + some(20),
        "asked back": "xo" + "xb-" + "284517390265-5130274698123-" + some(24),
        "said in vision": "gh" + "p_" + some(36),
        "in a pdf": "gh" + "p_" + some(36),
    }


SECRETS = corpus()
BRIEF = (
    "We lend tools to neighbours from a shelf in the hall. Paper cards get lost. Twelve volunteers run it in the evenings. "
    f"The old site signs in with aws_access_key_id={SECRETS['aws id']} and aws_secret_access_key={SECRETS['aws secret']}, "
    f"its model with {SECRETS['anthropic key']}."
)
SAID = [
    ("V1", f"About 4 in 10 loans are overdue. The volunteers' script has the token {SECRETS['github token']} in it."),
    (
        "R2",
        f"When a volunteer scans a tool, the page shows who has it. The password is {SECRETS['plain password']} on the tablet.",
    ),
    ("R7", f"Around 300 tools. Payments go out with {SECRETS['stripe key']} and maps with {SECRETS['google key']}."),
]
REFERENCE = f"""# The old shelf

Every loan lasts at most 14 days.

    DATABASE_URL=postgres://shelf:{SECRETS["database password"]}@db.shelf.example/loans
    AccountName=shelf;AccountKey={SECRETS["azure storage"]};EndpointSuffix=core.windows.net
    OPENAI_API_KEY={SECRETS["openai key"]}
    CI_TOKEN={SECRETS["gitlab token"]}

A session looked like this: Authorization: Bearer {SECRETS["jwt"]}

-----BEGIN RSA PRIVATE KEY-----
{SECRETS["private key"]}
-----END RSA PRIVATE KEY-----

A reminder goes out one day before a loan ends.
"""


@pytest.fixture
def talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    """Models that say secrets of their own accord; what they say is part of the material of later calls."""
    usual = answers.by_agent

    def with_secrets(asked: Asked) -> str:
        said = json.loads(usual(asked))
        if asked.call.endswith("write_question"):
            said["why"] += f" Your bot has {SECRETS['asked back']}."
        if asked.call.endswith("vision"):
            said["terms"][0]["meaning"] += f" See {SECRETS['said in vision']}."
        return json.dumps(said)

    monkeypatch.setattr(answers, "by_agent", with_secrets)


def give(user: User, provider: str, stub: WireStub) -> None:
    stub.keys = {*stub.keys, OWN[provider]}
    row = OwnKey(workspace=user.workspace, provider=provider, last_four=OWN[provider][-4:])
    row.sealed = vault.seal(OWN[provider], purpose=keys.PURPOSE, row=row.pk)
    row.save(force_insert=True)


@pytest.mark.promise("S-075", "N-47")
@pytest.mark.parametrize(
    ("provider", "own", "background"),
    [("anthropic", False, False), ("anthropic", True, False), ("openai", False, True), ("openai", True, False)],
    ids=["anthropic streamed", "anthropic own key", "openai background", "openai own key streamed"],
)
def test_no_secret_reaches_a_vendor_in_any_stage(
    alice: User, wire_stub: WireStub, settings: Settings, talkative: None, provider: str, own: bool, background: bool
) -> None:
    settings.LLM_PROVIDER, settings.LLM_OPENAI_BACKGROUND = provider, background
    settings.LLM_FIRST_WAIT_SECONDS = 0.005
    wire_stub.set(canaries=SECRETS, chunk_tokens=3)
    if own:
        give(alice, provider, wire_stub)
    interview = opening.open_interview(
        workspace=alice.workspace, title=f"Loan shelf {SECRETS['title token']}", profile="lean", depth="quick"
    )
    name = f"shelf {SECRETS['file token']}.md"
    reference = referencing.add_reference(interview, name=name, data=REFERENCE.encode())
    paper = pdf(["A tool is lent to one household at a time.", f"The label printer's token: {SECRETS['in a pdf']}"])
    assert referencing.add_reference(interview, name="labels.pdf", data=paper).secrets_removed
    # Retries after a fault and a broken stream, and the repair of an answer with faults.
    wire_stub.faults = [None, "500", None, "cut", "wrong_schema"]
    purse = purse_for(interview.workspace_id, subject=interview.pk)
    rehearsing.rehearse(interview, list(SAID), brief=BRIEF, purse=purse)
    asked_in_interview = len(wire_stub.seen)
    with ringing.silence():
        run = starting.start(interview)
    wire_stub.faults = ["wrong_schema", "503", None, "truncate"]
    running.drive(run)
    run.refresh_from_db()
    assert run.state == Run.State.DONE, run.trouble

    calls = {seen.call.replace("_", ".") for seen in wire_stub.seen}
    assert {"interviews.note.facts", "generation.vision", "generation.prose"} <= calls
    assert any("review" in call for call in calls)
    assert len(wire_stub.seen) > asked_in_interview + 10
    hits = [(one["path"], one["canaries"]) for one in wire_stub.calls() if one["canaries"]]
    assert not hits

    # Ordinary words next to them do arrive, and so do the placeholders.
    sent = "".join(seen.raw for seen in wire_stub.seen)
    for words in (
        "Twelve volunteers run it",
        "script has the token",
        "Every loan lasts at most 14 days",
        "one day before a loan",
        "one household at a time",
    ):
        assert words in sent, words
    assert "[[SECRET:" in sent
    assert reference.secrets_removed

    # Nor are they anywhere else that is kept: rows, packages.
    kept = dump() + "".join(Document.objects.values_list("text", flat=True))
    for kind, secret in SECRETS.items():
        assert secret not in kept, kind
    assert RedactionCount.objects.filter(call__workspace=alice.workspace).exists()


@pytest.mark.promise("S-075")
def test_the_watch_at_the_vendor_sees_a_secret_that_does_arrive(wire_stub: WireStub, settings: Settings, alice: User) -> None:
    """The test above can fail: an ordinary word is watched for and found."""
    settings.LLM_PROVIDER = "anthropic"
    wire_stub.set(canaries={"word": "neighbours from a shelf"})
    interview = opening.open_interview(workspace=alice.workspace, title="Loan shelf", profile="lean", depth="quick")
    rehearsing.rehearse(interview, [], brief=BRIEF, purse=purse_for(interview.workspace_id, subject=interview.pk))
    assert any("word:body" in one["canaries"] for one in wire_stub.calls())
