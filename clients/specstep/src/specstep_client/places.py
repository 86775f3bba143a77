"""Where SpecStep is: the address a person gives becomes the addresses the program calls."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from specstep_client.saying import Trouble

DEFAULT = "https://specstep.com"
MCP = "/mcp"


@dataclass(frozen=True)
class Server:
    """One SpecStep."""

    base: str
    """Scheme, host and port, without a slash at the end."""

    @property
    def mcp(self) -> str:
        """The address of its MCP server, which is also the resource that tokens are for (RFC 8707)."""
        return f"{self.base}{MCP}"

    @property
    def api(self) -> str:
        return f"{self.base}/api/v1"

    def __str__(self) -> str:
        return self.base


def server_at(address: str) -> Server:
    """The server a person means; ``https://HOST`` and ``https://HOST/mcp`` are the same one. Raises ``Trouble``."""
    said = address.strip()
    try:
        parts = urlsplit(said if "://" in said else f"https://{said}")
        port = parts.port
    except ValueError:
        raise Trouble("That is no address. Give one such as https://specstep.com.") from None
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise Trouble("Give the address without user name, query and fragment: only scheme, host and port.")
    if not parts.hostname or parts.path.rstrip("/") not in ("", MCP):
        raise Trouble("That is not the address of a SpecStep. Give one such as https://specstep.com.")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    base = f"{parts.scheme}://{host}" + (f":{port}" if port is not None and port != usual else "")
    if not is_safe(base):
        raise Trouble("The address must begin with https://. Without it everybody on the way could read what is sent.")
    return Server(base)


def is_safe(address: str) -> bool:
    """May a credential be sent there: https, or http to this very machine?"""
    parts = urlsplit(address)
    if parts.scheme == "https":
        return True
    if parts.scheme != "http":
        return False
    host = parts.hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_same_server(address: str, server: Server) -> bool:
    """Does this address stand on the same scheme, host and port?"""
    try:
        parts = urlsplit(address)
        return server_at(f"{parts.scheme}://{parts.netloc}") == server
    except (Trouble, ValueError):
        return False
