"""The authorization server itself: oauthlib's code grant, and django-oauth-toolkit's validator made strict."""

from __future__ import annotations

from oauth2_provider.oauth2_validators import OAuth2Validator
from oauthlib.oauth2 import WebApplicationServer


class CodeOnlyServer(WebApplicationServer):
    """Codes for tokens, and nothing else."""


class Validator(OAuth2Validator):
    """What the library asks while it answers a request."""
