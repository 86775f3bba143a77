"""No package and no frozen ledger holds what looks like a secret, and what was made from it still agrees."""

from __future__ import annotations

import datetime
import json
import random
from pathlib import Path
from typing import Any

import pytest

from generation.rules import checking, guarding, packaging, rendering
from generation.rules.content import Content, ProseSection, ReviewPart
from llm.placeholders import placeholders, strings
from llm.redaction import Redaction, find_secrets
from tests.llm.redaction import corpus

Row = dict[str, Any]
Files = dict[str, str]

TOKEN = "ghp_" + "q7W2e9R4t1Y6u3I8o5P0a7S2d9F4g1H6j3K8"
KEY = "sk-" + "ant-api03-" + "Qz7mWv2Kx9Lp4Tn8Rb3Yd6Hf1Gs5Jc0A" * 2 + "-AA"
AT = datetime.datetime(2026, 11, 20, 10, tzinfo=datetime.UTC)


@pytest.fixture
def redaction() -> Redaction:
    return Redaction(b"k" * 32)


@pytest.fixture
def rows() -> Row:
    path = Path(__file__).parent.parent / "data" / "evidence_clinic.json"
    read: Row = json.loads(path.read_text("utf-8"))
    return read


def secrets_in(data: Any) -> list[str]:
    return [text for text in [json.dumps(data, ensure_ascii=False)] if TOKEN in text or KEY in text]


# --- the frozen ledger -----------------------------------------------------------------------------------------------------


def test_a_ledger_without_secrets_stays_as_it_is(rows: Row, redaction: Redaction) -> None:
    assert guarding.ledger(json.loads(json.dumps(rows)), redaction) == rows
    assert placeholders(rows) == {}


def test_secrets_are_taken_out_of_everything_that_was_said_read_and_named(rows: Row, redaction: Redaction) -> None:
    rows["title"] += f" {TOKEN}"
    rows["answers"][0]["text"] += f" The desk signs in with {KEY}."
    rows["questions"][1]["why"] += f" You said {TOKEN}."
    rows["topics"][0]["note"] = f"wait for {TOKEN}"
    rows["sources"].append({"id": "S-001", "name": f"{TOKEN}.md", "text": f"# Access\n\n{TOKEN} and {KEY}\n"})
    clean = guarding.ledger(rows, redaction)
    assert not secrets_in(clean)
    assert placeholders(clean) == {"anthropic-key": 1, "github-token": 1} or sum(placeholders(clean).values()) == 2
    assert clean["answers"][0]["text"].startswith(rows["answers"][0]["text"][:40])


@pytest.mark.parametrize("cut", [slice(None), slice(12, -12), slice(-70, None), slice(30, 75)])
def test_a_quote_stays_a_part_of_its_answer_wherever_it_is_cut(rows: Row, redaction: Redaction, cut: slice) -> None:
    text = f"The desk signs in with {KEY} and nothing else."
    rows["answers"][0]["text"] = text
    fact = next(fact for fact in rows["facts"] if fact["source"] == rows["answers"][0]["id"])
    fact["quote"] = text[cut]
    clean = guarding.ledger(rows, redaction)
    answer = clean["answers"][0]["text"]
    quote = next(row for row in clean["facts"] if row["id"] == fact["id"])["quote"]
    assert quote
    assert quote in answer
    assert "Qz7mWv2Kx9" not in answer + quote


@pytest.mark.parametrize("seed", range(3))
def test_whatever_is_said_and_wherever_it_is_quoted_the_ledger_is_clean_and_its_quotes_are_true(
    rows: Row, redaction: Redaction, seed: int
) -> None:
    dice = random.Random(seed)
    said, facts = rows["answers"], rows["facts"]
    for answer, item in zip(said, dice.sample(corpus.with_secrets(seed), len(said)), strict=True):
        answer["text"] = item.text
        for fact in (fact for fact in facts if fact["source"] == answer["id"]):
            start = dice.randrange(max(1, len(item.text) - 10))
            fact["quote"] = item.text[start : start + dice.randrange(5, 200)]
    clean = guarding.ledger(rows, redaction)
    texts = {answer["id"]: answer["text"] for answer in clean["answers"]}
    assert all(fact["quote"] in texts[fact["source"]] for fact in clean["facts"] if fact["source"] in texts)
    assert [text for text in strings(clean) if find_secrets(text)] == []
    assert len(placeholders(clean)) > 5


def test_a_quote_of_an_unknown_answer_is_searched_by_itself(rows: Row, redaction: Redaction) -> None:
    rows["facts"][0] |= {"source": "A-999", "quote": f"signs in with {KEY}"}
    rows["facts"][1] |= {"source": "A-999", "quote": ""}
    assert guarding.ledger(rows, redaction)["facts"][0]["quote"].startswith("signs in with [[SECRET:")


