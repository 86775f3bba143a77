"""What the pages of webhooks show, in words."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils import timezone

from delivery import events
from delivery.flows.dispatching import BOTH_SIGN
from delivery.models import Attempt, Dispatch, Endpoint
from ground import clock
from interviews.templatetags.voices import when

BECAUSE = {
    "gone": "It answered 410, gone for good, so we switched it off.",
    "failing": "It took nothing for five days, so we switched it off.",
    "unreadable": "Its secret could not be read any more, so we switched it off. Replace the secret, then switch it on.",
    "owner": "You switched it off.",
}


@dataclass(frozen=True)
class Standing:
    """How something stands: a sign, a tone and words."""

    icon: str
    tone: str
    """settled, half or broken; empty: none."""
    word: str
    sentence: str = ""


def standing(endpoint: Endpoint) -> Standing:
    if not endpoint.is_active:
        tone = "" if endpoint.disabled_because == "owner" else "broken"
        return Standing("stop", tone, "Switched off", BECAUSE.get(endpoint.disabled_because, ""))
    if endpoint.quiet_until is not None and endpoint.quiet_until > clock.now():
        return Standing("clock", "half", "Waiting", f"It asked us to wait until {when(endpoint.quiet_until)}.")
    if endpoint.failing_since is not None:
        since = when(endpoint.failing_since)
        return Standing("alert", "broken", "Failing", f"It has taken nothing since {since}. After five days we switch it off.")
    return Standing("settled", "settled", "On")


def both_sign_until(endpoint: Endpoint) -> dt.datetime | None:
    """Until when the secret before the last rotation signs too; None where it does not."""
    if not endpoint.sealed_before or endpoint.rotated_at is None:
        return None
    until = endpoint.rotated_at + BOTH_SIGN
    return until if until > clock.now() else None


@dataclass(frozen=True)
class WebhookLine:
    """One webhook in the list."""

    endpoint: Endpoint
    standing: Standing
    events: str


def webhook_lines(endpoints: Iterable[Endpoint]) -> list[WebhookLine]:
    return [WebhookLine(endpoint, standing(endpoint), _counted(endpoint.events)) for endpoint in endpoints]


def _counted(chosen: list[str]) -> str:
    if len(chosen) == len(events.titles()):
        return "All events"
    return chosen[0] if len(chosen) == 1 else f"{len(chosen)} events"


@dataclass(frozen=True)
class EventGroup:
    """Events of one kind of thing, to choose from."""

    title: str
    choices: list[tuple[str, str]]


def event_groups() -> list[EventGroup]:
    titles = {"run": "Generations", "package": "Packages"}
    return [
        EventGroup(title, [(kind, said) for kind, said in events.titles().items() if kind.startswith(f"{name}.")])
        for name, title in titles.items()
    ]


class LogEntry:
    """One dispatch and its attempts, the newest first."""

    def __init__(self, dispatch: Dispatch, endpoint: Endpoint) -> None:
        self.dispatch = dispatch
        self.attempts: list[Attempt] = list(dispatch.log.all())
        self.title = events.titles().get(dispatch.event.kind, "A test that you asked for")
        self.body = self.attempts[0].body if self.attempts else ""
        self.may_replay = endpoint.is_active and dispatch.state != Dispatch.State.SENDING

    @property
    def standing(self) -> Standing:
        state, last = self.dispatch.state, self.attempts[0].sentence if self.attempts else ""
        if state == Dispatch.State.DELIVERED:
            return Standing("settled", "settled", "Delivered", last)
        if state == Dispatch.State.FAILED:
            return Standing("alert", "broken", "Given up", last)
        if state == Dispatch.State.DROPPED:
            return Standing("stop", "", "Not sent", "The webhook was switched off.")
        if state == Dispatch.State.SENDING:
            return Standing("clock", "half", "On its way")
        if self.dispatch.next_try_at <= clock.now():
            return Standing("clock", "half", "Waiting", last)
        return Standing("clock", "half", "Waiting", f"{last} The next try is {_soon(self.dispatch.next_try_at)}.".strip())


def _soon(moment: dt.datetime) -> str:
    """ "in 4 seconds", "in 5 minutes", else the time of the day and, where it is not today, the day."""
    seconds = max(1, round((moment - clock.now()).total_seconds()))
    if seconds < 100:
        return f"in {seconds} second{'' if seconds == 1 else 's'}"
    if seconds < 3600:
        return f"in {round(seconds / 60)} minutes"
    local = timezone.localtime(moment)
    is_today = local.date() == timezone.localtime(clock.now()).date()
    return f"at {local:%H:%M}" if is_today else f"on {local.day} {local:%B}, {local:%H:%M}"


def event_index() -> dict[str, Any]:
    return {
        "specification": "Standard Webhooks 1.0.0",
        "events": [
            {"type": kind, "title": events.schema(kind)["title"], "schema": reverse("delivery:event_schema", args=[kind])}
            for kind in [*events.titles(), events.TEST]
        ],
    }


def event_schema(kind: str) -> dict[str, Any]:
    try:
        return events.schema(kind)
    except KeyError:
        raise Http404 from None


def as_json(content: dict[str, Any], *, content_type: str = "application/json") -> HttpResponse:
    return HttpResponse(
        json.dumps(content, indent=1), content_type=content_type, headers={"Cache-Control": "public, max-age=3600"}
    )
