"""Sign-in through outside identities: what allauth may do here."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django.http import HttpRequest

from accounts.models import User


class IdentityAdapter(DefaultSocialAccountAdapter):
    """Takes over name and address at the first sign-in, and nothing else (S-011)."""

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = sociallogin.user
        user.email = data.get("email") or f"{sociallogin.account.uid}@{sociallogin.account.provider}.invalid"
        user.display_name = (data.get("name") or " ".join(filter(None, [data.get("first_name"), data.get("last_name")])))[:150]
        return user
