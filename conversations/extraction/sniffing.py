"""What a file is, by its content alone. Only what its parser would read is believed."""

from __future__ import annotations

from importlib import import_module

from conversations.extraction import packages, texts
from conversations.extraction.found import Found
from conversations.extraction.packages import NotTaken

PDF = "application/pdf"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WHAT_IS_TAKEN = "Text, PDF, Word (.docx) and images (PNG, JPEG, WebP, GIF) are taken."
_IMAGES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")
_LEADING = b"\xef\xbb\xbf \t\r\n"  # before a PDF's beginning, in the wild
# what people try; anything else is "not a kind of file that is read here"
_OTHERS = (
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a program"),
    (b"\xca\xfe\xba\xbe", "a program"),
    (b"\xcf\xfa\xed\xfe", "a program"),
    (b"\xfe\xed\xfa", "a program"),
    (b"\x00asm", "a program"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it and attach its files"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it and attach its files"),
    (b"\x1f\x8b", "a compressed file: unpack it first"),
    (b"BZh", "a compressed file: unpack it first"),
    (b"\xfd7zXZ", "a compressed file: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a compressed file: unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Office document: save it as .docx or PDF"),
    (b"SQLite format 3", "a database"),
    (b"II*\x00", "a TIFF image: save it as PNG or JPEG"),
    (b"MM\x00*", "a TIFF image: save it as PNG or JPEG"),
    (b"BM", "a bitmap image: save it as PNG"),
    (b"\x00\x00\x01\x00", "an icon: save it as PNG"),
    (b"8BPS", "a Photoshop image: save it as PNG"),
    (b"ID3", "a sound recording"),
    (b"OggS", "a sound recording"),
    (b"fLaC", "a sound recording"),
    (b"RIFF", "a recording"),
    (b"\x1aE\xdf\xa3", "a film"),
    (b"wOF", "a font"),
)
_BRANDS = (
    ((b"heic", b"heix", b"mif1", b"hevc"), "a HEIC image: save it as JPEG"),
    ((b"avif", b"avis"), "an AVIF image: save it as PNG or JPEG"),
)


def look(data: bytes) -> Found:
    """What it is, or why it is not taken."""
    try:
        return _look(data)
    except NotTaken as problem:
        return Found(refusal=str(problem), named="something else")


def _look(data: bytes) -> Found:
    if _is_image(data):
        # only a picture is worth the time that loading Pillow takes
        return import_module("conversations.extraction.images").made_anew(data)
    if data[:64].lstrip(_LEADING).startswith(b"%PDF-"):
        if packages.hides_package(data):
            raise NotTaken("It is a PDF and an archive at once.")
        return Found("pdf", PDF, "a PDF file")
    if packages.is_package(data):
        packages.check_word(data)
        return Found("docx", DOCX, "a Word document")
    if data.startswith(b"{\\rtf"):
        raise NotTaken("It is a rich text (RTF) file: save it as .docx or PDF.")
    if texts.decoded(data) is not None:
        if packages.hides_package(data):
            raise NotTaken("It is text and an archive at once.")
        return Found("text", "text/plain", "a text file")
    raise NotTaken(f"{_named(data)} {WHAT_IS_TAKEN}")


def _is_image(data: bytes) -> bool:
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return webp or data.startswith(_IMAGES)


def _named(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        brands = [name for marks, name in _BRANDS if data[8:12] in marks]
        return f"It is {(brands or ['a film or a recording'])[0]}."
    for start, name in _OTHERS:
        if data.startswith(start):
            return f"It is {name}."
    return "It is no kind of file that is read here, or it is damaged."
