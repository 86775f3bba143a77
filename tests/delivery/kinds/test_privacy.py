"""What may not cross in either direction: their source code and people to us, our people and credentials to them."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import tempfile
from dataclasses import asdict
from pathlib import Path
from urllib.parse import unquote

import pytest

from delivery.contract import DeliveryFailed
from tests.peers.bench import PACKAGE, Bench, shipment
from tests.peers.peer import CANARIES, TOKEN, Fault

OURS = ("Nadia Canary-Owner", "nadia.owner@ours.example", "account-8d1e-canary")
"""Somebody who uses SpecStep, as this machine knows them."""


@pytest.fixture
def somebody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process runs as a person whom git would gladly name."""
    for name in ("GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "LOGNAME", "USER"):
        monkeypatch.setenv(name, OURS[0])
    for name in ("GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL", "EMAIL"):
        monkeypatch.setenv(name, OURS[1])
    home = tmp_path / OURS[2]
    home.mkdir()
    (home / ".gitconfig").write_text(f"[user]\n\tname = {OURS[0]}\n\temail = {OURS[1]}\n[http]\n\textraHeader = X: {OURS[2]}\n")
    monkeypatch.setenv("HOME", str(home))


@pytest.mark.usefixtures("somebody")
def test_nothing_about_a_person_reaches_the_forge(bench: Bench) -> None:
    first = bench.send(shipment())
    bench.send(shipment({**PACKAGE, "more.md": b"more"}, number=2), first)
    bench.check()
    for asked in bench.peer.log:
        wire = f"{asked.method} {unquote(asked.path)} {asked.query} {asked.headers}".encode() + asked.body
        assert not [canary for canary in OURS if canary.encode() in wire]
    everything = bench.store.git("log", "--all", "--format=%an %ae %cn %ce %B %D", "specstep/harbour-booking")
    assert not [canary for canary in OURS if canary in everything]


def test_headers_say_the_product_and_nothing_else(bench: Bench) -> None:
    bench.send(shipment())
    known = {
        "host", "user-agent", "accept", "accept-encoding", "connection", "content-length", "content-type", "authorization",
        "private-token", "git-protocol", "pragma", "content-encoding", "transfer-encoding", "expect",
        "x-github-api-version", "accept-language",
    }  # fmt: skip
    for asked in bench.peer.log:
        assert asked.headers.keys() <= known
        assert asked.headers["user-agent"] == "SpecStep"
        assert asked.headers.get("accept-language", "C, *;q=0.9").startswith("C")


def test_what_the_forge_knows_is_not_in_what_we_keep(bench: Bench) -> None:
    first = bench.send(shipment())
    kept = [json.dumps(asdict(first)), *bench.check()]
    bench.store.write(first.branch, {"src/rival.py": CANARIES[0].encode()}, f"By {CANARIES[4]}")
    kept.append(json.dumps(asdict(bench.send(shipment({"a.md": b"a"}, number=2), first))))
    bench.peer.faults.append(Fault(status=422, body={"message": f"{CANARIES[1]} {CANARIES[2]}"}))
    with pytest.raises(DeliveryFailed) as caught:
        bench.send(shipment())
    kept.append(str(caught.value))
    assert not [canary for canary in CANARIES for one in kept if canary in one]


DETAILS = {
    "github": {"owner", "repository", "app_id", "installation_id"},
    "gitlab": {"project"},
    "azure_devops": {"organization", "project", "repository"},
    "bitbucket": {"workspace", "repository"},
    "git": {"url", "username"},
}


def test_what_is_kept_is_what_the_owner_said_and_what_we_wrote(bench: Bench) -> None:
    assert bench.kind.place.model_fields.keys() == DETAILS[bench.name] | {"base", "folder", "branch"}
    facts = bench.send(shipment()).facts
    assert facts.keys() - {"request"} == {"repository", "content", "paths", "on_base"}
    assert json.loads(facts["paths"]) == sorted(f"docs/specstep/{path}" for path in PACKAGE)


def test_no_answer_of_the_forge_held_a_file(bench: Bench) -> None:
    """Every route that hands out content answers 500 at the peer and is noted; deliveries pass and none was asked."""
    first = bench.send(shipment())
    bench.send(shipment({"a.md": b"a"}, number=2), first)
    bench.check()
    assert bench.peer.content_calls == []
    assert bench.peer.log


def test_checking_sends_no_more_than_questions(bench: Bench) -> None:
    bench.check()
    assert {asked.method for asked in bench.peer.log} == {"GET"}
    assert all(not asked.body for asked in bench.peer.log)


def test_the_credential_is_in_no_log_address_or_receipt(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    receipt = bench.send(shipment())
    bench.peer.faults.append(Fault(status=500))
    with pytest.raises(DeliveryFailed) as caught:
        bench.send(shipment())
    assert TOKEN not in caplog.text
    assert TOKEN not in json.dumps(asdict(receipt)) + str(caught.value)
    for asked in bench.peer.log:
        assert TOKEN not in f"{asked.path} {asked.query}"
    assert TOKEN.encode() not in b"".join(asked.body for asked in bench.peer.log)


def test_git_leaves_no_file_behind_and_shows_the_token_to_nobody(
    build: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A git that stands before the real one writes down its arguments and what of its environment others could see."""
    bench: Bench = build("git")  # type: ignore[operator]
    real = subprocess.run(["which", "git"], capture_output=True, text=True, check=True).stdout.strip()
    notes, folder, temporary = tmp_path / "notes", tmp_path / "bin", tmp_path / "tmp"
    folder.mkdir()
    temporary.mkdir()
    spy = folder / "git"
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$*" >> {notes}\nexec {real} "$@"\n')
    spy.chmod(spy.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    bench.send(shipment())
    commands = notes.read_text()
    assert "push" in commands
    assert TOKEN not in commands
    assert "Authorization" not in commands
    assert " --force" not in commands
    assert " +" not in commands
    assert list(temporary.iterdir()) == []
