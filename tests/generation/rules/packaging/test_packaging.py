"""A finished package is whole, its zip is the same every time, and a change is seen."""

from __future__ import annotations

import datetime
import io
import json
import re
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from generation.rules import deciding, hashing, markdown, packaging, rendering
from generation.rules.checking import schemas
from generation.rules.content import Content, ReviewPart
from generation.rules.packaging import MANIFEST, Receipt

Files = dict[str, str]
AT = datetime.datetime(2026, 11, 20, 10, 0, 1, tzinfo=datetime.UTC)


def _zip(files: Files) -> bytes:
    return packaging.zip_bytes(files, folder="clinic", at=AT)


def test_a_finished_package_verifies(package: Files) -> None:
    assert packaging.verify(_zip(package)) == []


@pytest.mark.promise("S-083")
def test_the_zip_opens_and_holds_what_the_manifest_lists(package: Files) -> None:
    with zipfile.ZipFile(io.BytesIO(_zip(package))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        manifest = json.loads(archive.read(f"clinic/{MANIFEST}"))
        listed = {row["path"]: row for row in manifest["files"]}
        assert {name.removeprefix("clinic/") for name in names} == set(listed) | {MANIFEST}
        for name in names:
            assert not name.startswith("/")
            assert ".." not in name
            path = name.removeprefix("clinic/")
            if path != MANIFEST:
                assert hashing.sha256(archive.read(name)) == listed[path]["hash"]


def test_the_same_files_give_the_same_zip(package: Files) -> None:
    backwards = dict(reversed(package.items()))
    assert _zip(package) == _zip(backwards)
    with zipfile.ZipFile(io.BytesIO(_zip(package))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 11, 20, 10, 0, 0)}


def test_finishing_twice_gives_the_same_package(
    content: Content, rendered: Files, reviews: dict[str, ReviewPart], package: Files
) -> None:
    assert packaging.finish(content, dict(reversed(rendered.items())), reviews) == package


@pytest.mark.parametrize("folder", ["../up", "/etc", "a b|c", ""])
def test_the_folder_stays_a_folder(folder: str) -> None:
    data = packaging.zip_bytes({"README.md": "x"}, folder=folder, at=datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        (name,) = archive.namelist()
        assert re.fullmatch(r"[A-Za-z0-9._-]+/README\.md", name)
        assert not name.startswith(".")
        assert archive.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)


def test_every_file_that_comes_later_is_there(package: Files) -> None:
    assert set(rendering.LATER) <= set(package)


def test_the_readme_says_the_grade(package: Files, rendered: Files) -> None:
    assert "not graded yet" in rendered["README.md"]
    assert "| Grade | not graded: everything a program can count was counted" in package["README.md"]


def test_reviews_findings_and_decisions_belong_to_this_package(package: Files, reviews: dict[str, ReviewPart]) -> None:
    sarif = json.loads(package["quality/findings.sarif"])
    found = [row["properties"]["finding"] for row in sarif["runs"][0]["results"]]
    assert len(found) == sum(len(review.findings) for review in reviews.values()) + 1
    for row in found:
        assert row["id"] in package[f"quality/reviews/{row['reviewer']}.md"]
        assert list(schemas.misfits("finding", row, "x")) == []
    rules = {rule["id"] for rule in sarif["runs"][0]["tool"]["driver"]["rules"]}
    assert {row["ruleId"] for row in sarif["runs"][0]["results"]} == rules


def test_a_finding_loses_a_quote_that_is_not_in_its_document(
    content: Content, rendered: Files, reviews: dict[str, ReviewPart]
) -> None:
    changed = {role: review.model_copy(deep=True) for role, review in reviews.items()}
    changed["tester"].findings[0].quote = "Nobody wrote this."
    changed["tester"].findings[1].doc = "docs/nowhere.md"
    whole = packaging.finish(content, rendered, changed)
    assert "Nobody wrote this." not in whole["quality/findings.sarif"]
    assert "docs/nowhere.md" not in whole["quality/findings.sarif"]


def test_each_section_names_its_inputs_with_their_hashes(package: Files) -> None:
    manifest = json.loads(package[MANIFEST])
    sections = {(row["doc"], row["section"]): row for row in manifest["sections"]}
    entry = sections[("docs/requirements.md", "REQ-005")]
    assert {row["id"] for row in entry["inputs"]} >= {"F-048", "A-015", "REQ-005", "TC-007", "ADR-0001", "CMP-booking"}
    assert (entry["author"], entry["agent"]) == ("renderer", None)
    assert sections[("docs/vision.md", "Why now")]["author"] == "agent"
    assert sections[("docs/vision.md", "Why now")]["agent"] == "writer"
    assert sections[("README.md", markdown.HEAD)]["author"] == "agent"
    assert sections[("docs/vision.md", "Why now")]["model"] is None


def test_a_receipt_goes_to_the_written_sections(content: Content, rendered: Files) -> None:
    content.drafted_by = "anthropic claude-opus-5"
    receipts = {"docs/vision.md": Receipt(prompt="generation.prose@1", model="claude-opus-5-1", cost_usd=0.06)}
    manifest = json.loads(packaging.finish(content, rendered, {}, receipts=receipts)[MANIFEST])
    rows = [row for row in manifest["sections"] if row["doc"] == "docs/vision.md"]
    written = [row for row in rows if row["author"] == "agent"]
    assert {row["prompt"] for row in written} == {"generation.prose@1"}
    assert {row["model"] for row in written} == {"claude-opus-5-1"}
    assert sum(row["cost_usd"] for row in written) == pytest.approx(0.06)
    assert {row["cost_usd"] for row in rows if row["author"] == "renderer"} == {0}
    others = [row for row in manifest["sections"] if row["doc"] == "BRIEF.md" and row["author"] == "agent"]
    assert {row["model"] for row in others} == {"anthropic claude-opus-5"}


