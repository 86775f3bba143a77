"""The same POST sixteen times at the same moment, under one key. Prints the statuses, the interviews made and the rows kept."""

from __future__ import annotations

import os
import threading

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "specstep.settings")
    django.setup()

    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from accounts.flows import keying
    from accounts.models import User
    from ground.models import IdempotentRequest
    from interviews.models import Interview

    call_command("migrate", verbosity=0)
    key = keying.make(User.objects.create_user("alice@example.org", "Alice"), name="Build machine").raw
    together = threading.Barrier(16)
    statuses: list[int] = []

    def send() -> None:
        client = Client(headers={"Authorization": f"Bearer {key}", "Idempotency-Key": "k"})
        together.wait()
        statuses.append(client.post("/api/v1/interviews", {"title": "Front desk"}, content_type="application/json").status_code)
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(",".join(map(str, sorted(statuses))), Interview.objects.count(), IdempotentRequest.objects.count(), sep=";")  # noqa: T201
