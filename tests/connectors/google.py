"""Google: the page with its picker, token and revoke endpoints, and Drive, each on a port of its own.

Read for it: developers.google.com "Using OAuth 2.0 for Web Server Applications", "Google Picker for desktop and mobile apps",
"Search for files", "Download files", "Resolve errors"; the description of the Drive API that the SDK brings along.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import trustme

from tests.connectors.described import Drive as Description
from tests.connectors.server import Answer, Asked, Server, Wrong
from tests.connectors.tokens import Tokens
from tests.connectors.world import ME, Node, World, filled

CLIENT, SECRET = "drive-client", "drive-client-secret"
SCOPES = {f"https://www.googleapis.com/auth/{name}" for name in ("drive.file", "drive.readonly")}
FOLDER = "application/vnd.google-apps.folder"
DRIVE, OTHER_DRIVE, SHARED_DRIVE = "0AMyDriveRoot0001", "0ASomebodyElse0002", "0ASharedDrive0003"


class Google:
    def __init__(self, ca: trustme.CA) -> None:
        self.tokens = Tokens("google", rotates=False)
        self.world = World("1GoogleItem{:020d}")
        self.chosen = filled(self.world, DRIVE, OTHER_DRIVE, SHARED_DRIVE)
        self.picked = set[str]()
        """What drive.file opens."""
        self.login, self.drive, self.files = Login(ca, self), Drive(ca, self), Files(ca, self)

    def decoys(self) -> None:
        world, chosen = self.world, self.chosen
        away = world.file(world.nodes[world.roots[DRIVE]], "CANARY-SHORTCUT target.txt", b"CANARY-SHORTCUT")
        shortcut = {"shortcutDetails": {"targetId": away.id, "targetMimeType": "text/plain"}}
        world.file(chosen, "shortcut", b"", media_type="application/vnd.google-apps.shortcut", extra=shortcut)
        world.file(chosen, "twice.txt", b"CANARY-SHARED", also_in=(world.roots[DRIVE],))
        world.file(chosen, "a form", b"", media_type="application/vnd.google-apps.form")
        world.file(chosen, "locked.txt", b"CANARY-SHARED", extra={"capabilities": {"canDownload": False}})
        world.file(chosen, "A page", b"PK as docx", media_type="application/vnd.google-apps.document")

    @property
    def servers(self) -> tuple[Server, ...]:
        return self.login, self.drive, self.files

    def close(self) -> None:
        for server in self.servers:
            server.close()

    def allow(self, address: str, user: str = ME, *, deny: bool = False, pick: list[str] | None = None) -> dict[str, str]:
        return self.login.allow(address, user, deny=deny, pick=pick)


class Login(Server):
    def __init__(self, ca: trustme.CA, vendor: Google) -> None:
        self.vendor, self.codes = vendor, dict[str, tuple[dict[str, str], str]]()
        self.asked_scopes, self.revoked = list[set[str]](), list[str]()
        self.refuses = ""
        super().__init__(ca)

    def more_headers(self) -> set[str]:
        return {"x-goog-api-client"}

    def allow(self, address: str, user: str, *, deny: bool, pick: list[str] | None) -> dict[str, str]:
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query))
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.url}/o/oauth2/v2/auth"
        assert asked["client_id"] == CLIENT
        assert (asked["response_type"], asked["code_challenge_method"], asked["access_type"]) == ("code", "S256", "offline")
        assert set(asked["scope"].split()) <= SCOPES
        assert len(asked["state"]) >= 32
        assert (asked.get("trigger_onepick") == "true") is asked["scope"].endswith("drive.file")
        self.asked_scopes.append(set(asked["scope"].split()))
        if deny:
            return {"error": "access_denied", "state": asked["state"]}
        code = secrets.token_urlsafe(24)
        self.codes[code] = (asked, user)
        said = {"code": code, "state": asked["state"], "scope": asked["scope"]}
        if pick is not None:
            self.vendor.picked |= set(pick)
            said["picked_file_ids"] = ",".join(pick)
        return said

    def answer(self, asked: Asked) -> Answer:
        form = asked.form
        if (asked.method, asked.path) == ("POST", "/revoke"):
            if form.keys() != {"token"}:
                raise Wrong("the token and nothing else")
            self.revoked.append(form["token"])
            return Answer(200, {}) if self.vendor.tokens.end(form["token"]) else Answer(400, {"error": "invalid_token"})
        if (asked.method, asked.path) != ("POST", "/token"):
            raise Wrong("no such route")
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return Answer(401, {"error": "invalid_client"})
        if form["grant_type"] == "authorization_code":
            page, user = self.codes.pop(form["code"], ({}, ""))
            challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            if not page:
                return Answer(400, {"error": "invalid_grant"})
            if challenge != page["code_challenge"] or form["redirect_uri"] != page["redirect_uri"]:
                raise Wrong("verifier or way back do not fit")
            grant, access = self.vendor.tokens.grant(user, page["scope"])
            said = self._said(access, page["scope"])
            return Answer(body=said | ({"refresh_token": grant.refresh} if grant.refresh else {}))
        if form["grant_type"] != "refresh_token":
            raise Wrong("no such grant")
        if self.refuses:
            return Answer(400, {"error": self.refuses, "error_description": "Token has been expired or revoked."})
        found = self.vendor.tokens.renew(form["refresh_token"])
        if found is None:
            return Answer(400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."})
        return Answer(body=self._said(found[1], found[0].scope))

    def _said(self, access: str, scope: str) -> dict[str, Any]:
        seconds = self.vendor.tokens.seconds
        return {"access_token": access, "expires_in": seconds, "scope": scope, "token_type": "Bearer"}


class Drive(Server):
    def __init__(self, ca: trustme.CA, vendor: Google) -> None:
        self.vendor, self.page_size, self.description = vendor, 1000, Description()
        self.contents, self.users = list[str](), list[str]()
        self.only_inside = ""
        self.sends_on = False
        super().__init__(ca)

    def answer(self, asked: Asked) -> Answer:
        if asked.method != "GET" or asked.body:
            raise Wrong("only reading is allowed")
        user = self.vendor.tokens.user_of(asked.bearer)
        if not user:
            return _error(401, "authError")
        self.users.append(user)
        answer = self._routed(asked, user)
        if complaint := self.description.complaint(asked, answer):
            self.violations.append(f"{asked.line}: {complaint}")
        return answer

    def _routed(self, asked: Asked, user: str) -> Answer:
        world, path = self.vendor.world, asked.path.removeprefix("/drive/v3")
        if path == "/drives":
            if self.only_inside:
                self.violations.append(f"outside of the folder: {asked.line}")
            return Answer(body={"drives": [{"id": world.roots[SHARED_DRIVE], "name": "Shared harbour"}]})
        if path == "/files":
            return self._listed(asked, user)
        found = re.fullmatch(r"/files/([^/]+)(/export)?", path)
        if not found:
            raise Wrong("no such route")
        id_ = world.roots[DRIVE] if found[1] == "root" else found[1]
        node = world.nodes.get(id_)
        its_content = bool(found[2]) or asked.asked("alt") == "media"
        if self.only_inside and (not its_content or node is None or node.id not in self._inside()):
            self.violations.append(f"outside of the folder: {asked.line}")
            return _error(500, "backendError")
        if node is None or node.gone or not self._may(asked, user, node):
            return _error(404, "notFound")
        if found[2]:
            return (
                self._handed(node) if asked.asked("mimeType").startswith("application/vnd.openxml") else _error(400, "badRequest")
            )
        if asked.asked("alt") == "media":
            if node.media_type.startswith("application/vnd.google-apps"):
                return _error(403, "fileNotDownloadable")
            return self._handed(node)
        return Answer(body=self._selected(node, asked.asked("fields")))

    def _inside(self) -> set[str]:
        """From the selection on every route but listings and contents inside the folder answers 500."""
        return self.vendor.world.inside(self.vendor.world.nodes[self.only_inside])

    def _may(self, asked: Asked, user: str, node: Node) -> bool:
        scope = self.vendor.tokens.access[asked.bearer][0].scope
        if scope.endswith("drive.file"):
            return node.id in self.vendor.picked
        owner = self.vendor.world.drives[node.drive]
        return owner in (user, "")

    def _listed(self, asked: Asked, user: str) -> Answer:
        query = asked.asked("q")
        found = re.fullmatch(r"'([A-Za-z0-9_-]+)' in parents and trashed = false( and mimeType = '[a-z./-]+')?", query)
        if not found:
            raise Wrong(f"a query that is not a listing: {query}")
        if (asked.asked("supportsAllDrives"), asked.asked("includeItemsFromAllDrives")) != ("true", "true"):
            raise Wrong("shared drives would be left out")
        folder = self.vendor.world.nodes.get(found[1])
        if self.only_inside and found[1] not in self._inside():
            self.violations.append(f"outside of the folder: {query}")
            return _error(500, "backendError")
        if folder is None or folder.gone or not self._may(asked, user, folder):
            return _error(404, "notFound")
        nodes = [node for node in self.vendor.world.children(folder.id) if not found[2] or node.is_folder]
        start, size = int(asked.asked("pageToken") or 0), min(int(asked.asked("pageSize")), self.page_size)
        inner = re.fullmatch(r"nextPageToken,incompleteSearch,files\((.+)\)", asked.asked("fields"))
        if not inner:
            raise Wrong("fields of the listing")
        rows = [self._selected(node, inner[1]) for node in nodes[start : start + size]]
        more = {"nextPageToken": str(start + size)} if start + size < len(nodes) else {}
        return Answer(body={"files": rows, "incompleteSearch": False} | more)

    def _handed(self, node: Node) -> Answer:
        self.contents.append(node.id)
        if self.sends_on:
            return Answer(302, b"", {"Location": self.vendor.files.link(node)})
        return Answer(body=node.content, headers={"Content-Type": node.media_type})

    def _selected(self, node: Node, fields: str) -> dict[str, Any]:
        if not fields or "*" in fields or "owners" in fields:
            raise Wrong("more than is needed was asked for")
        names = {name.split("/")[0] for name in fields.split(",")}
        whole: dict[str, Any] = {
            "id": node.id,
            "name": node.name,
            "mimeType": FOLDER if node.is_folder else node.media_type,
            "trashed": False,
            "parents": [node.parent, *node.also_in] if node.parent else [],
            "modifiedTime": f"2026-11-{node.version:02d}T10:00:00Z",
            "capabilities": {"canDownload": True},
            "owners": [{"displayName": "CANARY-OWNER"}],
        }
        if not node.is_folder and not node.media_type.startswith("application/vnd.google-apps"):
            whole |= {"size": str(node.size), "md5Checksum": hashlib.md5(node.content).hexdigest()}
        whole |= {key: value for key, value in node.extra.items() if key != "was_inside"}
        return {name: value for name, value in whole.items() if name in names}


class Files(Server):
    def __init__(self, ca: trustme.CA, vendor: Google) -> None:
        self.vendor, self.links = vendor, dict[str, Node]()
        super().__init__(ca)

    def link(self, node: Node) -> str:
        key = secrets.token_urlsafe(16)
        self.links[key] = node
        return f"{self.url}/download/{key}"

    def answer(self, asked: Asked) -> Answer:
        if "authorization" in asked.headers:
            raise Wrong("the credential was sent on")
        node = self.links.get(asked.path.removeprefix("/download/"))
        return Answer(body=node.content, headers={"Content-Type": node.media_type}) if node else _error(404, "notFound")


def _error(status: int, reason: str, headers: dict[str, str] | None = None) -> Answer:
    body = {"error": {"code": status, "message": f"{reason} CANARY-OWNER", "errors": [{"reason": reason, "domain": "global"}]}}
    return Answer(status, body, headers or {})
