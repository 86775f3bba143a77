"""Database work of a process that serves many callers at once from one event loop.

Outside Django's own handler all of ``sync_to_async`` shares one thread, and one slow query would hold up everybody. Here a few
threads stand ready; each call sees the caller's context variables and leaves no stale connection behind, also after the database
was restarted.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 8
"""Connections to the database that one process uses for this at most."""
SLOW_THREADS = 4
"""The same for work that may wait for a model vendor: it never takes a thread of those that only ask the database."""
_executor = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
_slow_executor = ThreadPoolExecutor(SLOW_THREADS, thread_name_prefix="vendors")


async def in_thread(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """What ``work`` returns or raises, done in one of ``THREADS`` threads. A caller who goes away does not stop the work."""
    return await _done(_executor, partial(work, *args, **kwargs))


async def in_slow_thread(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """The same in one of ``SLOW_THREADS`` threads, for work that may wait for a model vendor."""
    return await _done(_slow_executor, partial(work, *args, **kwargs))


async def _done(executor: ThreadPoolExecutor, work: Callable[[], T]) -> T:
    context = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(executor, context.run, _guarded, work)


def _guarded(work: Callable[[], T]) -> T:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()
