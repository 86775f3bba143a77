"""A container of Azure Blob Storage that its owner lets us put packages into, and nothing else: no reading, no list, no deleting.

Each shipment lies in a folder named by the package and by the digest of the content. A blob is never overwritten, so one that is
there already under this name is the same content, and sending again is harmless. The manifest is written last: who finds it knows
that the rest is whole.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import mimetypes
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

from azure.core.exceptions import AzureError, HttpResponseError, ResourceExistsError
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import ContainerClient, ContentSettings, LinearRetry
from django.conf import settings
from django.views.decorators.debug import sensitive_variables
from pydantic import BaseModel, Field, field_validator

from delivery import parties
from delivery.contract import PRODUCT_NAME, DeliveryFailed, Receipt, Shipment
from delivery.kinds.blob import address
from generation.rules.packaging import zip_bytes
from ground import clock, egress
from ground.errors import BadInput

AT_ONCE = 4
"""Blobs in flight."""
STAMP = dt.datetime(1980, 1, 1, tzinfo=dt.UTC)
"""Of every entry of the zip: the same content gives the same bytes."""


class Place(BaseModel):
    """Where in the container, and in which form. Account, container and expiry are read from the address."""

    folder: str = Field(default="specstep", max_length=200)
    form: Literal["both", "documents", "zip"] = "both"
    account: str = Field(default="", json_schema_extra={"read": True})
    container: str = Field(default="", json_schema_extra={"read": True})
    expires: dt.datetime | None = Field(default=None, json_schema_extra={"read": True})

    @field_validator("folder")
    @classmethod
    def _is_a_path(cls, folder: str) -> str:
        folder = folder.strip().strip("/")
        if any(part in ("", ".", "..") for part in folder.split("/")) and folder:
            raise ValueError("Name a folder such as specstep or teams/booking, without empty parts and without dots alone.")
        if any(ord(letter) < 32 or letter in '\\?#"<>|*:' for letter in folder):
            raise ValueError("The folder holds a sign that names of blobs cannot have.")
        return folder


class _Kind:
    place = Place
    credential_label = "Blob SAS URL of the container"

    def describe(self, place: BaseModel) -> str:
        assert isinstance(place, Place)
        what = {"both": "a zip and its documents", "documents": "its documents", "zip": "a zip"}[place.form]
        where = f"the folder {place.folder} of the container" if place.folder else "the container"
        return f"Puts each package, as {what}, into {where} {place.container} of the storage account {place.account}."

    @sensitive_variables("credential")
    def read(self, place: BaseModel, credential: str) -> BaseModel:
        found = address.read(credential, now=clock.now(), is_allowed=_is_allowed)
        return place.model_copy(update={"account": found.account, "container": found.container, "expires": found.expires})

    def warnings(self, place: BaseModel) -> list[str]:
        assert isinstance(place, Place)
        return address.warnings(place.expires, now=clock.now()) if place.expires else []

    @sensitive_variables("credential")
    def check(self, place: BaseModel, credential: str) -> list[str]:
        """Asks for properties of the container, which the signature must not allow: the refusal says whether it is valid."""
        with _container(credential, seconds=30) as container:
            try:
                container.get_container_properties()
            except HttpResponseError as error:
                if _code(error) != "AuthorizationPermissionMismatch":
                    raise
            else:
                raise DeliveryFailed("The signature also allows to read. Make one with Create and Write only.", permanent=True)
        return ["The storage account knows the signature.", "It refuses us to read, as it should. Nothing was written."]

    @sensitive_variables("credential")
    def send(self, place: BaseModel, credential: str, shipment: Shipment, before: Receipt | None) -> Receipt:
        assert isinstance(place, Place)
        folder = "/".join(part for part in (place.folder, shipment.package, shipment.digest[:16]) if part)
        blobs = _blobs(place.form, shipment)
        with _container(credential, seconds=600) as container:

            def put(name: str) -> bool:
                return _put(container, f"{folder}/{name}", blobs[name])

            with ThreadPoolExecutor(AT_ONCE) as pool:
                new = sum(pool.map(put, blobs))
            new += _put(container, f"{folder}/manifest.json", _manifest(shipment, blobs))
        return Receipt(
            where=f"Container {place.container} of {place.account}, folder {folder}",
            files=len(blobs) + 1,
            unchanged=not new,
            facts={"folder": folder},
        )


KIND = _Kind()


def _blobs(form: str, shipment: Shipment) -> dict[str, bytes]:
    """Contents by name below the folder."""
    blobs = dict(shipment.files) if form in ("both", "documents") else {}
    if form in ("both", "zip"):
        texts = {path: content.decode() for path, content in shipment.files.items()}
        blobs[f"package-{shipment.number}.zip"] = zip_bytes(texts, folder=f"package-{shipment.number}", at=STAMP)
    return blobs


def _manifest(shipment: Shipment, blobs: dict[str, bytes]) -> bytes:
    files = {name: {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)} for name, content in blobs.items()}
    told = {
        "written_by": PRODUCT_NAME,
        "package": shipment.package,
        "number": shipment.number,
        "digest": shipment.digest,
        "summary": shipment.summary,
        "files": files,
    }
    return (json.dumps(told, indent=1, sort_keys=True) + "\n").encode()


def _put(container: ContainerClient, name: str, content: bytes) -> bool:
    """Write one blob whole or not at all. False when it stood there already."""
    md5 = bytearray(hashlib.md5(content, usedforsecurity=False).digest())
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    blob = container.get_blob_client(name)
    try:
        answer = blob.upload_blob(
            content,
            overwrite=False,
            validate_content=True,  # the account computes the MD5 of what came and refuses a part of it
            content_settings=ContentSettings(content_type=kind, content_md5=md5),
        )
    except ResourceExistsError:
        return False
    if answer.get("content_md5") not in (None, md5):
        raise DeliveryFailed(f"The storage account holds something else than what was sent as {name}. It is tried again.")
    return True


@contextlib.contextmanager
@sensitive_variables("credential")
def _container(credential: str, *, seconds: float) -> Iterator[ContainerClient]:
    """The container behind the address, over egress; what Azure answers becomes a sentence."""
    try:
        address.read(credential, now=clock.now(), is_allowed=_is_allowed)
    except BadInput as error:
        raise DeliveryFailed(str(error), permanent=True) from None
    session = egress.requests_session(party=parties.BLOB, purpose=parties.BLOB_PURPOSE, seconds=seconds)
    transport = RequestsTransport(session=session, session_owner=False)
    try:
        with ContainerClient.from_container_url(
            credential.strip(), transport=transport, retry_policy=LinearRetry(backoff=1, retry_total=1, random_jitter_range=0)
        ) as container:
            yield container
    except HttpResponseError as error:
        raise _refusal(error) from None
    except AzureError:
        raise DeliveryFailed("The storage account did not answer. It may be down or gone.") from None
    finally:
        session.close()


def _refusal(error: HttpResponseError) -> DeliveryFailed:
    code, status = _code(error), error.status_code or 0
    lasting = {
        "AuthenticationFailed": "The storage account does not know the signature: it expired or its key was changed.",
        "AuthorizationPermissionMismatch": "The signature does not allow to write there. Make one with Create and Write.",
        "AuthorizationFailure": "The storage account refuses us: the signature is not valid there, or a firewall must let us in.",
        "ContainerNotFound": "The container is gone. Make it again, or enter the address of another one.",
        "ContainerBeingDeleted": "The container is being deleted. Enter the address of another one.",
        "AccountIsDisabled": "The storage account is switched off.",
    }.get(code)
    if lasting:
        return DeliveryFailed(lasting, permanent=True)
    if status in (401, 403):
        return DeliveryFailed(f"The storage account refused us ({status} {code}). Make a new signature.", permanent=True)
    headers = getattr(error.response, "headers", {})
    asked = str(headers.get("Retry-After", ""))
    wait = float(asked) if asked.isdecimal() else None
    return DeliveryFailed(f"The storage account answered {status} {code}".rstrip() + ". It is tried again.", wait=wait)


def _code(error: HttpResponseError) -> str:
    """Azure's name of the fault; the client adds it to the error."""
    code = getattr(error, "error_code", "") or ""
    return str(getattr(code, "value", code))


def _is_allowed(host: str, port: int) -> bool:
    return host in settings.EGRESS_ALLOW or f"{host}:{port}" in settings.EGRESS_ALLOW
