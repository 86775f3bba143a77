"""A program on a database of its own: many workers renew one token and pass one gate, at one moment."""

from __future__ import annotations

import json
import os
import threading
import time

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from accounts.models import User  # noqa: E402
from connectors import pacing  # noqa: E402
from connectors.contract import Tokens  # noqa: E402
from connectors.flows import renewing  # noqa: E402
from connectors.models import Connection  # noqa: E402
from ground import clock  # noqa: E402

MANY = 12
inside, most = 0, 0
lock = threading.Lock()


def main() -> None:
    call_command("migrate", verbosity=0)
    user = User.objects.create_user("ruth@example.org")
    row = Connection(workspace=user.workspace, kind="google_drive", folder="1" * 20, folder_name="x", lane="lane")
    for column, value in renewing.sealed(Tokens("old", os.environ["REFRESH"], clock.now()), row.pk).items():
        setattr(row, column, value)
    row.save(force_insert=True)
    gate, tokens = threading.Barrier(MANY), []

    def one() -> None:
        global inside, most
        gate.wait()
        try:
            tokens.append(renewing.token(row.pk))
            with pacing.slot("lane", connection=row.pk, check=lambda: None):
                with lock:
                    inside += 1
                    most = max(most, inside)
                time.sleep(0.02)
                with lock:
                    inside -= 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row.refresh_from_db()
    print(json.dumps({"tokens": len(set(tokens)), "answers": len(tokens), "most": most, "state": row.state}))  # noqa: T201


main()
