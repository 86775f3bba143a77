"""Azure DevOps' git REST API 7.1, as far as a delivery needs it."""

from __future__ import annotations

import base64
from typing import Any

from tests.peers.peer import CANARIES, Answer, Asked, Peer, Pull, Route, Wrong, checked, queried, said
from tests.peers.store import Refused

REPOSITORY = "/harbour/Sea%20side/_apis/git/repositories/booking"
STATES = {"open": "active", "merged": "completed", "closed": "abandoned"}


class AzureDevOps(Peer):
    kind = "azure_devops"
    content = r"/items|/blobs|/trees|/diffs|/annotatedtags|/filepaths|/search|/commits/[0-9a-f]+/changes|/itemsbatch"

    def routes(self) -> list[Route]:
        return [
            ("GET", REPOSITORY, self.repository),
            ("GET", REPOSITORY + "/refs", self.references),
            ("GET", REPOSITORY + "/commits/([0-9a-f]{40})", self.commit),
            ("POST", REPOSITORY + "/pushes", self.push),
            ("GET", REPOSITORY + "/pullrequests", self.list),
            ("POST", REPOSITORY + "/pullrequests", self.open),
            ("PATCH", REPOSITORY + r"/pullrequests/(\d+)", self.edit),
        ]

    def check_credential(self, asked: Asked) -> bool:
        return asked.headers.get("authorization") == "Basic " + base64.b64encode(f":{self.token}".encode()).decode()

    def refusal(self, status: int, message: str) -> Answer:
        if status == 401:
            # A bad token is answered with the sign-in page.
            return Answer(203, b"<html>Sign in</html>", {"Content-Type": "text/html"})
        return Answer(status, {"$id": "1", "message": message, "typeKey": "GitException", "errorCode": 0})

    def _query(self, asked: Asked, *allowed: str) -> dict[str, str]:
        query = queried(asked, "api-version", *allowed)
        if query.get("api-version") != "7.1":
            raise Wrong("api-version")
        return query

    def repository(self, asked: Asked) -> Answer:
        self._query(asked)
        body: dict[str, Any] = {
            "id": "5febef5a-833d-4e14-b9c0-14cb638f91e6",
            "name": "booking",
            "isDisabled": self.is_archived,
            "size": 1,
        }
        body |= {"project": {"name": "Sea side", "description": CANARIES[1]}}
        return Answer(200, body | ({"defaultBranch": "refs/heads/main"} if self.store.heads() else {}))

    def references(self, asked: Asked) -> Answer:
        query = self._query(asked, "filter")
        found = [(name, sha) for name, sha in self.store.heads().items() if f"heads/{name}".startswith(query["filter"])]
        creator = {"displayName": CANARIES[2], "uniqueName": CANARIES[3]}
        rows = [{"name": f"refs/heads/{name}", "objectId": sha, "creator": creator} for name, sha in found]
        return Answer(200, {"count": len(rows), "value": rows})

    def commit(self, asked: Asked, sha: str) -> Answer:
        query = self._query(asked, "changeCount")
        if query.get("changeCount") != "0":
            raise Wrong("changes are not to be asked for")
        found = self.store.commit_at(sha)
        return Answer(200, {"commitId": sha, "treeId": found.tree, "comment": found.message, "author": {"name": CANARIES[4]}})

    def push(self, asked: Asked) -> Answer:
        self._query(asked)
        body = said(asked, {"refUpdates": list, "commits": list})
        update = checked(body["refUpdates"][0], {"name": str, "oldObjectId": str})
        people = {"author": dict, "committer": dict}
        commit = checked(body["commits"][0], {"comment": str, "changes": list, **people}, {"parents": list})
        if len(body["refUpdates"]) != 1 or len(body["commits"]) != 1:
            raise Wrong("one commit on one branch")
        branch, old = update["name"].removeprefix("refs/heads/"), update["oldObjectId"]
        old = "" if old == "0" * 40 else old
        head = self.store.head(branch)
        if head != old:
            message = "TF401028: The reference has already been updated by another client, so you cannot update it."
            return Answer(409, {"message": message, "typeKey": "GitReferenceStaleException"})
        parent = old or commit["parents"][0]
        standing = self.store.files(parent)
        changes: dict[str, bytes | str | None] = {}
        for row in commit["changes"]:
            one = checked(row, {"changeType": str, "item": dict}, {"newContent": dict})
            path = checked(one["item"], {"path": str})["path"].removeprefix("/")
            if one["changeType"] not in ("add", "edit", "delete") or (one["changeType"] == "delete") == ("newContent" in one):
                raise Wrong("a change")
            if one["changeType"] == "add" and path in standing:
                return self.refusal(400, f"TF401041: The item '/{path}' already exists at the specified path.")
            if one["changeType"] != "add" and path not in standing:
                return self.refusal(400, f"TF401042: The item '/{path}' could not be found at the specified path.")
            changes[path] = None
            if "newContent" in one:
                content = checked(one["newContent"], {"content": str, "contentType": str})
                if content["contentType"] != "base64Encoded":
                    raise Wrong("contentType")
                changes[path] = base64.b64decode(content["content"], validate=True)
        names = [checked(commit[who], {"name": str, "email": str}) for who in people]
        authors = [(one["name"], one["email"]) for one in names]
        sha = self.store.make_commit(self.store.tree(parent, changes), [parent], commit["comment"], authors[0], authors[1])
        try:
            self.store.move(branch, sha, old)
        except Refused:
            return self.refusal(409, "TF401028")
        pusher = {"displayName": CANARIES[2]}
        return Answer(
            201, {"pushId": 1, "commits": [{"commitId": sha}], "refUpdates": [{"newObjectId": sha}], "pushedBy": pusher}
        )

    def list(self, asked: Asked) -> Answer:
        names = [f"searchCriteria.{one}" for one in ("sourceRefName", "targetRefName", "status")]
        query = self._query(asked, *names)
        if query[names[2]] != "all":
            raise Wrong("status")
        source, target = (query[name].removeprefix("refs/heads/") for name in names[:2])
        found = [self._pull(one) for one in reversed(self.pulls) if (one.source, one.target) == (source, target)]
        return Answer(200, {"count": len(found), "value": found})

    def _pull(self, pull: Pull) -> dict[str, Any]:
        body = {"pullRequestId": pull.number, "status": STATES[pull.state], "title": pull.title, "description": pull.body}
        return body | {"lastMergeSourceCommit": {"commitId": self.sha_of(pull)}, "createdBy": {"displayName": CANARIES[2]}}

    def open(self, asked: Asked) -> Answer:
        self._query(asked)
        body = said(asked, {"sourceRefName": str, "targetRefName": str, "title": str, "description": str})
        if len(body["description"]) > 4000 or len(body["title"]) > 400:
            raise Wrong("too long")
        source, target = (body[name].removeprefix("refs/heads/") for name in ("sourceRefName", "targetRefName"))
        if any(one.source == source and one.state == "open" for one in self.pulls):
            message = "TF401179: An active pull request for the source and target branch already exists."
            return Answer(409, {"message": message, "typeKey": "GitPullRequestExistsException"})
        if not self.store.head(source) or not self.store.head(target):
            raise Wrong("a branch is missing")
        return Answer(201, self._pull(self.add_pull(source, target, body["title"], body["description"])))

    def edit(self, asked: Asked, number: str) -> Answer:
        self._query(asked)
        body = said(asked, {"title": str, "description": str})
        if len(body["description"]) > 4000:
            raise Wrong("too long")
        pull = self.pull(int(number))
        pull.title, pull.body = body["title"], body["description"]
        return Answer(200, self._pull(pull))
