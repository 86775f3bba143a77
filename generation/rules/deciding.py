"""The decision log: who decided what and why, as a chain in which each row carries the hash of the one before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from generation.rules import hashing, markdown, reviewing
from generation.rules.content import Content, ReviewPart
from generation.rules.rendering import phrases

Row = dict[str, Any]
Kind = Literal["pipeline", "conflict", "probe", "defer", "confirm", "assumption", "review", "override"]

READING = (
    "Oldest first. Each entry carries the hash of the one before, so nothing can be changed or removed unseen; the chain is in "
    "`quality/decisions.jsonl`."
)
_HELD = {"first": "The first holds", "second": "The second holds", "both-when": "Both hold, under conditions"}


@dataclass(frozen=True)
class Decision:
    at: str
    kind: Kind
    by: str
    title: str
    decision: str
    why: str
    refs: tuple[str, ...]


def log(content: Content, reviews: Mapping[str, ReviewPart]) -> list[Row]:
    """Rows of ``quality/decisions.jsonl``, oldest first."""
    found = sorted([*_interview(content), *_writing(content), *_reviews(content, reviews)], key=lambda decision: decision.at)
    rows: list[Row] = []
    previous = hashing.FIRST
    for place, decision in enumerate(found, start=1):
        row: Row = {
            "seq": place,
            "id": f"D-{place:03}",
            "at": decision.at,
            "kind": decision.kind,
            "by": decision.by,
            "title": markdown.one_line(decision.title),
            "decision": markdown.one_line(decision.decision),
            "why": markdown.one_line(decision.why),
            "refs": list(dict.fromkeys(decision.refs)),
            "prev": previous,
        }
        row["hash"] = previous = hashing.of_record(row)
        rows.append(row)
    return rows


def chain_faults(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """What is wrong with a chain, in words."""
    faults = []
    previous = hashing.FIRST
    for place, row in enumerate(rows, start=1):
        if row.get("prev") != previous:
            faults.append(f"{row.get('id')} does not follow its predecessor.")
        if row.get("hash") != hashing.of_record({key: value for key, value in row.items() if key != "hash"}):
            faults.append(f"{row.get('id')} was changed after it was written.")
        if row.get("seq") != place:
            faults.append(f"{row.get('id')} is not in its place.")
        previous = str(row.get("hash"))
    return faults


def page(rows: Iterable[Row], drafted: str) -> str:
    """``quality/decisions.md``."""
    lines = ["# Decision log", *([drafted] if drafted else []), ""]
    lines += [READING, ""]
    for row in rows:
        lines += [f"## {row['id']} · {markdown.heading(row['title'])}", ""]
        said = f"{row['decision']} {row['why']}".strip()
        lines += [f"{row['at'][:10]}, {markdown.inline(row['by'])}, {row['kind']}. {markdown.inline(said)}", ""]
        see = f"See {', '.join(row['refs'])}. " if row["refs"] else ""
        lines += [f"{see}`{row['hash'].removeprefix('sha256:')[:12]}`", ""]
    return "\n".join(lines).rstrip() + "\n"


def _interview(content: Content) -> Iterable[Decision]:
    evidence = content.evidence
    frozen = evidence.frozen_at
    started = min((_time(row.get("asked_at"), frozen) for row in evidence.questions), default=frozen)
    hidden = [str(row["id"]) for row in evidence.answers if row.get("redactions")]
    if hidden:
        count = sum(len(row.get("redactions") or []) for row in evidence.answers)
        yield Decision(
            at=started,
            kind="pipeline",
            by="SpecStep",
            title="Personal data redacted",
            decision=f"{phrases.counted(count, 'personal detail')} replaced by placeholders before anything read the answers.",
            why="Names and numbers of people add nothing to the requirements.",
            refs=tuple(hidden),
        )
    if evidence.sources:
        yield Decision(
            at=started,
            kind="pipeline",
            by="SpecStep",
            title="Documents read",
            decision=f"{phrases.counted(len(evidence.sources), 'document')} read as evidence beside the answers.",
            why="What is written down need not be asked.",
            refs=tuple(str(row["id"]) for row in evidence.sources),
        )
    yield from _conflicts(content)
    yield from _probes(content)
    for row in evidence.topics:
        if row["state"] == "deferred":
            yield Decision(
                at=frozen,
                kind="defer",
                by=_speaker(content),
                title=f"Decided later: {row['topic']}",
                decision=str(row.get("note") or "Nothing is built on it until it is decided."),
                why=f"To be decided by {row.get('owner') or 'nobody named'}: {row.get('trigger') or 'no date named'}.",
                refs=tuple(str(label) for label in row["facts"]),
            )
    signed = evidence.anchor or {}
    if signed.get("signed_by"):
        yield Decision(
            at=_time(signed.get("signed_at"), frozen),
            kind="confirm",
            by=str(signed["signed_by"]),
            title="Anchor signed",
            decision="Goal, invariants and non-goals are confirmed.",
            why="Every later document is checked against them.",
            refs=tuple(invariant.fact for invariant in content.anchor.invariants),
        )


def _conflicts(content: Content) -> Iterable[Decision]:
    evidence = content.evidence
    for row in evidence.conflicts:
        held = _HELD.get(str(row.get("resolution")))
        decided = str(row.get("decided_in") or "")
        result = [str(label) for label in row.get("result") or []]
        quotes = " ".join(f'"{quote}"' for quote in row["quotes"])
        yield Decision(
            at=_asked(content, decided),
            kind="conflict",
            by=_speaker(content) if held else "SpecStep",
            title=f"{row['id']}: {row['subject']}",
            decision=f"{held or 'Not resolved; both stand'}{': ' + ', '.join(result) if result else ''}.",
            why=f"Two things were said that cannot both hold: {quotes}",
            refs=(str(row["id"]), *map(str, row["facts"]), *result, *([decided] if decided else [])),
        )


def _probes(content: Content) -> Iterable[Decision]:
    facts = {str(row["id"]): row for row in content.evidence.facts}
    disputed = {str(label) for row in content.evidence.conflicts for label in row["facts"]}
    for label, fact in facts.items():
        later = facts.get(str(fact.get("superseded_by")))
        if fact["status"] != "superseded" or later is None or label in disputed:
            continue
        yield Decision(
            at=_asked(content, str(later["source"])),
            kind="probe",
            by="SpecStep",
            title=f"{fact['subject']}: a later answer counts",
            decision=f'"{later["quote"]}" takes the place of "{fact["quote"]}".',
            why="The later answer is more exact, or corrects the earlier one.",
            refs=(str(fact["source"]), str(later["source"]), label, str(later["id"])),
        )


def _writing(content: Content) -> Iterable[Decision]:
    frozen = content.evidence.frozen_at
    drafted = content.is_drafted_without_a_model
    yield Decision(
        at=frozen,
        kind="pipeline",
        by="SpecStep",
        title="Drafted without a model" if drafted else f"Drafted by {content.drafted_by}",
        decision="Rules put the package together from the ledger."
        if drafted
        else "A model wrote from the ledger; rules checked it.",
        why=f"Profile {content.evidence.profile}, depth {content.evidence.depth}.",
        refs=(),
    )
    if content.assumptions:
        yield Decision(
            at=frozen,
            kind="assumption",
            by="SpecStep",
            title=f"{phrases.counted(len(content.assumptions), 'assumption')} made",
            decision="Each gap was filled by an assumption that can be seen, with an owner and a date.",
            why="A gap nobody sees is decided by whoever builds.",
            refs=tuple(row.id for row in content.assumptions),
        )
    for adr in content.adrs:
        yield Decision(
            at=frozen,
            kind="pipeline",
            by="SpecStep",
            title=f"{adr.id}: {adr.title}",
            decision=f"Chosen: {adr.chosen.rstrip('.')}.",
            why=f"{adr.because[:1].upper()}{adr.because[1:].rstrip('.')}.",
            refs=(adr.id, *adr.requirements),
        )


def _reviews(content: Content, reviews: Mapping[str, ReviewPart]) -> Iterable[Decision]:
    for role, review in reviews.items():
        unresolved = sum(finding.status == "open" for finding in review.findings)
        checks = role == reviewing.CHECKS
        yield Decision(
            at=content.evidence.frozen_at,
            kind="review",
            by=role,
            title="Checked by code" if checks else f"Read by {reviewing.NAMES.get(role, role)}",
            decision=f"{phrases.counted(len(review.findings), 'finding')}, {phrases.number(unresolved)} open.",
            why="What a program can see need not cost a reader's time."
            if checks
            else "A second reader sees what the first one takes for granted.",
            refs=(),
        )


def _time(text: object, otherwise: str) -> str:
    return phrases.moment(text) or otherwise


def _asked(content: Content, answer: str) -> str:
    """When the question behind this answer was asked."""
    evidence = content.evidence
    question = next((row.get("q") for row in evidence.answers if row["id"] == answer), None)
    asked = next((row.get("asked_at") for row in evidence.questions if row["id"] == question), None)
    return _time(asked, evidence.frozen_at)


def _speaker(content: Content) -> str:
    signed = (content.evidence.anchor or {}).get("signed_by")
    return str(signed or next((row.get("respondent") for row in content.evidence.answers if row.get("respondent")), "owner"))
