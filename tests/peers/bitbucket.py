"""Bitbucket Cloud's REST API 2.0, as far as a delivery needs it."""

from __future__ import annotations

import re
from typing import Any

from tests.peers.peer import CANARIES, Answer, Asked, Peer, Pull, Route, Wrong, checked, picked, queried, said
from tests.peers.store import Refused

REPOSITORY = "/2.0/repositories/harbour/booking"
BOT = ("Repository token", "bot@bots.bitbucket.example")
STATES = {"open": "OPEN", "merged": "MERGED", "closed": "DECLINED"}
QUERY = re.compile(r'source\.branch\.name="([^"]+)" AND destination\.branch\.name="([^"]+)"')


class Bitbucket(Peer):
    kind = "bitbucket"
    content = r"/src/|/diff|/patch|/downloads|/search|/filehistory|/merge-base"
    scopes = "repository:write, pullrequest:write"

    def routes(self) -> list[Route]:
        return [
            ("GET", REPOSITORY, self.repository),
            ("GET", REPOSITORY + "/refs/branches/([^/]+)", self.branch),
            ("POST", REPOSITORY + "/src", self.commit),
            ("GET", REPOSITORY + "/pullrequests", self.list),
            ("POST", REPOSITORY + "/pullrequests", self.open),
            ("PUT", REPOSITORY + r"/pullrequests/(\d+)", self.edit),
        ]

    def check_credential(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == f"Bearer {self.token}"

    def refusal(self, status: int, message: str) -> Answer:
        return Answer(status, {"type": "error", "error": {"message": message}})

    def _answer(self, asked: Asked, status: int, body: dict[str, Any], **headers: str) -> Answer:
        fields = asked.query.get("fields", [""])[0]
        return Answer(status, picked(body, fields) if fields else body, headers)

    def repository(self, asked: Asked) -> Answer:
        queried(asked, "fields")
        body = {"type": "repository", "description": CANARIES[1], "owner": {"display_name": CANARIES[2]}}
        body |= {"mainbranch": {"name": "main", "type": "branch"} if self.store.heads() else None}  # type: ignore[dict-item]
        scopes = self.scopes if self.may_write else "repository, pullrequest"
        return self._answer(asked, 200, body, **{"X-OAuth-Scopes": scopes})

    def branch(self, asked: Asked, branch: str) -> Answer:
        queried(asked, "fields")
        sha = self.store.head(branch)
        if not sha:
            return self.refusal(404, f"Branch {branch} not found")
        target = {"hash": sha, "message": self.store.commit_at(sha).message, "author": {"raw": CANARIES[3]}}
        return self._answer(asked, 200, {"name": branch, "type": "branch", "target": target})

    def commit(self, asked: Asked) -> Answer:
        fields, files = form(asked)
        if unknown := fields.keys() - {"branch", "parents", "message", "author", "files"}:
            raise Wrong(f"unknown {sorted(unknown)}")
        branch, parent = fields["branch"][0], fields["parents"][0]
        head = self.store.head(branch)
        if head and head != parent:
            return self.refusal(409, "The branch has moved")
        if any(not path.startswith("/") for path in [*files, *fields.get("files", [])]):
            raise Wrong("paths begin with a slash")
        changes: dict[str, bytes | str | None] = {path[1:]: content for path, content in files.items()}
        standing = self.store.files(parent)
        for path in fields.get("files", []):
            if path[1:] not in standing:
                return self.refusal(400, "No such file")
            changes[path[1:]] = None
        found = re.fullmatch(r"(.+) <(.+)>", fields["author"][0])
        assert found
        tree = self.store.tree(parent, changes)
        sha = self.store.make_commit(tree, [parent], fields["message"][0], (found[1], found[2]), BOT)
        try:
            self.store.move(branch, sha, head)
        except Refused:
            return self.refusal(409, "The branch has moved")
        return Answer(201, b"", {"Location": f"{self.url}{REPOSITORY}/commit/{sha}"})

    def list(self, asked: Asked) -> Answer:
        query = queried(asked, "q", "state", "sort", "fields")
        if sorted(asked.query["state"]) != ["DECLINED", "MERGED", "OPEN", "SUPERSEDED"]:
            raise Wrong("state")
        found = QUERY.fullmatch(query["q"])
        if not found:
            raise Wrong("q")
        rows = [self._pull(one) for one in reversed(self.pulls) if (one.source, one.target) == (found[1], found[2])]
        return self._answer(asked, 200, {"values": rows, "pagelen": 10})

    def _pull(self, pull: Pull) -> dict[str, Any]:
        link = {"html": {"href": f"https://bitbucket.example/harbour/booking/pull-requests/{pull.number}"}}
        source = {"branch": {"name": pull.source}, "commit": {"hash": self.sha_of(pull)[:12]}}
        body: dict[str, Any] = {"id": pull.number, "type": "pullrequest", "state": STATES[pull.state], "links": link}
        return body | {"source": source, "author": {"display_name": CANARIES[2]}, "description": pull.body}

    def open(self, asked: Asked) -> Answer:
        queried(asked, "fields")
        body = said(asked, {"title": str, "description": str, "source": dict, "destination": dict})
        source, target = (
            checked(checked(body[end], {"branch": dict})["branch"], {"name": str})["name"] for end in ("source", "destination")
        )
        if len(body["title"]) > 255 or not self.store.head(source) or not self.store.head(target):
            raise Wrong("title or branch")
        known = next((one for one in self.pulls if (one.source, one.target, one.state) == (source, target, "open")), None)
        pull = known or self.add_pull(source, target, "", "")
        pull.title, pull.body = body["title"], body["description"]
        return self._answer(asked, 201, self._pull(pull))

    def edit(self, asked: Asked, number: str) -> Answer:
        queried(asked, "fields")
        body = said(asked, {"title": str, "description": str})
        pull = self.pull(int(number))
        pull.title, pull.body = body["title"], body["description"]
        return self._answer(asked, 200, self._pull(pull))


def form(asked: Asked) -> tuple[dict[str, list[str]], dict[str, bytes]]:
    """Fields and files of multipart/form-data (RFC 7578)."""
    kind, _, boundary = asked.headers.get("content-type", "").partition("; boundary=")
    if kind != "multipart/form-data" or not boundary:
        raise Wrong("not a form")
    fields: dict[str, list[str]] = {}
    files: dict[str, bytes] = {}
    for part in asked.body.split(f"--{boundary}".encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        found = re.search(r'name="([^"]*)"(; filename=)?', head.decode())
        if not found:
            raise Wrong("a part without a name")
        if found[2]:
            files[found[1]] = content.removesuffix(b"\r\n")
        else:
            fields.setdefault(found[1], []).append(content.removesuffix(b"\r\n").decode())
    return fields, files
