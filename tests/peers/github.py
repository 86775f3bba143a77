"""GitHub's REST API, as far as a delivery needs it."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tests.peers.peer import CANARIES, Answer, Asked, Peer, Pull, Route, Wrong, checked, queried, said
from tests.peers.store import NOBODY, Refused, Store

REPOSITORY = "/repos/harbour/booking"


class GitHub(Peer):
    kind = "github"
    content = r"/git/blobs|/git/trees|/contents|/readme|/zipball|/tarball|/compare|/search|/archive|/raw"
    scopes = ""
    """What a classic token may do; a fine-grained one does not say."""
    app_key = ""
    """PEM of the App's public key; the peer then takes what it minted and nothing else."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.minted: list[dict[str, Any]] = []
        self.installed: dict[str, str] = {"contents": "write", "pull_requests": "write", "metadata": "read"}

    def routes(self) -> list[Route]:
        return [
            ("GET", REPOSITORY, self.repository),
            ("GET", REPOSITORY + r"/git/ref/heads/(.+)", self.reference),
            ("GET", REPOSITORY + r"/git/commits/([0-9a-f]{40})", self.commit),
            ("POST", REPOSITORY + "/git/blobs", self.new_blob),
            ("POST", REPOSITORY + "/git/trees", self.new_tree),
            ("POST", REPOSITORY + "/git/commits", self.new_commit),
            ("POST", REPOSITORY + "/git/refs", self.new_reference),
            ("PATCH", REPOSITORY + r"/git/refs/heads/(.+)", self.move),
            ("GET", REPOSITORY + "/pulls", self.list),
            ("POST", REPOSITORY + "/pulls", self.open),
            ("PATCH", REPOSITORY + r"/pulls/(\d+)", self.edit),
            ("GET", REPOSITORY + "/installation", self.installation),
            ("POST", r"/app/installations/(\d+)/access_tokens", self.mint),
        ]

    def check_credential(self, asked: Asked) -> bool:
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if self.app_key and asked.path.endswith(("/installation", "/access_tokens")):
            return scheme == "Bearer" and claims(token, self.app_key)["iss"] == "4711"
        return scheme in ("token", "Bearer") and token == self.token

    def refusal(self, status: int, message: str) -> Answer:
        return Answer(status, {"message": message, "documentation_url": "https://docs.github.com/rest", "status": str(status)})

    def repository(self, asked: Asked) -> Answer:
        queried(asked)
        body = {"id": 1, "name": "booking", "full_name": "harbour/booking", "url": self.url + REPOSITORY, "private": True}
        body |= {"default_branch": "main", "archived": self.is_archived, "description": CANARIES[1], "size": 3}
        body |= {"owner": {"login": CANARIES[2], "type": "User"}, "permissions": {"pull": True, "push": self.may_write}}
        return Answer(200, body, {"X-OAuth-Scopes": self.scopes} if self.scopes else {})

    def reference(self, asked: Asked, branch: str) -> Answer:
        queried(asked)
        if not self.store.heads():
            return self.refusal(409, "Git Repository is empty.")
        sha = self.store.head(branch)
        return self._reference(200, branch, sha) if sha else self.refusal(404, "Not Found")

    def _reference(self, status: int, branch: str, sha: str) -> Answer:
        target = {"type": "commit", "sha": sha, "url": f"{self.url}{REPOSITORY}/git/commits/{sha}"}
        url = f"{self.url}{REPOSITORY}/git/refs/heads/{quote(branch)}"
        return Answer(status, {"ref": f"refs/heads/{branch}", "node_id": "r", "url": url, "object": target})

    def commit(self, asked: Asked, sha: str) -> Answer:
        queried(asked)
        found = self.store.commit_at(sha)
        person = {"name": NOBODY[0], "email": NOBODY[1], "date": "2026-01-01T00:00:00Z"}
        body = {"sha": sha, "url": f"{self.url}{REPOSITORY}/git/commits/{sha}", "message": found.message.rstrip("\n")}
        body |= {"tree": {"sha": found.tree, "url": f"{self.url}{REPOSITORY}/git/trees/{found.tree}"}}  # type: ignore[dict-item]
        body |= {"author": person, "committer": person, "parents": [{"sha": one} for one in found.parents]}  # type: ignore[dict-item]
        return Answer(200, body)

    def new_blob(self, asked: Asked) -> Answer:
        body = said(asked, {"content": str, "encoding": str})
        if body["encoding"] != "base64":
            raise Wrong("encoding")
        sha = self.store.blobs([base64.b64decode(body["content"], validate=True)])[0]
        return Answer(201, {"sha": sha, "url": f"{self.url}{REPOSITORY}/git/blobs/{sha}"})

    def new_tree(self, asked: Asked) -> Answer:
        body = said(asked, {"tree": list}, {"base_tree": str})
        if len(asked.body) > 7_000_000:
            raise Wrong("larger than 7 MB")
        changes: dict[str, bytes | str | None] = {}
        standing = self.store.files(body["base_tree"]) if "base_tree" in body else {}
        for row in body["tree"]:
            one = checked(row, {"path": str, "mode": str, "type": str}, {"content": str, "sha": str | None})  # type: ignore[dict-item]
            if one["mode"] != "100644" or one["type"] != "blob" or ("content" in one) == ("sha" in one):
                raise Wrong("an element of the tree")
            changes[one["path"]] = one["content"].encode() if "content" in one else one["sha"]
            if changes[one["path"]] is None and one["path"] not in standing:
                return self.refusal(422, "GitRPC::BadObjectState")
        sha = self.store.tree(body.get("base_tree", ""), changes)
        return Answer(201, {"sha": sha, "url": f"{self.url}{REPOSITORY}/git/trees/{sha}", "tree": [], "truncated": False})

    def new_commit(self, asked: Asked) -> Answer:
        body = said(asked, {"message": str, "tree": str, "parents": list, "author": dict, "committer": dict})
        people = [checked(body[who], {"name": str, "email": str}, {"date": str}) for who in ("author", "committer")]
        names = [(one["name"], one["email"]) for one in people]
        sha = self.store.make_commit(body["tree"], body["parents"], body["message"], names[0], names[1])
        return Answer(201, {"sha": sha, "url": f"{self.url}{REPOSITORY}/git/commits/{sha}", "message": body["message"]})

    def new_reference(self, asked: Asked) -> Answer:
        body = said(asked, {"ref": str, "sha": str})
        branch = body["ref"].removeprefix("refs/heads/")
        try:
            self.store.move(branch, body["sha"], "")
        except Refused:
            return self.refusal(422, "Reference already exists")
        return self._reference(201, branch, body["sha"])

    def move(self, asked: Asked, branch: str) -> Answer:
        body = said(asked, {"sha": str, "force": bool})
        if body["force"]:
            raise Wrong("force")
        head = self.store.head(branch)
        if head not in self.store.commit_at(body["sha"]).parents:
            return self.refusal(422, "Update is not a fast forward")
        self.store.move(branch, body["sha"], head)
        return self._reference(200, branch, body["sha"])

    def list(self, asked: Asked) -> Answer:
        query = queried(asked, "state", "head", "base", "page", "per_page")
        if query.get("state") != "all" or not query["head"].startswith("harbour:"):
            raise Wrong("state or head")
        source = query["head"].removeprefix("harbour:")
        found = [one for one in self.pulls if one.source == source and one.target == query["base"]]
        return Answer(200, [self._pull(one) for one in reversed(found)])

    def _pull(self, pull: Pull) -> dict[str, Any]:
        url = f"{self.url}{REPOSITORY}/pulls/{pull.number}"
        body = {"number": pull.number, "url": url, "html_url": f"https://github.example/harbour/booking/pull/{pull.number}"}
        body |= {"state": "open" if pull.state == "open" else "closed", "title": pull.title, "body": pull.body}
        body |= {"merged_at": "2026-01-02T00:00:00Z" if pull.state == "merged" else None, "user": {"login": CANARIES[2]}}
        return body | {"head": {"ref": pull.source, "sha": self.sha_of(pull)}, "base": {"ref": pull.target}}

    def open(self, asked: Asked) -> Answer:
        body = said(asked, {"base": str, "head": str, "title": str, "body": str})
        if len(body["body"]) > 65_536 or len(body["title"]) > 256:
            raise Wrong("too long")
        if any(one.source == body["head"] and one.state == "open" for one in self.pulls):
            errors = [
                {"resource": "PullRequest", "code": "custom", "message": f"A pull request already exists for {body['head']}."}
            ]
            return Answer(422, {"message": "Validation Failed", "errors": errors})
        if not self.store.head(body["base"]) or not self.store.head(body["head"]):
            raise Wrong("a branch is missing")
        return Answer(201, self._pull(self.add_pull(body["head"], body["base"], body["title"], body["body"])))

    def edit(self, asked: Asked, number: str) -> Answer:
        body = said(asked, {"title": str, "body": str})
        pull = self.pull(int(number))
        pull.title, pull.body = body["title"], body["body"]
        return Answer(200, self._pull(pull))

    def installation(self, asked: Asked) -> Answer:
        return Answer(200, {"id": 99, "permissions": self.installed, "account": {"login": CANARIES[2]}})

    def mint(self, asked: Asked, number: str) -> Answer:
        self.minted.append(said(asked, {"repositories": list, "permissions": dict}))
        return Answer(201, {"token": self.token, "expires_at": "2026-01-01T01:00:00Z", "permissions": self.installed})


def claims(token: str, key: str) -> dict[str, Any]:
    """What a JWT signed with RS256 says (RFC 7519). Raises for a wrong signature."""
    signed, _, signature = token.rpartition(".")
    public = load_pem_public_key(key.encode())
    assert isinstance(public, RSAPublicKey)
    public.verify(_decoded(signature), signed.encode(), PKCS1v15(), SHA256())
    said: dict[str, Any] = json.loads(_decoded(signed.partition(".")[2]))
    if not 0 < said["exp"] - said["iat"] <= 660:
        raise Wrong("GitHub takes ten minutes at most")
    return said


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
