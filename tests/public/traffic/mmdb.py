"""A writer of small databases in the MaxMind DB format 2.0 (maxmind.github.io/MaxMind-DB), for tests.

A binary search tree of 24-bit records over 128 bits, IPv4 below ::/96, then the data, then the metadata.
"""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Number:
    """An unsigned number of 16, 32 or 64 bits."""

    bits: int
    value: int


KINDS = {16: 5, 32: 6, 64: 9}
MARKER = b"\xab\xcd\xefMaxMind.com"


def write(path: Path, countries: dict[str, str]) -> None:
    """Write ``path`` with the country of each network, in the form of DB-IP's country file."""
    nodes: list[list[int | str | None]] = [[None, None]]
    for network, code in countries.items():
        _add(nodes, ipaddress.ip_network(network), code)
    data, places = b"", {}
    for code in sorted(set(countries.values())):
        places[code] = len(data)
        data += _packed({"continent": {"code": "XX"}, "country": {"iso_code": code, "names": {"en": code}}})
    count = len(nodes)
    tree = b""
    for node in nodes:
        for record in node:
            value = count if record is None else record if isinstance(record, int) else count + 16 + places[record]
            tree += value.to_bytes(3, "big")
    about = {
        "node_count": Number(32, count),
        "record_size": Number(16, 24),
        "ip_version": Number(16, 6),
        "database_type": "DBIP-Country-Lite",
        "languages": ["en"],
        "binary_format_major_version": Number(16, 2),
        "binary_format_minor_version": Number(16, 0),
        "build_epoch": Number(64, 1_790_000_000),
        "description": {"en": "Made for a test"},
    }
    path.write_bytes(tree + bytes(16) + data + MARKER + _packed(about))


def _add(nodes: list[list[int | str | None]], network: ipaddress.IPv4Network | ipaddress.IPv6Network, code: str) -> None:
    bits = f"{int(network.network_address):0128b}"
    length = network.prefixlen + (96 if network.version == 4 else 0)
    at = 0
    for place, bit in enumerate(map(int, bits[:length])):
        if place == length - 1:
            nodes[at][bit] = code
            return
        below = nodes[at][bit]
        if not isinstance(below, int):
            nodes.append([None, None])
            nodes[at][bit] = below = len(nodes) - 1
        at = below


def _packed(value: Any) -> bytes:
    if isinstance(value, dict):
        return _head(7, len(value)) + b"".join(_packed(key) + _packed(inner) for key, inner in value.items())
    if isinstance(value, list):
        return _head(11, len(value)) + b"".join(map(_packed, value))
    if isinstance(value, str):
        return _head(2, len(value.encode())) + value.encode()
    raw = struct.pack(">Q", value.value).lstrip(b"\0")
    return _head(KINDS[value.bits], len(raw)) + raw


def _head(kind: int, size: int) -> bytes:
    assert size < 29, "longer ones are not needed here"
    return bytes([kind << 5 | size]) if kind <= 7 else bytes([size, kind - 7])
