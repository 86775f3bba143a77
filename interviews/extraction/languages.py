"""Which language some recognised words are in. Pure."""

from __future__ import annotations

from collections.abc import Iterable

# Short words without a letter that English lacks, as the first look is by the eyes of English; and such as are frequent in one
# of these languages only.
_SMALL = {
    "eng": "the and of to is are with that this for not be by it at from you we have will",
    "deu": "der die das und nicht ist mit von den dem ein eine zu auf sich auch wird werden oder bei nach sind wir",
    "fra": "le les et est dans pour une du sur avec pas qui sont nous vous ce cette aux",
    "spa": "el los las y es su sus pero muy hay cuando unos ella ellos",
    "ita": "di che della non sono gli dei nel alla delle anche si ed nella questo degli",
    "por": "os em uma com da dos na ao pelo pela mais seu sua quando",
    "nld": "het een van niet zijn voor aan met ook wordt deze naar bij dat kan",
}
_SETS = {language: frozenset(words.split()) for language, words in _SMALL.items()}
FEW = 3
"""Fewer small words than this tell nothing."""


def language_of(words: Iterable[str], known: Iterable[str]) -> str | None:
    """One of ``known`` (ISO 639-2), or None where the words do not tell it: labels, names, figures."""
    lowered = [word.strip(".,;:!?()[]\"'“”„«»").lower() for word in words]
    counts = {language: sum(word in _SETS[language] for word in lowered) for language in known}
    best = max(counts, key=lambda language: counts[language], default=None)
    if best is None or counts[best] < FEW:
        return None
    return best if sum(count == counts[best] for count in counts.values()) == 1 else None
