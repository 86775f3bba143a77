"""One real run, a channel to every kind of repository, and a webhook beside them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings as configured
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import User
from billing.purses import UnmeteredPurse
from delivery.flows import dispatching, subscribing
from delivery.models import Delivery, Endpoint
from generation.flows import running, starting
from generation.models import Package
from interviews.flows import answering, closing, opening, referencing
from interviews.models import Question
from tests.delivery.conftest import make_package
from tests.delivery.kinds import story
from tests.delivery.webhooks.receiver import Receiver, receiving
from tests.llm.keys.dump import dump
from tests.packages import SAID
from tests.peers.bench import PEERS, Bench
from tests.peers.peer import CANARIES
from tests.plugins.loopback import recorded
from tests.wire_stub import WireStub

pytestmark = pytest.mark.django_db
REFERENCE = "reference-canary-osprey"
ACCOUNT = ("Canary-Moreau", "alice.canary@example.org", "5550123", "5550733")


@pytest.fixture
def alice(db: None) -> User:
    known = {"contact_phone": "+49 170 5550123", "sms_number": "+491705550733"}
    return User.objects.create_user(ACCOUNT[1], f"Alice {ACCOUNT[0]}", **known)


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    with receiving() as made:
        settings.EGRESS_ALLOW = [*settings.EGRESS_ALLOW, made.url.removeprefix("http://")]
        yield made


def run_of(owner: User) -> Package:
    """An interview with a model, closed and written."""
    interview = opening.open_interview(workspace=owner.workspace, title="Desk")
    referencing.add_reference(interview, name="old.md", data=f"# Old desk\n\n{REFERENCE} is what it was called.\n".encode())
    answering.store_answer(interview.questions.get(), text=SAID)
    answering.reply_now(interview, purse=UnmeteredPurse(owner.workspace.pk), provider="anthropic")
    closing.close(interview, because="Enough.")
    interview.refresh_from_db()
    run = running.drive(starting.start(interview, provider="anthropic"))
    assert run.state == "done", [run.trouble, *run.steps.exclude(trouble="").values_list("key", "trouble")]
    return Package.objects.get(run=run)


def lines_of_prompts() -> set[str]:
    """What is told to models and to nobody else: every long line of every prompt."""
    prompts = [path for path in Path(configured.BASE_DIR).glob("*/prompts/*.md") if path.name != "README.md"]
    return {line for path in prompts for line in path.read_text().splitlines() if len(line) > 60}


@pytest.mark.promise("S-053")
@pytest.mark.promise("S-055")
@pytest.mark.promise("S-084")
@pytest.mark.promise("S-185", "S-186", "S-187")
def test_a_run_is_delivered_everywhere_under_one_name_and_takes_nothing_along(
    as_alice: Client, alice: User, build: Callable[[str], Bench], receiver: Receiver, wire_stub: WireStub
) -> None:
    benches = [build(name) for name in PEERS]
    _, receiver.secrets["/hook"] = subscribing.add(
        alice.workspace, url=f"{receiver.url}/hook", events=["package.created", "package.delivered"], actor=alice
    )
    early = make_package(opening.open_interview(workspace=alice.workspace, title="Early"))
    for bench in benches:
        channel = story.add(as_alice, bench)
        story.check(as_alice, channel)
        story.look_and_confirm(as_alice, channel, now=True)
    assert {delivery.state for delivery in story.work()} == {"sent"}
    with recorded() as calls:
        package = run_of(alice)
        sent = story.work()
    assert [delivery.state for delivery in sent] == ["sent"] * len(benches)
    _only_declared_parties_were_called(calls, benches, wire_stub)
    _is_one_package(as_alice, package, benches, receiver, early)
    _only_documents_went(package, benches, alice)
    # The repositories were looked at before the model was asked, and it heard nothing of them.
    asked = "".join(seen.raw for seen in wire_stub.seen)
    assert "Patients book online" in asked
    assert not [canary for canary in CANARIES if canary in asked + dump()]


def _only_declared_parties_were_called(calls: list[tuple[str, int]], benches: list[Bench], wire_stub: WireStub) -> None:
    """Everything that was connected to in the run is a model vendor or a repository host: nobody else, for no other purpose."""
    vendor = urlsplit(wire_stub.url).netloc
    hosts = {urlsplit(bench.peer.url).netloc for bench in benches}
    called = {f"{host}:{port}" for host, port in calls}
    assert vendor in called, "the record sees what is called"
    assert called & hosts
    assert called <= {vendor} | hosts


def _is_one_package(client: Client, package: Package, benches: list[Bench], receiver: Receiver, early: Package) -> None:
    downloaded = client.get(reverse("delivery:archive", args=[package.pk]))
    digest = hashlib.sha256(downloaded.getvalue()).hexdigest()
    assert downloaded.headers["ETag"] == f'"{digest}"'
    for bench in benches:
        message = bench.store.commit_at(bench.store.head("specstep/desk")).message
        assert f"SpecStep-Package: {package.pk}\nSpecStep-Archive: {digest}\n" in message
        if bench.has_requests:
            assert f"Package `{package.pk}`, SHA-256 of the archive `{digest}`." in bench.peer.pulls[-1].body
    while sum(dispatching.work(pk) for pk in Endpoint.objects.values_list("pk", flat=True)):
        pass
    told = [one for one in receiver.got if one.body["data"]["package_id"] != str(early.pk)]
    assert sorted(one.kind for one in told) == ["package.created"] + ["package.delivered"] * len(benches)
    assert {(one.body["data"]["package_id"], one.body["data"]["sha256"]) for one in told} == {(str(package.pk), digest)}


def _only_documents_went(package: Package, benches: list[Bench], owner: User) -> None:
    documents = dict(package.documents.values_list("path", "text"))
    # Documents may quote an answer (N-66); what was asked stands in the transcript alone.
    question = Question.objects.filter(interview=package.project).earliest("created_at")
    assert question.text in documents["evidence/interview.md"], "there is something to keep back"
    outside = re.compile(r"(quality|trace|evidence|\.specstep)/")
    listed = {path: text.encode() for path, text in documents.items() if not outside.match(path)}
    secrets = [REFERENCE, question.text, *ACCOUNT, str(owner.pk), str(owner.workspace.pk), *lines_of_prompts()]
    for delivery in Delivery.objects.filter(package=package).select_related("channel"):
        bench = next(bench for bench in benches if bench.name == delivery.channel.kind)
        branch = delivery.receipt["branch"]
        assert bench.store.changed(bench.main, branch) == {f"docs/specstep/{path}" for path in listed}
        went = {path: bench.store.content(branch, f"docs/specstep/{path}") for path in listed}
        assert went == listed
        for path, content in went.items():
            assert not [secret for secret in secrets if secret in content.decode()], path
