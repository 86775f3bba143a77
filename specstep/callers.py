"""Who calls: the address that the outermost of our proxies saw, for everything that counts callers."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from ground.addresses import address_of


def with_caller(scope: dict[str, Any]) -> dict[str, Any]:
    """``scope`` with the caller in the place of the proxy, where ``TRUSTED_PROXIES`` says that there is one.

    Else everybody would be counted as one caller, and any stranger could use up what all may try (sign-in, wrong keys, tools).
    """
    peer, port = scope.get("client") or ("", 0)
    if not settings.TRUSTED_PROXIES:
        return scope
    forwarded = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for").decode("latin-1")
    caller = address_of(peer, forwarded, settings.TRUSTED_PROXIES)
    return scope | {"client": (caller, port)} if caller else scope
