"""Which run and interview a page was about, for a bug report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts.flows.reporting import Place
from accounts.models import User
from generation.models import Package, Run
from interviews.models import Interview

OF_A_RUN = {"run", "receipt", "receipt_csv", "stop", "retry"}
OF_A_PACKAGE = {"package", "scorecard", "document", "diagram"}


def find(user: User, page: str, parts: Mapping[str, Any]) -> Place:
    """The run and the interview of this page, as far as they are visible to ``user``."""
    row: tuple[Any, ...] | None = None
    if page in OF_A_RUN:
        row = Run.objects.visible_to(user).filter(pk=parts["pk"]).values_list("pk", "interview").first()
    elif page in OF_A_PACKAGE:
        row = Package.objects.visible_to(user).filter(pk=parts["pk"]).values_list("run", "interview").first()
    elif page == "start":
        return Place(interview=Interview.objects.visible_to(user).filter(pk=parts["pk"]).values_list("pk", flat=True).first())
    return Place(*row) if row else Place()
