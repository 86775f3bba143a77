"""Microsoft: the sign-in host, Graph and the hosts files lie on, each on a port of its own.

Read for it: learn.microsoft.com "OAuth 2.0 authorization code flow", "ID token claims", "List children of a driveItem", "Download
driveItem content", "Get driveItem", "Search for sites", "Microsoft Graph throttling guidance".
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

import trustme

from tests.connectors.described import Graph as Description
from tests.connectors.server import Answer, Asked, Server, Wrong
from tests.connectors.tokens import Tokens
from tests.connectors.world import ME, Node, World, filled

CLIENT, SECRET, TENANT = "folders-client", "folders-client-secret", "8f2c4b1e-0000-4000-8000-00000000000a"
DRIVE, OTHER_DRIVE, SITE_DRIVE, OTHER_SITE_DRIVE = (f"b!{letter * 40}" for letter in "ABCD")
SITE = "harbour.sharepoint.test,11111111-1111-4111-8111-111111111111,22222222-2222-4222-8222-222222222222"
OTHER_SITE = "harbour.sharepoint.test,33333333-3333-4333-8333-333333333333,44444444-4444-4444-8444-444444444444"
KNOWN = {"id", "name", "size", "cTag", "eTag", "file", "folder", "package", "remoteItem", "parentReference", "malware", "deleted"}


class Microsoft:
    """The three of them and what they know."""

    def __init__(self, ca: trustme.CA) -> None:
        self.tokens = Tokens("ms")
        self.world = World("01ITEM{:026d}")
        self.chosen = filled(self.world, DRIVE, OTHER_DRIVE, OTHER_SITE_DRIVE)
        library = self.world.drive(SITE_DRIVE, SITE)
        self.world.drives[OTHER_SITE_DRIVE] = OTHER_SITE
        self.world.sites = {SITE: "Harbour office", OTHER_SITE: "CANARY-OTHER-SITE"}
        self.site_folder = self.world.folder(library, "Plans")
        self.world.file(self.site_folder, "plan.txt", b"The pier opens at 6:00.")
        self.world.file(library, "CANARY-PARENT library.txt", b"CANARY-PARENT")
        second = self.world.nodes[self.world.roots[OTHER_SITE_DRIVE]]
        self.world.file(second, "CANARY-OTHER-SITE.txt", b"CANARY-OTHER-SITE")
        self.login, self.graph, self.files = Login(ca, self), Graph(ca, self), Files(ca, self)

    def choose_the_site(self) -> None:
        """The folder of the site is the one that is meant; it gets the same documents."""
        self.chosen = self.site_folder
        self.world.file(self.chosen, "brief.txt", b"The desk answers within 3 minutes.")
        self.world.file(self.world.folder(self.chosen, "Prices"), "prices.txt", b"A berth costs 12 euros a night.")

    def decoys(self) -> None:
        """Put things into the folder that lead outside."""
        world, chosen = self.world, self.chosen
        shared = {"remoteItem": {"id": "01CANARYSHARED", "parentReference": {"driveId": OTHER_DRIVE}}}
        world.file(chosen, "CANARY-SHARED folder", b"", extra=shared | {"folder": {}})
        world.file(chosen, "notes.one", b"", extra={"package": {"type": "oneNote"}})
        other = world.folder(world.nodes[world.roots[OTHER_DRIVE]], "elsewhere")
        world.file(chosen, "strange.txt", b"CANARY-OTHER-DRIVE", extra={"parentReference": _reference(other)})

    @property
    def servers(self) -> tuple[Server, ...]:
        return self.login, self.graph, self.files

    def close(self) -> None:
        for server in self.servers:
            server.close()

    def allow(self, address: str, user: str = ME, *, deny: bool = False) -> dict[str, str]:
        """What a person's browser does with the page: reads what is asked, agrees, and is sent back with a code."""
        return self.login.allow(address, user, deny=deny)


