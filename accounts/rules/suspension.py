"""Why an account is suspended or opened again: closed lists, so that the trail holds no free words."""

from __future__ import annotations

SUSPENDED_FOR = {
    "terms": "breach of the terms",
    "compromise": "suspected compromise",
    "law": "order of an authority",
    "request": "the person asked for it",
}
RESTORED_FOR = {
    "settled": "the matter is settled",
    "mistake": "it was a mistake",
    "safe": "the account is safe again",
    "request": "the person asked for it",
}
