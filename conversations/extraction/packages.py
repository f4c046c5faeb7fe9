"""ZIP packages: a Word document is one, and so is much that nobody should unpack."""

from __future__ import annotations

import zipfile
from io import BytesIO

MOST_ENTRIES = 5_000
MOST_UNPACKED = 150_000_000  # bytes
MOST_RATIO = 200  # unpacked to packed, beyond what every document may have
ALWAYS_FINE = 10_000_000  # bytes unpacked
ENCRYPTED = 0x1
_MAIN_PART = "word/document.xml"
_MACROS = "word/vbaProject.bin"
_KNOWN = (
    ("xl/", "an Excel workbook: save it as CSV"),
    ("ppt/", "a PowerPoint presentation: save it as PDF"),
    ("META-INF/MANIFEST.MF", "a Java program"),
    ("AndroidManifest.xml", "an Android program"),
    ("mimetype", "an OpenDocument or e-book file: save it as PDF or .docx"),
)


class NotTaken(Exception):
    """``str()`` ends the sentence "It is …", or is one."""


def is_package(data: bytes) -> bool:
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


def hides_package(data: bytes) -> bool:
    """Whether something that begins as another kind is a ZIP archive too."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            return bool(archive.infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        return False


def check_word(data: bytes) -> None:
    """Raises ``NotTaken`` unless it is a Word document that is safe to unpack."""
    entries = _entries(data)
    names = {entry.filename for entry in entries}
    if any(entry.flag_bits & ENCRYPTED for entry in entries):
        raise NotTaken("It is an archive that is protected with a password.")
    _check_size(entries)
    if _MACROS in names:
        raise NotTaken("It is a Word document with macros: save it as .docx.")
    if _MAIN_PART not in names or "[Content_Types].xml" not in names:
        raise NotTaken(f"It is {_named(names)}.")


def _entries(data: bytes) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError):
        raise NotTaken("It is a damaged ZIP archive.") from None
    if not entries or min(entry.header_offset for entry in entries) != 0:
        raise NotTaken("It is a ZIP archive with something else before it.")
    return entries


def _check_size(entries: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    swollen = unpacked > ALWAYS_FINE and unpacked > MOST_RATIO * max(packed, 1)
    if len(entries) > MOST_ENTRIES or unpacked > MOST_UNPACKED or swollen:
        raise NotTaken("It is an archive that would unpack to far too much.")


def _named(names: set[str]) -> str:
    for start, name in _KNOWN:
        if any(each.startswith(start) for each in names):
            return name
    return "a ZIP archive: unpack it and attach its files"
