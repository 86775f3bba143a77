"""The state of each topic as rows, so that every page and program reads the same."""

from __future__ import annotations

from interviews.models import Interview, TopicState
from interviews.rules.coverage import Standing, standings
from interviews.rules.ledger import Ledger

_KEPT = {TopicState.State.DEFERRED, TopicState.State.CONFIRMED}


def store_standings(interview: Interview, ledger: Ledger) -> list[str]:
    """Write what changed. Returns the ids of the topics whose state changed. What a person decided (put off, confirmed) stays."""
    rows = {state.topic: state for state in interview.topicstates.all()}
    changed, fresh, written = [], [], []
    for standing in standings(ledger):
        row = rows.get(standing.topic.id)
        if row is None:
            fresh.append(_row(interview, standing))
        elif row.state not in _KEPT and (row.state, tuple(row.missing)) != (standing.state, standing.missing):
            if row.state != standing.state:
                changed.append(standing.topic.id)
            row.state, row.missing, row.note = standing.state, list(standing.missing), standing.note[:300]
            written.append(row)
    TopicState.objects.bulk_create(fresh)
    TopicState.objects.bulk_update(written, ["state", "missing", "note"])
    return changed


def _row(interview: Interview, standing: Standing) -> TopicState:
    return TopicState(
        interview=interview,
        topic=standing.topic.id,
        state=standing.state,
        missing=list(standing.missing),
        note=standing.note[:300],
    )
