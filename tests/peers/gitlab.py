"""GitLab's REST API 4, as far as a delivery needs it."""

from __future__ import annotations

import base64
from typing import Any

from tests.peers.peer import CANARIES, Answer, Asked, Peer, Pull, Route, Wrong, checked, queried, said
from tests.peers.store import NOBODY

PROJECT = r"/api/v4/projects/harbour%2Fbooking"
BOT = ("project_7_bot", "project_7_bot@noreply.gitlab.example")
STATES = {"open": "opened", "merged": "merged", "closed": "closed"}


class GitLab(Peer):
    kind = "gitlab"
    content = r"/repository/(files|blobs|tree|archive|compare|raw)|/search|/repository/commits/[^/]+/(diff|refs)|/changes|/diffs"

    def routes(self) -> list[Route]:
        return [
            ("GET", PROJECT, self.project),
            ("GET", PROJECT + "/repository/branches/([^/]+)", self.branch),
            ("POST", PROJECT + "/repository/commits", self.commit),
            ("GET", PROJECT + "/merge_requests", self.list),
            ("POST", PROJECT + "/merge_requests", self.open),
            ("PUT", PROJECT + r"/merge_requests/(\d+)", self.edit),
        ]

    def check_credential(self, asked: Asked) -> bool:
        return asked.headers.get("private-token") == self.token

    def refusal(self, status: int, message: str) -> Answer:
        return Answer(status, {"message": f"{status} {message}" if status in (401, 404) else message})

    def project(self, asked: Asked) -> Answer:
        queried(asked)
        level = 40 if self.may_write else 20
        body: dict[str, Any] = {"id": 7, "path_with_namespace": "harbour/booking", "description": CANARIES[1]}
        body |= {"default_branch": "main", "archived": self.is_archived, "empty_repo": not self.store.heads()}
        body |= {"merge_requests_access_level": "enabled", "owner": {"name": CANARIES[2]}}
        return Answer(200, body | {"permissions": {"project_access": {"access_level": level}, "group_access": None}})

    def branch(self, asked: Asked, branch: str) -> Answer:
        queried(asked)
        sha = self.store.head(branch)
        if not sha:
            return self.refusal(404, "Branch Not Found")
        commit = {"id": sha, "message": self.store.commit_at(sha).message, "author_name": NOBODY[0], "author_email": NOBODY[1]}
        return Answer(200, {"name": branch, "default": branch == "main", "protected": branch == "main", "commit": commit})

    def commit(self, asked: Asked) -> Answer:
        required: dict[str, Any] = {
            "branch": str,
            "commit_message": str,
            "author_name": str,
            "author_email": str,
            "actions": list,
        }
        body = said(asked, required, {"start_sha": str})
        head, start = self.store.head(body["branch"]), body.get("start_sha", "")
        if start and head:
            return self.refusal(
                400, f"A branch called '{body['branch']}' already exists. Switch to that branch in order to make changes"
            )
        if not start and not head:
            return self.refusal(400, "You can only create or edit files when you are on a branch")
        standing = self.store.files(start or head)
        changes: dict[str, bytes | str | None] = {}
        for row in body["actions"]:
            one = checked(row, {"action": str, "file_path": str}, {"content": str, "encoding": str})
            if one["action"] not in ("create", "update", "delete") or (one["action"] == "delete") == ("content" in one):
                raise Wrong("an action")
            if one["action"] == "create" and one["file_path"] in standing:
                return self.refusal(400, "A file with this name already exists")
            if one["action"] != "create" and one["file_path"] not in standing:
                return self.refusal(400, "A file with this name doesn't exist")
            if "content" in one and one.get("encoding") != "base64":
                raise Wrong("encoding")
            changes[one["file_path"]] = base64.b64decode(one["content"], validate=True) if "content" in one else None
        author = (body["author_name"], body["author_email"])
        sha = self.store.make_commit(
            self.store.tree(start or head, changes), [start or head], body["commit_message"], author, BOT
        )
        self.store.move(body["branch"], sha, head)
        return Answer(201, {"id": sha, "short_id": sha[:8], "parent_ids": [start or head], "committer_email": BOT[1]})

    def list(self, asked: Asked) -> Answer:
        query = queried(asked, "source_branch", "target_branch", "state", "per_page", "page")
        if query.get("state") != "all":
            raise Wrong("state")
        found = [one for one in self.pulls if one.source == query["source_branch"] and one.target == query["target_branch"]]
        return Answer(200, [self._request(one) for one in reversed(found)])

    def _request(self, pull: Pull) -> dict[str, Any]:
        address = f"https://gitlab.example/harbour/booking/-/merge_requests/{pull.number}"
        body = {"id": 900 + pull.number, "iid": pull.number, "web_url": address, "state": STATES[pull.state], "title": pull.title}
        return body | {"sha": self.sha_of(pull), "author": {"username": CANARIES[2]}, "description": pull.body}

    def open(self, asked: Asked) -> Answer:
        body = said(asked, {"source_branch": str, "target_branch": str, "title": str, "description": str})
        if any(one.source == body["source_branch"] and one.state == "open" for one in self.pulls):
            return Answer(409, {"message": ["Another open merge request already exists for this source branch: !1"]})
        if len(body["title"]) > 255 or not self.store.head(body["source_branch"]) or not self.store.head(body["target_branch"]):
            raise Wrong("title or branch")
        pull = self.add_pull(body["source_branch"], body["target_branch"], body["title"], body["description"])
        return Answer(201, self._request(pull))

    def edit(self, asked: Asked, number: str) -> Answer:
        body = said(asked, {"title": str, "description": str})
        pull = self.pull(int(number))
        pull.title, pull.body = body["title"], body["description"]
        return Answer(200, self._request(pull))
