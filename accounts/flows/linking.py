"""Further ways to sign in: linked and unlinked by their owner in Settings."""

from __future__ import annotations

from allauth.socialaccount.models import SocialAccount
from django.db import transaction

from accounts import audit
from accounts.flows.notifying import tell
from accounts.flows.recognising import adopt, note_link, one_at_a_time, vouched_for
from accounts.models import Photo, User
from accounts.names import name_of
from accounts.rules.claims import Claims
from ground.errors import Conflict


class BelongsToAnother(Conflict):
    """The identity opens another account."""


class LastIdentity(Conflict):
    """Nobody could sign in any more."""

    detail = "This is the only way into your account, so it stays. Link another one first, then unlink this one."


def link(user: User, claims: Claims) -> bool:
    """Let these claims open ``user``'s account too. False if they did already; raises ``BelongsToAnother``."""
    return one_at_a_time(lambda: _linked(user, claims))


def unlink(user: User, identity: SocialAccount) -> None:
    """Forget one identity, and its picture. Raises ``LastIdentity``.

    The address is no longer taken as verified if only this identity vouched for it: else whoever holds the identity, and that may
    be why it is unlinked, would be linked again at the next sign-in by the address alone.
    """
    name = name_of(identity.provider)
    with transaction.atomic():
        owner = User.objects.select_for_update().get(pk=user.pk)
        if not SocialAccount.objects.filter(user=owner).exclude(pk=identity.pk).exists():
            raise LastIdentity
        if not vouched_for(owner, without=identity):
            User.objects.filter(pk=owner.pk).update(email_verified=False)
        SocialAccount.objects.filter(pk=identity.pk, user=owner).delete()
        if not SocialAccount.objects.filter(user=owner, provider=identity.provider).exists():
            Photo.objects.filter(user=owner, provider=identity.provider).delete()
        audit.record(owner.workspace, audit.Action.IDENTITY_UNLINKED, actor=owner, label=name)
        if owner.email:
            tell(owner, "identity.unlinked", about={"provider": name})


def _linked(user: User, claims: Claims) -> bool:
    known = SocialAccount.objects.filter(provider=claims.provider, uid=claims.subject).first()
    if known is not None and known.user_id == user.pk:
        return False
    if known is not None:
        name = name_of(claims.provider)
        raise BelongsToAnother(
            f"This {name} account opens another SpecStep account, so it was not linked. "
            f"To move it, sign in with it, link another way there, and unlink it."
        )
    identity = SocialAccount.objects.create(user=user, provider=claims.provider, uid=claims.subject, extra_data=claims.stored)
    note_link(user, identity)
    adopt(user, claims, identity)
    return True
