"""A program on a database of its own: twenty calls are asked for at one moment, under one limit."""

from __future__ import annotations

import json
import sys
import threading
import time
from decimal import Decimal

import django

django.setup()

from django.db import connections, transaction  # noqa: E402

from accounts.models import User, Workspace  # noqa: E402
from billing.models import SpendingLimit  # noqa: E402
from billing.purses import CappedPurse  # noqa: E402
from ground import clock  # noqa: E402
from ground.rows import new_id  # noqa: E402
from llm.models import ModelCall  # noqa: E402
from llm.purse import OutOfCredit  # noqa: E402
from tests.migrated import migrate  # noqa: E402

CALLS = 20
LIMIT = Decimal("2.00")
ESTIMATE = Decimal("0.30")


def buy(purse: CappedPurse, costs: Decimal) -> bool:
    """One call as the gateway makes it: authorized and opened in one transaction, answered later. Whether it was allowed."""
    try:
        with transaction.atomic():
            purse.authorize(call="generation.vision", estimate_usd=ESTIMATE)
            time.sleep(0.01)  # a moment in which others would look, if they could
            entry = ModelCall.objects.create(
                workspace_id=purse.workspace_id,
                call="generation.vision",
                version=1,
                subject=purse.subject,
                provider="anthropic",
                model="claude-opus-5",
                estimate_usd=ESTIMATE,
                started_at=clock.now(),
            )
    except OutOfCredit:
        return False
    time.sleep(0.05)
    entry.state, entry.outcome, entry.cost_usd = ModelCall.State.ANSWERED, ModelCall.Outcome.ANSWERED, costs
    entry.save()
    return True


def storm(workspace: Workspace, costs: Decimal) -> dict[str, str | int]:
    """Twenty callers, each of which asks three times."""
    purse = CappedPurse(workspace.pk, subject=new_id())
    gate = threading.Barrier(CALLS)
    allowed: list[bool] = []

    def run() -> None:
        gate.wait(timeout=30)
        try:
            allowed.extend(buy(purse, costs) for _ in range(3))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(CALLS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    rows = ModelCall.objects.filter(subject=purse.subject)
    spent = sum((row.cost_usd or Decimal(0) for row in rows), Decimal(0))
    return {"asked": len(allowed), "allowed": sum(allowed), "spent": str(spent)}


def main() -> dict[str, dict[str, str | int]]:
    migrate()
    owner = User.objects.create_user("dana@example.org", "Dana Lind")
    SpendingLimit.objects.create(workspace=owner.workspace, run_usd=LIMIT)
    # Once every call costs what was reckoned at most, once each is cheaper, as is usual.
    return {"dear": storm(owner.workspace, ESTIMATE), "usual": storm(owner.workspace, Decimal("0.11"))}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
