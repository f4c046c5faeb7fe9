"""Taking in uploads without leaving their plain text anywhere."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import (
    FileUploadHandler,
    SkipFile,
    StopFutureHandlers,
)


class InMemory(FileUploadHandler):
    """Keeps one file of a bounded size in memory: Django's own handlers would write a
    large one to the disk. Whether it was too large is told by ``too_large``, and
    ``more_files`` when there was another, which is left out.
    """

    chunk_size = 256 * 1024

    def __init__(self, request: Any = None, most: int | None = None) -> None:
        super().__init__(request)
        self.most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE if most is None else most
        self.too_large = self.more_files = False
        self._data = BytesIO()
        self._has_one = False

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if self._has_one:
            self.more_files = True
            raise SkipFile
        self._has_one = True
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if self._data.tell() + len(raw_data) > self.most:
            self.too_large = True
            self._data = BytesIO()
            raise SkipFile
        self._data.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self._data.seek(0)
        return InMemoryUploadedFile(
            self._data,
            self.field_name,
            self.file_name,
            self.content_type,
            file_size,
            self.charset,
            self.content_type_extra,
        )
