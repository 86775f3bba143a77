"""Webhooks: who is told what, and what became of it. Their secrets are given out to nobody here."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Any, Literal

from pydantic import Field

from api.nouns import asking
from api.nouns.asking import Caller
from api.nouns.shapes import WRITTEN, Listed, Shape, Wish
from delivery import pages
from delivery.events import titles
from delivery.flows import subscribing
from delivery.models import Dispatch, Endpoint

EventName = Annotated[str, Field(json_schema_extra={"enum": list(titles())})]
"""One of those that can be chosen; the flow refuses any other."""
DispatchState = Literal["waiting", "sending", "delivered", "failed", "dropped"]


class WebhookShape(Shape):
    """Where lifecycle events are sent."""

    id: uuid.UUID
    url: str = Field(examples=["https://example.org/hooks/specstep"])
    events: list[str] = Field(examples=[["run.completed", "run.failed"]])
    state: Literal["active", "disabled"]
    because: str = Field(description="Why it is switched off or failing, in a sentence.", examples=[""])
    failing_since: dt.datetime | None
    rotated_at: dt.datetime | None = Field(description="When its secret was last replaced.")
    created_at: dt.datetime


class WebhookPage(Listed[WebhookShape]):
    """Webhooks, the newest first."""


class WebhookChange(Wish):
    """Another address or other events; what is left out stays."""

    url: str | None = Field(
        default=None, min_length=1, max_length=500, pattern=WRITTEN, examples=["https://example.org/hooks/specstep"]
    )
    events: list[EventName] | None = Field(default=None, min_length=1, max_length=50, examples=[["run.completed"]])


class Sent(Shape):
    """One attempt at a dispatch, kept for 30 days."""

    at: dt.datetime
    status: int | None = Field(description="Null: there was no answer.", examples=[200])
    milliseconds: int
    sentence: str


class DispatchShape(Shape):
    """One event on its way to one webhook. Its id is the webhook-id of every attempt."""

    id: uuid.UUID
    webhook: uuid.UUID
    event: str = Field(examples=["run.completed"])
    subject: uuid.UUID = Field(description="The run or package it tells of.")
    at: dt.datetime = Field(description="When it happened.")
    state: DispatchState
    tries: int
    next_try_at: dt.datetime
    delivered_at: dt.datetime | None
    attempts: list[Sent] = Field(description="The newest first.")


class DispatchPage(Listed[DispatchShape]):
    """The log of a webhook, the newest first."""


def listed(caller: Caller, *, limit: int = asking.USUAL, cursor: str | None = None) -> WebhookPage:
    """The account's webhooks."""
    items, more = asking.cut(Endpoint.objects.visible_to(caller.user), _shape, limit=limit, cursor=cursor)
    return WebhookPage(items=items, next=more)


def read(caller: Caller, webhook: uuid.UUID) -> WebhookShape:
    """One webhook."""
    return _shape(_endpoint(caller, webhook))


def change(caller: Caller, webhook: uuid.UUID, wish: WebhookChange) -> WebhookShape:
    """Give it another address or other events. Raises ``BadInput``."""
    row = _endpoint(caller, webhook)
    url = row.url if wish.url is None else wish.url
    events = row.events if wish.events is None else wish.events
    subscribing.change(row, url=url, events=events, actor=caller.user, means=caller.means)
    return read(caller, webhook)


def test(caller: Caller, webhook: uuid.UUID) -> DispatchShape:
    """Send a test event, once and to this webhook only. Raises ``Conflict`` where it is switched off or after many tests."""
    return read_dispatch(caller, subscribing.send_test(_endpoint(caller, webhook)).pk)


def pause(caller: Caller, webhook: uuid.UUID) -> WebhookShape:
    """Switch it off. Doing it twice is doing it once."""
    subscribing.pause(_endpoint(caller, webhook), actor=caller.user, means=caller.means)
    return read(caller, webhook)


def resume(caller: Caller, webhook: uuid.UUID) -> WebhookShape:
    """Switch it on. Doing it twice is doing it once."""
    subscribing.resume(_endpoint(caller, webhook), actor=caller.user, means=caller.means)
    return read(caller, webhook)


def remove(caller: Caller, webhook: uuid.UUID) -> None:
    """Remove it with its secret and its log."""
    subscribing.remove(_endpoint(caller, webhook), actor=caller.user, means=caller.means)


def dispatches(caller: Caller, webhook: uuid.UUID, *, limit: int = asking.USUAL, cursor: str | None = None) -> DispatchPage:
    """What was sent to it, and what became of it."""
    rows = _endpoint(caller, webhook).dispatches.select_related("event").prefetch_related("log")
    items, more = asking.cut(rows, _dispatch_shape, limit=limit, cursor=cursor)
    return DispatchPage(items=items, next=more)


def read_dispatch(caller: Caller, dispatch: uuid.UUID) -> DispatchShape:
    """One entry of a webhook's log."""
    rows = Dispatch.objects.select_related("event", "endpoint").prefetch_related("log")
    return _dispatch_shape(asking.found(rows, caller, dispatch))


def replay(caller: Caller, dispatch: uuid.UUID) -> DispatchShape:
    """Send an entry again, with the same id. Raises ``Conflict`` while it is on its way or switched off."""
    subscribing.replay(asking.found(Dispatch.objects.select_related("endpoint"), caller, dispatch))
    return read_dispatch(caller, dispatch)


def _endpoint(caller: Caller, webhook: uuid.UUID) -> Endpoint:
    return asking.found(Endpoint.objects.select_related("workspace__owner"), caller, webhook)


def _shape(row: Endpoint) -> WebhookShape:
    names: Any = ("id", "url", "events", "state", "failing_since", "rotated_at", "created_at")
    return WebhookShape(**{name: getattr(row, name) for name in names}, because=pages.standing(row).sentence)


def _dispatch_shape(row: Dispatch) -> DispatchShape:
    return DispatchShape(
        **{name: getattr(row, name) for name in ("id", "state", "tries", "next_try_at", "delivered_at")},
        webhook=row.endpoint_id,
        event=row.event.kind,
        subject=row.event.subject,
        at=row.event.at,
        attempts=[
            Sent(at=one.at, status=one.status, milliseconds=one.milliseconds, sentence=one.sentence) for one in row.log.all()
        ],
    )
