"""Webhooks: who is told what, and what became of it."""

from __future__ import annotations

from uuid import UUID

from api.nouns import webhooks
from api.rest.operations import JSON, Asked, Routes
from api.rest.routes.parameters import CURSOR, LIMIT
from delivery.models import Endpoint

routes = Routes("Webhooks")


@routes.operation("GET", "/webhooks", webhooks.WebhookPage)
def list_webhooks(request: Asked, limit: int = LIMIT, cursor: str | None = CURSOR) -> webhooks.WebhookPage:
    """List webhooks.

    One is added in Settings, Webhooks, where its secret is shown once.
    """
    return webhooks.listed(request.caller, limit=limit, cursor=cursor)


@routes.operation("GET", "/webhooks/{uuid:webhook}", webhooks.WebhookShape, errors=(404,))
def read_webhook(request: Asked, webhook: UUID) -> webhooks.WebhookShape:
    """Read a webhook."""
    return webhooks.read(request.caller, webhook)


@routes.operation(
    "PATCH", "/webhooks/{uuid:webhook}", webhooks.WebhookShape, takes=(JSON,), errors=(404, 412), edits=Endpoint, edited="webhook"
)
def change_webhook(request: Asked, webhook: UUID, body: webhooks.WebhookChange) -> webhooks.WebhookShape:
    """Change a webhook.

    Its address or its events; what is left out stays. What is on its way goes to the new address.
    """
    return webhooks.change(request.caller, webhook, body)


@routes.operation("DELETE", "/webhooks/{uuid:webhook}", None, status=204, errors=(404, 412), edits=Endpoint, edited="webhook")
def remove_webhook(request: Asked, webhook: UUID) -> None:
    """Remove a webhook.

    With its secret and its log.
    """
    webhooks.remove(request.caller, webhook)


@routes.operation(
    "POST", "/webhooks/{uuid:webhook}/test", webhooks.DispatchShape, status=202, errors=(404, 409), shows="/dispatches/{dispatch}"
)
def test_webhook(request: Asked, webhook: UUID) -> webhooks.DispatchShape:
    """Send a test.

    Once and to this webhook only, at most ten times in ten minutes.
    """
    made = webhooks.test(request.caller, webhook)
    request.representation = f"/dispatches/{made.id}"
    return made


@routes.operation("POST", "/webhooks/{uuid:webhook}/pause", webhooks.WebhookShape, errors=(404,), shows="/webhooks/{webhook}")
def pause_webhook(request: Asked, webhook: UUID) -> webhooks.WebhookShape:
    """Switch a webhook off.

    Nothing is sent to it any more, also what waits for another try.
    """
    request.representation = f"/webhooks/{webhook}"
    return webhooks.pause(request.caller, webhook)


@routes.operation("POST", "/webhooks/{uuid:webhook}/resume", webhooks.WebhookShape, errors=(404,), shows="/webhooks/{webhook}")
def resume_webhook(request: Asked, webhook: UUID) -> webhooks.WebhookShape:
    """Switch a webhook on.

    It gets what happens from now on; what was not sent stays in the log and can be sent from there.
    """
    request.representation = f"/webhooks/{webhook}"
    return webhooks.resume(request.caller, webhook)


@routes.operation("GET", "/webhooks/{uuid:webhook}/dispatches", webhooks.DispatchPage, errors=(404,))
def list_dispatches(request: Asked, webhook: UUID, limit: int = LIMIT, cursor: str | None = CURSOR) -> webhooks.DispatchPage:
    """List what was sent to a webhook.

    The newest first, with every attempt of the last 30 days.
    """
    return webhooks.dispatches(request.caller, webhook, limit=limit, cursor=cursor)


@routes.operation("GET", "/dispatches/{uuid:dispatch}", webhooks.DispatchShape, errors=(404,))
def read_dispatch(request: Asked, dispatch: UUID) -> webhooks.DispatchShape:
    """Read an entry of a webhook's log."""
    return webhooks.read_dispatch(request.caller, dispatch)


@routes.operation(
    "POST",
    "/dispatches/{uuid:dispatch}/replay",
    webhooks.DispatchShape,
    status=202,
    errors=(404, 409),
    shows="/dispatches/{dispatch}",
)
def replay_dispatch(request: Asked, dispatch: UUID) -> webhooks.DispatchShape:
    """Send an entry of the log again.

    With the same id, so that a receiver knows it.
    """
    request.representation = f"/dispatches/{dispatch}"
    return webhooks.replay(request.caller, dispatch)
