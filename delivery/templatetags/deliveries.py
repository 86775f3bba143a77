"""Where a package went, for the pages of packages and runs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import Q
from django.utils import timezone

from delivery.models import Channel, Delivery
from generation.models import Package

register = template.Library()
ICONS = {"waiting": "clock", "sending": "arrow", "sent": "settled", "failed": "alert", "cancelled": "stop"}
LOOKS = {"sent": "state--settled", "failed": "state--broken", "waiting": "state--half", "sending": "state--half"}
CHANNEL_ICONS = {"draft": "half", "active": "settled", "paused": "stop", "broken": "alert"}
CHANNEL_LOOKS = {"draft": "state--half", "active": "state--settled", "paused": "", "broken": "state--broken"}


@dataclass(frozen=True)
class Line:
    """One channel and what became of the package there; None: it was never to go there."""

    channel: Channel
    delivery: Delivery | None

    @property
    def may_send(self) -> bool:
        on_its_way = self.delivery is not None and self.delivery.state == Delivery.State.SENDING
        return self.channel.state == Channel.State.ACTIVE and not on_its_way


@register.filter
def day_of(stamp: str) -> str:
    """The day of a stored time (ISO 8601) in the reader's zone: "4 December 2026"."""
    day = timezone.localtime(dt.datetime.fromisoformat(stamp))
    return f"{day.day} {day:%B %Y}"


@register.inclusion_tag("delivery/channels/went.html")
def where_it_went(package: Package) -> dict[str, Any]:
    """The channels of this package's project, with its state at each."""
    return {"package": package, "lines": _lines(package)}


@register.inclusion_tag("delivery/channels/went_line.html")
def where_it_went_in_short(package: Package) -> dict[str, Any]:
    """One line, for the page of the run."""
    return {"lines": [line for line in _lines(package) if line.delivery]}


@register.inclusion_tag("delivery/channels/state.html")
def delivery_state(delivery: Delivery) -> dict[str, Any]:
    return {"icon_name": ICONS[delivery.state], "look": LOOKS.get(delivery.state, ""), "label": delivery.get_state_display()}


@register.inclusion_tag("delivery/channels/state.html")
def channel_state(channel: Channel) -> dict[str, Any]:
    return {
        "icon_name": CHANNEL_ICONS[channel.state],
        "look": CHANNEL_LOOKS[channel.state],
        "label": channel.get_state_display(),
    }


def _lines(package: Package) -> list[Line]:
    of_project = Q(interview=None) | Q(interview_id=package.project)
    channels = Channel.objects.filter(of_project, workspace_id=package.workspace_id)
    deliveries = {row.channel_id: row for row in Delivery.objects.filter(package=package)}
    return [Line(channel, deliveries.get(channel.pk)) for channel in channels]