class Login(Server):
    def __init__(self, ca: trustme.CA, vendor: Microsoft) -> None:
        self.vendor, self.codes = vendor, dict[str, tuple[dict[str, str], str]]()
        self.asked_scopes = list[set[str]]()
        self.refuses = ""
        """An error that every refresh is answered with."""
        super().__init__(ca)

    def more_headers(self) -> set[str]:
        return {"x-client-sku", "x-client-ver", "x-client-os", "x-client-cpu", "x-client-current-telemetry"} | {
            "x-client-last-telemetry",
            "client-request-id",
            "return-client-request-id",
            "x-ms-lib-capability",
            "x-anchormailbox",
        }  # MSAL's own: names and version of the library, nothing of a person

    def allow(self, address: str, user: str, *, deny: bool) -> dict[str, str]:
        parts = urlsplit(address)
        asked = dict(parse_qsl(parts.query))
        assert f"{parts.scheme}://{parts.netloc}" == self.url
        assert parts.path == "/common/oauth2/v2.0/authorize"
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert len(asked["state"]) >= 16
        self.asked_scopes.append(set(asked["scope"].split()))
        if deny:
            return {"error": "access_denied", "error_description": "AADSTS65004 CANARY-OWNER", "state": asked["state"]}
        code = secrets.token_urlsafe(24)
        self.codes[code] = (asked, user)
        return {"code": code, "state": asked["state"], "session_state": "x"}

    def answer(self, asked: Asked) -> Answer:
        if asked.method == "GET" and asked.path == "/common/v2.0/.well-known/openid-configuration":
            root = f"{self.url}/common"
            return Answer(
                body={
                    "issuer": f"{self.url}/{{tenantid}}/v2.0",
                    "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                    "token_endpoint": f"{root}/oauth2/v2.0/token",
                    "jwks_uri": f"{root}/discovery/v2.0/keys",
                }
            )
        if (asked.method, asked.path) == ("GET", "/common/oauth2/v2.0/authorize"):
            return self._page(asked)
        if (asked.method, asked.path) != ("POST", "/common/oauth2/v2.0/token"):
            raise Wrong("no such route")
        form = asked.form
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return Answer(401, {"error": "invalid_client", "error_description": "AADSTS7000215"})
        if form["grant_type"] == "authorization_code":
            return self._redeemed(form)
        if form["grant_type"] == "refresh_token":
            return self._renewed(form)
        raise Wrong("no such grant")

    def _page(self, asked: Asked) -> Answer:
        """A person who agrees at once."""
        said = self.allow(f"{self.url}{asked.path}?{urlencode(asked.query)}", ME, deny=False)
        return Answer(302, b"", {"Location": f"{asked.asked('redirect_uri')}?{urlencode(said)}"})

    def _check(self, asked: Asked) -> None:
        if not asked.path.endswith("/authorize"):  # that is a browser, which sends what browsers send
            super()._check(asked)

    def _redeemed(self, form: dict[str, str]) -> Answer:
        page, user = self.codes.pop(form["code"], ({}, ""))
        if not page:
            return Answer(400, {"error": "invalid_grant", "error_description": "AADSTS54005"})
        challenge = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if challenge != page["code_challenge"]:
            raise Wrong("the verifier does not fit")
        if form["redirect_uri"] != page["redirect_uri"]:
            raise Wrong("another address of the way back")
        grant, access = self.vendor.tokens.grant(user, page["scope"])
        return self._said(grant.refresh, access, page["scope"], user, page.get("nonce", ""))

    def _renewed(self, form: dict[str, str]) -> Answer:
        if self.refuses:
            return Answer(400, {"error": self.refuses, "error_description": "AADSTS700082 CANARY-OWNER"})
        if form["refresh_token"] in self.vendor.tokens.spent:
            self.violations.append("a refresh token was used that had been replaced: one was lost")
        found = self.vendor.tokens.renew(form["refresh_token"])
        if found is None:
            return Answer(400, {"error": "invalid_grant", "error_description": "AADSTS70000"})
        grant, access = found
        return self._said(grant.refresh, access, grant.scope, grant.user, "")

    def _said(self, refresh: str, access: str, scope: str, user: str, nonce: str) -> Answer:
        claims: dict[str, Any] = {
            "aud": CLIENT,
            "iss": f"{self.url}/{TENANT}/v2.0",
            "sub": user,
            "oid": f"object-{user}",
            "tid": TENANT,
            "exp": 4102444800,
            "iat": 0,
            "preferred_username": "CANARY-OWNER@harbour.test",
            "nonce": nonce,
        }
        said = {
            "token_type": "Bearer",
            "scope": scope,
            "expires_in": self.vendor.tokens.seconds,
            "access_token": access,
            "id_token": ".".join(_b64(json.dumps(part).encode()) for part in ({"alg": "none"}, claims)) + ".x",
            "client_info": _b64(json.dumps({"uid": user, "utid": TENANT}).encode()),
        }
        return Answer(body=said | ({"refresh_token": refresh} if refresh else {}))


