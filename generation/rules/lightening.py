"""What a model may do without when its window is too small: passages of documents that nothing rests on. Pure.

Facts, answers and what was decided are never shortened, nor what they quote. Only steps that read documents can lose any of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TypeVar

from pydantic import BaseModel

from generation.rules.content import ArchitectureInput, Evidence, RequirementsInput, TestsInput, VisionInput
from llm import fitting

Reading = TypeVar("Reading", VisionInput, RequirementsInput, TestsInput, ArchitectureInput)


def lighter_evidence(evidence: Evidence, decided: Collection[str] = ()) -> tuple[Evidence, int] | None:
    """The ledger with shorter documents, and how many passages were dropped; None when nothing may be dropped.

    What facts quote from a document and what stands in ``decided`` is kept.
    """
    quotes: dict[str, list[str]] = {}
    for fact in evidence.facts:
        quotes.setdefault(str(fact["source"]), []).append(str(fact["quote"]))
    shorter = fitting.shorten(
        [str(source.get("text", "")) for source in evidence.sources],
        [[*quotes.get(str(source["id"]), []), *decided] for source in evidence.sources],
    )
    if shorter is None:
        return None
    texts, dropped = shorter
    sources = [{**source, "text": text} for source, text in zip(evidence.sources, texts, strict=True)]
    return evidence.model_copy(update={"sources": sources}), sum(dropped)


def lighten_step(given: Reading) -> tuple[Reading, int] | None:
    """The input with shorter documents, and how many passages were dropped; None when nothing may be dropped."""
    lighter = lighter_evidence(given.evidence, list(_quotes(given)))
    return (given.model_copy(update={"evidence": lighter[0]}), lighter[1]) if lighter else None


def _quotes(value: object) -> Iterator[str]:
    """What earlier steps quote."""
    if isinstance(value, list):
        for inner in value:
            yield from _quotes(inner)
    elif isinstance(value, BaseModel) and not isinstance(value, Evidence):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if name == "quote" and isinstance(inner, str):
                yield inner
            else:
                yield from _quotes(inner)
