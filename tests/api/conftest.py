"""Alice as a program: her key, and as the readers and actions of ``api.nouns`` see her."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from accounts.audit import Means
from accounts.models import User, Workspace


@dataclass(frozen=True)
class Asker:
    """Who asks, without a request."""

    user: User
    workspace: Workspace
    means: Means = Means.KEY


@pytest.fixture
def by_alice(alice: User) -> Asker:
    return Asker(alice, alice.workspace)


@pytest.fixture
def by_charlie(charlie: User) -> Asker:
    return Asker(charlie, charlie.workspace)
