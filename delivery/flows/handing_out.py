"""A package's zip is handed to its owner, byte for byte as the run left it."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.utils.text import slugify

from generation.models import Package
from ground.errors import SpecStepError
from llm.placeholders import without_placeholders


class ArchiveMissing(SpecStepError):
    """The zip is not where it should be."""

    detail = "The archive of this package is missing. Its documents are there; write the package again to have an archive."


@dataclass(frozen=True)
class Archive:
    """The zip, opened for reading."""

    content: File[bytes]
    name: str
    """What the file is called on the reader's machine."""
    sha256: str


def archive_of(package: Package) -> Archive:
    """The zip of this package. Raises ``ArchiveMissing``."""
    if not default_storage.exists(package.blob):
        raise ArchiveMissing
    name = f"{slugify(without_placeholders(package.title)) or 'package'}-{package.number}.zip"
    return Archive(default_storage.open(package.blob), name, package.sha256)
