"""What a browser uploads waits in files without a name: whatever ends the process, the kernel takes the bytes away."""

from __future__ import annotations

import tempfile
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

MAX_BYTES = 25 * 1024 * 1024
"""Of one file. What comes after is not kept: the file says its whole size, and whoever reads it refuses it by that."""


class UnnamedFileUploadHandler(FileUploadHandler):
    """Takes every file, small or large. Django's own would name a large one in the folder of temporary files."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.file = tempfile.TemporaryFile()  # noqa: SIM115  # the upload closes it

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start < MAX_BYTES:
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        self.file.flush()
        self.file.seek(0)
        return UploadedFile(self.file, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra)

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
