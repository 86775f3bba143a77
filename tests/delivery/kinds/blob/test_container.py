"""Packages are put into a container of Azurite by the real client and over egress."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from azure.storage.blob import ContainerClient, ContainerSasPermissions, generate_container_sas
from pytest_django import Settings

from delivery.contract import DeliveryFailed, Shipment, kind_of
from delivery.kinds.blob.channel import Place
from tests.plugins.azurite import ACCOUNT, KEY, Azurite

FILES = {"README.md": b"# Desk\n", "docs/vision.md": b"# Vision\n", "features/desk.feature": b"Feature: Desk\n"}
SHIPMENT = Shipment("0193-p", 3, "Desk", FILES, "d" * 64, "summary", tuple(FILES))
FOLDER = "specstep/0193-p/" + "d" * 16
Sign = Callable[..., str]


@pytest.fixture
def container(azurite: Azurite, settings: Settings) -> ContainerClient:
    settings.EGRESS_ALLOW = [f"127.0.0.1:{azurite.port}"]
    return azurite.container(f"c{uuid4().hex[:12]}")


@pytest.fixture
def sign(container: ContainerClient) -> Sign:
    """An address as its owner makes it in Azure."""

    def make(rights: str = "cw", *, key: str = KEY, hours: float = 1) -> str:
        token = generate_container_sas(
            ACCOUNT,
            container.container_name,
            account_key=key,
            permission=ContainerSasPermissions.from_string(rights),
            expiry=dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours),
        )
        return f"{container.url}?{token}"

    return make


def held(container: ContainerClient) -> dict[str, bytes]:
    return {str(blob.name): container.download_blob(blob.name).readall() for blob in container.list_blobs()}


def test_zip_and_documents_lie_in_one_folder_with_their_hashes(container: ContainerClient, sign: Sign) -> None:
    kind = kind_of("blob")
    receipt = kind.send(Place(container=container.container_name), sign(), SHIPMENT, None)
    found = held(container)
    assert {name.removeprefix(f"{FOLDER}/") for name in found} == {*FILES, "package-3.zip", "manifest.json"}
    assert {path: found[f"{FOLDER}/{path}"] for path in FILES} == FILES
    with zipfile.ZipFile(io.BytesIO(found[f"{FOLDER}/package-3.zip"])) as archive:
        assert {name.removeprefix("package-3/"): archive.read(name) for name in archive.namelist()} == FILES
    manifest = json.loads(found[f"{FOLDER}/manifest.json"])
    assert manifest["digest"] == SHIPMENT.digest
    assert manifest["files"]["README.md"] == {"sha256": hashlib.sha256(FILES["README.md"]).hexdigest(), "bytes": 7}
    stored = container.get_blob_client(f"{FOLDER}/README.md").get_blob_properties()
    assert bytes(stored.content_settings.content_md5 or b"") == hashlib.md5(FILES["README.md"]).digest()
    assert (receipt.files, receipt.unchanged) == (5, False)
    assert "sig=" not in repr(receipt)


def test_sending_again_finds_it_there_and_an_interrupted_one_is_completed(container: ContainerClient, sign: Sign) -> None:
    kind, place = kind_of("blob"), Place(form="documents")
    container.upload_blob(f"{FOLDER}/README.md", FILES["README.md"])
    first = kind.send(place, sign(), SHIPMENT, None)
    times = {blob.name: blob.last_modified for blob in container.list_blobs()}
    again = kind.send(place, sign(), SHIPMENT, first)
    assert (first.unchanged, again.unchanged) == (False, True)
    assert {blob.name: blob.last_modified for blob in container.list_blobs()} == times


def test_other_content_goes_to_a_folder_of_its_own(container: ContainerClient, sign: Sign) -> None:
    kind, place = kind_of("blob"), Place(folder="", form="zip")
    kind.send(place, sign(), SHIPMENT, None)
    kind.send(place, sign(), replace(SHIPMENT, digest="e" * 64, files={"README.md": b"new"}), None)
    assert sorted({name.rpartition("/")[0] for name in held(container)}) == ["0193-p/" + "d" * 16, "0193-p/" + "e" * 16]


def test_the_check_writes_nothing_and_knows_a_good_address_from_a_bad_one(container: ContainerClient, sign: Sign) -> None:
    kind = kind_of("blob")
    assert "knows the signature" in kind.check(Place(), sign())[0]
    with pytest.raises(DeliveryFailed, match="signature is not valid there") as refused:
        kind.check(Place(), sign(key="d3Jvbmc="))
    assert refused.value.permanent
    assert held(container) == {}


@pytest.mark.parametrize("rights", ["rcw", "cwl", "cwd"])
def test_nothing_is_sent_with_an_address_that_allows_more(container: ContainerClient, sign: Sign, rights: str) -> None:
    with pytest.raises(DeliveryFailed, match="also allows to"):
        kind_of("blob").send(Place(), sign(rights), SHIPMENT, None)
    assert held(container) == {}


def test_a_container_that_is_gone_stops_and_one_that_does_not_answer_is_tried_again(
    container: ContainerClient, sign: Sign, azurite: Azurite, settings: Settings
) -> None:
    address = sign()
    container.delete_container()
    with pytest.raises(DeliveryFailed, match="container is gone") as gone:
        kind_of("blob").send(Place(), address, SHIPMENT, None)
    assert gone.value.permanent
    settings.EGRESS_ALLOW = ["127.0.0.1:9"]
    with pytest.raises(DeliveryFailed, match="did not answer") as silent:
        kind_of("blob").send(Place(), address.replace(f":{azurite.port}/", ":9/"), SHIPMENT, None)
    assert not silent.value.permanent
    assert "sig" not in str(silent.value)
