"""Whether an identity provider says that a second factor was used, and for how long that opens the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

FRESH_SECONDS = 8 * 3600
"""A console session is this long; then the operator signs in again."""

# Authentication method references (RFC 8176); ngcmfa, fido and rsa are Microsoft's ("ID token claims reference").
STRONG = frozenset({"mfa", "otp", "hwk", "sc", "fido", "ngcmfa"})
KNOWN = frozenset({"pwd", "pin", "kba"})
HELD = frozenset({"otp", "hwk", "swk", "sc", "sms", "tel", "pop", "rsa", "fido"})
IS = frozenset({"face", "fpt", "iris", "retina", "vbm"})

# Authentication contexts: OpenID Connect EAP ACR Values 1.0 (phr, phrh), OpenID PAPE 1.0, REFEDS MFA profile.
CONTEXTS = frozenset(
    {
        "phr",
        "phrh",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "https://refeds.org/profile/mfa",
    }
)


def has_second_factor(claims: Mapping[str, Any]) -> bool:
    """Whether these claims of an ID token say that more than one factor was used (OpenID Connect Core 1.0, 2: ``amr``, ``acr``).

    A provider that says nothing has used none: an absent, empty or malformed claim is False.
    """
    told = claims.get("amr")
    methods = {method for method in told if isinstance(method, str)} if isinstance(told, list | tuple) else set()
    kinds = sum(bool(methods & kind) for kind in (KNOWN, HELD, IS))
    context = claims.get("acr")
    return bool(methods & STRONG) or kinds > 1 or (isinstance(context, str) and context in CONTEXTS)


def is_fresh(signed_in: object, now: float) -> bool:
    """Whether a sign-in with a second factor at ``signed_in`` still opens the console; both in seconds since 1970.

    A time in the future is no time at all: False, like anything that is not a number.
    """
    return isinstance(signed_in, int | float) and not isinstance(signed_in, bool) and 0 <= now - signed_in < FRESH_SECONDS
