"""Where each topic stands: a state in words, never a lone number."""

from __future__ import annotations

from dataclasses import dataclass

from interviews.rules.ledger import Ledger
from interviews.rules.topics import TOPICS, Topic, is_material


@dataclass(frozen=True)
class Standing:
    """Where one topic stands."""

    topic: Topic
    state: str
    """empty, touched, partial, sufficient, deferred, n/a, assumed (``TopicState.State``)."""
    missing: tuple[str, ...]
    note: str = ""

    @property
    def is_settled(self) -> bool:
        return self.state in {"sufficient", "confirmed", "deferred", "n/a", "assumed"}


def standings(ledger: Ledger) -> list[Standing]:
    """All 47 topics in order."""
    spoken = ledger.spoken
    return [_standing(topic, ledger, spoken) for topic in TOPICS]


def _standing(topic: Topic, ledger: Ledger, spoken: str) -> Standing:
    if topic.id in ledger.put_off:
        return Standing(topic, "deferred", ())
    facts = ledger.live(topic.id)
    firm = [fact for fact in facts if not fact.is_vague]
    filled = {fact.slot for fact in firm}
    missing = tuple(slot for slot in topic.slots if slot not in filled)
    if not facts:
        if topic.id in ledger.assumed:
            return Standing(topic, "assumed", missing, topic.default.text)
        if not is_material(topic, spoken) and ledger.said:
            return Standing(topic, "n/a", (), "Nothing that was said makes this matter.")
        return Standing(topic, "empty", missing)
    if topic.id in ledger.assumed:
        return Standing(topic, "assumed", missing, topic.default.text)
    if not firm:
        return Standing(topic, "touched", missing)
    # Two telling facts from two clauses settle a light topic even when a slot stays open.
    enough = not missing or (len(missing) < len(topic.slots) and len(firm) >= 2 * topic.weight)
    return Standing(topic, "sufficient" if enough else "partial", missing)
