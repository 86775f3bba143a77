"""The control of the search: whatever place and form a word is put into, it is found, and one that is nowhere is not."""

from __future__ import annotations

import base64
import gzip
import io
import json
import tempfile
import urllib.parse
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import redis
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from pytest_django import Settings

from accounts.models import User
from interviews.models import Interview
from llm.models import Exchange
from tests.deletion.leftovers import Places, places

__all__ = ["places"]
pytestmark = pytest.mark.django_db
WORD = "Kestrel+Ümlaut 7"
FORMS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "JSON": lambda raw: json.dumps(raw.decode()).encode(),
    "URL": lambda raw: urllib.parse.quote(raw.decode(), safe="").encode(),
    "hexadecimal": lambda raw: raw.hex().encode(),
    "base64": lambda raw: base64.b64encode(b"it is " + raw + b" in it"),
    "base64 for URLs": lambda raw: base64.urlsafe_b64encode(b"so " + raw),
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "zip": lambda raw: _zipped(raw),
    "zlib in base64": lambda raw: base64.urlsafe_b64encode(zlib.compress(raw * 3)).rstrip(b"="),
    "base64 in zip": lambda raw: _zipped(base64.b64encode(raw)),
    "gzip in hexadecimal": lambda raw: gzip.compress(raw).hex().encode(),
}


def _zipped(raw: bytes) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("some/file.txt", b"before " + raw + b" after")
    return whole.getvalue()


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_found_in_every_place(places: Places, alice: User, settings: Settings, redis_url: str, form: str) -> None:
    settings.REDIS_URL = redis_url
    assert places.left(WORD) == set()
    raw = FORMS[form](WORD.encode())
    default_storage.save("packages/1.zip", ContentFile(raw))
    Path(tempfile.mkstemp(suffix=".part")[1]).write_bytes(raw)
    store = redis.Redis.from_url(redis_url)
    store.set("a", raw)
    store.hset("b", "field", raw)
    store.rpush("c", raw)
    with (places.folders["log"] / "service.log").open("ab") as log:  # not by a logger, which takes out what looks like a key
        log.write(raw)
    expected = {"files: 1.zip", "redis: a", "redis: b", "redis: c", "log: service.log"}
    text = raw.decode("ascii", "replace")
    if raw.isascii():
        Interview.objects.create(workspace=alice.workspace, title=text)
        Exchange.objects.create(workspace=alice.workspace, key="k", prompt_sha256="0", output={"said": ["x", {"y": text}]})
        expected |= {"interviews_interview", "llm_exchange"}
    found = places.left(WORD)
    assert expected <= found
    assert [name for name in found if name.startswith("temporary folder: ")]
    assert places.left("Heron8") == set()
