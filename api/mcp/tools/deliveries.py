"""Deliveries: where packages go, sent, sent again."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.authenticating import Caller
from api.mcp.toolbox import READS, SENDS, Toolbox
from api.mcp.tools.arguments import ChannelId, Cursor, DeliveryId, Limit, PackageId, row_id
from api.nouns import deliveries

tool = Toolbox()


@tool("List channels", READS)
def list_channels(who: Caller, limit: Limit = 50, cursor: Cursor = "") -> deliveries.ChannelPage:
    """List the places that packages are delivered to. The owner adds one in Settings, Delivery: credentials are never given to
    a tool."""
    return deliveries.channels(who, limit=limit, cursor=cursor or None)


@tool("Deliver a package", SENDS)
def deliver(who: Caller, package: PackageId, channel: ChannelId) -> deliveries.DeliveryDetail:
    """Send a package to a channel that its owner confirmed. Ask the owner first: it leaves SpecStep. Watch it with
    list_deliveries."""
    return deliveries.deliver(who, row_id(package), deliveries.NewDelivery(channel=row_id(channel)))


@tool("List deliveries", READS)
def list_deliveries(
    who: Caller,
    package: Annotated[str, Field(description="Id of one package; empty: of all.")] = "",
    channel: Annotated[str, Field(description="Id of one channel; empty: to all.")] = "",
    state: deliveries.DeliveryState | None = None,
    limit: Limit = 50,
    cursor: Cursor = "",
) -> deliveries.DeliveryPage:
    """List what was sent where and how it ended, the newest first. `address` is where it can be seen on the other side."""
    return deliveries.listed(
        who,
        package=row_id(package) if package else None,
        channel=row_id(channel) if channel else None,
        state=state,
        limit=limit,
        cursor=cursor or None,
    )


@tool("Deliver again", SENDS)
def replay_delivery(who: Caller, delivery: DeliveryId) -> deliveries.DeliveryDetail:
    """Send the same package to the same channel again, as after a fault on the other side was mended."""
    return deliveries.replay(who, row_id(delivery))
