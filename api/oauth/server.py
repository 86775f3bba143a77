"""The authorization server itself: oauthlib's code grant and django-oauth-toolkit's validator, made strict.

Only codes for tokens (OAuth 2.1): no implicit grant, no refresh, no scopes but one. PKCE with S256 or nothing. The validator asks
only this database; a client known by its document is fetched before, in ``api.oauth.documents``.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from functools import cache
from typing import Any

from django.conf import settings
from django.views.decorators.debug import sensitive_variables
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.common import Request
from oauthlib.oauth2 import AuthorizationEndpoint, RevocationEndpoint, TokenEndpoint
from oauthlib.oauth2.rfc6749 import errors
from oauthlib.oauth2.rfc6749.grant_types import AuthorizationCodeGrant
from oauthlib.oauth2.rfc6749.grant_types.authorization_code import code_challenge_method_s256
from oauthlib.oauth2.rfc6749.tokens import BearerToken

from accounts.models import User
from api.models import AccessToken, Client, Grant, HashedField
from api.oauth import connecting, places
from api.oauth.rules import tokens
from ground import clock

CHALLENGE = re.compile(r"[0-9A-Za-z_-]{43}", re.ASCII)
"""SHA-256 in base64url without padding (RFC 7636, 4.2)."""
VERIFIER = re.compile(r"[0-9A-Za-z._~-]{43,128}", re.ASCII)


class CodeGrant(AuthorizationCodeGrant):
    """The code grant with PKCE by S256 and a resource (RFC 7636, RFC 8707)."""

    _code_challenge_methods = {"S256": code_challenge_method_s256}

    def create_authorization_code(self, request: Request) -> dict[str, str]:
        code = {"code": tokens.new(tokens.CODE)}
        return code | {"state": request.state} if request.state else code

    def validate_authorization_request(self, request: Request) -> tuple[list[str], dict[str, Any]]:
        scopes, told = super().validate_authorization_request(request)
        # The library takes a missing method for "plain", which is none of ours, and has refused it by now.
        if not CHALLENGE.fullmatch(request.code_challenge):
            raise errors.InvalidRequestError(description="code_challenge is no SHA-256 in base64url.", request=request)
        check_resource(request)
        return scopes, told

    def validate_token_request(self, request: Request) -> None:
        check_resource(request)
        if request.code_verifier is not None and not VERIFIER.fullmatch(request.code_verifier):
            raise errors.InvalidGrantError(description="code_verifier has the wrong form.", request=request)
        super().validate_token_request(request)


class CodeOnlyServer(AuthorizationEndpoint, TokenEndpoint, RevocationEndpoint):
    """Codes, tokens for codes, and their revocation; every other grant is unsupported."""

    def __init__(self, validator: Validator, **_: Any) -> None:
        grant = CodeGrant(validator, refresh_token=False)
        bearer = BearerToken(validator, lambda request: tokens.new(tokens.TOKEN), settings.TOOL_TOKEN_SECONDS)
        AuthorizationEndpoint.__init__(
            self, default_response_type="code", response_types={"code": grant}, default_token_type=bearer
        )
        TokenEndpoint.__init__(
            self,
            default_grant_type="none",
            grant_types={"authorization_code": grant, "none": _NoGrant(validator)},
            default_token_type=bearer,
        )
        RevocationEndpoint.__init__(self, validator, supported_token_types=["access_token"])


class _NoGrant(AuthorizationCodeGrant):
    """Answers for every grant type that is not offered."""

    def validate_token_request(self, request: Request) -> None:
        raise errors.UnsupportedGrantTypeError(request=request)


@cache
def server() -> CodeOnlyServer:
    """One for the process; it holds no state."""
    return CodeOnlyServer(Validator())


def check_resource(request: Request) -> None:
    """Whom is the token for? Absent means the MCP server, which is the only one; another is refused (RFC 8707, 2)."""
    asked = [value for name, value in [*request.uri_query_params, *(request.decoded_body or [])] if name == "resource"]
    if any(not places.is_resource(uri) for uri in asked):
        raise errors.CustomOAuth2Error(
            error="invalid_target", description=f"Tokens of this server are for {places.resource()} only.", request=request
        )


class Validator(OAuth2Validator):
    """What the library asks while it answers a request. Wants a transaction around the exchange of a code."""

    def _load_application(self, client_id: str | None, request: Request) -> Client | None:
        found: Client | None = Client.objects.filter(client_id=client_id).first() if client_id else None
        request.client = found
        return found

    @sensitive_variables()
    def _check_secret(self, provided_secret: str, stored_secret: str) -> bool:
        hashed = HashedField.MARK + tokens.checksum(provided_secret)
        return bool(stored_secret) and hmac.compare_digest(hashed, stored_secret)

    def get_default_redirect_uri(self, client_id: str, request: Request, *args: Any, **kwargs: Any) -> str:
        """At the exchange it may be left out (OAuth 2.1, 4.1.3): PKCE binds the code already."""
        if request.grant_type:
            return str(Grant.objects.get(code=request.code, application=request.client).redirect_uri)
        return str(request.client.default_redirect_uri)

    @sensitive_variables()
    def validate_code(self, client_id: str, code: str, client: Client, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Is there such a code, in time, for this client and of an open account?

        Owner and code are locked until the exchange is over, the owner first, as when an account is closed: of twelve at once one
        finds the code and eleven find none, and no token is made for an account that has just been closed.
        """
        known = Grant.objects.filter(code=code, application=client)
        owner = User.objects.select_for_update(no_key=True).filter(pk__in=known.values("user")).first()
        grant = known.select_for_update().first()
        if owner is None or grant is None or grant.is_expired() or not connecting.is_open(owner):
            return False
        request.user, request.scopes = owner, grant.scope.split()
        return True

    @sensitive_variables()
    def _create_authorization_code(self, request: Request, code: dict[str, str], expires: dt.datetime | None = None) -> Grant:
        made: Grant = Grant.objects.create(
            application=request.client,
            user=request.user,
            code=code["code"],
            expires=clock.now() + dt.timedelta(seconds=settings.TOOL_CODE_SECONDS),
            redirect_uri=request.redirect_uri,
            scope=" ".join(request.scopes),
            code_challenge=request.code_challenge,
            code_challenge_method=request.code_challenge_method,
            resource=[places.resource()],
        )
        return made

    @sensitive_variables()
    def save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        """Keep what is kept of a new token: its SHA-256 and its first characters (S-093)."""
        connecting.connect(
            AccessToken(
                user=request.user,
                application=request.client,
                token_checksum=tokens.checksum(token["access_token"]),
                prefix=tokens.prefix_of(token["access_token"]),
                scope=token["scope"],
                resource=[places.resource()],
                expires=clock.now() + dt.timedelta(seconds=settings.TOOL_TOKEN_SECONDS),
            )
        )

    @sensitive_variables()
    def revoke_token(self, token: str, token_type_hint: str, request: Request, *args: Any, **kwargs: Any) -> None:
        """Only what was issued to this client; of everything else nothing is said (RFC 7009, 2.1 and 2.2)."""
        row = AccessToken.objects.filter(token_checksum=tokens.checksum(token), application=request.client).first()
        if row is not None:
            connecting.give_back(row)
