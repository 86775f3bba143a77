"""Lists that an event loop asks for, beside what a thread reads. Also a program, for the other database."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import django

if __name__ == "__main__":
    django.setup()

from django.db import transaction

from accounts.models import User
from api import straight
from api.authenticating import Caller
from api.nouns import packages
from generation.flows import discarding
from ground.errors import BadInput
from tests.generation.bin.sketch import sketched
from tests.migrated import migrate

HOW_MANY = 5


def tried() -> dict[str, Any]:
    """What became of it."""
    alice, charlie = (User.objects.create_user(f"{name}@example.org", name.title()) for name in ("alice", "charlie"))
    with transaction.atomic():
        made = [sketched(alice) for _ in range(HOW_MANY)]
        sketched(charlie)
    discarding.discard(made[1], actor=alice)
    asks = Caller(alice, alice.workspace, made[0].pk, "")
    whole = packages.listed(asks)
    told = {"straight": straight.is_possible(), "whole": [str(item.id) for item in whole.items]}
    return told | asyncio.run(_closing(asks, whole))


async def _closing(asks: Caller, whole: packages.PackagePage) -> dict[str, Any]:
    try:
        return await _asked(asks, whole)
    finally:
        await straight.close()


async def _asked(asks: Caller, whole: packages.PackagePage) -> dict[str, Any]:
    same = await packages.listed_straight(asks) == whole
    first = await packages.listed_straight(asks, limit=2)
    rest = await packages.listed_straight(asks, limit=2, cursor=first.next)
    again = await packages.listed_straight(asks, limit=2)
    refusals = [await _refused(asks, limit=0), await _refused(asks, cursor="!")]
    return {
        "same": same,
        "pages": [*first.items, *rest.items] == whole.items and rest.next is None and again == first,
        "refusals": refusals,
    }


async def _refused(asks: Caller, **wrong: Any) -> str:
    try:
        await packages.listed_straight(asks, **wrong)
    except BadInput as error:
        return str(error)
    return ""


if __name__ == "__main__":
    migrate()
    sys.stdout.write(json.dumps(tried()))
