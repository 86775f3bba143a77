"""Somebody's cloud: drives, folders and files, of which one folder is meant to be seen and everything else is a decoy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

CANARIES = (
    "CANARY-SIBLING",
    "CANARY-PARENT",
    "CANARY-OTHER-DRIVE",
    "CANARY-OTHER-SITE",
    "CANARY-SHARED",
    "CANARY-SHORTCUT",
    "CANARY-OWNER",
    "CANARY-QUOTA",
    "CANARY-MOVED",
)
"""What lies outside the folder, or is told by the provider and must not be kept."""
ME, SOMEBODY = "alice", "bob"


@dataclass
class Node:
    id: str
    name: str
    parent: str
    """The id of its folder; empty for the root of a drive."""
    drive: str
    is_folder: bool = False
    content: bytes = b""
    media_type: str = "text/plain"
    version: int = 1
    extra: dict[str, Any] = field(default_factory=dict)
    """What the vendor says besides: a remote item, a shortcut."""
    also_in: tuple[str, ...] = ()
    gone: bool = False

    @property
    def size(self) -> int:
        return len(self.content)


class World:
    """Drives of one vendor. ``owner`` of a drive is the user whose token opens it; sites are open to everybody who signed in."""

    def __init__(self, id_form: str) -> None:
        self.nodes: dict[str, Node] = {}
        self.drives: dict[str, str] = {}
        """By drive: whose it is, or the site it belongs to."""
        self.roots: dict[str, str] = {}
        self.sites: dict[str, str] = {}
        """By id of the site: its name."""
        self._id_form, self._count = id_form, itertools.count(1)
        self._children: dict[str, list[str]] = {}

    def new_id(self) -> str:
        return self._id_form.format(next(self._count))

    def drive(self, drive: str, owner: str) -> Node:
        root = Node(self.new_id(), "root", "", drive, is_folder=True)
        self.nodes[root.id], self.drives[drive], self.roots[drive] = root, owner, root.id
        return root

    def folder(self, parent: Node, name: str) -> Node:
        return self._add(Node(self.new_id(), name, parent.id, parent.drive, is_folder=True))

    def file(self, parent: Node, name: str, content: bytes = b"words", media_type: str = "text/plain", **more: Any) -> Node:
        return self._add(Node(self.new_id(), name, parent.id, parent.drive, content=content, media_type=media_type, **more))

    def move(self, node: Node, to: Node) -> None:
        self._children[node.parent].remove(node.id)
        node.parent, node.drive = to.id, to.drive
        self._children.setdefault(to.id, []).append(node.id)

    def remove(self, node: Node) -> None:
        node.gone = True
        self._children[node.parent].remove(node.id)

    def children(self, folder: str) -> list[Node]:
        return [self.nodes[one] for one in self._children.get(folder, [])]

    def inside(self, folder: Node) -> set[str]:
        """The ids of a folder and of everything in it."""
        found, waiting = {folder.id}, [folder.id]
        while waiting:
            for node in self.children(waiting.pop()):
                found.add(node.id)
                waiting.append(node.id)
        return found

    def _add(self, node: Node) -> Node:
        self.nodes[node.id] = node
        self._children.setdefault(node.parent, []).append(node.id)
        return node


UNICODE = (
    "Ä brief – “quoted” 你好.txt",
    "e\u0301 combining.txt",
    "\u202egnp.exe right to left.txt",
    "family \U0001f468\u200d\U0001f469\u200d\U0001f467.txt",
    "it's 'quoted' \\ back.txt",
    "zero\u200bwidth.txt",
    "%2e%2e%2f..&?#.txt",
    "<img src=x onerror=alert(1)>.txt",
    "nul\x00l.txt",
)


def filled(world: World, drive: str, other: str, other_site: str) -> Node:
    """A folder "Harbour" with documents in it, and decoys all around; the folder to be chosen."""
    root = world.drive(drive, ME)
    second = world.drive(other, SOMEBODY)
    world.drive(other_site, "")
    world.file(root, "CANARY-PARENT.txt", b"CANARY-PARENT")
    sibling = world.folder(root, "CANARY-SIBLING")
    world.file(sibling, "CANARY-SIBLING.txt", b"CANARY-SIBLING")
    world.file(second, "CANARY-OTHER-DRIVE.txt", b"CANARY-OTHER-DRIVE")
    chosen = world.folder(root, "Harbour")
    world.file(chosen, "brief.txt", b"The desk answers within 3 minutes.")
    inner = world.folder(chosen, "Prices")
    world.file(inner, "prices.txt", b"A berth costs 12 euros a night.")
    return chosen


def names(nodes: Iterator[Node]) -> list[str]:
    return [node.name for node in nodes]
