"""The zip, written to nowhere in particular: its bytes come out piece by piece."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from django.utils import timezone

from accounts.exporting import contents
from accounts.exporting.contents import Written
from accounts.models import User
from accounts.personal_data import Document, counts, kinds
from accounts.timezones import zone

OWNER_ONLY = 0o600 << 16  # as zip keeps a file's mode


@dataclass
class Archive:
    """``pieces`` joined are the zip. While they are taken, ``step`` says which kind of
    data is told, and ``rows`` how many rows have been, of about ``total``.
    """

    person: User
    step: str = ""
    size: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    written: list[Written] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.moment = timezone.now()
        self.counts = counts(self.person.pk)
        self.digest = hashlib.sha256()
        self._document: Document | None = None

    @property
    def total(self) -> int:
        told = (kind.name for kind in kinds() if not kind.why_not)
        return sum(self.counts[name] for name in told)

    @property
    def rows(self) -> int:
        now = self._document.rows if self._document else 0
        return sum(each.rows for each in self.written) + now

    def pieces(self) -> Iterator[bytes]:
        """Small ones, some of them empty: nothing in here waits for long."""
        rest = self._zipped()
        while True:
            # not around the loop: whoever takes the pieces has a zone of their own
            with timezone.override(zone(self.person.timezone)):
                piece = next(rest, None)
            if piece is None:
                return
            self.size += len(piece)
            self.digest.update(piece)
            yield piece

    def _zipped(self) -> Iterator[bytes]:
        sink = _Sink()
        with ZipFile(cast(IO[bytes], sink), "w", ZIP_DEFLATED) as archive:
            for document in self._documents():
                yield from self._put(archive, sink, document)
        yield sink.taken()

    def _documents(self) -> Iterator[Document]:
        for kind in reversed(kinds()):  # the person first
            self.step = kind.name
            if kind.export:
                yield from kind.export(self.person.pk)
        self.step = ""
        yield contents.style()
        yield contents.index(self.person, self.moment, self.written)
        yield contents.manifest(self.person, self.moment, self.counts, self.written)

    def _put(
        self, archive: ZipFile, sink: _Sink, document: Document
    ) -> Iterator[bytes]:
        self._document = document
        digest, size = hashlib.sha256(), 0
        with archive.open(_info(document, self.moment), "w") as member:
            for piece in document.pieces:
                member.write(piece)
                digest.update(piece)
                size += len(piece)
                yield sink.taken()
        made = Written(document, self.step, size, digest.hexdigest())
        self._document = None
        self.written.append(made)


def _info(document: Document, moment: datetime) -> ZipInfo:
    info = ZipInfo(document.path, timezone.localtime(moment).timetuple()[:6])
    info.compress_type = ZIP_STORED if document.packed else ZIP_DEFLATED
    info.external_attr = OWNER_ONLY
    info.file_size = document.size  # whether it needs the form for more than 2 GiB
    return info


class _Sink:
    """What ``ZipFile`` writes to, and cannot go back in."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def write(self, data: bytes) -> int:
        self._bytes += data
        return len(data)

    def flush(self) -> None:
        """There is nothing to wait for."""

    def taken(self) -> bytes:
        some = bytes(self._bytes)
        self._bytes.clear()
        return some
