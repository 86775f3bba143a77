"""A real bare repository, written by git's own plumbing, and what a test wants to know of it."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

NOBODY = ("Priya Canary", "priya.canary@customer.example")
ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "PATH": os.environ["PATH"], "LC_ALL": "C"}


class Refused(Exception):
    """A reference is not where the writer thought."""


@dataclass(frozen=True)
class Commit:
    sha: str
    tree: str
    parents: tuple[str, ...]
    author: str
    """ "Name <address>"."""
    committer: str
    message: str


class Store:
    def __init__(self, path: Path) -> None:
        self.path = path
        if path.exists():
            return
        init = ["git", "init", "-q", "--bare", "--template=", "-b", "main", str(path)]
        subprocess.run(init, check=True, env=ENVIRONMENT)
        for name in ("uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant", "http.receivepack"):
            self.git("config", name, "true")

    def git(self, *arguments: str, given: bytes = b"", environment: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            ["git", f"--git-dir={self.path}", *arguments], input=given, capture_output=True, env=ENVIRONMENT | (environment or {})
        )
        if done.returncode:
            raise Refused(done.stderr.decode())
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    # --- what stands there -----------------------------------------------------------------------------------------------

    def heads(self) -> dict[str, str]:
        lines = self.git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads").splitlines()
        return {name: sha for name, _, sha in (line.partition(" ") for line in lines)}

    def head(self, branch: str) -> str:
        return self.heads().get(branch, "")

    def commit_at(self, sha: str) -> Commit:
        about, _, message = self.git("cat-file", "commit", sha).partition("\n\n")
        lines = [line.partition(" ")[::2] for line in about.splitlines()]
        found = dict(lines)
        parents = tuple(value for name, value in lines if name == "parent")
        author, committer = (found[one].rsplit(" ", 2)[0] for one in ("author", "committer"))
        return Commit(sha, found["tree"], parents, author, committer, message + "\n")

    def files(self, revision: str) -> dict[str, str]:
        """Ids of blobs by path."""
        lines = self.git("ls-tree", "-r", "-z", revision).split("\0")[:-1]
        return {path: about.split()[2] for about, _, path in (line.partition("\t") for line in lines)}

    def content(self, revision: str, path: str) -> bytes:
        return subprocess.run(
            ["git", f"--git-dir={self.path}", "cat-file", "blob", f"{revision}:{path}"],
            check=True,
            capture_output=True,
            env=ENVIRONMENT,
        ).stdout

    def changed(self, before: str, after: str) -> set[str]:
        return set(self.git("diff-tree", "-r", "-z", "--name-only", before, after).split("\0")) - {""}

    def count(self, since: str, branch: str) -> int:
        """Commits on the branch that are not in ``since``."""
        return int(self.git("rev-list", "--count", f"{since}..{branch}"))

    # --- writing ---------------------------------------------------------------------------------------------------------

    def blobs(self, contents: list[bytes]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            for number, content in enumerate(contents):
                (Path(folder) / str(number)).write_bytes(content)
            given = "".join(f"{folder}/{number}\n" for number in range(len(contents))).encode()
            return self.git("hash-object", "-w", "--no-filters", "--stdin-paths", given=given).split()

    def tree(self, base: str, changes: Mapping[str, bytes | str | None]) -> str:
        """The id of ``base`` (may be empty) with changes: bytes, the id of a blob, or None to remove."""
        raw = {path: change for path, change in changes.items() if isinstance(change, bytes)}
        ids: dict[str, str | None] = dict(zip(raw, self.blobs(list(raw.values())), strict=True))
        ids |= {path: change for path, change in changes.items() if not isinstance(change, bytes)}
        lines = [f"100644 {sha}\t{path}" if sha else f"0 {'0' * 40}\t{path}" for path, sha in ids.items()]
        with tempfile.TemporaryDirectory() as folder:
            index = {"GIT_INDEX_FILE": f"{folder}/index"}
            if base:
                self.git("read-tree", base, environment=index)
            self.git(
                "update-index", "-z", "--index-info", given="".join(f"{line}\0" for line in lines).encode(), environment=index
            )
            return self.git("write-tree", environment=index)

    def make_commit(
        self,
        tree: str,
        parents: list[str],
        message: str,
        author: tuple[str, str] = NOBODY,
        committer: tuple[str, str] | None = None,
    ) -> str:
        committer = committer or author
        who = {"GIT_AUTHOR_NAME": author[0], "GIT_AUTHOR_EMAIL": author[1]}
        who |= {"GIT_COMMITTER_NAME": committer[0], "GIT_COMMITTER_EMAIL": committer[1]}
        return self.git(
            "commit-tree", tree, *(word for parent in parents for word in ("-p", parent)), given=message.encode(), environment=who
        )

    def move(self, branch: str, to: str, expected: str) -> None:
        """Compare and swap; an empty ``expected``: there must be no such branch. Raises ``Refused``."""
        self.git("update-ref", f"refs/heads/{branch}", to, expected or "0" * 40)

    def write(self, branch: str, changes: Mapping[str, bytes | str | None], message: str = "By hand") -> str:
        """A commit by a person."""
        head = self.head(branch)
        sha = self.make_commit(self.tree(head, changes), [head] if head else [], message)
        self.move(branch, sha, head)
        return sha

    def branch(self, name: str, at: str) -> None:
        self.move(name, at, "")

    def delete(self, branch: str) -> None:
        self.git("update-ref", "-d", f"refs/heads/{branch}")

    def merge(self, branch: str, into: str = "main") -> str:
        """As a person merges a request: a commit with two parents and the branch's files."""
        base, head = self.head(into), self.head(branch)
        ours = {path: sha for path, sha in self.files(head).items() if self.files(base).get(path) != sha}
        sha = self.make_commit(self.tree(base, dict(ours)), [base, head], "Merge")
        self.move(into, sha, base)
        return sha
