"""What was said about a topic, with its source: how the planning agents cite the evidence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from generation.rules.agents.sentences import Sentence, sentences
from generation.rules.content import Evidence

Fact = dict[str, Any]


def spoken(evidence: Evidence, *topics: str) -> list[Sentence]:
    """The sentences of the answers to these topics (of all answers without topics), in order."""
    return [sentence for sentence in sentences(evidence) if not topics or sentence.topic in topics]


def text_on(evidence: Evidence, *topics: str) -> str:
    """Everything that was answered, or noted from a reference, on these topics, as one text."""
    quotes = [str(fact["quote"]) for fact in evidence.live(*topics)]
    return "\n".join([sentence.text for sentence in spoken(evidence, *topics)] + quotes)


def sources_of(evidence: Evidence, facts: Iterable[str]) -> list[str]:
    """Labels of the answers and references behind these facts, in order, each once."""
    known = {str(fact["id"]): str(fact["source"]) for fact in evidence.facts}
    return list(dict.fromkeys(known[label] for label in facts if label in known))


def cite(evidence: Evidence, facts: Iterable[str]) -> str:
    """ "[A-001, A-004]" for these facts; empty when none is known."""
    labels = sources_of(evidence, facts)
    return f"[{', '.join(labels)}]" if labels else ""


def cited(text: str, citation: str) -> str:
    """The sentence with its citation before the full stop."""
    return f"{text.strip().rstrip('.')} {citation}".strip() + "."


def raw(quote: str) -> str:
    """Somebody's words in quotation marks on one line. They are never improved; only white space is."""
    return '"' + re.sub(r"\s+", " ", quote).strip().rstrip(".").replace('"', "'") + '"'


def quoted(fact: Fact) -> str:
    """A fact in the words it was said in, with its source."""
    return f"{raw(str(fact['quote']))} [{fact['source']}]"


def is_settled(evidence: Evidence, *topics: str) -> bool:
    """True when somebody said something on one of these topics."""
    return bool(evidence.live(*topics))
