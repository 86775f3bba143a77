"""Whom this floor calls: declared at the start, so that the table of parties is whole before any kind is loaded."""

from __future__ import annotations

from ground import egress

BLOB, BLOB_PURPOSE = "Azure Blob Storage", "delivery of packages"


def declare() -> None:
    """Add our parties to the table of egress."""
    egress.declare(
        egress.Party(
            name=BLOB,
            purposes=(BLOB_PURPOSE,),
            data="The documents of packages, to a container you name.",
            hosts=None,  # its owner names it; delivery.kinds.blob.address keeps it to Azure and to what the operator allows
            country="where you keep your container",
        )
    )
