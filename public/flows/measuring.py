"""A view of a public page is counted, and a sign-up of the same day is counted for the page that was read (S-137 to S-153)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.db.models import F

from ground.addresses import address_of
from public.flows import locating, salting
from public.models import SignUps, View
from public.rules.visitors import HASH_LENGTH, visitor

HEX = frozenset("0123456789abcdef")


def count(page: str, *, peer: str, forwarded_for: str, agent: str) -> str:
    """Note one view of ``page``; the hash of the visitor for today. Address and user agent are not kept.

    ``peer`` is who is connected to us; ``forwarded_for`` counts only with ``TRUSTED_PROXIES``.
    """
    address = address_of(peer, forwarded_for, settings.TRUSTED_PROXIES)
    salt = salting.today()
    hashed = visitor(address, agent, salt.value)
    View.objects.create(day=salt.day, page=page, visitor=hashed, country=locating.country(address))
    return hashed


def attribute(hashed: str) -> str | None:
    """Count a sign-up for the page that this visitor read last today, and forget the rest (N-04). That page, if there is one.

    A hash of another day, or one that we never gave, belongs to no view and is not counted.
    """
    if len(hashed) != HASH_LENGTH or not HEX.issuperset(hashed):
        return None
    day = salting.today().day
    page = View.objects.filter(day=day, visitor=hashed).order_by("-pk").values_list("page", flat=True).first()
    if page is not None:
        _raise(day, page)
    return page


def _raise(day: dt.date, page: str) -> None:
    with transaction.atomic():
        SignUps.objects.bulk_create([SignUps(day=day, page=page)], ignore_conflicts=True)
        SignUps.objects.filter(day=day, page=page).update(count=F("count") + 1)
