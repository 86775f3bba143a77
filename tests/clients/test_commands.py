"""The commands at work, with an API key over REST and with a token of OAuth over MCP: from an answer to files on the disk."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.flows import keying
from accounts.models import User
from generation.flows import cancelling, running
from generation.models import Package, Run
from interviews.flows import opening
from interviews.models import Answer, Interview, Question
from tests.api.oauth.issued import a_token
from tests.clients.conftest import Desk
from tests.packages import SAID, written
from tests.plugins.servers import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.servers, pytest.mark.xdist_group("mcp-clients")]


@contextmanager
def a_worker() -> Iterator[None]:
    """Does the steps of the run that is started meanwhile; one that it cannot do is stopped, so that nobody waits for it."""

    def work() -> None:
        try:
            wait_until(lambda: Run.objects.exists(), seconds=20, what="The run")
            run = Run.objects.get()
            try:
                running.drive(run)
            finally:
                run.refresh_from_db()
                if not run.is_over:
                    cancelling.cancel(run)
        finally:
            connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join(timeout=60)


@pytest.mark.parametrize("kind", ["key", "oauth"])
def test_from_the_first_answer_to_files_on_the_disk(site: str, alice: User, desk: Desk, kind: Any) -> None:
    secret = keying.make(alice, name="My laptop").raw if kind == "key" else a_token(alice)[1]
    desk.keeps(site, kind, secret)
    typed = f"{SAID}\n\n?\n?\nlater\nHead of the practice\nafter the pilot\nstop\n"
    status, out, err = desk.run("interview", "--title", "Desk", typed=typed)
    assert status == 0, err
    interview = Interview.objects.visible_to(alice).get()
    assert Answer.objects.get(interview=interview).text == SAID
    assert set(Question.objects.filter(interview=interview).values_list("state", flat=True)) >= {
        "answered",
        "unknown",
        "deferred",
    }
    assert "If you do not know either" in out
    assert f"specstep interview {interview.pk}" in out

    status, out, err = desk.run("generate", str(interview.pk), typed="n\n")
    assert (status, "Nothing was done" in err) == (1, True)
    assert not Run.objects.exists()
    with a_worker():
        status, out, err = desk.run("generate", "--yes")
    assert status == 0, err
    package = Package.objects.get()
    assert f"{site}/packages/{package.pk}/" in out
    told = [line for line in out.splitlines() if line.startswith("  ")]
    assert told

    status, out, err = desk.run("watch", str(package.run_id), *(["--after", "1"] if kind == "key" else []))
    assert status == 0, err
    again = [line for line in out.splitlines() if line.startswith("  ")]
    assert again == (told[1:] if kind == "key" else told[-len(again) :])

    status, out, err = desk.run("pull")
    assert status == 0, err
    (folder,) = [path for path in desk.home.iterdir() if path.is_dir()]
    assert (folder / "AGENTS.md").is_file()
    status, out, err = desk.run("pull", str(package.pk), "--zip", "package.zip")
    assert hashlib.sha256((desk.home / "package.zip").read_bytes()).hexdigest() == package.sha256

    status, out, err = desk.run("status")
    assert status == 0, err
    assert f"Package {package.pk}" in out
    assert secret not in out + err
    assert desk.holds(secret) == []


def test_an_interview_is_taken_up_where_it_was_left_and_options_are_chosen_by_number(site: str, alice: User, desk: Desk) -> None:
    desk.keeps(site, "key", keying.make(alice, name="My laptop").raw)
    interview = opening.open_interview(workspace=alice.workspace, title="Desk")
    status, out, err = desk.run("interview", typed=f"{SAID}\nAlso on paper.\n\n")
    assert (status, "Going on with “Desk”" in err) == (0, True)
    assert Answer.objects.get(interview=interview).text == f"{SAID}\nAlso on paper."
    status, out, err = desk.run("interview", str(interview.pk), typed="1\n\nstop\n")
    last = Answer.objects.filter(interview=interview).order_by("created_at").last()
    offered = re.findall(r"^    1\. (.*?)(?: \(|$)", out, re.MULTILINE)
    assert last is not None
    assert last.text == (offered[0] if offered else "1")


def test_what_is_anothers_does_not_exist(site: str, alice: User, charlie: User, desk: Desk) -> None:
    interview = opening.open_interview(workspace=alice.workspace, title="Desk")
    for kind, secret in (("oauth", a_token(charlie)[1]), ("key", keying.make(charlie, name="Mine").raw)):
        desk.keeps(site, kind, secret)
        status, _, err = desk.run("interview", str(interview.pk), typed="x\n\n")
        assert status == 1
        assert "There is nothing with this id in this account" in err


def test_a_key_does_not_open_the_bridge_and_a_revoked_one_opens_nothing(site: str, alice: User, desk: Desk) -> None:
    status, _, err = desk.run("status", "--server", site)
    assert (status, "specstep sign-in" in err) == (3, True)
    made = keying.make(alice, name="My laptop")
    desk.keeps(site, "key", made.raw)
    keying.revoke(made.row, actor=alice)
    status, _, err = desk.run("pull")
    assert (status, "Run specstep sign-in" in err) == (3, True)


def test_a_package_is_pulled_over_an_earlier_one_and_over_nothing_else(site: str, alice: User, desk: Desk) -> None:
    desk.keeps(site, "key", keying.make(alice, name="My laptop").raw)
    package = written(alice)
    folder = desk.home / "spec"
    assert desk.run("pull", "--to", "spec")[0] == 0
    (folder / "NOTES.md").write_text("mine")
    (folder / "AGENTS.md").write_text("changed by me")
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    status, _, err = desk.run("pull", str(package.pk), "--to", "spec")
    assert (status, "AGENTS.md" in err, "Nothing was written" in err) == (1, True, True)
    assert before == {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert desk.run("pull", "--to", "spec", "--overwrite")[0] == 0
    assert Path(folder / "AGENTS.md").read_text() != "changed by me"
    assert (folder / "NOTES.md").read_text() == "mine"
