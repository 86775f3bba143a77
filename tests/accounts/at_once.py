"""A program on a database of its own: guesses, starts and workers at one moment. The terminal is the telephone."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable

import django

django.setup()

from django.db import connections  # noqa: E402

from accounts.flows import sending, verifying  # noqa: E402
from accounts.flows.notifying import tell  # noqa: E402
from accounts.models import Choice, Message, PhoneCode, User  # noqa: E402
from ground.errors import SpecStepError  # noqa: E402
from tests.migrated import migrate  # noqa: E402

MANY = 14
CODE = "000042"


def together(act: Callable[[], object]) -> Counter[str]:
    """Do the same in many threads at one moment; how often it ended how."""
    gate, ends = threading.Barrier(MANY), []

    def one() -> None:
        gate.wait()
        try:
            act()
            ends.append("done")
        except SpecStepError as error:
            ends.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(ends)


def main() -> None:
    migrate()
    user = User.objects.create_user("ruth@example.org")
    told: dict[str, object] = {}
    verifying._row(user, "+12025550143", CODE)
    told["wrong"] = together(lambda: verifying.check(user, "999999"))
    told["left"] = PhoneCode.objects.count()
    verifying._row(user, "+12025550143", CODE)
    told["right"] = together(lambda: verifying.check(user, CODE))
    Choice.objects.create(user=user, kind="run.completed", channel="sms")
    user.refresh_from_db()
    (row,) = tell(user, "run.completed", about={"path": "/runs/1/"})
    told["workers"] = together(lambda: sending.send(row.pk))
    row.refresh_from_db()
    told["message"] = [row.state, row.attempts, Message.objects.count()]
    told["starts"] = together(lambda: verifying.start(user, "+12025550144"))
    told["codes"] = PhoneCode.objects.count()
    print(json.dumps(told))  # noqa: T201


main()
