"""Channels and deliveries: where packages go, and what became of each."""

from __future__ import annotations

from uuid import UUID

from api.nouns import deliveries
from api.rest.operations import JSON, Asked, Routes
from api.rest.routes.parameters import CURSOR, LIMIT, query
from delivery.models import Channel

routes = Routes("Deliveries")
PACKAGE = query(None, description="The newest, where it is left out.", examples=["01932428-0b7c-7c11-a3f5-0d8f3c3f8a21"])


@routes.operation("GET", "/channels", deliveries.ChannelPage)
def list_channels(request: Asked, limit: int = LIMIT, cursor: str | None = CURSOR) -> deliveries.ChannelPage:
    """List channels.

    Places that packages are delivered to. One is added in Settings, Delivery, where its credential is entered.
    """
    return deliveries.channels(request.caller, limit=limit, cursor=cursor)


@routes.operation("GET", "/channels/{uuid:channel}", deliveries.ChannelShape, errors=(404,))
def read_channel(request: Asked, channel: UUID) -> deliveries.ChannelShape:
    """Read a channel."""
    return deliveries.channel(request.caller, channel)


@routes.operation(
    "PATCH",
    "/channels/{uuid:channel}",
    deliveries.ChannelShape,
    takes=(JSON,),
    errors=(404, 409, 412),
    edits=Channel,
    edited="channel",
)
def change_channel(request: Asked, channel: UUID, body: deliveries.ChannelChange) -> deliveries.ChannelShape:
    """Change a channel.

    Its name, whose packages it gets and what of them. Where it would send more or another project's, it waits for a look again.
    """
    return deliveries.change_channel(request.caller, channel, body)


@routes.operation("DELETE", "/channels/{uuid:channel}", None, status=204, errors=(404, 412), edits=Channel, edited="channel")
def remove_channel(request: Asked, channel: UUID) -> None:
    """Remove a channel.

    With its credential and its history. What was delivered stays where it is.
    """
    deliveries.remove_channel(request.caller, channel)


@routes.operation("POST", "/channels/{uuid:channel}/check", deliveries.Checked, errors=(404,))
def check_channel(request: Asked, channel: UUID) -> deliveries.Checked:
    """Test a channel.

    The other side is asked and nothing is written there, so it may be repeated without an Idempotency-Key. What it says, good or
    bad, is the answer.
    """
    return deliveries.check_channel(request.caller, channel)


@routes.operation("GET", "/channels/{uuid:channel}/preview", deliveries.Preview, errors=(404,))
def preview_delivery(request: Asked, channel: UUID, package: UUID | None = PACKAGE) -> deliveries.Preview:
    """See what would be sent.

    Made exactly as for sending: the files, the words that go with them, and whom they name. Nothing is sent.
    """
    return deliveries.preview(request.caller, channel, package=package)


@routes.operation(
    "POST",
    "/channels/{uuid:channel}/confirm",
    deliveries.ChannelShape,
    takes=(JSON,),
    errors=(404, 409),
    shows="/channels/{channel}",
)
def confirm_channel(request: Asked, channel: UUID, body: deliveries.Confirmation) -> deliveries.ChannelShape:
    """Confirm what a channel sends.

    The owner saw the preview and says yes. Until then nothing is sent.
    """
    request.representation = f"/channels/{channel}"
    return deliveries.confirm_channel(request.caller, channel, body)


@routes.operation(
    "POST", "/channels/{uuid:channel}/pause", deliveries.ChannelShape, errors=(404, 409), shows="/channels/{channel}"
)
def pause_channel(request: Asked, channel: UUID) -> deliveries.ChannelShape:
    """Pause a channel.

    Nothing is sent any more; what waits is called off.
    """
    request.representation = f"/channels/{channel}"
    return deliveries.pause_channel(request.caller, channel)


@routes.operation(
    "POST", "/channels/{uuid:channel}/resume", deliveries.ChannelShape, errors=(404, 409), shows="/channels/{channel}"
)
def resume_channel(request: Asked, channel: UUID) -> deliveries.ChannelShape:
    """Resume a channel.

    From the next package on; earlier ones can be sent by hand.
    """
    request.representation = f"/channels/{channel}"
    return deliveries.resume_channel(request.caller, channel)


@routes.operation("GET", "/deliveries", deliveries.DeliveryPage, errors=(404,))
def list_deliveries(
    request: Asked,
    package: UUID | None = query(None, description="Of this package only.", examples=["01932428-0b7c-7c11-a3f5-0d8f3c3f8a21"]),
    channel: UUID | None = query(None, description="To this channel only.", examples=["01932429-3f10-7d2a-8f43-6f0b2c1d9e55"]),
    state: deliveries.DeliveryState | None = query(None, description="Only those in this state.", examples=["failed"]),
    limit: int = LIMIT,
    cursor: str | None = CURSOR,
) -> deliveries.DeliveryPage:
    """List deliveries.

    The newest first.
    """
    return deliveries.listed(request.caller, package=package, channel=channel, state=state, limit=limit, cursor=cursor)


@routes.operation("GET", "/deliveries/{uuid:delivery}", deliveries.DeliveryDetail, errors=(404,))
def read_delivery(request: Asked, delivery: UUID) -> deliveries.DeliveryDetail:
    """Read a delivery.

    With every attempt and what the other side answered.
    """
    return deliveries.read(request.caller, delivery)


@routes.operation(
    "POST",
    "/packages/{uuid:package}/deliveries",
    deliveries.DeliveryDetail,
    status=202,
    takes=(JSON,),
    errors=(404, 409),
    shows="/deliveries/{delivery}",
)
def deliver_package(request: Asked, package: UUID, body: deliveries.NewDelivery) -> deliveries.DeliveryDetail:
    """Deliver a package.

    The first time, again, or an older one. It goes out in the background; read the delivery to see what became of it.
    """
    made = deliveries.deliver(request.caller, package, body)
    request.representation = f"/deliveries/{made.id}"
    return made


@routes.operation(
    "POST",
    "/deliveries/{uuid:delivery}/replay",
    deliveries.DeliveryDetail,
    status=202,
    errors=(404, 409),
    shows="/deliveries/{delivery}",
)
def replay_delivery(request: Asked, delivery: UUID) -> deliveries.DeliveryDetail:
    """Deliver again.

    The same package to the same channel. What stands there already is not written twice.
    """
    request.representation = f"/deliveries/{delivery}"
    return deliveries.replay(request.caller, delivery)
