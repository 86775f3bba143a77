"""What an owner does on the pages to have packages in a repository."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.messages import get_messages
from django.test import Client

from delivery.models import Channel, Delivery
from delivery.tasks import deliver
from tests.peers.bench import PLACES, Bench

INDEX = "/settings/delivery/"


def form(bench: Bench, **changes: str) -> dict[str, str]:
    """The setup screen as it is filled in."""
    place = {"base": "main", "folder": "docs/specstep"} | PLACES[bench.name] | bench.details
    place |= {"username": "git"} if bench.name == "git" else {}
    given = {f"place_{name}": value for name, value in place.items()}
    return {"name": f"Our {bench.name}", "credential": bench.peer.token} | given | changes


def add(client: Client, bench: Bench, **changes: str) -> Channel:
    answer = client.post(f"{INDEX}add/{bench.name}/", form(bench, **changes))
    assert answer.status_code == 303, answer.content.decode()
    channel: Channel = Channel.objects.get(kind=bench.name)
    assert answer.headers["Location"] == url(channel)
    return channel


def url(channel: Channel, door: str = "") -> str:
    return f"{INDEX}{channel.pk}/{door + '/' if door else ''}"


def check(client: Client, channel: Channel) -> str:
    """The sentences of a connection test."""
    answer: Any = client.post(url(channel, "check"))
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def look_and_confirm(client: Client, channel: Channel, *, now: bool = False) -> str:
    """Look at what would be sent, and say yes to that; returns the page that was looked at."""
    page = client.get(url(channel)).content.decode()
    posted = dict(re.findall(r'name="(package|digest)" value="([\w-]+)"', page))
    client.post(url(channel, "confirm"), posted | ({"now": "1"} if now else {}))
    channel.refresh_from_db()
    assert channel.state == Channel.State.ACTIVE
    return page


def work() -> list[Delivery]:
    """The workers take what waits."""
    waiting = list(Delivery.objects.filter(state=Delivery.State.WAITING).values_list("pk", flat=True))
    for pk in waiting:
        deliver(str(pk))
    return list(Delivery.objects.filter(pk__in=waiting))
