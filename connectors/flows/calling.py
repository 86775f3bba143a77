"""A border for one connection, or for the picker of one that is being connected."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

from connectors.border import Border, Reach
from connectors.contract import Provider, provider_of
from connectors.flows import renewing
from connectors.models import Attach, Connection
from connectors.troubles import AccessEnded, Stopped
from ground import clock, vault

ATTACH_ACCESS, ATTACH_REFRESH, ATTACH_FLOW = "folder attach access", "folder attach refresh", "folder attach flow"


WAITS_SECONDS = 5.0
"""The longest pause while a person looks at the page."""


@contextmanager
def calling(
    connection: Connection, *, check: Callable[[], None] = lambda: None, sleep: Callable[[float], None] = time.sleep
) -> Iterator[Border]:
    """``check`` is asked before each call beside our own question, whether the connection still stands."""
    pk = connection.pk

    def both() -> None:
        check()
        still_connected(pk)

    border = Border(
        reach_of(provider_of(connection.kind)),
        lane=connection.lane,
        token=lambda refused: renewing.token(pk, refused),
        check=both,
        connection=pk,
        sleep=sleep,
    )
    try:
        yield border
    finally:
        border.close()


@contextmanager
def choosing(attach: Attach) -> Iterator[Border]:
    """For the picker: the token lies with what is being connected and is not renewed."""
    access = vault.unseal(attach.sealed_access, purpose=ATTACH_ACCESS, row=attach.pk)

    def token(refused: str) -> str:
        if refused:
            raise AccessEnded("The provider lets SpecStep in no more. Begin again.")
        return access

    def check() -> None:
        if not Attach.objects.filter(pk=attach.pk, ends_at__gt=clock.now()).exists():
            raise Stopped("Connecting this folder has ended. Begin again.")

    reach = reach_of(provider_of(attach.kind))
    border = Border(reach, lane=attach.lane, token=token, check=check, longest_pause=WAITS_SECONDS)
    try:
        yield border
    finally:
        border.close()


def still_connected(connection: uuid.UUID) -> None:
    """Raises ``Stopped`` once the folder is disconnected, or its owner's account closed or suspended (N-65)."""
    alive = Connection.objects.filter(pk=connection, state=Connection.State.CONNECTED, workspace__owner__is_active=True)
    if not alive.exists():
        raise Stopped


def reach_of(provider: Provider) -> Reach:
    root = settings.GRAPH_URL if provider.name == "Microsoft" else settings.GOOGLE_API_URL
    return Reach(provider.name, provider.party, provider.downloads, root, provider.may_download_from())
