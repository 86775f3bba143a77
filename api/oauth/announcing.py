"""What clients read before they do anything: the metadata of the server and of what it protects (RFC 8414, RFC 9728)."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from api.oauth import places

METHODS = ["none", "client_secret_basic", "client_secret_post"]


def authorization_server() -> dict[str, Any]:
    """RFC 8414, 2; RFC 9207, 3; the draft of client-id metadata documents."""
    return {
        "issuer": places.issuer(),
        "authorization_endpoint": places.endpoint("authorize"),
        "token_endpoint": places.endpoint("token"),
        "registration_endpoint": places.endpoint("register"),
        "revocation_endpoint": places.endpoint("revoke"),
        "scopes_supported": [places.SCOPE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": METHODS,
        "revocation_endpoint_auth_methods_supported": METHODS,
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": True,
    }


def protected_resource() -> dict[str, Any]:
    """RFC 9728, 2. One scope, because there is no smaller one (N-13)."""
    return {
        "resource": places.resource(),
        "resource_name": "SpecStep",
        "authorization_servers": [places.issuer()],
        "scopes_supported": [places.SCOPE],
        "bearer_methods_supported": ["header"],
        "resource_documentation": f"{settings.SITE_URL}/",
    }
