"""Our own storage of packages and exports in Azure Blob Storage: a private container, reached over egress.

It is the default storage when ``AZURE_STORAGE_CONNECTION_STRING`` is set, or ``AZURE_STORAGE_ACCOUNT_URL`` for the managed
identity of the machine. Files are handed out through our own views, which ask who may have them; no address of a blob leaves
the service.
"""

from __future__ import annotations

import contextlib
import hashlib
import mimetypes
import tempfile
import threading
import time
from typing import IO, Any

import requests
from azure.core.credentials import AccessToken
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobServiceClient, ContainerClient, ContentSettings
from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage
from django.utils.deconstruct import deconstructible
from requests.adapters import HTTPAdapter

from ground import egress
from ground.errors import NotConfigured, SpecStepError

PARTY, PURPOSE = "Azure Blob Storage (ours)", "storage of packages and exports"
IN_MEMORY = 8 * 1024 * 1024
"""Bytes of a file that are kept in memory while it is read; more goes to a temporary file."""
LARGEST = 2 * 1024 * 1024 * 1024
SCOPE = "https://storage.azure.com"


def hosts() -> list[str]:
    """The account's host, as the settings name it."""
    if settings.AZURE_STORAGE_CONNECTION_STRING:
        client = BlobServiceClient.from_connection_string(settings.AZURE_STORAGE_CONNECTION_STRING)
        return [egress.host_of(str(client.url))]
    return [egress.host_of(settings.AZURE_STORAGE_ACCOUNT_URL)] if settings.AZURE_STORAGE_ACCOUNT_URL else []


@deconstructible
class AzureBlobs(Storage):
    """Django's storage over one container. A name is written once and whole; the account checks the MD5 of what came."""

    def __init__(self, container: str) -> None:
        self._name = container
        self._client: ContainerClient | None = None
        self._lock = threading.Lock()

    def _open(self, name: str, mode: str = "rb") -> File[Any]:
        if mode != "rb":
            raise ValueError("Blobs are opened for reading; they are written by save().")
        try:
            stream = self._container().download_blob(name, max_concurrency=1)
        except ResourceNotFoundError:
            raise FileNotFoundError(name) from None
        spooled: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the caller closes it
        for piece in stream.chunks():
            spooled.write(piece)
        spooled.seek(0)
        return File(spooled, name)

    def _save(self, name: str, content: File[Any]) -> str:
        data = content.read()
        data = data.encode() if isinstance(data, str) else data
        media = ContentSettings(
            content_type=mimetypes.guess_type(name)[0] or "application/octet-stream",
            content_md5=bytearray(hashlib.md5(data, usedforsecurity=False).digest()),
        )
        try:
            self._upload(name, data, media)
        except ResourceNotFoundError:
            # The container is made at the first file; without public access, which is the default of the call.
            with contextlib.suppress(ResourceExistsError):
                self._container().create_container()
            self._upload(name, data, media)
        return name

    def delete(self, name: str) -> None:
        with contextlib.suppress(ResourceNotFoundError):
            self._container().delete_blob(name)

    def exists(self, name: str) -> bool:
        return bool(self._container().get_blob_client(name).exists())

    def size(self, name: str) -> int:
        try:
            return int(self._container().get_blob_client(name).get_blob_properties().size)
        except ResourceNotFoundError:
            raise FileNotFoundError(name) from None

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        folder = f"{path.strip('/')}/" if path.strip("/") else ""
        found = [str(blob.name).removeprefix(folder) for blob in self._container().walk_blobs(folder)]
        return [name.rstrip("/") for name in found if name.endswith("/")], [name for name in found if not name.endswith("/")]

    def url(self, name: str | None) -> str:
        raise NotImplementedError("Blobs have no address of their own: a view hands them out and asks who may have them.")

    def _upload(self, name: str, data: bytes, media: ContentSettings) -> None:
        blob = self._container().get_blob_client(name)
        try:
            blob.upload_blob(data, overwrite=False, validate_content=True, content_settings=media)
        except ResourceExistsError:
            # A repeated request whose first answer was lost finds its own blob; anything else is a fault worth stopping for.
            if bytes(blob.get_blob_properties().content_settings.content_md5 or b"") != bytes(media.content_md5 or b""):
                raise

    def _container(self) -> ContainerClient:
        with self._lock:
            if self._client is None:
                self._client = _service().get_container_client(self._name)
            return self._client


def _service() -> BlobServiceClient:
    session = egress.requests_session(party=PARTY, purpose=PURPOSE, max_answer_bytes=LARGEST)
    options: dict[str, Any] = {"transport": RequestsTransport(session=session, session_owner=False)}
    if settings.AZURE_STORAGE_CONNECTION_STRING:
        return BlobServiceClient.from_connection_string(settings.AZURE_STORAGE_CONNECTION_STRING, **options)
    if settings.AZURE_STORAGE_ACCOUNT_URL:
        return BlobServiceClient(settings.AZURE_STORAGE_ACCOUNT_URL, credential=ManagedIdentity(), **options)
    raise NotConfigured("Set AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_URL for a managed identity.")


class ManagedIdentity:
    """Tokens of the identity that Azure gives this machine (``AZURE_CLIENT_ID`` for a user-assigned one)."""

    def __init__(self) -> None:
        import msal

        client_id = settings.AZURE_CLIENT_ID
        identity = msal.UserAssignedManagedIdentity(client_id=client_id) if client_id else msal.SystemAssignedManagedIdentity()
        # The platform answers on this machine or at its link-local address, which egress refuses for good reason: nobody outside
        # is called, and no user names the address. So this one session goes its own way, to nowhere else.
        session = requests.Session()
        session.trust_env = False
        session.mount("http://", HTTPAdapter(max_retries=2))
        self._client = msal.ManagedIdentityClient(identity, http_client=session)

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        """Raises ``SpecStepError`` when the platform gives none."""
        answer = self._client.acquire_token_for_client(resource=SCOPE)
        if "access_token" not in answer:
            raise SpecStepError(f"Azure gave this machine no token for the storage account: {answer.get('error', 'no reason')}.")
        return AccessToken(str(answer["access_token"]), int(time.time()) + int(answer.get("expires_in", 300)))
