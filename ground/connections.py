"""Connections to the database, given back before something is waited for.

A pool has fewer connections than a process has threads. One that is held by a thread that waits is missing to the one that is
waited for.
"""

from __future__ import annotations

from django.db import connections


def release_connections() -> None:
    """Give the database connections of this thread back.

    One inside a transaction is kept: the caller holds it open and knows why (tests do). One of SQLite too: it takes no place on a
    server, and opening its file anew costs milliseconds.
    """
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block and connection.vendor != "sqlite":
            connection.close()
