"""The calls "generation.review_owner_advocate", "generation.review_implementer" and "generation.review_tester"."""

from __future__ import annotations

from generation.calls.evidence import late, unsent
from generation.calls.prose import PARTS
from generation.rules.agents.reviews import check_review, review
from generation.rules.content import ReviewInput, ReviewPart
from llm.calls import Call


def _review(role: str) -> Call[ReviewInput, ReviewPart]:
    return Call(
        name=f"generation.review_{role.replace('-', '_')}",
        version=2,
        input=ReviewInput,
        output=ReviewPart,
        offline=review,
        check=check_review,
        stable=(*PARTS, "documents"),
        late=late("parts.evidence"),
        unsent=unsent("parts.evidence", reads_documents=False),
        schema_title="generation.review",
        reviewer=True,
        tier="judgement",
        max_tokens=16_000,
        deadline_seconds=600.0,
    )


OWNER_ADVOCATE = _review("owner-advocate")
IMPLEMENTER = _review("implementer")
TESTER = _review("tester")

REVIEWS: dict[str, Call[ReviewInput, ReviewPart]] = {
    "owner-advocate": OWNER_ADVOCATE,
    "implementer": IMPLEMENTER,
    "tester": TESTER,
}
"""By role."""
