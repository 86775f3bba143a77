"""Who is this? An identity is known by provider and subject; everything else about it may change (S-012).

Constraints decide when two sign-ins come at the same moment: one identity per provider and subject, one account per verified
address. Who comes second is rolled back whole, looks again, and finds what the first one made.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.flows.notifying import tell
from accounts.flows.picturing import keep_picture
from accounts.models import User
from accounts.names import name_of
from accounts.rules.claims import Claims

TRIES = 5

T = TypeVar("T")


@dataclass(frozen=True)
class Recognised:
    user: User
    identity: SocialAccount
    new: bool = False
    """The account was made just now."""


def recognise(claims: Claims) -> Recognised:
    """The account of these claims: the one known by the subject; else the one of the same address, if both sides have it
    verified, which is told (N-62); else a new one.

    An account that is switched off is answered as it is: nothing is linked to it, and its address, name and picture stay.
    """
    return one_at_a_time(lambda: _recognised(claims))


def one_at_a_time(work: Callable[[], T]) -> T:
    """Do ``work`` in a transaction; again, when somebody else was faster and a constraint says so."""
    for _ in range(TRIES - 1):
        try:
            with transaction.atomic():
                return work()
        except IntegrityError:
            continue
    with transaction.atomic():
        return work()


def adopt(user: User, claims: Claims, identity: SocialAccount) -> None:
    """Take over what a provider says anew: the picture, a name where there is none, and perhaps the address."""
    if claims.name and not user.display_name:
        User.objects.filter(pk=user.pk, display_name="").update(display_name=claims.name)
    _follow_address(user, claims, identity)
    keep_picture(user, claims)


def _recognised(claims: Claims) -> Recognised:
    identity = SocialAccount.objects.select_related("user").filter(provider=claims.provider, uid=claims.subject).first()
    if identity is not None:
        if identity.user.is_active:
            SocialAccount.objects.filter(pk=identity.pk).update(extra_data=claims.stored)
            adopt(identity.user, claims, identity)
        return Recognised(identity.user, identity)
    identity = SocialAccount(provider=claims.provider, uid=claims.subject, extra_data=claims.stored)
    owner = _owner_of_address(claims)
    identity.user = owner or _new_account(claims)
    if identity.user.is_active:
        identity.save()
        if owner:
            note_link(owner, identity)
        adopt(identity.user, claims, identity)
    return Recognised(identity.user, identity, new=owner is None)


def note_link(user: User, identity: SocialAccount) -> None:
    """Record that an identity was linked, and tell the account's address, if it has one."""
    name = name_of(identity.provider)
    audit.record(user.workspace, audit.Action.IDENTITY_LINKED, actor=user, label=name)
    if user.email:
        tell(user, "identity.linked", about={"provider": name})


def _owner_of_address(claims: Claims) -> User | None:
    if not (claims.email and claims.email_verified):
        return None
    # Locked, so that unlinking cannot take the address's verification away between looking and linking.
    return User.objects.select_for_update().filter(email__iexact=claims.email, email_verified=True).first()


def _new_account(claims: Claims) -> User:
    verified = bool(claims.email) and claims.email_verified
    user = User.objects.create_user(claims.email, claims.name, email_verified=verified)
    audit.record(user.workspace, audit.Action.ACCOUNT_CREATED, actor=user, label=name_of(claims.provider))
    if settings.SIGNUP_NOTICE:
        tell(None, "signup.welcome", about={"user": str(user.pk)})
    return user


def _follow_address(user: User, claims: Claims, identity: SocialAccount) -> None:
    """The account's address follows a verified one: at once where the account's own is not verified; else when no other linked
    identity vouches for the one that is there. Never to an address that another account has verified.
    """
    if not (claims.email and claims.email_verified):
        return
    same = user.email.lower() == claims.email.lower()
    if (same and user.email_verified) or (not same and user.email_verified and vouched_for(user, without=identity)):
        return
    if User.objects.filter(email__iexact=claims.email, email_verified=True).exclude(pk=user.pk).exists():
        return
    User.objects.filter(pk=user.pk).update(email=claims.email, email_verified=True)


def vouched_for(user: User, *, without: SocialAccount) -> bool:
    """Whether an identity other than this one says that the account's address is verified."""
    others = SocialAccount.objects.filter(user=user).exclude(pk=without.pk).values_list("extra_data", flat=True)
    return any(said.get("email_verified") and said.get("email", "").lower() == user.email.lower() for said in others)
