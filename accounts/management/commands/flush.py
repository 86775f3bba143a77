"""Django's ``flush``, which empties every table, on a database whose audit trail can only grow."""

from __future__ import annotations

from typing import Any

from django.core.management.commands import flush
from django.db import connections

from accounts import trail


class Command(flush.Command):
    def handle(self, **options: Any) -> None:
        with trail.open_for_flush(connections[options["database"]]):
            super().handle(**options)
