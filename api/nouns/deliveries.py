"""Where packages go, and what became of each on its way."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, Literal

from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import ANYTHING, WRITTEN, Listed, Shape, Wish
from delivery.flows import connecting, preparing, queueing
from delivery.models import Channel, Delivery
from generation.models import Package
from ground.errors import SpecStepError
from interviews.models import Interview

DeliveryState = Literal["waiting", "sending", "sent", "failed", "cancelled"]


class ChannelShape(Shape):
    """A place that packages are delivered to. Its credential is given out to nobody."""

    id: uuid.UUID
    kind: str = Field(examples=["github"])
    name: str = Field(examples=["The clinic's repository"])
    where: str = Field(description="Where it goes, in a sentence.", examples=["Opens pull requests in harbour/booking"])
    interview: uuid.UUID | None = Field(description="Packages of this interview only; null: of all.")
    state: Literal["draft", "active", "paused", "broken"] = Field(description="draft: nobody confirmed yet what it would send.")
    trouble: str = Field(examples=[""])
    warnings: list[str] = Field(description="What its owner should see to soon.", examples=[[]])
    intermediates: bool = Field(description="Scores, reviews and the decision log are sent too.")
    transcript: bool = Field(description="What was said, word for word, is sent too.")
    confirmed_at: dt.datetime | None
    created_at: dt.datetime


class ChannelPage(Listed[ChannelShape]):
    """Channels, the newest first."""


class ChannelChange(Wish):
    """What may be changed of a channel without its credential. Where more is sent, it is confirmed anew."""

    name: str | None = Field(default=None, min_length=1, max_length=80, pattern=WRITTEN, examples=["The clinic's repository"])
    interview: uuid.UUID | None = Field(default=None, description="Left out: as it is. Null: packages of every interview.")
    intermediates: bool | None = None
    transcript: bool | None = None


class Checked(Shape):
    """What the other side answered to a test that wrote nothing."""

    ok: bool
    found: list[str] = Field(description="In sentences.", examples=[["The repository is there and can be written to."]])


class PreviewFile(Shape):
    """A file that would be sent."""

    path: str
    name: str
    size: int = Field(description="Bytes.")


class Named(Shape):
    """Somebody that what would be sent names."""

    text: str
    kind: Literal["person", "email", "phone", "you"]
    path: str = Field(description="The first document it stands in.")
    times: int


class Preview(Shape):
    """Exactly what would be sent; nothing was sent."""

    channel: uuid.UUID
    package: uuid.UUID
    where: str
    digest: str = Field(description="Send it back to confirm exactly this.")
    size: int = Field(description="Bytes of all files.")
    files: list[PreviewFile]
    summary: str = Field(description="The words that go with it, in Markdown.")
    named: list[Named]
    more_named: int = Field(description="Others that are named and not listed.", examples=[0])


class Confirmation(Wish):
    """The owner has seen what would be sent and says yes."""

    package: uuid.UUID | None = Field(default=None, description="The package that was looked at; null where there is none yet.")
    digest: str = Field(default="", max_length=64, pattern=ANYTHING, description="Of the preview.")
    now: bool = Field(default=False, description="Send this package at once.")


class Attempt(Shape):
    """One attempt at a delivery."""

    at: dt.datetime
    ok: bool
    sentence: str


class DeliveryShape(Shape):
    """One package on its way to one channel."""

    id: uuid.UUID
    channel: uuid.UUID
    channel_name: str
    package: uuid.UUID
    package_number: int
    title: str = Field(description="Of the package.", examples=["Front desk of a clinic"])
    state: DeliveryState
    tries: int
    trouble: str = Field(examples=[""])
    address: str = Field(
        description="Where it can be seen on the other side.", examples=["https://github.com/harbour/booking/pull/12"]
    )
    where: str = Field(examples=["Pull request 12 in harbour/booking"])
    next_try_at: dt.datetime | None
    sent_at: dt.datetime | None
    created_at: dt.datetime


class DeliveryDetail(DeliveryShape):
    """A delivery with its history."""

    attempts: list[Attempt] = Field(description="The newest first.")


class DeliveryPage(Listed[DeliveryShape]):
    """Deliveries, the newest first."""


class NewDelivery(Wish):
    """Where a package shall go."""

    channel: uuid.UUID


def channels(caller: Caller, *, limit: int = asking.USUAL, cursor: str | None = None) -> ChannelPage:
    """The account's channels."""
    items, more = asking.cut(Channel.objects.visible_to(caller.user), _channel_shape, limit=limit, cursor=cursor)
    return ChannelPage(items=items, next=more)


def channel(caller: Caller, channel: uuid.UUID) -> ChannelShape:
    """One channel."""
    return _channel_shape(_channel(caller, channel))


def change_channel(caller: Caller, channel: uuid.UUID, wish: ChannelChange) -> ChannelShape:
    """Rename it, or choose anew what it gets. Where more is sent or another project's, it waits for a look again."""
    row = _channel(caller, channel)
    fields: dict[str, Any] = {
        name: getattr(wish, name) if getattr(wish, name) is not None else getattr(row, name)
        for name in ("name", "intermediates", "transcript")
    }
    fields["interview"] = row.interview
    if "interview" in wish.model_fields_set:
        fields["interview"] = asking.found(Interview.objects.all(), caller, wish.interview) if wish.interview else None
    connecting.change(row, place=preparing.place_of(row), credential="", actor=caller.user, means=caller.means, **fields)
    return _channel_shape(_channel(caller, channel))


