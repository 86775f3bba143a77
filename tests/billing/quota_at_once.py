"""A program on a database of its own: ten starts for the last generation, and twelve buyers for the last place of a plan."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import replace

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from accounts.models import User  # noqa: E402
from billing import catalogue  # noqa: E402
from billing.flows import claiming  # noqa: E402
from billing.flows.metering import QuotaReached  # noqa: E402
from billing.models import PlanClaim, QuotaPeriod  # noqa: E402
from generation.flows import ringing, starting  # noqa: E402
from interviews.models import Interview  # noqa: E402
from llm.models import ModelCall  # noqa: E402


def at_once(number: int, act: Callable[[int], None], refusal: type[Exception]) -> tuple[int, int]:
    """How many of ``number`` threads succeed, and how many are refused. Anything else fails the program."""
    gate, done, refused, wrong = threading.Barrier(number), list[int](), list[int](), list[BaseException]()

    def run(one: int) -> None:
        gate.wait(timeout=60)
        try:
            act(one)
            done.append(one)
        except refusal:
            refused.append(one)
        except BaseException as error:  # noqa: BLE001  # told below
            wrong.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(one,)) for one in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    if wrong:
        raise wrong[0]
    return len(done), len(refused)


def starts(owner: User) -> dict[str, int]:
    def closed(number: int) -> Interview:
        return Interview.objects.create(workspace=owner.workspace, title=f"Desk {number}", state=Interview.State.CLOSED)

    with ringing.silence():
        for number in range(2):
            starting.start(closed(number), provider="offline")
    interviews = [closed(number) for number in range(10)]

    def start(number: int) -> None:
        with ringing.silence():
            starting.start(interviews[number], provider="offline")

    begun, refused = at_once(10, start, QuotaReached)
    used = QuotaPeriod.objects.get(workspace=owner.workspace).used
    return {"begun": begun, "refused": refused, "used": used, "calls": ModelCall.objects.count()}


def claims() -> dict[str, int]:
    plan = replace(catalogue.table().plans["pro"], key="founding", claims=12)
    people = [User.objects.create_user(f"p{number}@example.org") for number in range(23)]
    for person in people[:11]:
        assert claiming.take(person.workspace, plan)
    places, refused = at_once(12, lambda number: claiming.hold(people[11 + number].workspace, plan), claiming.PlacesTaken)
    return {"places": places, "no place": refused, "claims": PlanClaim.objects.count()}


def main() -> dict[str, int]:
    call_command("migrate", verbosity=0, skip_checks=True)
    return starts(User.objects.create_user("dana@example.org", "Dana Lind")) | claims()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main()) + "\n")
