"""Database work of the MCP server. Its handlers run on the event loop, so each call hops once into a thread of ours and back.

Django's own bridge would take one thread for the whole process here, because no request of Django's is open: a slow call would
hold up every other. These pools belong to this process, and each piece of work gives its connection back (docs/adr/0017).
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import close_old_connections

P = ParamSpec("P")
R = TypeVar("R")


async def run_db(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """Do ``work`` in a thread of the quick pool; what it raises is raised here."""
    return await _run(_quick(), partial(work, *args, **kwargs))


async def run_slow(work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
    """The same for work that may wait for a model vendor. It has threads of its own, so that it never takes those of the quick."""
    return await _run(_slow(), partial(work, *args, **kwargs))


async def _run(pool: ThreadPoolExecutor, work: Callable[[], R]) -> R:
    here = contextvars.copy_context()
    return await asyncio.get_running_loop().run_in_executor(pool, here.run, _guarded, work)


def _guarded(work: Callable[[], R]) -> R:
    # No request of Django's begins or ends here, so nobody else would notice a connection that the database has dropped.
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


@cache
def _quick() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.MCP_THREADS, thread_name_prefix="mcp")


@cache
def _slow() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(settings.MCP_SLOW_THREADS, thread_name_prefix="mcp-slow")
