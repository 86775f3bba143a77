"""Generations: what one would cost, begun, watched, stopped, tried again."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from mcp.server.mcpserver import Context

from api.authenticating import Caller
from api.mcp.toolbox import ADDS, READS, SETS, STOPS, Toolbox
from api.mcp.tools.arguments import Cursor, InterviewId, Limit, RunId, Seconds, row_id
from api.nouns import runs, usage
from api.threads import in_thread

tool = Toolbox()
Ctx = Context[Any, Any]

LOOK_SECONDS = 1.0
"""Between two looks at a run that is being watched."""
OVER = ("done", "failed", "cancelled")


@tool("Estimate a generation", READS)
def estimate_generation(who: Caller, interview: InterviewId) -> runs.Estimate:
    """Say what writing the package of an interview would cost, and whether a limit refuses it. Tell the owner before you
    start."""
    return runs.estimate(who, row_id(interview))


@tool("Start a generation", ADDS)
def start_generation(who: Caller, interview: InterviewId) -> runs.RunDetail:
    """Start writing the package of a closed interview. It takes minutes and may cost money: see estimate_generation. Watch it
    with get_generation; do not start it twice."""
    return runs.start(who, row_id(interview))


@tool("Watch a generation", READS)
async def get_generation(who: Caller, ctx: Ctx, generation: RunId, wait_seconds: Seconds = 0) -> runs.RunDetail:
    """Read how a generation stands. With `wait_seconds` it answers when the generation is over or the time is, and reports
    progress meanwhile. `package` is set once it is done; `trouble` says why it failed."""
    row, end, told = row_id(generation), time.monotonic() + wait_seconds, -1
    while True:
        run = await in_thread(runs.read, who, row)
        if run.state in OVER or time.monotonic() >= end:
            return run
        if run.steps_done > told:
            told = run.steps_done
            await ctx.report_progress(told, run.steps, run.news[0] if run.news else run.state)
        await asyncio.sleep(min(LOOK_SECONDS, max(0.0, end - time.monotonic())))


@tool("List generations", READS)
def list_generations(
    who: Caller, interview: str = "", state: runs.RunState | None = None, limit: Limit = 50, cursor: Cursor = ""
) -> runs.RunPage:
    """List generations, the newest first: of the account, or of one interview by its id."""
    return runs.listed(who, interview=row_id(interview) if interview else None, state=state, limit=limit, cursor=cursor or None)


@tool("Stop a generation", STOPS)
def cancel_generation(who: Caller, generation: RunId) -> runs.RunDetail:
    """Stop a generation. What is done stays; retry_generation goes on from there."""
    return runs.cancel(who, row_id(generation))


@tool("Try a generation again", SETS)
def retry_generation(who: Caller, generation: RunId) -> runs.RunDetail:
    """Try the failed or cancelled steps of a generation again. What is done stays done and is not paid twice."""
    return runs.retry(who, row_id(generation))


@tool("Read a receipt", READS)
def get_receipt(who: Caller, generation: RunId) -> runs.Receipt:
    """Read what a generation asked of models, call by call, with tokens and cost."""
    return runs.receipt(who, row_id(generation))


@tool("Read the usage", READS)
def get_usage(who: Caller) -> usage.Usage:
    """Read what the account used this month and before, and what its limits leave."""
    return usage.read(who)
