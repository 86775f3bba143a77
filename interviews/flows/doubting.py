"""Two statements in different words may still exclude one another: a model judges the pairs that code thinks possible."""

from __future__ import annotations

from interviews.calls import JUDGE_PAIRS, JudgeInput, Pair
from interviews.flows.recalling import ledger_of
from interviews.models import Answer, Reference
from interviews.rules.disagreeing import candidates
from interviews.rules.ledger import Noted
from llm import gateway
from llm.purse import Purse

MOST_PAIRS = 6
"""Pairs of one answer that are judged; more would cost more than they find."""


def ask_about_pairs(
    source: Answer | Reference, found: list[Noted], *, purse: Purse, provider: str | None
) -> list[tuple[str, Noted]]:
    """Which known facts (by label) the new ones contradict, as judged. Asked outside any transaction; nothing for a document."""
    if isinstance(source, Reference) or not found:
        return []
    known = ledger_of(source.interview).live()
    pairs = candidates(known, found, limit=MOST_PAIRS)
    if not pairs:
        return []
    given = JudgeInput(pairs=[Pair(first=first.quote, second=second.quote) for first, second in pairs])
    verdicts = gateway.ask(JUDGE_PAIRS, given, purse=purse, provider=provider, key=f"pairs:{source.pk}").verdicts
    return [
        (first.label, second) for (first, second), verdict in zip(pairs, verdicts, strict=True) if verdict.verdict == "conflicts"
    ]
