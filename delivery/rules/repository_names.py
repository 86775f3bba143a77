"""What may be written where in a repository: paths under one folder, branches of our own, and the words that go with them."""

from __future__ import annotations

import re
import unicodedata
from hashlib import sha256
from itertools import pairwise

from delivery.contract import Shipment

FOLDER = "docs/specstep"
PREFIX = "specstep/"
TITLE_LIMIT = 200
"""Letters of a request's title: Bitbucket and GitLab take 255, GitHub 256, Azure DevOps 400."""
OF_PACKAGE, OF_ARCHIVE = "SpecStep-Package: ", "SpecStep-Archive: "
TRAILER = "SpecStep-Content: "
_BRANCH = re.compile(r"specstep/[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")
_NO_BRANCH = re.compile(r"^[-/]|[\s~^:?*\[\\\x00-\x1f\x7f\"]|\.\.|//|@\{|/\.|[./]$|\.lock(/|$)")
_NUMBER = re.compile(r"-(\d{1,4})$")
_MENTION = re.compile(r"(?<![\w`(/&])([@#!])(?=\w)")
_CUT = "\n\nThe rest is in the files.\n"


def clean_folder(folder: str) -> str:
    """``folder`` as it is used. Raises ``ValueError`` with a sentence."""
    folder = folder.strip().strip("/")
    if not folder:
        raise ValueError("Name the folder that SpecStep writes to, such as docs/specstep.")
    return _checked(folder)


def path_under(folder: str, path: str) -> str:
    """Where the file ``path`` of a package stands in the repository. Raises ``ValueError`` when that is not in the folder."""
    return _checked(f"{folder}/{path}")


def _checked(path: str) -> str:
    """A path that is the same on every system and starts nothing by being there."""
    steps = path.split("/")
    if any(step in ("", ".", "..") for step in steps):
        raise ValueError(f"“{path}” is not a path inside the folder. Leave out “..”, “.” and empty steps.")
    if "\\" in path or any(unicodedata.category(letter) in ("Cc", "Cs") for letter in path):
        raise ValueError("A path holds a backslash or a control character. Use plain names.")
    if re.search(r'[<>:"|?*]', path) or any(step != step.strip() or step.endswith(".") for step in steps):
        raise ValueError(f'“{path}” is no path on every system. Leave out < > : " | ? * and spaces or dots at the end of a name.')
    if any(step.lower().rstrip(". ") in (".git", "git~1", ".gitmodules", ".gitattributes") for step in steps):
        raise ValueError(f"“{path}” belongs to git itself. Choose another folder.")
    lower = [step.lower() for step in steps]
    # A workflow runs by lying there; pushing one needs a permission that we never ask for.
    if any(pair in ((".github", "workflows"), (".gitea", "workflows"), (".forgejo", "workflows")) for pair in pairwise(lower)):
        raise ValueError("SpecStep never writes into a folder of workflows. Choose another folder.")
    return path


def clean_branch(branch: str) -> str:
    """A branch of ours or nothing. Raises ``ValueError`` with a sentence for every other, the default branch included (S-054)."""
    branch = branch.strip().removeprefix("refs/heads/")
    if branch and (not _BRANCH.fullmatch(branch) or re.search(r"\.\.|//|/\.|[./]$|\.lock(/|$)", branch)):
        raise ValueError(
            f"SpecStep writes to branches of its own only. Choose a name that begins with {PREFIX}, or leave it empty."
        )
    return branch


def clean_base(branch: str) -> str:
    """The name of a branch (git-check-ref-format). Raises ``ValueError`` with a sentence."""
    branch = branch.strip().removeprefix("refs/heads/")
    if not branch or _NO_BRANCH.search(branch):
        raise ValueError("This is no name of a branch. Write it as the forge shows it, such as main.")
    return branch


def trailer(key: str) -> str:
    """The line of a commit message by which a content is found again."""
    return f"{TRAILER}{key}"


def branch_for(title: str) -> str:
    """The branch of a project: ``specstep/<project-slug>``."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    return PREFIX + (re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "package")


def next_branch(branch: str) -> str:
    """The name to try when ``branch`` is somebody else's or its request is finished: ``-2``, ``-3``..."""
    found = _NUMBER.search(branch)
    return f"{branch[: found.start()]}-{int(found[1]) + 1}" if found else f"{branch}-2"


def is_numbered(branch: str, wanted: str) -> bool:
    """Whether ``branch`` is ``wanted`` or one of its numbered successors."""
    return branch == wanted or (branch.startswith(wanted) and bool(re.fullmatch(r"-\d{1,4}", branch[len(wanted) :])))


def content_key(folder: str, digest: str) -> str:
    """What names the content at its place, so that it is recognised there: SHA-256 in hexadecimal."""
    return sha256(f"{folder}\n{digest}".encode()).hexdigest()


def commit_message(shipment: Shipment, key: str) -> str:
    """Subject, one sentence, which package it is (S-084), and the line by which the commit is found again.

    Nothing about a person (S-056).
    """
    written = "Written by SpecStep. Only generated files are in this commit."
    package = f"{OF_PACKAGE}{shipment.package}\n" + (f"{OF_ARCHIVE}{shipment.archive}\n" if shipment.archive else "")
    return f"{request_title(shipment)}\n\n{written}\n\n{package}{trailer(key)}\n"


def carries(message: str, key: str) -> bool:
    """Whether a commit message is one of ours for exactly this content."""
    return trailer(key) in message.splitlines()


def request_title(shipment: Shipment) -> str:
    """One line, short enough for every forge."""
    title = " ".join(harmless(shipment.title).split())
    end = f": package {shipment.number}"
    return title[: TITLE_LIMIT - len(end)] + end


def request_body(shipment: Shipment, limit: int) -> str:
    """The summary and where it comes from, cut at the end of a line where the forge takes no more letters."""
    foot = (
        "\n\n---\nWritten by SpecStep. It adds and changes files in one folder only and has not read this repository's files.\n"
    )
    text = harmless(shipment.summary).strip()
    if len(text) + len(foot) <= limit:
        return text + foot
    room = text[: limit - len(foot) - len(_CUT)]
    return (room.rpartition("\n")[0] or room).rstrip() + _CUT.rstrip() + foot


def harmless(text: str) -> str:
    """Without ``@name``, ``#12`` and ``!12`` that would call people or close issues: a zero-width space stands in between."""
    return _MENTION.sub("\\1\u200b", text)
