"""git's own server (git http-backend, RFC 3875) that lets nobody have a file."""

from __future__ import annotations

import base64
import gzip
import os
import subprocess
from urllib.parse import urlencode

from tests.peers.peer import Answer, Asked, Peer, Route, Wrong, queried
from tests.peers.store import ENVIRONMENT, Store

REPOSITORY = "/team/booking.git"


class GitServer(Peer):
    kind = "git"
    content = r"/objects/|/HEAD$|/archive|/raw"

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.wanted: list[str] = []
        """Objects that were asked for."""
        self.is_old = False
        """Speaks only the first protocol, in which objects are given out by the names that lead to them."""

    def routes(self) -> list[Route]:
        return [
            ("GET", REPOSITORY + "/info/refs", self.references),
            ("POST", REPOSITORY + "/git-upload-pack", self.fetch),
            ("POST", REPOSITORY + "/git-receive-pack", self.push),
        ]

    def check_credential(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == "Basic " + base64.b64encode(f"git:{self.token}".encode()).decode()

    def refusal(self, status: int, message: str) -> Answer:
        return Answer(status, message.encode(), {"Content-Type": "text/plain"})

    def writes(self) -> list[str]:
        return [line for line in self.lines() if line.endswith("/git-receive-pack")]

    def references(self, asked: Asked) -> Answer:
        service = queried(asked, "service")["service"]
        if service == "git-receive-pack" and (self.is_archived or not self.may_write):
            return self.refusal(403, "the repository is archived" if self.is_archived else "no")
        return self._backend(asked, "/info/refs")

    def fetch(self, asked: Asked) -> Answer:
        """Only commits and trees are given out, and only to who asks for nothing that hangs on them."""
        lines = _lines(gzip.decompress(asked.body) if asked.headers.get("content-encoding") == "gzip" else asked.body)
        wanted = [line.split()[1] for line in lines if line.startswith("want ")]
        self.wanted += wanted
        if "command=ls-refs" not in lines:
            kinds = {self.store.git("cat-file", "-t", sha) for sha in wanted}
            if "filter tree:0" not in lines or kinds - {"commit", "tree"} or not wanted:
                self.content_calls.append(f"fetch of {sorted(kinds)}")
                return self.refusal(500, "content")
        return self._backend(asked, "/git-upload-pack")

    def push(self, asked: Asked) -> Answer:
        return self._backend(asked, "/git-receive-pack")

    def _backend(self, asked: Asked, path: str) -> Answer:
        if asked.method == "POST" and not asked.headers.get("content-type", "").startswith("application/x-git-"):
            raise Wrong("content type")
        environment = ENVIRONMENT | {
            "GIT_PROJECT_ROOT": str(self.store.path.parent),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{self.store.path.name}{path}",
            "QUERY_STRING": urlencode({name: values[0] for name, values in asked.query.items()}),
            "REQUEST_METHOD": asked.method,
            "CONTENT_TYPE": asked.headers.get("content-type", ""),
            "HTTP_CONTENT_ENCODING": asked.headers.get("content-encoding", ""),
            "GIT_PROTOCOL": "" if self.is_old else asked.headers.get("git-protocol", ""),
            "REMOTE_USER": "git",
            "REMOTE_ADDR": "127.0.0.1",
            "HOME": os.devnull,
        }
        done = subprocess.run(["git", "http-backend"], input=asked.body, capture_output=True, env=environment, check=True)
        head, _, body = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        return Answer(int(headers.pop("Status", "200").split()[0]), body, headers)


def _lines(content: bytes) -> list[str]:
    lines, at = [], 0
    while at < len(content):
        length = int(content[at : at + 4], 16)
        if length > 4:
            lines.append(content[at + 4 : at + length].decode("utf-8", "replace").strip())
        at += max(length, 4)
    return lines
