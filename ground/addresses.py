"""Which network addresses an outbound call may reach."""

from __future__ import annotations

import ipaddress
import socket

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Azure's platform address is public by number and answers metadata and DNS inside every virtual machine (Microsoft Learn,
# "What is IP address 168.63.129.16?").
PLATFORM = frozenset({ipaddress.ip_address("168.63.129.16")})
SHARED = ipaddress.ip_network("100.64.0.0/10")  # carrier-grade NAT, RFC 6598
NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))  # RFC 6052, RFC 8215


def why_refused(address: Address) -> str:
    """The reason why this address is never called, in words; empty when it is an address of the public internet."""
    inner = _inner(address)
    if inner is not None:
        return why_refused(inner)
    if address in PLATFORM:
        return "is the cloud platform's own address"
    if address.is_loopback or address.is_unspecified:
        return "is this machine"
    if address.is_link_local:
        return "is link-local, where metadata services live"
    if address.is_multicast:
        return "is a multicast address"
    if address.version == 4 and address in SHARED:
        return "is in the shared address space of a carrier"
    if not address.is_global or address.is_private or address.is_reserved:
        return "is private or reserved"
    if _is_our_own(address):
        return "is this machine"
    return ""


def is_this_machine(host: str) -> bool:
    """Whether a host of the settings needs no network: a loopback address, ``localhost`` or a local socket."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _inner(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address inside an IPv6 one: mapped, 6to4, Teredo and NAT64 would otherwise walk around the checks."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in NAT64) or int(address) >> 32 == 0:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def _is_our_own(address: Address) -> bool:
    """Only an address of this machine can be bound, so asking the kernel needs no list of interfaces."""
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(address), 0))
        except OSError:
            return False
    return True
