"""An owner adds, changes, tests and removes webhooks."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from urllib.parse import urlsplit

import httpx2
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from accounts import audit
from accounts.models import User, Workspace
from delivery.events import TEST, titles
from delivery.flows import disabling, ringing
from delivery.flows.announcing import dispatch
from delivery.models import Dispatch, Endpoint, Event
from delivery.parties import WEBHOOKS, WEBHOOKS_PURPOSE
from delivery.rules.signing import new_secret
from ground import clock, egress, limits, vault
from ground.errors import BadInput, Conflict

AT_MOST = 20
TESTS_IN_TEN_MINUTES = 10
LONGEST = 500
LOOK_UP_SECONDS = 5.0


class SwitchedOff(Conflict):
    """Nothing is sent to this webhook."""

    detail = "This webhook is switched off, so nothing is sent to it. Switch it on first."


@sensitive_variables("secret")
def add(
    workspace: Workspace, *, url: str, events: Collection[str], actor: User, means: audit.Means | None = None
) -> tuple[Endpoint, str]:
    """A new webhook and its secret, which nobody can read again. Nothing is sent to it before an event that was chosen.

    Raises ``BadInput`` for an address that may not be called or stands there already, and for unknown events.
    """
    check_url(url)
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=workspace.pk)
        if Endpoint.objects.filter(workspace=workspace).count() >= AT_MOST:
            raise BadInput(f"There are {AT_MOST} webhooks already, and more are not possible. Remove one that is not needed.")
        _demand_new(workspace.pk, url)
        endpoint, secret = Endpoint(workspace=workspace, url=url, events=_known(events)), new_secret()
        endpoint.sealed = vault.seal(secret, purpose="webhook secret", row=endpoint.pk)
        endpoint.save(force_insert=True)
        audit.record(workspace, audit.Action.WEBHOOK_CREATED, actor=actor, means=means, about=endpoint.pk)
    return endpoint, secret


def change(endpoint: Endpoint, *, url: str, events: Collection[str], actor: User, means: audit.Means | None = None) -> None:
    """Another address or other events. What is on its way goes to the new address. Raises as ``add`` does."""
    if url != endpoint.url:
        check_url(url)
    with transaction.atomic():
        _demand_new(endpoint.workspace_id, url, but=[endpoint.pk])
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        wanted = _known(events)
        if (endpoint.url, endpoint.events) == (url, wanted):
            return
        if endpoint.url != url:
            # Nothing is known about the new address yet.
            endpoint.failing_since = endpoint.quiet_until = None
        endpoint.url, endpoint.events = url, wanted
        endpoint.save(update_fields=["url", "events", "failing_since", "quiet_until"])
        audit.record(endpoint.workspace, audit.Action.WEBHOOK_CHANGED, actor=actor, means=means, about=endpoint.pk)


@sensitive_variables("secret", "before")
def rotate(endpoint: Endpoint, *, number: int, actor: User, means: audit.Means | None = None) -> str:
    """A new secret. The one before signs too for 24 hours, so that a receiver with either of them verifies.

    ``number`` is ``rotation_number`` as the owner saw it: sending the same form twice rotates once. Raises ``Conflict`` then.
    """
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        if number != rotation_number(endpoint):
            raise Conflict("The secret has been replaced in the meantime. Reload the page before you replace it again.")
        secret = new_secret()
        try:
            before = vault.unseal(endpoint.sealed, purpose="webhook secret", row=endpoint.pk)
            endpoint.sealed_before = vault.seal(before, purpose="webhook secret before", row=endpoint.pk)
        except vault.Unreadable:
            endpoint.sealed_before = ""
        endpoint.sealed = vault.seal(secret, purpose="webhook secret", row=endpoint.pk)
        endpoint.rotated_at = clock.now()
        endpoint.save(update_fields=["sealed", "sealed_before", "rotated_at"])
        audit.record(endpoint.workspace, audit.Action.WEBHOOK_ROTATED, actor=actor, means=means, about=endpoint.pk)
    return secret


def rotation_number(endpoint: Endpoint) -> int:
    """Stands for the newest secret: the microsecond of its rotation, 0 for the first one."""
    return int(endpoint.rotated_at.timestamp() * 1_000_000) if endpoint.rotated_at else 0


def pause(endpoint: Endpoint, *, actor: User, means: audit.Means | None = None) -> None:
    """Nothing is sent any more, also what waits for another try. Pausing twice is pausing once."""
    disabling.disable(endpoint, because="owner", actor=actor, means=means)


def resume(endpoint: Endpoint, *, actor: User, means: audit.Means | None = None) -> None:
    """What happens from now on is sent again; what was not sent stays in the log and can be sent from there."""
    with transaction.atomic():
        if Endpoint.objects.filter(pk=endpoint.pk, state=Endpoint.State.DISABLED).update(
            state=Endpoint.State.ACTIVE, disabled_because="", failing_since=None, quiet_until=None
        ):
            audit.record(endpoint.workspace, audit.Action.WEBHOOK_RESUMED, actor=actor, means=means, about=endpoint.pk)


def remove(endpoint: Endpoint, *, actor: User, means: audit.Means | None = None) -> None:
    """The webhook, its secrets and its log go. Removing twice is removing once."""
    with transaction.atomic():
        # Locked before what hangs on it is looked up, so that no event slips in between.
        locked = Endpoint.objects.select_for_update().filter(pk=endpoint.pk).first()
        if locked is not None:
            events = list(locked.dispatches.values_list("event_id", flat=True))
            locked.delete()
            Event.objects.filter(pk__in=events, dispatches=None).delete()
            audit.record(endpoint.workspace, audit.Action.WEBHOOK_DELETED, actor=actor, means=means, about=endpoint.pk)


def send_test(endpoint: Endpoint) -> Dispatch:
    """Send a test event, once and to this webhook only. Raises ``SwitchedOff``; ``Conflict`` when it was asked for too often."""
    if not endpoint.is_active:
        raise SwitchedOff
    taken = limits.take(f"webhook-test:{endpoint.pk}", capacity=TESTS_IN_TEN_MINUTES, seconds=600)
    if not taken.allowed:
        raise Conflict(f"That were many tests. The next one is possible in {taken.retry_after} seconds.")
    with transaction.atomic():
        event = Event.objects.create(
            workspace_id=endpoint.workspace_id, kind=TEST, subject=endpoint.pk, data={"endpoint_id": str(endpoint.pk)}
        )
        [made] = dispatch(event, [endpoint])
    return made


def replay(row: Dispatch) -> None:
    """Send an entry of the log again, with the same id. Raises ``SwitchedOff``, and ``Conflict`` while it is on its way."""
    if not row.endpoint.is_active:
        raise SwitchedOff
    with transaction.atomic():
        if (
            not Dispatch.objects.filter(pk=row.pk)
            .exclude(state=Dispatch.State.SENDING)
            .update(state=Dispatch.State.WAITING, tries=0, next_try_at=clock.now())
        ):
            raise Conflict("This is being sent right now. Look again in a minute.")
        ringing.ring_on_commit([row.endpoint_id])


def check_url(url: str) -> None:
    """Raises ``BadInput`` with what to change where an address may not be called. Nothing is sent."""
    if len(url) > LONGEST:
        raise BadInput(f"This address is longer than {LONGEST} characters. Enter a shorter one.")
    if not url.isascii() or not url.isprintable() or any(sign in url for sign in " \\"):
        raise BadInput("This address holds a blank or a sign that addresses do not have. Copy it once more.")
    try:
        parts, port = urlsplit(url), urlsplit(url).port
        same = httpx2.URL(url).host == (parts.hostname or "").strip("[]")
    except (ValueError, httpx2.InvalidURL):
        same, port = False, None
    if not same or not parts.hostname or port == 0:
        raise BadInput("This is not an address of the web. It looks like https://example.com/hooks.")
    if parts.username is not None or parts.password is not None:
        raise BadInput("The address holds a user name or password. Remove it: the signature proves who calls.")
    if parts.fragment:
        raise BadInput("The part of the address from # on is never sent. Remove it.")
    try:
        with egress.within(LOOK_UP_SECONDS):
            egress.check(url, party=WEBHOOKS, purpose=WEBHOOKS_PURPOSE)
    except egress.EgressRefused as error:
        raise BadInput(str(error)) from error
    except httpx2.TransportError as error:
        raise BadInput(f"{parts.hostname} has no address we could find. Check how it is written.") from error


def _known(events: Collection[str]) -> list[str]:
    """In the order of the register."""
    if not events or set(events) - titles().keys():
        raise BadInput("Choose at least one event of the list.")
    return [kind for kind in titles() if kind in events]


def _demand_new(workspace_id: uuid.UUID, url: str, *, but: Collection[uuid.UUID] = ()) -> None:
    if Endpoint.objects.filter(workspace_id=workspace_id, url=url).exclude(pk__in=but).exists():
        raise BadInput("There is a webhook with this address already. Change that one.")
