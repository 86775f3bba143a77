"""The main job with a model at the other end of the wire: the same way, with structured outputs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generation.rules.rendering import pages
from tests.generation.commands.shop import AT, Shop
from tests.wire_stub import Fault, Seen, WireStub

SECRET = "sk-" + "live" + "x7" * 16
PHONE = "0170 " + "5550 199"
ANSWERS = f"""
title: Loan Shelf
brief: |
  We lend tools to neighbours from a shelf in the hall. Paper cards get lost. The key of the old site is {SECRET}.
answers:
  - {{topic: V1, text: "Twelve volunteers. Call Marta Lindqvist on {PHONE} if the tablet is dead."}}
  - {{topic: V2, text: "About 4 in 10 loans are overdue. By June 2027 it should be 1 in 10."}}
  - {{topic: R2, text: "When a volunteer scans a tool, the page shows who has it and when it is due back."}}
"""
VENDORS = ["anthropic", "openai"]


@pytest.fixture
def shop(tmp_path: Path, wire_stub: WireStub) -> Shop:
    made = Shop(tmp_path, wire_stub.environment | {"LLM_FIRST_WAIT_SECONDS": "0.01"})
    made.migrate()
    return made


def _asked_for_a_schema(seen: Seen) -> bool:
    if seen.path == "/v1/messages":
        return bool(seen.body["output_config"]["format"]["type"] == "json_schema")
    return bool(seen.body["text"]["format"]["type"] == "json_schema")


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_model_writes_the_package(shop: Shop, wire_stub: WireStub, vendor: str) -> None:
    ended = shop.specify(ANSWERS, "--provider", vendor, "--at", AT)
    assert ended.returncode == 0, ended.stderr
    assert all(_asked_for_a_schema(seen) for seen in wire_stub.seen)
    assert {"generation.vision", "generation.requirements", "generation.risks"} <= {
        seen.call.replace("_", ".") for seen in wire_stub.seen
    }
    sent = "".join(seen.raw for seen in wire_stub.seen)
    assert SECRET not in sent
    assert PHONE not in sent
    folder = shop.out / "loan-shelf"
    model = json.loads((folder / ".specstep" / "model.json").read_text())
    assert model["project"]["drafted_by"].startswith(vendor)
    written = [path.read_text() for path in folder.rglob("*.md")]
    # The line that every page of a package without a model carries. Reviews are the stub's, which answers with the rules.
    assert not [text for text in written if pages.DRAFTED in text]
    assert not [text for text in written if SECRET in text]
    assert json.loads((folder / ".specstep" / "manifest.json").read_text())["files"]


@pytest.mark.parametrize(("vendor", "fault"), [("anthropic", "truncated"), ("openai", "500")])
def test_a_passing_fault_is_survived(shop: Shop, wire_stub: WireStub, vendor: str, fault: Fault) -> None:
    wire_stub.faults = [fault]
    ended = shop.specify(ANSWERS, "--provider", vendor)
    assert ended.returncode == 0, ended.stderr
    assert (shop.out / "loan-shelf.zip").exists()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_lasting_fault_is_one_sentence_and_leaves_nothing(shop: Shop, wire_stub: WireStub, vendor: str) -> None:
    wire_stub.always = "401"
    ended = shop.specify(ANSWERS, "--provider", vendor)
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "key" in ended.stderr.lower()
    assert not shop.out.exists()
    assert shop.rows() == 0


def test_a_fault_after_the_interview_leaves_nothing_either(shop: Shop, wire_stub: WireStub) -> None:
    whole = shop.specify(ANSWERS, "--provider", "openai")
    assert whole.returncode == 0, whole.stderr
    interviewed = next(place for place, seen in enumerate(wire_stub.seen) if "vision" in seen.call)
    before = shop.rows()
    wire_stub.replies = {}
    wire_stub.faults = [None] * interviewed  # good answers
    wire_stub.always = "401"
    ended = shop.specify(ANSWERS, "--provider", "openai", out=shop.home / "again")
    assert ended.returncode == 2
    assert len(ended.stderr.strip().splitlines()) == 1
    assert not (shop.home / "again").exists()
    assert shop.rows() == before
