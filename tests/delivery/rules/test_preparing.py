"""What is delivered, and in which words."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from delivery.rules.preparing import Facts, chosen, digest, discreet, hashes, ship
from tests.delivery.conftest import FILES

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "delivery.md"
FACTS = Facts("p-1", 2, "Desk", "a" * 64, "good", {"requirements": 3}, (("BRIEF.md", "sound"),))


def bytes_of(**files: str) -> dict[str, bytes]:
    return {name.replace("_", "."): text.encode() for name, text in files.items()}


def test_documents_go_and_intermediates_stay() -> None:
    paths = chosen(FILES)
    assert {path.split("/")[0] for path in paths} == {
        "README.md",
        "BRIEF.md",
        "AGENTS.md",
        "CLAUDE.md",
        "docs",
        "adr",
        "features",
        "diagrams",
        "backlog",
    }


def test_each_choice_adds_its_own_files_and_no_others() -> None:
    documents = set(chosen(FILES))
    assert set(chosen(FILES, intermediates=True)) - documents == {
        "quality/scorecard.json",
        "quality/decisions.jsonl",
        "trace/trace.json",
        ".specstep/manifest.json",
    }
    assert set(chosen(FILES, transcript=True)) - documents == {
        "evidence/interview.md",
        "evidence/facts.jsonl",
        ".specstep/model.json",
    }
    assert "prompts/system.md" not in chosen(FILES, intermediates=True, transcript=True)


def test_a_path_that_only_looks_like_a_document_stays() -> None:
    assert chosen(["README.md.bak", "docs.md", "mydocs/a.md", "x/README.md", "evidence", ".specstep/other.json"]) == []


def test_the_digest_is_what_sha256sum_makes_of_its_own_list() -> None:
    files = {"b": b"2", "a": b"1"}
    lines = b"".join(f"{hashlib.sha256(files[path]).hexdigest()}  {path}\n".encode() for path in "ab")
    assert digest(hashes(files)) == hashlib.sha256(lines).hexdigest()


def test_the_digest_is_what_the_documented_command_prints(tmp_path: Path) -> None:
    files = {path: text.encode() for path, text in FILES.items() if path in chosen(FILES)}
    for path, content in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    command = next(line for line in DOCUMENT.read_text().splitlines() if line.startswith("    find "))
    printed = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    assert printed.split()[0] == digest(hashes(files))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(min_size=1, max_size=5), st.binary(max_size=8), min_size=1, max_size=4))
def test_the_digest_changes_with_every_path_and_content(files: dict[str, bytes]) -> None:
    before = digest(hashes(files))
    path = next(iter(files))
    assert digest(hashes(files | {path: files[path] + b"x"})) != before
    assert digest(hashes({other: content for other, content in files.items() if other != path})) != before
    assert digest(hashes(dict(reversed(files.items())))) == before


def test_a_shipment_knows_what_differs_from_the_one_before() -> None:
    first = ship(FACTS, bytes_of(a_md="1", b_md="2"), before=None)
    assert first.changed == ("a.md", "b.md")
    assert "This is the first delivery: 2 files." in first.summary
    second = ship(FACTS, bytes_of(a_md="1", b_md="3", c_md="4"), before=hashes(first.files) | {"gone.md": "0"})
    assert second.changed == ("b.md", "c.md")
    assert second.gone == ("gone.md",)
    assert "- Changed: `b.md`\n- New: `c.md`\n- No longer part of it: `gone.md`" in second.summary
    same = ship(FACTS, second.files, before=hashes(second.files))
    assert (same.changed, same.gone) == ((), ())
    assert "Nothing: the same content was delivered before." in same.summary


def test_the_summary_says_grade_scores_counts_and_which_package_it_is() -> None:
    summary = ship(FACTS, bytes_of(a_md="1"), before=None).summary
    for said in ("Grade: good", "Requirements: 3", "| BRIEF.md | sound |", "`p-1`", "a" * 64, "`README.md`"):
        assert said in summary
    assert "http" not in summary
    assert "](" not in summary


@pytest.mark.parametrize(
    ("title", "left"),
    [
        ("Desk of Alice Moreau", "Desk of"),
        ("Ask ALICE MOREAU first", "Ask … first"),
        ("Mail to alice@example.org now", "Mail to … now"),
        ("Call +49 30 1234 about it", "Call … about it"),
        ("Malice Moreaux", "Malice Moreaux"),
        ("two\nlines", "two lines"),
    ],
)
def test_nothing_that_leads_to_the_account_stands_in_a_title(title: str, left: str) -> None:
    private = {"Alice Moreau", "alice@example.org", "+49 30 1234", ""}
    assert discreet(title, private) == left


def test_a_title_that_was_only_a_name_becomes_a_number() -> None:
    facts = Facts("p-1", 2, "Alice Moreau", "a" * 64, "good", {})
    shipment = ship(facts, bytes_of(a_md="1"), before=None, private={"Alice Moreau"})
    assert shipment.title == "Package 2"
    assert "Moreau" not in shipment.summary


def test_a_title_cannot_mention_anybody_or_close_the_code_it_stands_in() -> None:
    facts = Facts("p-1", 2, "Desk `@everyone` #12", "a" * 64, "good", {})
    assert "`Desk ’@everyone’ #12`" in ship(facts, bytes_of(a_md="1"), before=None).summary
