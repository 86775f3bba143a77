"""The last files of a package, its zip, and how anybody can verify it."""

from __future__ import annotations

import datetime
import io
import json
import posixpath
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from generation.rules import checking, deciding, hashing, markdown, reviewing, scorecard, scoring, tracing
from generation.rules.checking import schemas
from generation.rules.content import Content, ReviewPart
from generation.rules.contracts import all_contracts
from generation.rules.rendering import pages, records
from ground.agents import working_in

Row = dict[str, Any]

MANIFEST = ".specstep/manifest.json"
ROLES = tuple(agent.key for agent in working_in("check"))


@dataclass(frozen=True)
class Receipt:
    """Who wrote the written sections of a document, and what that cost."""

    prompt: str | None = None
    """Id and version: "generation.prose@1"."""
    model: str | None = None
    cost_usd: float = 0.0
    """Of the whole document; shared out over its written sections."""


def finish(
    content: Content,
    files: Mapping[str, str],
    reviews: Mapping[str, ReviewPart],
    *,
    receipts: Mapping[str, Receipt] | None = None,
) -> dict[str, str]:
    """All files of the package: those given, and trace, quality and manifest.

    Args:
        files: text by path, as ``rendering.render`` made them.
        reviews: by role: owner-advocate, implementer, tester.
        receipts: by document, for the manifest.
    """
    drafted = pages.DRAFTED if content.is_drafted_without_a_model else ""
    whole = dict(files)
    traced = tracing.trace(content, whole)
    whole["trace/trace.json"] = records.dumps(traced)
    whole["trace/matrix.md"] = tracing.matrix(content, traced, drafted)
    said = {role: reviewing.with_true_quotes(reviews[role], whole) for role in ROLES if role in reviews}
    said[reviewing.CHECKS] = reviewing.of_checks(checking.check(content, whole))
    scored = scoring.score(content, whole, said)
    numbered = reviewing.findings(said)
    decided = deciding.log(content, said)
    for role, review in said.items():
        whole[f"quality/reviews/{role}.md"] = reviewing.page(role, content, review, numbered, drafted)
    whole["quality/findings.sarif"] = records.dumps(reviewing.sarif(numbered))
    whole["quality/decisions.jsonl"] = records.lines(decided)
    whole["quality/decisions.md"] = deciding.page(decided, drafted)
    whole["quality/scorecard.json"] = records.dumps(scored)
    whole["quality/scorecard.md"] = scorecard.page(scored, drafted)
    if "README.md" in whole:
        whole["README.md"] = whole["README.md"].replace(pages.GRADE_ROW, f"| Grade | {scorecard.in_words(scored)} |")
    whole[MANIFEST] = records.dumps(_manifest(content, whole, numbered, decided, receipts or {}))
    return dict(sorted(whole.items()))


