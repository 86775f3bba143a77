"""What a git server says about its references (gitprotocol-http, gitprotocol-pack): pkt-lines, no objects."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

ID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}", re.ASCII)
"""Of an object, by SHA-1 or SHA-256. What else a server says in its place could be an option for git."""


@dataclass
class Advertised:
    heads: dict[str, str] = field(default_factory=dict)
    """Ids by branch."""
    abilities: frozenset[str] = frozenset()
    default: str = ""


def read_advertisement(content: bytes) -> Advertised:
    """Raises ``ValueError`` for what is no advertisement of references."""
    lines = list(_lines(content))
    if not lines or not lines[0].startswith(b"# service="):
        raise ValueError("no service line")
    found = Advertised()
    for number, line in enumerate(lines[1:]):
        about, _, abilities = line.rstrip(b"\n").partition(b"\0")
        if number == 0:
            found.abilities = frozenset(abilities.decode("utf-8", "replace").split())
        sha, _, name = about.decode("utf-8", "replace").partition(" ")
        if name.startswith("refs/heads/"):
            if not ID.fullmatch(sha):
                raise ValueError("a branch without an id")
            found.heads[name.removeprefix("refs/heads/")] = sha
    symbolic = next((one for one in found.abilities if one.startswith("symref=HEAD:refs/heads/")), "")
    found.default = symbolic.removeprefix("symref=HEAD:refs/heads/")
    return found


def _lines(content: bytes) -> list[bytes]:
    lines, at = [], 0
    while at < len(content):
        length = int(content[at : at + 4], 16)
        if length and (length < 4 or at + length > len(content)):
            raise ValueError("a line of impossible length")
        if length > 4:
            lines.append(content[at + 4 : at + length])
        at += max(length, 4)
    return lines