class Graph(Server):
    def __init__(self, ca: trustme.CA, vendor: Microsoft) -> None:
        self.vendor, self.page_size, self.description = vendor, 200, Description()
        self.contents = list[str]()
        """Ids whose content was handed out."""
        self.users = list[str]()
        """Whose token each request bore."""
        self.hands_out = False
        """Contents come from Graph itself, and not from where it usually sends downloads on to."""
        self.only_inside = ""
        """From now on every route but listings and contents inside this folder answers 500."""
        super().__init__(ca)

    def answer(self, asked: Asked) -> Answer:
        if asked.method != "GET":
            raise Wrong("only reading is allowed")
        if asked.body:
            raise Wrong("a GET with a body")
        user = self.vendor.tokens.user_of(asked.bearer)
        if not user:
            return _error(401, "InvalidAuthenticationToken")
        self.users.append(user)
        if self.only_inside and not self._is_inside(asked.path):
            self.violations.append(f"outside of the folder: {asked.line}")
            return _error(500, "generalException")
        answer = self._routed(asked, user)
        if complaint := self.description.complaint(asked, answer):
            self.violations.append(f"{asked.line}: {complaint}")
        return answer

    def _is_inside(self, path: str) -> bool:
        found = re.fullmatch(r"/v1\.0/drives/([^/]+)/items/([^/]+)(/children|/content)", path)
        chosen = self.vendor.world.nodes[self.only_inside]
        return found is not None and found[2] in self.vendor.world.inside(chosen)

    def _routed(self, asked: Asked, user: str) -> Answer:
        world, path = self.vendor.world, asked.path.removeprefix("/v1.0")
        if path == "/me/drive":
            drive = next(drive for drive, owner in world.drives.items() if owner == user)
            return self._only(asked, {"id": drive, "driveType": "business", "quota": {"total": 1, "state": "CANARY-QUOTA"}})
        if path == "/sites":
            term = asked.asked("search").casefold()
            found = [{"id": id_, "displayName": name} for id_, name in world.sites.items() if term in name.casefold()]
            return Answer(body={"value": found})
        if found_site := re.fullmatch(r"/sites/([^/]+)/drives", path):
            site = unquote(found_site[1])
            drives = [{"id": drive, "name": "Documents"} for drive, owner in world.drives.items() if owner == site]
            return Answer(body={"value": drives}) if site in world.sites else _error(404, "itemNotFound")
        if found_root := re.fullmatch(r"/drives/([^/]+)/root", path):
            return self._only(asked, self._item(world.nodes[world.roots[found_root[1]]]))
        found_item = re.fullmatch(r"/drives/([^/]+)/items/([^/]+)(/children|/content)?", path)
        if not found_item:
            raise Wrong("no such route")
        drive, item, what = found_item.groups()
        node = world.nodes.get(item)
        if node is None or node.drive != drive or node.gone or not self._may(user, drive):
            return _error(404, "itemNotFound")
        if what is None:
            return self._only(asked, self._item(node))
        return self._listed(asked, node) if what == "/children" else self._handed(node)

    def _may(self, user: str, drive: str) -> bool:
        owner = self.vendor.world.drives[drive]
        return owner == user or owner in self.vendor.world.sites

    def _listed(self, asked: Asked, folder: Node) -> Answer:
        start = int(asked.asked("$skiptoken") or 0)
        size = min(int(asked.asked("$top") or 200), self.page_size)
        nodes = self.vendor.world.children(folder.id)
        wanted = asked.asked("$select")
        body: dict[str, Any] = {"value": [_selected(self._item(node), wanted) for node in nodes[start : start + size]]}
        if start + size < len(nodes):
            query = urlencode({"$top": size, "$select": wanted, "$skiptoken": start + size})
            body["@odata.nextLink"] = f"{self.url}{asked.path}?{query}"
        return Answer(body=body)

    def _handed(self, node: Node) -> Answer:
        self.contents.append(node.id)
        if self.hands_out:
            return Answer(body=node.content, headers={"Content-Type": node.media_type})
        return Answer(302, b"", {"Location": self.vendor.files.link(node)})

    def _item(self, node: Node) -> dict[str, Any]:
        parent = self.vendor.world.nodes.get(node.parent)
        body: dict[str, Any] = {
            "id": node.id,
            "name": node.name,
            "size": node.size,
            "cTag": f'"c:{node.id},{node.version}"',
            "eTag": f'"{node.version}"',
            "createdBy": {"user": {"displayName": "CANARY-OWNER"}},
        }
        if parent is not None:
            body["parentReference"] = _reference(parent)
        if node.is_folder:
            body["folder"] = {"childCount": len(self.vendor.world.children(node.id))}
        elif "package" not in node.extra:
            body["file"] = {"mimeType": node.media_type, "hashes": {"quickXorHash": "x"}}
        return body | {key: value for key, value in node.extra.items() if key != "was_inside"}

    def _only(self, asked: Asked, body: dict[str, Any]) -> Answer:
        return Answer(body=_selected(body, asked.asked("$select")))


