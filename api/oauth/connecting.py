"""Tools are connected and disconnected: the rows, the trail, and the notice to whom they act for."""

from __future__ import annotations

import uuid

from django.db import transaction

from accounts import audit
from accounts.flows.notifying import tell
from accounts.models import User
from api.models import AccessToken, Client, Grant, TokenQuerySet
from ground import clock

PAGE = "/settings/tools/"


def is_open(user: User) -> bool:
    """May tools act for this account? Not while it is suspended or being deleted."""
    return user.is_active and user.suspended_at is None


def connect(token: AccessToken) -> None:
    """Keep a new token; its owner has just agreed, and is told all the same."""
    with transaction.atomic():
        token.save(force_insert=True)
        Client.objects.filter(pk=token.application_id).update(last_authorised_at=clock.now())
        _record(token, audit.Action.TOOL_CONNECTED, actor=token.user)
        tell(token.user, "tool.connected", about={"prefix": token.prefix, "path": PAGE})


def refuse(client: Client, *, actor: User) -> None:
    """Note that a person said no; nothing was made."""
    audit.record(actor.workspace, audit.Action.TOOL_REFUSED, actor=actor, label=client.shown_name)


def revoke(token: AccessToken, *, actor: User) -> bool:
    """Delete a token: the next call with it is refused, an open stream ends. False when it is gone already."""
    with transaction.atomic():
        if not AccessToken.objects.filter(pk=token.pk).delete()[0]:
            return False
        _record(token, audit.Action.TOOL_REVOKED, actor=actor)
    return True


def revoke_all(user: User, client: Client, *, actor: User) -> int:
    """Delete every token that ``client`` has for ``user``, and the codes it could still make one from. How many tokens."""
    with transaction.atomic():
        Grant.objects.filter(user=user, application=client).delete()
        return sum(revoke(token, actor=actor) for token in _of(user).filter(application=client))


def give_back(token: AccessToken) -> bool:
    """The tool itself has no more use for its token (RFC 7009)."""
    with audit.through(audit.Means.TOOL, token.application.shown_name):
        return revoke(token, actor=token.user)


def close(user: User) -> None:
    """The account ends: tokens and codes go at once. Inside the transaction that closes it."""
    Grant.objects.filter(user=user).delete()
    for token in _of(user):
        revoke(token, actor=user)


def expire_due() -> int:
    """Delete tokens whose time is over; they were refused from that moment on. Codes too. How many tokens."""
    Grant.objects.filter(expires__lte=clock.now()).delete()
    due = list(AccessToken.objects.filter(expires__lte=clock.now()).select_related("application", "user"))
    for token in due:
        with transaction.atomic():
            if AccessToken.objects.filter(pk=token.pk).delete()[0]:
                _record(token, audit.Action.TOOL_EXPIRED, actor=None)
    return len(due)


def _of(user: User) -> TokenQuerySet:
    own: TokenQuerySet = AccessToken.objects.visible_to(user)
    return own.select_related("application", "user")


def _record(token: AccessToken, action: audit.Action, *, actor: User | None) -> None:
    name = token.application.shown_name
    audit.record(token.user.workspace, action, actor=actor, about=uuid.UUID(str(token.pk)), label=name)
