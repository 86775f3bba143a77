from __future__ import annotations

import uuid

from django.apps import AppConfig

from connectors import periods
from ground import register, vault


class ConnectorsConfig(AppConfig):
    name = "connectors"

    def ready(self) -> None:
        from connectors import parties, receivers  # noqa: F401  # receivers hear the signals of the floors below
        from connectors.flows import disconnecting
        from connectors.flows.calling import ATTACH_ACCESS, ATTACH_FLOW, ATTACH_REFRESH
        from connectors.models import ACCESS, REFRESH

        parties.declare_all()
        register.declare_period(periods.REVOCATION)
        vault.declare("connectors.Revocation", "sealed", purpose=disconnecting.REVOCATION)
        for field, purpose in (("sealed_access", ACCESS), ("sealed_refresh", REFRESH)):
            vault.declare("connectors.Connection", field, purpose=purpose)
        for field, purpose in (
            ("sealed_access", ATTACH_ACCESS),
            ("sealed_refresh", ATTACH_REFRESH),
            ("sealed_flow", ATTACH_FLOW),
        ):
            vault.declare("connectors.Attach", field, purpose=purpose)
        register.declare(
            register.DataClass(
                name="Connected folders",
                purpose="To read the one folder you chose, when you ask for it: its id and name, how it stands, sealed tokens.",
                legal_basis="contract",
                models=("connectors.Connection",),
                kept="until you disconnect the folder, the permission is taken back, or the account is deleted",
                export="folders.json",
                erase="deleted with the account; Google is told that the permission has ended",
                optional=True,
                switch="Integrations",
                is_on=_reads,
                audited=tuple(f"folder.{what}" for what in ("connected", "authorised", "revoked", "expired", "disconnected")),
                secret=("connectors.Connection.lane",),
            )
        )
        register.declare(
            register.DataClass(
                name="A folder being connected",
                purpose="To bring you back from the provider to where you began: sealed, bound to your browser's session.",
                legal_basis="contract",
                models=("connectors.Attach",),
                kept="30 minutes at most",
                periods=(periods.ATTACH,),
                export="not exported: gone within minutes",
                erase="deleted with the account",
                optional=True,
                switch="Integrations",
                secret=("connectors.Attach.state_digest", "connectors.Attach.lane"),
            )
        )


def _reads(user: uuid.UUID) -> bool:
    from connectors.models import Connection

    return Connection.objects.filter(workspace__owner=user, state=Connection.State.CONNECTED).exists()
