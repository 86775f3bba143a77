"""What is over goes: every minute the attempts that were not finished, and the places of tenants nobody is connected to."""

from __future__ import annotations

import datetime as dt

from django.db.models import Exists, OuterRef

from connectors.flows import disconnecting, renewing
from connectors.models import Attach, Connection, Slot
from ground import clock

UNUSED = dt.timedelta(minutes=5)


def sweep() -> int:
    """Attempts whose 30 minutes are over (S-047), permissions that ran out, places nobody needs. How many rows of the first."""
    now = clock.now()
    gone, _ = Attach.objects.filter(ends_at__lte=now).delete()
    renewing.end_run_out()
    disconnecting.carry_out_due()
    wanted = Exists(Connection.objects.filter(lane=OuterRef("lane"))) | Exists(Attach.objects.filter(lane=OuterRef("lane")))
    Slot.objects.filter(~wanted, held_until__lte=now - UNUSED, quiet_until__lte=now - UNUSED).delete()
    return gone
