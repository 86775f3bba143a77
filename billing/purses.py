"""The purses that pay for model calls."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from accounts.models import Workspace
from billing.flows import standing
from billing.rules import caps
from ground import clock
from ground.statements import UUID, Select
from llm import keys
from llm.models import ModelCall
from llm.purse import OutOfCredit, Purse

_MADE_WITH_OWN_KEY = Select(
    lambda workspace, subject: ModelCall.objects.filter(
        workspace_id=workspace, subject=subject, own_key=True, call__startswith="generation."
    ).values_list("pk")[:1],
    workspace=UUID,
    subject=UUID,
)


def purse_for(workspace_id: uuid.UUID, *, subject: uuid.UUID | None, own_key: bool = False) -> Purse:
    """The purse that flows pass to the gateway. ``subject`` is the run or the interview that is paid for.

    A run of which a call was made with the owner's own key stays with own keys, also when that key is revoked meanwhile (S-068).
    """
    if not own_key and subject is not None:
        own_key = bool(_MADE_WITH_OWN_KEY(workspace=workspace_id, subject=subject))
    return CappedPurse(workspace_id, subject=subject, own_key=own_key)


@dataclass(frozen=True)
class CappedPurse:
    """Keeps the owner's limits, and with managed keys also those of the service, per run and per month.

    It must be asked in the transaction that opens the row of the call, before that row is written: it holds the workspace's row
    until then, so that calls at the same moment see one another. A call is weighed with the most it may cost, so what is spent
    passes a limit by one call at most, and by none while the estimate holds.
    """

    workspace_id: uuid.UUID
    subject: uuid.UUID | None = None
    own_key: bool = False

    def authorize(self, *, call: str, estimate_usd: Decimal | None) -> None:
        """Return to allow the call; raise ``OutOfCredit`` with the limit, what is used and what to do."""
        if estimate_usd is not None and estimate_usd <= 0:
            return
        limits = standing.limits_of(self.workspace_id, own_key=self.own_key)
        if limits and not self.own_key and keys.provider_for(self.workspace_id).own:
            limits = standing.limits_of(self.workspace_id, own_key=True)
        if not limits:
            return
        with transaction.atomic():
            # Without the weaker lock, rows that point at the workspace could not be written at the same time.
            Workspace.objects.select_for_update(no_key=True).get(pk=self.workspace_id)
            used = standing.caps_of(self.workspace_id, subject=self.subject, limits=limits)
        if refused := caps.refusal(used, estimate_usd, clock.today()):
            raise OutOfCredit(refused.sentence, permanent=not refused.passes)

    def spend(self, *, call: str, cost_usd: Decimal | None) -> None:
        """Nothing to book: the row of the call holds its cost, and limits are counted from these rows."""


@dataclass(frozen=True)
class UnmeteredPurse:
    """A purse for tests: it allows everything."""

    workspace_id: uuid.UUID
    subject: uuid.UUID | None = None
    own_key: bool = False

    def authorize(self, *, call: str, estimate_usd: Decimal | None) -> None:
        """Always allowed."""

    def spend(self, *, call: str, cost_usd: Decimal | None) -> None:
        """Nothing to book: the row of the call holds its cost."""
