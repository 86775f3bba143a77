"""The cast: Alice owns things, Charlie has no access to them."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.models import User

pytest_plugins = [
    "tests.plugins.loopback",
    "tests.plugins.promises",
    "tests.plugins.servers",
    "tests.plugins.browser",
    "tests.plugins.wire",
    "tests.plugins.carriers",
    "tests.plugins.azurite",
]


@pytest.fixture
def alice(db: None) -> User:
    return User.objects.create_user("alice@example.org", "Alice Moreau")


@pytest.fixture
def charlie(db: None) -> User:
    return User.objects.create_user("charlie@example.org", "Charlie Okafor")


@pytest.fixture
def as_alice(client: Client, alice: User) -> Client:
    client.force_login(alice)
    return client
