"""Exports, opened."""

from __future__ import annotations

import io
import json
from typing import Any
from zipfile import ZipFile

from accounts.exporting import Archive
from accounts.models import User


class Opened:
    """All that is in a zip, by its path. It must be whole."""

    def __init__(self, data: bytes) -> None:
        with ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            self.infos = {info.filename: info for info in archive.infolist()}
            assert len(self.infos) == len(archive.infolist())
            self.files = {path: archive.read(path) for path in self.infos}

    def json(self, path: str) -> Any:
        return json.loads(self.files[path])

    @property
    def everything(self) -> str:
        """Paths and contents; what is escaped is as it was."""
        told = [*self.files, *(d.decode("latin-1") for d in self.files.values())]
        return "\n".join(told)


def exported(person: User) -> Opened:
    person.refresh_from_db()
    return Opened(b"".join(Archive(person).pieces()))
