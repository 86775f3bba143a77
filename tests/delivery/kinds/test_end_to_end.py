"""From the setup screen to the branch: pages, worker and forge together, once for every kind of repository."""

from __future__ import annotations

import base64
import datetime as dt
import json
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.test import Client

from accounts.models import User
from delivery.contract import PRODUCT_ADDRESS, PRODUCT_NAME
from delivery.models import Channel, Delivery, Try
from ground import clock
from interviews.models import Interview
from specstep.celery import make_broker_folders
from tests.delivery.conftest import FILES, make_package
from tests.delivery.kinds import story
from tests.delivery.kinds.test_delivering import COMMITTERS, PRODUCT
from tests.delivery.kinds.test_privacy import DETAILS
from tests.llm.keys.dump import dump
from tests.peers.bench import Bench
from tests.peers.peer import CANARIES, TOKEN, Fault

pytestmark = pytest.mark.django_db
DOCUMENTS = {
    "README.md", "BRIEF.md", "AGENTS.md", "CLAUDE.md", "docs/requirements.md", "adr/0001-one.md", "features/desk.feature",
    "diagrams/context.mmd", "backlog/backlog.json",
}  # fmt: skip
"""Of ``FILES``."""


@pytest.fixture
def alice(db: None) -> User:
    """Everything an account knows of a person is given."""
    known = {"contact_phone": "+49 170 5550123", "sms_number": "+491705550199"}
    return User.objects.create_user("alice.canary@example.org", "Alice Canary-Moreau", **known)


@pytest.fixture
def interview(alice: User) -> Interview:
    return Interview.objects.create(workspace=alice.workspace, title="Desk of Alice Canary-Moreau, alice.canary@example.org")


def about(user: User) -> list[str]:
    words = ["Alice", "Canary-Moreau", "alice-canary", "canary-moreau", user.email, "5550123", "5550199"]
    return [*words, str(user.pk), user.pk.hex, str(user.workspace.pk), user.workspace.pk.hex]


@pytest.mark.promise("S-049")
@pytest.mark.promise("S-055")
def test_what_is_set_up_on_the_pages_brings_each_package_to_the_branch(
    as_alice: Client, bench: Bench, interview: Interview
) -> None:
    make_package(interview)
    channel = story.add(as_alice, bench)
    assert "Base branch main found." in story.check(as_alice, channel)
    shown = story.look_and_confirm(as_alice, channel, now=True)
    assert all(path in shown for path in DOCUMENTS)
    [first] = story.work()
    assert (first.state, first.trouble) == ("sent", "")
    branch = first.receipt["branch"]
    assert bench.store.changed(bench.main, branch) == {f"docs/specstep/{path}" for path in DOCUMENTS}
    for path in DOCUMENTS:
        assert bench.store.content(branch, f"docs/specstep/{path}").decode() == FILES[path]
    assert "Transcript-Canary-Wren" in FILES["evidence/interview.md"]
    assert not bench.store.git("log", "--all", "-S", "Transcript-Canary-Wren")
    make_package(interview, BRIEF_md="# Brief, once more\n")
    [second] = story.work()
    assert (second.state, second.receipt["branch"]) == ("sent", branch)
    assert bench.store.count(bench.main, branch) == 2
    assert bench.store.content(branch, "docs/specstep/BRIEF.md") == b"# Brief, once more\n"
    assert bench.store.head("main") == bench.main
    if bench.has_requests:
        [pull] = bench.peer.pulls
        assert pull.title.endswith(": package 2")
        assert first.receipt["facts"]["request"] == second.receipt["facts"]["request"] == "1"
    page = as_alice.get(story.url(channel)).content.decode()
    assert page.count("Delivered") >= 2
    assert second.receipt["where"] in page


@pytest.mark.promise("S-052")
def test_the_forge_is_written_to_between_start_and_end_of_a_delivery_only(
    as_alice: Client, bench: Bench, interview: Interview
) -> None:
    channel = story.add(as_alice, bench)
    assert bench.peer.log == [], "saving asks nobody"
    story.check(as_alice, channel)
    as_alice.post(story.url(channel, "change"), story.form(bench, place_folder="docs/other"))
    story.check(as_alice, channel)
    make_package(interview)
    story.look_and_confirm(as_alice, channel)
    as_alice.post(story.url(channel, "pause"))
    as_alice.post(story.url(channel, "resume"))
    assert bench.peer.writes() == []
    assert {asked.method for asked in bench.peer.log} == {"GET"}
    make_package(interview)
    assert bench.peer.writes() == [], "a delivery that waits has not started"
    [sent] = story.work()
    assert sent.state == "sent"
    during = bench.peer.writes()
    assert during
    for page in (story.url(channel), story.INDEX, sent.package.get_absolute_url()):
        as_alice.get(page)
    as_alice.post(story.url(channel, "change"), story.form(bench, place_folder="docs/third", credential=""))
    story.check(as_alice, Channel.objects.get())
    story.work()
    as_alice.post(story.url(channel, "remove"))
    make_package(interview)
    assert story.work() == []
    assert bench.peer.writes() == during