# --- changes are seen ----------------------------------------------------------------------------------------------------


def _text(path: str, old: str, new: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        assert old in files[path]
        files[path] = files[path].replace(old, new, 1)

    return change


def _json(path: str, edit: Callable[[Any], None]) -> Callable[[Files], None]:
    """A change by somebody who also mends the manifest's list of files."""

    def change(files: Files) -> None:
        value = json.loads(files[path])
        edit(value)
        files[path] = json.dumps(value, ensure_ascii=False, indent=1) + "\n"
        manifest = json.loads(files[MANIFEST])
        for row in manifest["files"]:
            if row["path"] == path:
                row["hash"], row["bytes"] = hashing.sha256(files[path]), len(files[path].encode())
        files[MANIFEST] = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"

    return change


def _better_score(value: Any) -> None:
    value["documents"][0]["deterministic"]["score"] = 0.5


def _better_grade(value: Any) -> None:
    value["package"]["grade"] = "excellent"


def _better_verdict(value: Any) -> None:
    value["documents"][0]["verdict"] = "strong"


def _other_requirement(value: Any) -> None:
    value["requirements"][4]["plain"] = "Something else."


def _stray_link(value: Any) -> None:
    value["links"].append({"from": "F-001", "to": "REQ-777", "kind": "grounds"})


def _drop(files: Files) -> None:
    del files["docs/vision.md"]


def _add(files: Files) -> None:
    files["docs/extra.md"] = "# Extra\n"


def _break(files: Files) -> None:
    files[".specstep/model.json"] = "{"


@pytest.mark.parametrize(
    ("said", "change"),
    [
        ("docs/vision.md was changed", _text("docs/vision.md", "The phone is the bottleneck.", "The phone is fine.")),
        ("docs/vision.md, Problem and evidence: changed", _text("docs/vision.md", "The phone is the bottleneck.", "Fine.")),
        ("docs/vision.md is in the manifest and missing", _drop),
        ("docs/extra.md is not in the manifest", _add),
        ("was changed after it was written", _text("quality/decisions.jsonl", "Both hold", "The first holds")),
        ("its counts make 1.0", _json("quality/scorecard.json", _better_score)),
        ("The grade does not follow", _json("quality/scorecard.json", _better_grade)),
        ("The verdict of BRIEF.md does not follow", _json("quality/scorecard.json", _better_verdict)),
        ("REQ-005 has changed since it was written", _json(".specstep/model.json", _other_requirement)),
        ("The trace links REQ-777", _json("trace/trace.json", _stray_link)),
        ("missing or broken", _break),
        ("docs/vision.md: changed".replace(":", ", Why now:"), _text("docs/vision.md", "## Why now\n", "## Why now\n\nLater.\n")),
    ],
)
def test_verifying_sees_a_change(said: str, change: Callable[[Files], None], package: Files) -> None:
    change(package)
    assert any(said in fault for fault in packaging.verify(_zip(package)))


def _raw_zip(*entries: tuple[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, text in entries:
            archive.writestr(name, text)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"no zip", "not a zip"),
        (_raw_zip(), "empty"),
        (_raw_zip(("clinic/../../etc/passwd", "x")), "does not stay inside"),
        (_raw_zip(("/clinic/README.md", "x")), "does not stay inside"),
        (_raw_zip(("a/README.md", "x"), ("b/README.md", "x")), "one folder"),
        (_raw_zip(("a/z.md", "x"), ("a/b.md", "x")), "not in order"),
        (_raw_zip(("a/README.md", "x")), "missing or broken"),
    ],
)
def test_verifying_refuses_a_zip_that_is_no_package(data: bytes, said: str) -> None:
    assert any(said in fault for fault in packaging.verify(data))


# --- decisions ------------------------------------------------------------------------------------------------------------


def test_the_log_tells_conflicts_probes_deferrals_and_who_wrote(content: Content, package: Files) -> None:
    rows = [json.loads(line) for line in package["quality/decisions.jsonl"].splitlines()]
    kinds = {row["kind"] for row in rows}
    assert kinds == {"pipeline", "conflict", "probe", "defer", "confirm", "assumption", "review"}
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert any(row["title"].startswith("X-001") for row in rows)
    assert any(row["title"] == "Drafted without a model" for row in rows)
    for row in rows:
        assert row["title"].replace("_", "_") in package["quality/decisions.md"]
    assert deciding.chain_faults(rows) == []


def test_a_row_cannot_be_taken_out_of_the_chain(content: Content) -> None:
    rows = deciding.log(content, {})
    assert deciding.chain_faults(rows) == []
    del rows[2]
    assert any("does not follow its predecessor" in fault for fault in deciding.chain_faults(rows))


def test_an_open_conflict_is_told_as_open(content: Content) -> None:
    content.evidence.conflicts[0]["resolution"] = "open"
    content.evidence.conflicts[0]["decided_in"] = None
    row = next(row for row in deciding.log(content, {}) if row["title"].startswith("X-001"))
    assert row["decision"].startswith("Not resolved")
    assert row["by"] == "SpecStep"
