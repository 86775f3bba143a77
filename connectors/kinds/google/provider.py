"""Google Drive through the Drive API v3 (S-041). The SDK writes each address by its description of the API; the border asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from googleapiclient.discovery import build

from connectors.border import Border
from connectors.contract import Begun, Entry, Provider, Spot, Tokens
from connectors.kinds.google import letting_in
from connectors.models import Kind
from connectors.parties import DRIVE, GOOGLE_FILES
from connectors.rules.addresses import DRIVE_ID
from connectors.troubles import FolderTrouble, NotThere

FOLDER, SHORTCUT = "application/vnd.google-apps.folder", "application/vnd.google-apps.shortcut"
NATIVE = "application/vnd.google-apps."
OFFICE = "application/vnd.openxmlformats-officedocument."
EXPORTS = {
    f"{NATIVE}document": f"{OFFICE}wordprocessingml.document",
    f"{NATIVE}spreadsheet": f"{OFFICE}spreadsheetml.sheet",
    f"{NATIVE}presentation": f"{OFFICE}presentationml.presentation",
}
"""What lives only at Google is handed out in the form of an ordinary file."""
ENDINGS = {f"{NATIVE}document": ".docx", f"{NATIVE}spreadsheet": ".xlsx", f"{NATIVE}presentation": ".pptx"}
FIELDS = "id,name,mimeType,size,md5Checksum,modifiedTime,parents,trashed,driveId,shortcutDetails,capabilities/canDownload"
PAGES_AT_MOST = 500


class _Google:
    name = "Google"
    party = DRIVE
    downloads = GOOGLE_FILES

    def is_set_up(self) -> bool:
        return all(settings.GOOGLE_DRIVE_APP)

    def picks_files(self, kind: Kind) -> bool:
        return bool(settings.GOOGLE_DRIVE_ACCESS != "folder")

    def names_folder(self, kind: Kind) -> bool:
        return False

    def scopes(self, kind: Kind) -> list[str]:
        return [f"https://www.googleapis.com/auth/{'drive.file' if self.picks_files(kind) else 'drive.readonly'}"]

    def pages(self) -> list[str]:
        return [settings.GOOGLE_AUTHORIZE_URL]

    def begin(self, kind: Kind, *, back: str) -> Begun:
        return letting_in.begin(self.scopes(kind), back=back, picks=self.picks_files(kind))

    def redeem(self, kind: Kind, secret: Mapping[str, Any], answer: Mapping[str, str], *, back: str) -> Tokens:
        return letting_in.redeem(secret, answer, self.scopes(kind), back=back)

    def renew(self, kind: Kind, refresh: str) -> Tokens:
        return letting_in.renew(refresh, self.scopes(kind))

    def revoke(self, token: str) -> None:
        letting_in.revoke(token)

    def by_hand(self) -> str:
        return str(settings.GOOGLE_CONSENT_URL)

    def knows_id(self, id_: str) -> bool:
        return DRIVE_ID.fullmatch(id_) is not None

    def same_id(self, one: str, other: str) -> bool:
        return one == other

    def may_download_from(self) -> tuple[str, ...]:
        return tuple(settings.GOOGLE_FILE_HOSTS)

    # --- choosing ---------------------------------------------------------------------------------------------------------

    def look(self, border: Border, kind: Kind, at: Spot | None, *, search: str) -> list[Spot]:
        if at is None:
            own = border.get(_drive().files().get(fileId="root", fields="id").uri)
            spots = [Spot("drive", "", _id(own.get("id")), "My Drive")]
            shared = border.get(_drive().drives().list(pageSize=100, fields="drives(id,name)").uri)
            rows = shared.get("drives", [])
            rows = [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
            return spots + [Spot("drive", "", _id(row.get("id")), _name(row.get("name"))) for row in rows]
        found = self._below(border, at.item, only_folders=True)
        return [Spot("folder", "", one.id, one.name, may_choose=True) for one in found if one.is_folder and not one.skip]

    def root(self, border: Border, drive: str) -> str:
        raise NotThere  # a drive is never chosen as a whole

    # --- reading ----------------------------------------------------------------------------------------------------------

    def entry(self, border: Border, drive: str, item: str) -> Entry:
        if not self.knows_id(item):
            raise NotThere
        found = _entry(border.get(_drive().files().get(fileId=item, fields=FIELDS, supportsAllDrives=True).uri))
        if found.id != item:
            raise NotThere
        return found

    def children(self, border: Border, drive: str, folder: str) -> Iterator[Entry]:
        return self._below(border, folder)

    def _below(self, border: Border, folder: str, *, only_folders: bool = False) -> Iterator[Entry]:
        if not self.knows_id(folder):
            raise NotThere
        query = f"'{folder}' in parents and trashed = false" + (f" and mimeType = '{FOLDER}'" if only_folders else "")
        asked: dict[str, Any] = {
            "q": query,
            "pageSize": 1000,
            "fields": f"nextPageToken,incompleteSearch,files({FIELDS})",
            "supportsAllDrives": True,
            "includeItemsFromAllDrives": True,
        }
        for _ in range(PAGES_AT_MOST):
            said = border.get(_drive().files().list(**asked).uri)
            rows = said.get("files")
            if said.get("incompleteSearch") or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
                raise FolderTrouble("Google did not list the whole folder. We try again by ourselves.")
            yield from (_entry(row) for row in rows)
            following = said.get("nextPageToken")
            if not following:
                return
            if not isinstance(following, str):
                raise FolderTrouble("Google answered with something we do not understand. We try again by ourselves.")
            asked["pageToken"] = following
        raise FolderTrouble("The folder's list does not end. Choose a smaller folder.", permanent=True)

    def content(self, entry: Entry) -> str:
        files = _drive().files()
        if entry.media_type in EXPORTS:
            return str(files.export(fileId=entry.id, mimeType=EXPORTS[entry.media_type]).uri)
        return str(files.get_media(fileId=entry.id, supportsAllDrives=True).uri)


PROVIDER: Provider = _Google()


class _Nobody:
    """In the place of the SDK's own way out: it only writes addresses for us."""

    def request(self, *_: Any, **__: Any) -> None:
        raise AssertionError("The Drive SDK asks nobody; the border does.")


