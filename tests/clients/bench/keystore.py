"""The key store of an operating system, played by a file outside everything that tests search."""

from __future__ import annotations

import json
import os
from pathlib import Path

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError


class Backend(KeyringBackend):
    priority: float = 5

    def get_password(self, service: str, username: str) -> str | None:
        return self._all().get(f"{service} {username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._place().write_text(json.dumps(self._all() | {f"{service} {username}": password}))

    def delete_password(self, service: str, username: str) -> None:
        held = self._all()
        if f"{service} {username}" not in held:
            raise PasswordDeleteError
        del held[f"{service} {username}"]
        self._place().write_text(json.dumps(held))

    def _all(self) -> dict[str, str]:
        place = self._place()
        return dict(json.loads(place.read_text())) if place.exists() else {}

    @staticmethod
    def _place() -> Path:
        return Path(os.environ["SPECSTEP_TEST_KEYSTORE"])


class Plain(Backend):
    """A store that the library itself does not recommend."""

    priority = 0.5
