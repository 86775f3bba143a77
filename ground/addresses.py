"""Network addresses: which of them an outbound call may reach, and who is calling us."""

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


def address_of(peer: str, forwarded_for: str, proxies: int) -> str:
    """The caller's address in its shortest form: the peer's, or the one that the outermost of ``proxies`` trusted proxies saw.

    Each proxy adds the address it was called from at the right, so what stands further left was written by the caller and is
    not believed. Empty when there is no address that can be read.
    """
    seen = [part.strip() for part in forwarded_for.split(",")] if proxies else []
    text = seen[-proxies] if 0 < proxies <= len(seen) else peer
    return str(_written(text) or _written(peer) or "")


def network_of(address: str) -> str:
    """Who is counted as one caller: an address of IPv4, or the first 64 bits of IPv6, behind which one caller has 2 to the 64."""
    known = _written(address)
    return (
        str(ipaddress.ip_network((known, 64), strict=False))
        if isinstance(known, ipaddress.IPv6Address)
        else str(known or address)
    )


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


def _written(text: str) -> Address | None:
    """Also with a port behind it, as some proxies write it: 192.0.2.7:4711, [2001:db8::1]:4711."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    inner = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return inner or address