def _drive() -> Any:
    return _built(settings.GOOGLE_API_URL)


@lru_cache(maxsize=4)
def _built(root: str) -> Any:
    return build(
        "drive",
        "v3",
        http=_Nobody(),
        static_discovery=True,
        cache_discovery=False,
        client_options={"api_endpoint": f"{root}/drive/v3/"},
    )


def _id(said: object) -> str:
    if not isinstance(said, str) or DRIVE_ID.fullmatch(said) is None:
        raise FolderTrouble("Google answered with something we do not understand. We try again by ourselves.")
    return said


def _name(said: object) -> str:
    return said[:255] if isinstance(said, str) and said.strip() else "(no name)"


def _entry(row: dict[str, Any]) -> Entry:
    kind, parents, size = str(row.get("mimeType") or ""), row.get("parents"), row.get("size")
    name = _name(row.get("name"))
    ending = ENDINGS.get(kind, "")
    return Entry(
        id=_id(row.get("id")),
        name=name if name.endswith(ending) else f"{name}{ending}",
        is_folder=kind == FOLDER,
        parents=tuple(str(one) for one in parents) if isinstance(parents, list) else (),
        size=int(size) if isinstance(size, str) and size.isascii() and size.isdigit() else 0,
        version=str(row.get("md5Checksum") or row.get("modifiedTime") or "")[:200],
        media_type=kind[:120],
        skip=_skip(row, kind),
    )


def _skip(row: dict[str, Any], kind: str) -> str:
    if kind == SHORTCUT or row.get("shortcutDetails") is not None:
        return "It is a shortcut to somewhere else and is not followed."
    if row.get("trashed"):
        return "It lies in the bin."
    if kind.startswith(NATIVE) and kind != FOLDER and kind not in EXPORTS:
        return "It is of a kind that Google hands out to nobody as a file."
    rights = row.get("capabilities")
    if kind != FOLDER and isinstance(rights, dict) and rights.get("canDownload") is False:
        return "Its owner does not allow downloading it."
    return ""