@pytest.mark.promise("S-056")
def test_nothing_around_the_files_leads_to_the_owner(as_alice: Client, bench: Bench, alice: User, interview: Interview) -> None:
    channel = story.add(as_alice, bench, name="Alice Canary-Moreau’s repository")
    story.check(as_alice, channel)
    story.look_and_confirm(as_alice, channel)
    make_package(interview)
    [sent] = story.work()
    make_package(interview, BRIEF_md="# 2\n")
    story.work()
    branch = sent.receipt["branch"]
    commit = bench.store.commit_at(bench.store.head(branch))
    assert commit.author == PRODUCT == f"{PRODUCT_NAME} <{PRODUCT_ADDRESS}>"
    # GitLab and Bitbucket let nobody name a committer: it is the bot of the credential.
    assert commit.committer == COMMITTERS.get(bench.name, PRODUCT)
    envelope = [bench.store.git("log", "--format=%an %ae %cn %ce %B", f"{bench.main}..{branch}"), *bench.store.heads()]
    envelope += [f"{pull.title} {pull.body} {pull.source}" for pull in bench.peer.pulls]
    envelope += [f"{asked.method} {unquote(asked.path)} {asked.query} {asked.headers}" for asked in bench.peer.log]
    envelope += [asked.body.decode("latin-1") for asked in bench.peer.log]
    assert [text for text in envelope if "desk" in text.lower()], "the project's name is there, without hers"
    assert not [(word, text) for word in about(alice) for text in envelope if word.lower() in text.lower()]


@pytest.mark.promise("S-051")
@pytest.mark.promise("S-053")
def test_what_the_forge_tells_and_what_lies_there_is_not_kept(
    as_alice: Client, bench: Bench, interview: Interview, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = {"id", "created_at", "workspace"}
    chosen = {"kind", "name", "interview", "place", "sealed", "intermediates", "transcript"}
    how_it_stands = {"state", "trouble", "confirmed_at", "deliveries"}
    assert {field.name for field in Channel._meta.get_fields()} == made | chosen | how_it_stands
    channel = story.add(as_alice, bench)
    pages = [story.check(as_alice, channel)]
    story.look_and_confirm(as_alice, channel)
    make_package(interview)
    [first] = story.work()
    bench.store.write(first.receipt["branch"], {"src/rival.py": CANARIES[0].encode()}, f"By {CANARIES[4]}")
    make_package(interview, BRIEF_md="# 2\n")
    [second] = story.work()
    assert second.state == "sent"
    bench.peer.faults.append(Fault(status=422, body={"message": f"{CANARIES[1]} {CANARIES[2]}"}))
    make_package(interview, BRIEF_md="# 3\n")
    [third] = story.work()
    assert third.state != "sent"
    channel.refresh_from_db()
    given = {name.removeprefix("place_"): value for name, value in story.form(bench).items() if name.startswith("place_")}
    assert channel.place.keys() == DETAILS[bench.name] | {"base", "folder", "branch"}
    assert given.items() <= channel.place.items()
    assert not any(value for name, value in channel.place.items() if name not in given)
    for delivery in (first, second):
        assert delivery.receipt["facts"].keys() - {"request"} == {"repository", "content", "paths", "on_base"}
        assert set(json.loads(delivery.receipt["facts"]["paths"])) == {f"docs/specstep/{path}" for path in DOCUMENTS}
    pages += [as_alice.get(page).content.decode() for page in (story.url(channel), story.INDEX)]
    told = b"".join(bench.peer.told).decode("latin-1")
    assert bench.name in ("bitbucket", "git") or CANARIES[1] in told, "the forge did say it"
    kept = dump() + caplog.text + "".join(pages)
    assert not [canary for canary in CANARIES if canary in kept]
    assert bench.peer.content_calls == []


@pytest.mark.promise("S-057")
def test_the_credential_is_sealed_and_goes_with_the_channel(
    as_alice: Client,
    bench: Bench,
    interview: Interview,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    channel = story.add(as_alice, bench)
    sealed = channel.sealed
    story.check(as_alice, channel)
    story.look_and_confirm(as_alice, channel)
    make_broker_folders()
    with django_capture_on_commit_callbacks(execute=True) as bells:
        make_package(interview)
        [sent] = story.work()
        bench.peer.token = "another one by now"
        make_package(interview, BRIEF_md="# 2\n")
        [refused] = story.work()
    assert bells
    assert (sent.state, refused.state) == ("sent", "failed")
    assert "did not accept the credential" in refused.trouble
    assert str(sent.pk) in (rung := _broker())
    encoded = base64.b64encode(f"git:{TOKEN}".encode()).decode(), base64.b64encode(f":{TOKEN}".encode()).decode()
    kept = dump()
    assert sealed in kept
    for form in (TOKEN, *encoded):
        assert form not in kept + caplog.text + rung
    as_alice.post(story.url(channel, "remove"))
    assert sealed not in dump()
    assert not Channel.objects.exists()
    assert not Delivery.objects.exists()
    assert not Try.objects.exists()


def test_a_forge_that_asks_to_slow_down_gets_its_time(as_alice: Client, forge: Bench, interview: Interview) -> None:
    channel = story.add(as_alice, forge)
    story.look_and_confirm(as_alice, channel)
    make_package(interview)
    forge.peer.faults.append(Fault(status=429, headers={"Retry-After": "7200"}))
    begun = clock.now()
    [delivery] = story.work()
    assert delivery.state == "waiting"
    assert "asks us to slow down. We try again in 120 minutes." in delivery.trouble
    assert delivery.next_try_at is not None
    assert delivery.next_try_at >= begun + dt.timedelta(hours=2)
    with clock.frozen(delivery.next_try_at):
        [delivery] = story.work()
    assert (delivery.state, delivery.receipt["facts"]["request"]) == ("sent", "1")


def _broker() -> str:
    """The broker's messages with their bodies, which are base64."""
    files = [path for path in Path(settings.BROKER_DIR).rglob("*") if path.is_file()]
    queue = "".join(path.read_bytes().decode("latin-1") for path in files)
    bodies = re.findall(r'"body": "([A-Za-z0-9+/=]+)"', queue)
    return queue + "".join(base64.b64decode(body).decode("utf-8", "replace") for body in bodies)