def test_the_two_sides_of_a_conflict_read_as_their_facts_do(rows: Row, redaction: Redaction) -> None:
    conflict = rows["conflicts"][0]
    fact = next(fact for fact in rows["facts"] if fact["id"] == conflict["facts"][0])
    holder = next(row for row in (*rows["answers"], *rows["sources"]) if row["id"] == fact["source"])
    holder["text"] += f" It signs in with {KEY} now."
    fact["quote"] = conflict["quotes"][0] = f"signs in with {KEY} now"
    clean = guarding.ledger(rows, redaction)
    quoted = next(row for row in clean["facts"] if row["id"] == fact["id"])["quote"]
    assert clean["conflicts"][0]["quotes"][0] == quoted
    assert "[[SECRET:" in quoted


# --- the package -----------------------------------------------------------------------------------------------------------


def test_content_without_secrets_stays_as_it_is(content: Content, redaction: Redaction) -> None:
    assert guarding.content(content, redaction) == content


def test_a_finished_package_without_secrets_stays_as_it_is(
    content: Content, rendered: Files, reviews: dict[str, ReviewPart], package: Files, redaction: Redaction
) -> None:
    assert guarding.package(content, rendered, reviews, redaction, receipts={}) == package
    assert guarding.left(package, redaction) == []


def test_no_file_rendered_from_content_holds_a_secret_and_no_check_stops_it(
    content: Content, prose: list[ProseSection], redaction: Redaction
) -> None:
    content.requirements[0].rationale += f" It was tried with {TOKEN}."
    content.evidence.answers[0]["text"] += f' Written down as "{KEY}".'
    clean = guarding.content(content, redaction)
    files = {path: guarding.document(path, text, redaction) for path, text in rendering.render_all(clean, prose).items()}
    for path, text in files.items():
        assert TOKEN not in text, path
        assert KEY not in text, path
        assert find_secrets(text) == [], path
    assert [result for result in checking.blocking(checking.check(clean, files)) if result.code == "SECRET"] == []
    assert json.loads(files[".specstep/model.json"])["requirements"][0]["rationale"].endswith("]].")


def test_written_sections_are_searched_in_their_documents(
    content: Content, prose: list[ProseSection], redaction: Redaction
) -> None:
    section = prose[0].model_copy(update={"text": f"We sign in with {TOKEN}."})
    text = rendering.render(content, section.document, [section])
    assert TOKEN in text
    clean = guarding.document(section.document, text, redaction)
    assert "We sign in with [[SECRET:github" in clean
    assert TOKEN not in clean


def test_a_secret_in_a_review_is_gone_and_the_package_is_whole(
    content: Content, rendered: Files, reviews: dict[str, ReviewPart], redaction: Redaction
) -> None:
    said = {role: review.model_copy(deep=True) for role, review in reviews.items()}
    finding = next(finding for review in said.values() for finding in review.findings)
    finding.message += f" The desk uses {TOKEN}."
    whole = guarding.package(content, rendered, said, redaction, receipts={})
    assert any("The desk uses [[SECRET:github" in text for text in whole.values())
    assert not any(TOKEN in text for text in whole.values())
    assert guarding.left(whole, redaction) == []
    assert packaging.verify(packaging.zip_bytes(whole, folder="clinic", at=AT)) == []


def test_what_is_left_is_named_by_file_and_kind_only(package: Files, redaction: Redaction) -> None:
    package["docs/vision.md"] = package.get("docs/vision.md", "") + f"\n{TOKEN}\n"
    (left,) = guarding.left(package, redaction)
    assert left.startswith("docs/vision.md: github")
    assert TOKEN not in left


def test_cells_of_a_table_are_searched_one_by_one(package: Files, redaction: Redaction) -> None:
    """Two cells beside each other are no value of anything, and could not be replaced in what the table is made from."""
    key = "sk-" + "live" + "x7" * 16
    beside = "id,text,ref\nST-01,Sign in by password,Kx7-Rm2-Zq9\n"
    assert redaction.find(beside)
    assert guarding.left(package | {"backlog/backlog.csv": beside}, redaction) == []
    assert guarding.left(package | {"backlog/backlog.csv": f"id,why\nST-01,the key is {key}\n"}, redaction)


def test_a_value_is_replaced_as_a_word_of_its_own_only(redaction: Redaction) -> None:
    found = {"Tr4n": "[[SECRET:password:ABCDEFGH]]"}
    assert guarding.without({"a": ["the Tr4n", "Tr4nsport", 3, None]}, found) == {
        "a": ["the [[SECRET:password:ABCDEFGH]]", "Tr4nsport", 3, None]
    }


def test_a_value_that_json_escapes_is_known_both_ways(redaction: Redaction) -> None:
    block = "-----BEGIN RSA PRIVATE KEY-----\n" + "Qz7mWv2Kx9Lp4Tn8Rb3Yd6Hf1Gs5Jc0A\n" * 8 + "-----END RSA PRIVATE KEY-----"
    found = guarding.found_in([json.dumps({"text": f"It is {block}"})], redaction)
    clean = guarding.without(f"It is {block}", found)
    assert "[[SECRET:private-key:" in clean
    assert "Qz7mWv2Kx9" not in clean
