"""Answers are word for word, quotes are parts of them, every weighty answer leads somewhere."""

from __future__ import annotations

from collections.abc import Iterator

from generation.rules import markdown, tracing
from generation.rules.assembling import NOT_TAKEN_UP
from generation.rules.checking.reading import Reading
from generation.rules.checking.results import CheckResult, error, fault, warning

WEIGHTY = 3
"""Weight of a topic from which an answer must lead somewhere (product plan, 4.3)."""


def check(reading: Reading) -> Iterator[CheckResult]:
    yield from _facts(reading)
    yield from _answers(reading)
    yield from _grounds(reading)
    yield from _conflicts(reading)
    yield from _coverage(reading)
    yield from _closure(reading)


def _facts(reading: Reading) -> Iterator[CheckResult]:
    for label, fact in reading.facts.items():
        text = reading.source_texts.get(str(fact["source"]))
        if not fact["source"] and fact["origin"] in ("assumption", "default"):
            text = ""  # nobody said it, and it says so
        if text is None:
            yield fault(
                "QUOTE", label, f"It names {fact['source']}, which does not exist.", "Note the fact again from its answer."
            )
        elif fact["origin"] in ("user", "document") and fact["quote"] not in text:
            yield fault(
                "QUOTE",
                label,
                f"Its quote is not in {fact['source']}: {str(fact['quote'])[:60]}",
                "Quote the answer word for word.",
            )
        if (fact["status"] == "superseded") != bool(fact["superseded_by"]):
            yield fault("FACT", label, "Its status and what supersedes it disagree.", "Name the fact that took its place.")
        elif fact["superseded_by"] and fact["superseded_by"] not in reading.facts:
            yield fault("FACT", label, f"It is superseded by {fact['superseded_by']}, which does not exist.", "Name a fact.")


def _answers(reading: Reading) -> Iterator[CheckResult]:
    text = reading.files.get("evidence/interview.md")
    if text is None:
        return
    for label, answer in reading.answers.items():
        if markdown.quote_block(str(answer["text"])) not in text:
            yield fault("ANSWERS", label, "It is not word for word in the interview.", "Render the interview from the ledger.")
    ledger = [line for line in reading.files.get("evidence/facts.jsonl", "").splitlines() if line.strip()]
    if "evidence/facts.jsonl" in reading.files and len(ledger) != len(reading.facts):
        yield fault(
            "ANSWERS",
            "evidence/facts.jsonl",
            f"It holds {len(ledger)} facts, the ledger {len(reading.facts)}.",
            "Render the facts from the ledger.",
        )


def _grounds(reading: Reading) -> Iterator[CheckResult]:
    for row in reading.content.requirements:
        if not row.evidence and not row.assumptions:
            yield fault(
                "EVIDENCE",
                row.id,
                "Nobody said it and nobody assumed it.",
                "Name a fact or an assumption.",
                cause="missing-answer",
            )
        for grounds in row.evidence:
            fact = reading.facts.get(grounds.fact)
            if fact is None or grounds.quote != fact["quote"] or grounds.answer != fact["source"]:
                yield fault("EVIDENCE", row.id, f"{grounds.fact} does not say this.", "Copy quote and answer from the fact.")
            elif fact["status"] != "live":
                yield fault("EVIDENCE", row.id, f"{grounds.fact} is {fact['status']}.", "Rest it on a live fact.")
    for invariant in reading.content.anchor.invariants:
        fact = reading.facts.get(invariant.fact)
        if fact is None or invariant.quote not in reading.source_texts.get(str(fact["source"]), ""):
            yield fault("EVIDENCE", "anchor", f'Nobody said "{invariant.quote[:60]}".', "Quote the owner's words.")


def _conflicts(reading: Reading) -> Iterator[CheckResult]:
    for row in reading.content.evidence.conflicts:
        label = str(row["id"])
        if row.get("resolution") == "open":
            yield error(
                "CONFLICT", label, "Two answers contradict each other and nobody chose.", "Ask which one holds.", cause="conflict"
            )
        for fact, quote in zip(row["facts"], row["quotes"], strict=False):
            if fact not in reading.facts or reading.facts[fact]["quote"] != quote:
                yield fault("CONFLICT", label, f"{fact} does not say this.", "Copy the quotes from the facts.")


def _coverage(reading: Reading) -> Iterator[CheckResult]:
    for row in reading.content.evidence.topics:
        label, state = str(row["id"]), row["state"]
        for fact in row["facts"]:
            if fact not in reading.facts:
                yield fault("COVERAGE", label, f"It counts {fact}, which does not exist.", "Count the ledger's facts.")
        if state == "deferred" and not (row.get("owner") and row.get("trigger")):
            yield warning(
                "COVERAGE",
                label,
                f"{row['topic']} was put off without an owner and a date.",
                "Name both.",
                cause="missing-answer",
            )
        if state in ("touched", "partial", "empty") and row["weight"] >= WEIGHTY:
            yield warning(
                "COVERAGE", label, f"{row['topic']} was not settled ({state}).", "Ask about it.", cause="missing-answer"
            )
        if state in ("assumed", "n/a") and not row.get("note"):
            yield warning("COVERAGE", label, f"{row['topic']} is {state} without a reason.", "Say why.", cause="missing-answer")


def _closure(reading: Reading) -> Iterator[CheckResult]:
    weights = {str(row["id"]): int(row["weight"]) for row in reading.content.evidence.topics}
    links = reading.trace["links"]
    idle = set(tracing.unexplained(reading.content, links))
    forgotten = {row.id for row in reading.content.unused if row.reason == NOT_TAKEN_UP}
    using = {link["from"] for link in links if link["kind"] in tracing.USING}
    for label, answer in reading.answers.items():
        facts = [fact for fact in reading.facts.values() if fact["source"] == label and fact["status"] == "live"]
        unexplained = [str(fact["id"]) for fact in facts if fact["id"] in idle]
        weight = weights.get(str(answer.get("topic")), 0)
        lost = [fact for fact in facts if fact["id"] in forgotten and fact["id"] not in using]
        if lost and len(lost) == len(facts) and label not in using and weight >= WEIGHTY:
            yield warning(
                "CLOSURE", label, f'Nothing in the package rests on "{lost[0]["quote"]}".', "Use it, or say why it is not used."
            )
        if facts and len(unexplained) == len(facts) and label not in using and weight >= WEIGHTY:
            yield fault(
                "CLOSURE",
                label,
                f"Nothing in the package rests on this answer ({markdown.listed(unexplained)}), and nobody said why.",
                "Use it, or list its facts as not used with a reason.",
            )
            continue
        for fact in unexplained:
            yield warning("CLOSURE", fact, "Nothing in the package rests on this fact.", "Use it or say why not.")
