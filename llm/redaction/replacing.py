"""Replace what was found by placeholders."""

from __future__ import annotations

from collections import Counter

from llm.redaction.finding import PLACEHOLDER, find_secrets


class Redaction:
    """One payload that is redacted string by string: equal values get the same placeholder in all of its strings."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        """How many were replaced, by kind."""
        self._known: dict[str, str] = {}
        self._next = 1

    def clean(self, text: str) -> str:
        """``text`` with every secret replaced by ``[[SECRET:kind:n]]``. Placeholders that are already there stay as they are."""
        # A placeholder of an earlier call keeps its number; new ones count on after it, so that two values never share one.
        for taken in PLACEHOLDER.finditer(text):
            self._next = max(self._next, int(taken[1]) + 1)
        pieces, end = [], 0
        for secret in find_secrets(text):
            value = text[secret.start : secret.end]
            if value not in self._known:
                self._known[value] = f"[[SECRET:{secret.kind}:{self._next}]]"
                self._next += 1
            pieces += [text[end : secret.start], self._known[value]]
            self.counts[secret.kind] += 1
            end = secret.end
        return "".join([*pieces, text[end:]])


def redact(text: str) -> tuple[str, dict[str, int]]:
    """``text`` without its secrets, and how many were replaced by kind."""
    redaction = Redaction()
    return redaction.clean(text), dict(redaction.counts)
