"""Which interview a page was about, for a bug report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.flows.reporting import Place
from accounts.models import OwnedQuerySet, User
from interviews.models import Conflict, Fact, Interview, Question, Reference

PARTS: dict[str, OwnedQuerySet[Any]] = {
    "unknown": Question.objects.all(),
    "later": Question.objects.all(),
    "fact": Fact.objects.all(),
    "conflict": Conflict.objects.all(),
    "cancel_reference": Reference.objects.all(),
    "remove_reference": Reference.objects.all(),
}
"""Pages of a part of an interview, by the name of their address."""


def find(user: User, page: str, parts: Mapping[str, Any]) -> Place:
    """The interview of this page, if it is visible to ``user``."""
    if "pk" not in parts:
        return Place()
    if page in PARTS:
        rows = PARTS[page].visible_to(user).values_list("interview", flat=True)
    else:
        rows = Interview.objects.visible_to(user).values_list("pk", flat=True)
    return Place(interview=rows.filter(pk=parts["pk"]).first())
