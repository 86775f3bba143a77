"""The scorecard as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generation.rules.markdown import cell
from generation.rules.rendering.phrases import counted

READING = (
    "Two scores per document, never mixed: what a program counted, and what reviewers judged with a quote each. A failed "
    "blocking check caps the document at thin. Where two reviewers differ, the lower verdict counts and both are kept. A "
    "verdict whose quote is not in the document does not count."
)


def in_words(scored: Mapping[str, Any]) -> str:
    """The grade with what it rests on, for one line."""
    package = scored["package"]
    if package["grade"] == "unjudged":
        return "not graded: everything a program can count was counted, and nobody who can judge has read it"
    said = f"{package['grade']}: {counted(package['thin'], 'thin verdict')}, {counted(package['open_errors'], 'open error')}"
    criteria = [criterion for row in scored["documents"] for criterion in row["judged"]["criteria"]]
    if package["unjudged"] and package["unjudged"] == len(criteria):
        return f"{said}; nobody who can judge has read it"
    return f"{said}, {package['unjudged']} of {len(criteria)} criteria without a judge" if package["unjudged"] else said


def page(scored: Mapping[str, Any], drafted: str) -> str:
    """``quality/scorecard.md``."""
    grade, _, because = in_words(scored).partition(":")
    lines = ["# Scorecard", *([drafted] if drafted else []), ""]
    lines += [
        f"**{_sentence(grade)}:**{because}.",
        "",
        READING,
        "",
        "## Package",
        "",
        f"How grades are given: {scored['package']['rule']}",
        "",
        f"Flip rate, how often the same text is judged otherwise: not measured. {scored['flip_rate']['reason'] or ''}".rstrip(),
        "",
        "| document | counted | judged | verdict |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {row['document']} | {_score(row['deterministic']['score'])} | {_score(row['judged']['score'])} | {row['verdict']} |"
        for row in scored["documents"]
    ]
    mix = ", ".join(f"{name} {number}" for name, number in scored["ears_mix"].items())
    lines += ["", f"EARS classes: {mix or 'none'}.", ""]
    for row in scored["documents"]:
        lines += _document(row)
    return "\n".join(lines).rstrip() + "\n"


def _document(row: Mapping[str, Any]) -> list[str]:
    lines = [f"## {row['document']}", ""]
    if row["deterministic"]["criteria"]:
        lines += ["| counted | weight | result | blocks |", "| --- | --- | --- | --- |"]
        lines += [
            f"| {cell(c['criterion'])} | {c['weight']:.2f} | {c['hits']} of {c['total']} | {'yes' if c['blocking'] else 'no'} |"
            for c in row["deterministic"]["criteria"]
        ]
        lines.append("")
    lines += ["| judged | weight | verdict | by | quote | fix |", "| --- | --- | --- | --- | --- | --- |"]
    for criterion in row["judged"]["criteria"]:
        head = f"| {cell(criterion['criterion'])} | {criterion['weight']:.2f} |"
        for opinion in criterion["opinions"]:
            quote = f'"{cell(opinion["quotes"][0]["text"])}"' if opinion["quotes"] else "none"
            lines.append(f"{head} {opinion['verdict']} | {opinion['by']} | {quote} | {cell(opinion['fix'])} |")
        if not criterion["opinions"]:
            lines.append(f"{head} {criterion['verdict']} | nobody | none | {cell(criterion['reason'] or 'none')} |")
    return [*lines, ""]


def _score(value: float | None) -> str:
    return "not judged" if value is None else f"{value:.2f}"


def _sentence(text: str) -> str:
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}"
