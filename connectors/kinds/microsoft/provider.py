"""OneDrive and SharePoint through Microsoft Graph v1.0 (S-040)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from django.conf import settings

from connectors.border import Border
from connectors.contract import Begun, Entry, Provider, Spot, Tokens
from connectors.kinds.microsoft import letting_in
from connectors.models import Kind
from connectors.parties import GRAPH, MICROSOFT_FILES
from connectors.rules.addresses import GRAPH_ID, SITE_ID, same_origin
from connectors.troubles import FolderTrouble, NotThere

FIELDS = "id,name,size,cTag,eTag,file,folder,package,remoteItem,parentReference,malware,deleted"
PAGE = "200"
SITES_SHOWN = 50
PAGES_AT_MOST = 500


class _Microsoft:
    name = "Microsoft"
    party = GRAPH
    downloads = MICROSOFT_FILES

    def is_set_up(self) -> bool:
        return all(settings.ONEDRIVE_APP)

    def picks_files(self, kind: Kind) -> bool:
        return False

    def names_folder(self, kind: Kind) -> bool:
        return bool(settings.ONEDRIVE_ACCESS == "selected")

    def scopes(self, kind: Kind) -> list[str]:
        if settings.ONEDRIVE_ACCESS == "selected":
            return ["Files.SelectedOperations.Selected"]
        # Files.Read reaches the person's own OneDrive only; the sites and their libraries need this one.
        return ["Sites.Read.All"] if kind == Kind.SHAREPOINT else ["Files.Read"]

    def pages(self) -> list[str]:
        return [settings.MICROSOFT_LOGIN_URL]

    def begin(self, kind: Kind, *, back: str) -> Begun:
        return letting_in.begin(self.scopes(kind), back=back)

    def redeem(self, kind: Kind, secret: Mapping[str, Any], answer: Mapping[str, str], *, back: str) -> Tokens:
        return letting_in.redeem(secret, answer, self.scopes(kind))

    def renew(self, kind: Kind, refresh: str) -> Tokens:
        return letting_in.renew(refresh, self.scopes(kind))

    def revoke(self, token: str) -> None:
        raise NotImplementedError  # there is no such call for a single permission (N-21)

    def by_hand(self) -> str:
        return str(settings.MICROSOFT_CONSENT_URL)

    def knows_id(self, id_: str) -> bool:
        return GRAPH_ID.fullmatch(id_) is not None

    def same_id(self, one: str, other: str) -> bool:
        return one.casefold() == other.casefold()  # Graph writes the same id in capitals here and in small letters there

    def may_download_from(self) -> tuple[str, ...]:
        return tuple(settings.MICROSOFT_FILE_HOSTS)

    # --- choosing ---------------------------------------------------------------------------------------------------------

    def look(self, border: Border, kind: Kind, at: Spot | None, *, search: str) -> list[Spot]:
        if at is None and kind == Kind.SHAREPOINT:
            return self._sites(border, search)
        if at is None:
            root = border.get(f"{_root()}/me/drive", {"$select": "id"})
            at = Spot("drive", _id(root.get("id")), "", "OneDrive")
        if at.what == "site":
            return self._drives(border, at)
        folder = at.item or self.root(border, at.drive)
        found = self._below(border, at.drive, folder, "id,name,folder,package,remoteItem,parentReference")
        folders = [one for one in found if one.is_folder and not one.skip]
        return [Spot("folder", at.drive, one.id, one.name, may_choose=True) for one in folders]

    def root(self, border: Border, drive: str) -> str:
        return _id(border.get(f"{_root()}/drives/{_id(drive)}/root", {"$select": "id"}).get("id"))

    def _sites(self, border: Border, search: str) -> list[Spot]:
        if not search.strip():
            return []
        said = border.get(f"{_root()}/sites", {"search": search.strip()[:100], "$select": "id,displayName,name"})
        rows = [row for row in _rows(said) if SITE_ID.fullmatch(str(row.get("id", "")))][:SITES_SHOWN]
        return [Spot("site", "", str(row["id"]), _name(row.get("displayName") or row.get("name"))) for row in rows]

    def _drives(self, border: Border, at: Spot) -> list[Spot]:
        if SITE_ID.fullmatch(at.item) is None:
            raise NotThere
        said = border.get(f"{_root()}/sites/{quote(at.item, safe=',')}/drives", {"$select": "id,name,driveType"})
        return [Spot("drive", _id(row.get("id")), "", _name(row.get("name"))) for row in _rows(said)]

    # --- reading ----------------------------------------------------------------------------------------------------------

    def entry(self, border: Border, drive: str, item: str) -> Entry:
        if not self.knows_id(drive) or not self.knows_id(item):
            raise NotThere
        found = _entry(border.get(f"{_root()}/drives/{drive}/items/{item}", {"$select": FIELDS}))
        if found.id.casefold() != item.casefold():
            raise NotThere
        return found

    def children(self, border: Border, drive: str, folder: str) -> Iterator[Entry]:
        return self._below(border, drive, folder, FIELDS)

    def _below(self, border: Border, drive: str, folder: str, fields: str) -> Iterator[Entry]:
        if not self.knows_id(drive) or not self.knows_id(folder):
            raise NotThere
        said = border.get(f"{_root()}/drives/{drive}/items/{folder}/children", {"$top": PAGE, "$select": fields})
        for _ in range(PAGES_AT_MOST):
            for row in _rows(said):
                yield _entry(row)
            following = said.get("@odata.nextLink")
            if not following:
                return
            if not isinstance(following, str) or not same_origin(following, settings.GRAPH_URL):
                raise FolderTrouble("Microsoft sent us to another address for the rest of the list, which is not followed.")
            said = border.get(following)
        raise FolderTrouble("The folder's list does not end. Choose a smaller folder.", permanent=True)

    def content(self, entry: Entry) -> str:
        return f"{_root()}/drives/{entry.drive}/items/{entry.id}/content"


PROVIDER: Provider = _Microsoft()


def _root() -> str:
    return f"{settings.GRAPH_URL}/v1.0"


def _rows(said: dict[str, Any]) -> list[dict[str, Any]]:
    rows = said.get("value")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise FolderTrouble("Microsoft answered with something we do not understand. We try again by ourselves.")
    return rows


def _id(said: object) -> str:
    if not isinstance(said, str) or GRAPH_ID.fullmatch(said) is None:
        raise FolderTrouble("Microsoft answered with something we do not understand. We try again by ourselves.")
    return said


def _name(said: object) -> str:
    return said[:255] if isinstance(said, str) and said.strip() else "(no name)"


def _entry(row: dict[str, Any]) -> Entry:
    parent = row.get("parentReference")
    parent = parent if isinstance(parent, dict) else {}
    size, file = row.get("size"), row.get("file")
    return Entry(
        id=_id(row.get("id")),
        name=_name(row.get("name")),
        is_folder=isinstance(row.get("folder"), dict),
        parents=(str(parent["id"]),) if isinstance(parent.get("id"), str) else (),
        drive=str(parent.get("driveId") or ""),
        size=size if isinstance(size, int) and size >= 0 else 0,
        version=str(row.get("cTag") or row.get("eTag") or "")[:200],
        media_type=str(file.get("mimeType") or "")[:120] if isinstance(file, dict) else "",
        skip=_skip(row),
    )


def _skip(row: dict[str, Any]) -> str:
    if row.get("remoteItem") is not None:
        return "It points to a folder or file outside and is not followed."
    if row.get("malware") is not None:
        return "Microsoft found malware in it."
    if row.get("package") is not None:
        return "It is a notebook or another bundle, which cannot be read as a file."
    if row.get("deleted") is not None:
        return "It was deleted."
    if not isinstance(row.get("folder"), dict) and not isinstance(row.get("file"), dict):
        return "It is neither a file nor a folder."
    return ""
