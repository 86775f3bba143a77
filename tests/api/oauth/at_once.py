"""Twelve redeem one code at one moment, and an event loop asks whose tokens these are. Also a program."""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from collections import Counter
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.core.management import call_command
from django.db import connections
from django.test import Client as Browser
from django.test.utils import setup_test_environment

from accounts.models import AuditEvent, User
from api import straight
from api.models import AccessToken, Grant
from api.oauth import connecting, recognising
from tests.api.oauth.tool import Tool

MANY, ROUNDS = 12, 2


def redeemed(tool: Tool, code: str) -> tuple[Counter[str], list[str]]:
    """How twelve exchanges of one code ended, and the tokens they got."""
    gate, ends, raw = threading.Barrier(MANY), [], []

    def one() -> None:
        own = Tool(http=Browser(), client_id=tool.client_id, verifier=tool.verifier)
        gate.wait()
        try:
            answer = own.exchange(code)
            said = answer.json()
            ends.append(f"{answer.status_code} {said.get('error', 'token')}")
            raw.extend([said["access_token"]] if "access_token" in said else [])
        except Exception as error:  # noqa: BLE001  # whatever it is, it is one of the ends
            ends.append(type(error).__name__)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(MANY)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(ends), raw


async def seen(raw: list[str]) -> list[str]:
    """The prefixes of the tokens that an event loop recognises, before and after one is revoked."""
    before = await asyncio.gather(*(recognising.recognise_async(each) for each in raw))
    ids = [grantee.token_id for grantee in before if grantee]
    await asyncio.to_thread(_revoke, ids[0])
    after = await asyncio.gather(*(recognising.recognise_async(each) for each in raw))
    valid = await asyncio.gather(*(recognising.still_valid_async(pk) for pk in ids))
    await straight.close()
    return ["".join("+" if one else "-" for one in each) for each in (before, after, valid)]


def _revoke(pk: object) -> None:
    row = AccessToken.objects.select_related("application", "user").get(pk=pk)
    connecting.revoke(row, actor=row.user)
    connections.close_all()


def tried() -> dict[str, Any]:
    """What became of it."""
    person = Browser()
    person.force_login(User.objects.create_user("ruth@example.org"))
    tool = Tool()
    tool.register()
    rounds = [redeemed(tool, tool.consent(person)["code"]) for _ in range(ROUNDS)]
    raw = [each for _, given in rounds for each in given]
    told = {
        "ends": [dict(ends) for ends, _ in rounds],
        "tokens": AccessToken.objects.count(),
        "codes": Grant.objects.count(),
        "events": AuditEvent.objects.filter(action="tool.connected").count(),
        "seen": asyncio.run(seen(raw)),
    }
    return told | {"used": AccessToken.objects.exclude(last_used_at=None).count()}


if __name__ == "__main__":
    setup_test_environment()
    call_command("migrate", verbosity=0)
    sys.stdout.write(json.dumps(tried()))