def check_channel(caller: Caller, channel: uuid.UUID) -> Checked:
    """Ask the other side, without writing anything there. That it does not work is an answer as good as another."""
    row = _channel(caller, channel)
    try:
        return Checked(ok=True, found=connecting.check(row))
    except SpecStepError as error:
        return Checked(ok=False, found=[str(error)])


def preview(caller: Caller, channel: uuid.UUID, *, package: uuid.UUID | None = None) -> Preview:
    """What this channel would send of this package, or of the newest."""
    row = _channel(caller, channel)
    chosen = asking.found(Package.objects.all(), caller, package) if package else preparing.newest_package(row)
    if chosen is None:
        raise asking.NotFound("There is no package yet that this channel would send.")
    shown = preparing.preview(chosen, row)
    return Preview(
        channel=row.pk,
        package=chosen.pk,
        where=shown.where,
        digest=shown.shipment.digest,
        size=shown.size,
        files=[PreviewFile(path=one.path, name=one.name, size=one.size) for one in shown.files],
        summary=shown.shipment.summary,
        named=[Named(text=one.text, kind=one.kind, path=one.path, times=one.times) for one in shown.named],
        more_named=shown.more_named,
    )


def confirm_channel(caller: Caller, channel: uuid.UUID, wish: Confirmation) -> ChannelShape:
    """Say yes to what was previewed. Raises ``Conflict`` when another thing would be sent by now."""
    row = _channel(caller, channel)
    package = asking.found(Package.objects.all(), caller, wish.package) if wish.package else None
    connecting.confirm(row, package=package, digest=wish.digest, now=wish.now, actor=caller.user, means=caller.means)
    return _channel_shape(_channel(caller, channel))


def pause_channel(caller: Caller, channel: uuid.UUID) -> ChannelShape:
    """Send nothing any more. Raises ``Conflict``."""
    connecting.pause(_channel(caller, channel), actor=caller.user, means=caller.means)
    return _channel_shape(_channel(caller, channel))


def resume_channel(caller: Caller, channel: uuid.UUID) -> ChannelShape:
    """Deliver again, from the next package on. Raises ``Conflict``."""
    connecting.resume(_channel(caller, channel), actor=caller.user, means=caller.means)
    return _channel_shape(_channel(caller, channel))


def remove_channel(caller: Caller, channel: uuid.UUID) -> None:
    """Remove it with its credential and history. What was delivered stays where it is."""
    connecting.remove(_channel(caller, channel), actor=caller.user, means=caller.means)


def listed(
    caller: Caller,
    *,
    package: uuid.UUID | None = None,
    channel: uuid.UUID | None = None,
    state: DeliveryState | None = None,
    limit: int = asking.USUAL,
    cursor: str | None = None,
) -> DeliveryPage:
    """Deliveries of the account, of one package or to one channel."""
    rows = Delivery.objects.visible_to(caller.user).select_related("channel", "package").defer("package__model")
    if package:
        rows = rows.filter(package=asking.found(Package.objects.defer("model"), caller, package))
    if channel:
        rows = rows.filter(channel=asking.found(Channel.objects.all(), caller, channel))
    rows = rows.filter(state=state) if state else rows
    items, more = asking.cut(rows, _shape, limit=limit, cursor=cursor)
    return DeliveryPage(items=items, next=more)


def read(caller: Caller, delivery: uuid.UUID) -> DeliveryDetail:
    """One delivery with its history."""
    row = _delivery(caller, delivery)
    tried = [Attempt(at=one.at, ok=one.ok, sentence=one.sentence) for one in row.history.all()]
    return DeliveryDetail(**_fields(row), attempts=tried)


def deliver(caller: Caller, package: uuid.UUID, wish: NewDelivery) -> DeliveryDetail:
    """Send a package to a channel now: the first time, again, or an older one. Raises ``Conflict``."""
    held = asking.found(Package.objects.defer("model"), caller, package)
    return read(caller, queueing.deliver_now(_channel(caller, wish.channel), held).pk)


def replay(caller: Caller, delivery: uuid.UUID) -> DeliveryDetail:
    """Send the same package to the same channel again. Raises ``Conflict``."""
    row = _delivery(caller, delivery)
    return read(caller, queueing.deliver_now(row.channel, row.package).pk)


def _channel(caller: Caller, channel: uuid.UUID) -> Channel:
    return asking.found(Channel.objects.select_related("workspace__owner", "interview"), caller, channel)


def _delivery(caller: Caller, delivery: uuid.UUID) -> Delivery:
    rows = Delivery.objects.select_related("channel", "package").defer("package__model").prefetch_related("history")
    return asking.found(rows, caller, delivery)


def _channel_shape(row: Channel) -> ChannelShape:
    names = ("id", "kind", "name", "state", "intermediates", "transcript", "confirmed_at", "created_at")
    try:
        told = {"where": preparing.where(row), "warnings": connecting.warnings(row), "trouble": row.trouble}
    except SpecStepError as error:
        told = {"where": "", "warnings": [str(error)], "trouble": row.trouble}
    return ChannelShape(**{name: getattr(row, name) for name in names}, **told, interview=row.interview_id)


def _shape(row: Delivery) -> DeliveryShape:
    return DeliveryShape(**_fields(row))


def _fields(row: Delivery) -> dict[str, Any]:
    names = ("id", "state", "tries", "trouble", "address", "next_try_at", "sent_at", "created_at")
    return {name: getattr(row, name) for name in names} | {
        "channel": row.channel_id,
        "channel_name": row.channel.name,
        "package": row.package_id,
        "package_number": row.package.number,
        "title": row.package.title,
        "where": str(row.receipt.get("where", "")),
    }