def zip_bytes(files: Mapping[str, str], *, folder: str, at: datetime.datetime) -> bytes:
    """The zip of these files: same files, folder and time give the same bytes.

    Args:
        folder: the one folder everything lies in.
        at: the time every entry carries (to two seconds, from 1980 on).
    """
    place = re.sub(r"[^A-Za-z0-9._-]+", "-", folder).strip(".-") or "package"
    stamp = max((at.year, at.month, at.day, at.hour, at.minute, at.second // 2 * 2), (1980, 1, 1, 0, 0, 0))
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(files):
            entry = zipfile.ZipInfo(f"{place}/{path}", stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, so that the mode below counts on every machine
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[path].encode())
    return file.getvalue()


# --- manifest ----------------------------------------------------------------------------------------------------------


def _manifest(
    content: Content, files: Mapping[str, str], numbered: list[Row], decided: list[Row], receipts: Mapping[str, Receipt]
) -> Row:
    live = {label: hashing.of_record(uses[0][1]) for label, uses in tracing.known(content).items()}
    live |= {str(row["id"]): hashing.of_record(row) for row in (*numbered, *decided)}
    sections: list[Row] = []
    for path, text in sorted(files.items()):
        if not path.endswith(".md"):
            continue
        written = _written(path)
        receipt = receipts.get(path, Receipt())
        judged = _reviewer(path) and not content.is_drafted_without_a_model
        for name, body in markdown.sections(text):
            by_agent = name in written or bool(judged)
            sections.append(
                {
                    "doc": path,
                    "section": name,
                    "hash": hashing.sha256(body),
                    "inputs": [{"id": label, "hash": live[label]} for label in sorted(set(markdown.ids(body)) & live.keys())],
                    "author": "agent" if by_agent else "renderer",
                    "agent": _agent(path) if by_agent else None,
                    "prompt": receipt.prompt if by_agent else None,
                    "model": _model(content, receipt) if by_agent else None,
                    "cost_usd": round(receipt.cost_usd / len(written), 6) if by_agent and written else 0,
                    "approved": None,
                    "stale": False,
                }
            )
    return {
        "schema": "specstep/manifest@1",
        "frozen_at": content.evidence.frozen_at,
        "ledger": decided[-1]["hash"] if decided else hashing.FIRST,
        "files": [
            {"path": path, "hash": hashing.sha256(text), "bytes": len(text.encode())} for path, text in sorted(files.items())
        ],
        "sections": sections,
    }


def _written(path: str) -> set[str]:
    """Names of the sections of this document that hold written words, as ``markdown.sections`` names them."""
    contract = all_contracts().get(path)
    if contract is None:
        return set()
    return {markdown.HEAD if section.untitled else section.heading for section in contract.sections if section.is_written}


def _agent(path: str) -> str:
    """The agent that wrote the written sections of this document, by its key in the register of agents."""
    return _reviewer(path) or working_in("write")[0].key


def _reviewer(path: str) -> str:
    """Whose review this page is; empty where it is none."""
    return next((role for role in ROLES if path == f"quality/reviews/{role}.md"), "")


def _model(content: Content, receipt: Receipt) -> str | None:
    return None if content.is_drafted_without_a_model else receipt.model or content.drafted_by


# --- verifying -----------------------------------------------------------------------------------------------------------


def verify(data: bytes) -> list[str]:
    """What is wrong with this zip, in words; empty when it is whole. Needs nothing but the zip."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        return ["This is not a zip file."]
    with archive:
        names = archive.namelist()
        faults = _name_faults(names)
        if faults:
            return faults
        folder = names[0].split("/", 1)[0]
        raw = {name.removeprefix(f"{folder}/"): archive.read(name) for name in names}
    if len({entry.date_time for entry in archive.infolist()}) > 1:
        faults.append("The entries carry different times.")
    try:
        files = {path: body.decode() for path, body in raw.items()}
    except UnicodeDecodeError:
        return ["A file of the package is not text."]
    return faults + _file_faults(files)


def _name_faults(names: list[str]) -> list[str]:
    if not names:
        return ["The zip is empty."]
    faults = [
        f"{name} does not stay inside the package."
        for name in names
        if name.startswith("/") or "\\" in name or ".." in name.split("/") or posixpath.normpath(name) != name
    ]
    if len({name.split("/", 1)[0] for name in names}) > 1 or any("/" not in name for name in names):
        faults.append("The files do not lie in one folder.")
    if names != sorted(names) or len(set(names)) != len(names):
        faults.append("The files are not in order, each once.")
    return faults


def _file_faults(files: Mapping[str, str]) -> list[str]:
    try:
        manifest = json.loads(files.get(MANIFEST, ""))
        rows = _published_rows(files)
    except (json.JSONDecodeError, KeyError, TypeError, IndexError):
        return ["A file that programs read is missing or broken."]
    faults = [f"{result.where}: {result.message}" for result in _schema_faults(files)]
    if faults:
        return faults
    return [
        *_listed_faults(manifest, files),
        *_section_faults(manifest, files, rows),
        *deciding.chain_faults(rows["decisions"]),
        *([] if manifest["ledger"] == _last(rows["decisions"]) else ["The manifest does not name the last decision."]),
        *_score_faults(json.loads(files["quality/scorecard.json"]), files),
        *_trace_faults(json.loads(files["trace/trace.json"])),
    ]


def _schema_faults(files: Mapping[str, str]) -> list[checking.CheckResult]:
    found: list[checking.CheckResult] = []
    for path, name in schemas.FILES.items():
        found += schemas.misfits(name, json.loads(files.get(path, "null")), path)
    for path, name in schemas.LINES.items():
        for line in files.get(path, "").splitlines():
            found += schemas.misfits(name, json.loads(line), path)
    return found


def _published_rows(files: Mapping[str, str]) -> dict[str, list[Row]]:
    """Every row with an id, by kind, as the package holds it."""
    model, backlog = json.loads(files[".specstep/model.json"]), json.loads(files["backlog/backlog.json"])
    rows = {
        kind: value
        for kind, value in model.items()
        if isinstance(value, list) and kind not in ("entities", "terms", "technology")
    }
    rows |= {kind: backlog[kind] for kind in ("epics", "slices", "stories")}
    rows["facts"] = [json.loads(line) for line in files["evidence/facts.jsonl"].splitlines()]
    rows["sources"] = json.loads(files["evidence/sources.json"])["sources"]
    rows["decisions"] = [json.loads(line) for line in files["quality/decisions.jsonl"].splitlines()]
    sarif = json.loads(files["quality/findings.sarif"])
    rows["findings"] = [row["properties"]["finding"] for row in sarif["runs"][0]["results"]]
    return rows


def _last(decisions: list[Row]) -> str:
    return str(decisions[-1]["hash"]) if decisions else hashing.FIRST


def _listed_faults(manifest: Row, files: Mapping[str, str]) -> list[str]:
    listed = {row["path"]: row for row in manifest["files"]}
    faults = [f"{path} is not in the manifest." for path in files if path not in listed and path != MANIFEST]
    faults += [f"{path} is in the manifest and missing." for path in listed if path not in files]
    for path, row in listed.items():
        if path in files and (row["hash"], row["bytes"]) != (hashing.sha256(files[path]), len(files[path].encode())):
            faults.append(f"{path} was changed after the package was made.")
    return faults


def _section_faults(manifest: Row, files: Mapping[str, str], rows: Mapping[str, list[Row]]) -> list[str]:
    live = {str(row["id"]): hashing.of_record(row) for kind in rows.values() for row in kind}
    stored = {(row["doc"], row["section"]): row for row in manifest["sections"]}
    faults = []
    for path, text in files.items():
        for name, body in markdown.sections(text) if path.endswith(".md") else []:
            row = stored.pop((path, name), None)
            if row is None:
                faults.append(f"{path}, {name}: not in the manifest.")
            elif row["hash"] != hashing.sha256(body):
                faults.append(f"{path}, {name}: changed after the package was made.")
            else:
                stale = [entry["id"] for entry in row["inputs"] if live.get(entry["id"]) != entry["hash"]]
                faults += [f"{path}, {name}: {label} has changed since it was written." for label in stale]
    return faults + [f"{path}, {name}: gone." for path, name in stored]


def _score_faults(scored: Row, files: Mapping[str, str]) -> list[str]:
    faults = []
    for row in scored["documents"]:
        name = row["document"]
        counted, judged = row["deterministic"], row["judged"]
        if counted["criteria"]:
            total = round(sum(c["weight"] * c["hits"] / c["total"] for c in counted["criteria"]), 4)
            if total != counted["score"]:
                faults.append(f"The scorecard of {name} says {counted['score']}, its counts make {total}.")
        if judged["score"] != scoring.worth(judged["criteria"]):
            faults.append(f"The judged score of {name} does not follow from its verdicts.")
        if row["verdict"] != scoring.verdict(judged["criteria"], blocked=counted["blocked"]):
            faults.append(f"The verdict of {name} does not follow from what was judged.")
        text = markdown.one_line(files.get(name, ""))
        quotes = [quote["text"] for c in judged["criteria"] for opinion in c["opinions"] for quote in opinion["quotes"]]
        faults += [f'A quote of the scorecard is not in {name}: "{q[:60]}"' for q in quotes if markdown.one_line(q) not in text]
    if scored["package"]["grade"] != scoring.grade(scored["documents"], scored["package"]["open_errors"]):
        faults.append("The grade does not follow from the verdicts.")
    return faults


def _trace_faults(traced: Row) -> list[str]:
    nodes = {row["id"] for row in traced["nodes"]}
    ends = {end for link in traced["links"] for end in (link["from"], link["to"])}
    return [f"The trace links {end}, which is no node." for end in sorted(ends - nodes)]
