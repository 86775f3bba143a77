"""Every class of personal data of this floor, for the register."""

from __future__ import annotations

from api import periods
from ground.register import DataClass

PERSONAL_DATA = (
    DataClass(
        name="Connected tools",
        purpose="To let tools you connected act as you: a fingerprint and the first 8 characters of each token, never the token.",
        legal_basis="contract",
        models=(
            "api.AccessToken",
            "api.Grant",
            "api.RefreshToken",
            "api.IDToken",
            "api.DeviceGrant",
        ),
        kept="until you revoke it, at most 90 days",
        periods=(periods.TOKEN,),
        export="connected-tools.json",
        erase="deleted when you ask for deletion of the account",
        owner_path="user",
        secret=(
            "api.AccessToken.token_checksum",
            "api.AccessToken.prefix",
            "api.RefreshToken.token_checksum",
            "api.Grant.code",
            "api.Grant.code_challenge",
            "api.Grant.nonce",
            "api.Grant.claims",
            "api.IDToken.jti",
            "api.DeviceGrant.device_code",
            "api.DeviceGrant.user_code",
        ),
        optional=True,
        switch="Connected tools",
        audited=("tool.connected", "tool.revoked", "tool.expired"),
    ),
)
