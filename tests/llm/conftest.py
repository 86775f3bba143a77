"""A clerk with one call, and a purse that remembers."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from pytest_django import Settings

from accounts.models import User
from llm import calls
from llm.calls import Call
from llm.purse import OutOfCredit
from tests.llm.clerk.calls import SORT, Letter, Sorted


@dataclass
class RememberingPurse:
    """Allows calls up to an estimate and keeps what it was told."""

    workspace_id: uuid.UUID
    subject: uuid.UUID | None = None
    own_key: bool = False
    limit: Decimal = Decimal(100)
    asked: list[tuple[str, Decimal | None]] = field(default_factory=list)
    spent: list[tuple[str, Decimal | None]] = field(default_factory=list)

    def authorize(self, *, call: str, estimate_usd: Decimal | None) -> None:
        self.asked.append((call, estimate_usd))
        if estimate_usd is not None and estimate_usd > self.limit:
            raise OutOfCredit

    def spend(self, *, call: str, cost_usd: Decimal | None) -> None:
        self.spent.append((call, cost_usd))


@pytest.fixture
def purse(alice: User) -> RememberingPurse:
    return RememberingPurse(alice.workspace.pk)


@pytest.fixture
def sort(settings: Settings) -> Iterator[Call[Letter, Sorted]]:
    """The call of the clerk, registered for the length of the test."""
    settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.llm.clerk"]
    calls.register(SORT)
    yield SORT
    calls._registered.pop(SORT.name)


@pytest.fixture
def letter() -> Letter:
    return Letter(sender="Ms Adeyemi", text="The chairs came late and I am angry. Please call back.")
