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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes minutes and shows no more than its sample waits until somebody asks: ``script/test -m thorough``."""
    if "thorough" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("thorough")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("thorough")]


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
