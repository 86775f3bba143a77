"""A tree with our files in it, made from the few trees on the way to them. What lies beside is carried on by its id, unseen."""

from __future__ import annotations

from pathlib import Path

from delivery.contract import DeliveryFailed
from delivery.kinds.git.plumbing import Git

Entry = tuple[str, str, str]
"""Mode, type and id."""


def changed_tree(git: Git, root: str, files: dict[str, bytes], gone: list[str], folder: Path) -> str:
    """The id of ``root`` with ``files`` written and ``gone`` removed."""
    trees = _on_the_way(git, root, {path.rpartition("/")[0] for path in [*files, *gone]})
    for path, blob in _blobs(git, files, folder).items():
        above, _, name = path.rpartition("/")
        if trees[above].get(name, ("", "blob", ""))[1] != "blob":
            raise _in_the_way(path)
        trees[above][name] = ("100644", "blob", blob)
    for path in gone:
        above, _, name = path.rpartition("/")
        if trees[above].get(name, ("", "", ""))[1] == "blob":
            del trees[above][name]
    for path in sorted(trees, key=lambda one: -one.count("/") if one else 1):
        written = _write(git, trees[path])
        if not path:
            return written
        above, _, name = path.rpartition("/")
        trees[above].pop(name, None)
        if trees[path]:
            trees[above][name] = ("040000", "tree", written)
    raise AssertionError("the root is always among them")


def _on_the_way(git: Git, root: str, folders: set[str]) -> dict[str, dict[str, Entry]]:
    """The entries of the root and of every folder that leads to ours, fetched one level at a time."""
    wanted = {""}
    for folder in folders:
        steps = folder.split("/")
        wanted |= {"/".join(steps[: count + 1]) for count in range(len(steps))}
    git.fetch(root)
    trees = {"": _read(git, root)}
    for depth in range(1, max(path.count("/") for path in wanted) + 2):
        level = sorted(path for path in wanted if path and path.count("/") == depth - 1)
        ids: dict[str, str] = {}
        for path in level:
            above, _, name = path.rpartition("/")
            entry = trees[above].get(name)
            if entry and entry[1] != "tree":
                raise _in_the_way(path)
            if entry:
                ids[path] = entry[2]
        if ids:
            git.fetch(*sorted(set(ids.values())))
        trees |= {path: _read(git, ids[path]) if path in ids else {} for path in level}
    return trees


def _read(git: Git, tree: str) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    for line in git.run("ls-tree", "-z", tree).split(b"\0")[:-1]:
        about, _, name = line.partition(b"\t")
        mode, kind, blob = about.decode().split()
        entries[name.decode("utf-8", "surrogateescape")] = (mode, kind, blob)
    return entries


def _write(git: Git, entries: dict[str, Entry]) -> str:
    lines = [f"{mode} {kind} {blob}\t{name}\0" for name, (mode, kind, blob) in entries.items()]
    return git.run("mktree", "--missing", "-z", given="".join(lines).encode("utf-8", "surrogateescape")).decode().strip()


def _blobs(git: Git, files: dict[str, bytes], folder: Path) -> dict[str, str]:
    """The ids of our files, all written by one command."""
    folder.mkdir()
    for number, content in enumerate(files.values()):
        (folder / str(number)).write_bytes(content)
    names = "".join(f"{folder / str(number)}\n" for number in range(len(files)))
    ids = git.run("hash-object", "-w", "--no-filters", "--stdin-paths", given=names.encode()).decode().split()
    return dict(zip(files, ids, strict=True))


def _in_the_way(path: str) -> DeliveryFailed:
    return DeliveryFailed(
        f"Something else stands at {path} in the repository. Choose another folder, then send again.", permanent=True
    )