class Files(Server):
    """Where Graph sends downloads on to: an address made for one download, which opens without a credential."""

    def __init__(self, ca: trustme.CA, vendor: Microsoft) -> None:
        self.vendor, self.links = vendor, dict[str, Node]()
        super().__init__(ca)

    def link(self, node: Node) -> str:
        key = secrets.token_urlsafe(16)
        self.links[key] = node
        return f"{self.url}/download/{key}"

    def answer(self, asked: Asked) -> Answer:
        if "authorization" in asked.headers:
            raise Wrong("the credential was sent on")
        if asked.method != "GET" or asked.query:
            raise Wrong("not as it was handed out")
        node = self.links.get(asked.path.removeprefix("/download/"))
        if node is None:
            return _error(404, "itemNotFound")
        return Answer(body=node.content, headers={"Content-Type": node.media_type})


def _reference(parent: Node) -> dict[str, str]:
    return {"driveId": parent.drive, "driveType": "business", "id": parent.id, "path": f"/drives/{parent.drive}/root:/x"}


def _selected(body: dict[str, Any], fields: str) -> dict[str, Any]:
    if not fields:
        raise Wrong("everything about it was asked for; $select names what is needed")
    names = fields.split(",")
    if unknown := set(names) - KNOWN - {"displayName", "driveType"}:
        raise Wrong(f"$select of {sorted(unknown)}")
    return {name: body[name] for name in names if name in body}


def _error(status: int, code: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": f"{code} CANARY-OWNER", "innerError": {}}})


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
