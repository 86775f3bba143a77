"""Where the authorization server and what it protects stand: all of it from ``SITE_URL``, nothing from a request's Host.

Clients compare issuer and resource byte by byte (RFC 8414, 3.3; RFC 9728, 3.3), so neither ends in a slash.
"""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.urls import reverse

MCP_PATH = "/mcp"
SCOPE = "full_access"
"""The only one: a token may do everything the account may (N-13)."""


def issuer() -> str:
    """Who issues the tokens (RFC 8414)."""
    return str(settings.SITE_URL)


def resource() -> str:
    """What the tokens are for (RFC 8707, RFC 9728): the address of the MCP server, as people type it."""
    return f"{settings.SITE_URL}{MCP_PATH}"


def resource_metadata() -> str:
    """Where ``resource`` says who issues its tokens (RFC 9728, 3.1)."""
    return f"{settings.SITE_URL}/.well-known/oauth-protected-resource{MCP_PATH}"


def endpoint(name: str) -> str:
    """The address of one of the authorization server's doors."""
    return f"{settings.SITE_URL}{reverse(f'oauth:{name}')}"


def is_resource(uri: str) -> bool:
    """Does ``uri`` name the MCP server? Scheme and host in any case, and one slash at the end does not matter (RFC 8707, 2)."""
    parts = urlsplit(uri)
    written = urlunsplit((parts.scheme.lower(), parts.netloc.lower(), parts.path, parts.query, parts.fragment))
    return written in (resource(), f"{resource()}/")


def challenge(error: str = "", description: str = "") -> str:
    """What stands in ``WWW-Authenticate`` of a 401 or 403 at the MCP server (RFC 9728, 5.1; RFC 6750, 3).

    ``error`` is empty where no token was sent (RFC 6750, 3.1), else "invalid_token", "invalid_request" or "insufficient_scope".
    ``description`` is a sentence of ours, in ASCII and without quotation marks.
    """
    said = {"error": error, "error_description": description, "scope": SCOPE, "resource_metadata": resource_metadata()}
    return "Bearer " + ", ".join(f'{name}="{value}"' for name, value in said.items() if value)
