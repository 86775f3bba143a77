"""A program on a database of its own and a stub of the vendors: the gateway under limits.

``callers``: twenty threads ask at one moment, under a limit for three. ``run``: a run reaches its limit, and goes on when it is
raised.
"""

from __future__ import annotations

import json
import sys
import threading
from decimal import Decimal
from typing import Any

import django

django.setup()

from django.db import connections  # noqa: E402

from accounts.models import User  # noqa: E402
from billing.flows.limiting import set_limits  # noqa: E402
from billing.purses import purse_for  # noqa: E402
from generation.flows import running, starting  # noqa: E402
from generation.models import Step  # noqa: E402
from ground.rows import new_id  # noqa: E402
from interviews.calls import JUDGE_PAIRS, JudgeInput, Pair  # noqa: E402
from interviews.flows import answering, closing, opening  # noqa: E402
from llm import gateway  # noqa: E402
from llm.models import ModelCall  # noqa: E402
from llm.purse import OutOfCredit  # noqa: E402
from tests.migrated import migrate  # noqa: E402
from tests.packages import SAID  # noqa: E402


def callers(owner: User) -> dict[str, Any]:
    purse = purse_for(owner.workspace.pk, subject=new_id())

    def given(number: int) -> JudgeInput:
        return JudgeInput(pairs=[Pair(first=f"Shelf {number:02} is full", second=f"Shelf {number:02} is empty")])

    gateway.ask(JUDGE_PAIRS, given(0), purse=purse, provider="anthropic")
    first = ModelCall.objects.get(subject=purse.subject)
    assert first.estimate_usd is not None
    assert first.cost_usd is not None
    limit = (first.cost_usd + first.estimate_usd * Decimal("3.5")).quantize(Decimal("0.01"))
    set_limits(owner.workspace, run_usd=limit, month_usd=None)
    gate, refused = threading.Barrier(20), []

    def ask(number: int) -> None:
        gate.wait(timeout=60)
        try:
            gateway.ask(JUDGE_PAIRS, given(number), purse=purse, provider="anthropic")
        except OutOfCredit as error:
            refused.append(error.permanent)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 21)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return {
        "answered": ModelCall.objects.filter(subject=purse.subject, state="answered").count() - 1,
        "refused for good": sum(refused),
        "refused for now": len(refused) - sum(refused),
    }


def run(owner: User) -> dict[str, Any]:
    interview = opening.open_interview(workspace=owner.workspace, title="Desk")
    answering.store_answer(interview.questions.get(), text=SAID)
    answering.reply_now(interview, purse=purse_for(owner.workspace.pk, subject=interview.pk), provider="offline")
    closing.close(interview, because="Enough.")
    interview.refresh_from_db()
    set_limits(owner.workspace, run_usd=None, month_usd=None)
    begun = starting.start(interview, provider="anthropic")
    of_run = ModelCall.objects.filter(subject=begun.pk)
    while not of_run.exists():
        running.work(running.due(begun)[0])
    # No other call is sure to stay below this, with all it may think.
    set_limits(owner.workspace, run_usd=Decimal("0.50"), month_usd=None)
    stopped = running.drive(begun)
    told: dict[str, Any] = {
        "stopped": stopped.state,
        "trouble": stopped.trouble,
        "done": list(stopped.steps.filter(state=Step.State.DONE).values_list("key", flat=True)),
        "paid then": sorted(of_run.values_list("part", flat=True)),
        "spent then": str(sum((row.cost_usd or Decimal(0) for row in of_run), Decimal(0))),
    }
    set_limits(owner.workspace, run_usd=Decimal("90.00"), month_usd=None)
    ended = running.drive(starting.retry(stopped))
    return told | {"ended": ended.state, "paid in all": sorted(of_run.values_list("part", flat=True))}


def main(what: str) -> dict[str, Any]:
    migrate()
    owner = User.objects.create_user("dana@example.org", "Dana Lind")
    return {"callers": callers, "run": run}[what](owner)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1])) + "\n")
