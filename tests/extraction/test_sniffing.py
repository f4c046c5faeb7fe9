"""What a file is, whatever it is called: known, made harmless, or refused in words."""

from __future__ import annotations

import io
import zipfile

import pytest
from PIL import Image

from conversations.extraction import packages
from conversations.extraction.sniffing import look
from tests import documents

TEXTS = {
    "ascii": b"Rye bread, butter, salt.\n",
    "utf-8": "Smörgås 日本語 👩‍💻\n".encode(),
    "utf-8 with a mark": b"\xef\xbb\xbfhello",
    "utf-16 with a mark": "Grüße aus Köln".encode("utf-16"),
    "utf-16 little": "Meet me at the harbour. ".encode("utf-16-le"),
    "utf-16 big": "Meet me at the harbour. ".encode("utf-16-be"),
    "windows-1252": "Schöne Grüße – “quoted” für Zoë.".encode("cp1252"),
    "html": b"<!doctype html><script>alert(1)</script>",
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "xml with entities": b'<!DOCTYPE l [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><l/>',
    "shell": b"#!/bin/sh\nrm -rf /\n",
    "begins like a program": b"MZ is how this sentence begins.\n",
    "begins like a bitmap": b"BMW and other cars.\n",
    "log with colours": b"\x1b[31merror\x1b[0m\n",
    "form feed": b"page one\x0cpage two",
    "csv formulas": b'=cmd|"/c calc"!A1,2\n',
    "json": b'{"a": [1, 2, 3]}',
    "one letter": b"x",
}
REFUSED = {
    "windows program": (b"MZ\x90\x00\x03\x00" + b"\0" * 200, "a Windows program"),
    "linux program": (b"\x7fELF\x02\x01\x01" + b"\0" * 200, "a program"),
    "mac program": (b"\xcf\xfa\xed\xfe" + b"\0" * 100, "a program"),
    "java class": (b"\xca\xfe\xba\xbe\0\0\0\x34", "a program"),
    "web assembly": (b"\0asm\1\0\0\0", "a program"),
    "zip": (documents.archive({"a.txt": "a"}), "a ZIP archive"),
    "jar": (documents.archive({"META-INF/MANIFEST.MF": "x"}), "a Java program"),
    "apk": (documents.archive({"AndroidManifest.xml": "x"}), "an Android program"),
    "xlsx": (
        documents.archive({"[Content_Types].xml": "x", "xl/workbook.xml": "x"}),
        "an Excel workbook",
    ),
    "pptx": (documents.archive({"ppt/presentation.xml": "x"}), "a PowerPoint"),
    "odt": (documents.archive({"mimetype": "x"}), "an OpenDocument"),
    "empty zip": (documents.archive({}), "a ZIP archive with something else"),
    "cut zip": (documents.archive({"a.txt": "a" * 999})[:60], "a damaged ZIP"),
    "zip after a program": (
        b"MZ\0\0" + documents.archive({"word/document.xml": "x"}),
        "a Windows program",
    ),
    "7z": (b"7z\xbc\xaf\x27\x1c\0\4" + b"\0" * 50, "a 7-Zip archive"),
    "rar": (b"Rar!\x1a\x07\x01\x00" + b"\0" * 50, "a RAR archive"),
    "gzip": (b"\x1f\x8b\x08\0" + b"\0" * 50, "a compressed file"),
    "bzip2": (b"BZh91AY&SY\0\0\xff", "a compressed file"),
    "xz": (b"\xfd7zXZ\0" + b"\0" * 20, "a compressed file"),
    "zstd": (b"\x28\xb5\x2f\xfd\0\0", "a compressed file"),
    "old word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, "an old Office"),
    "rtf": (rb"{\rtf1\ansi hello}", "a rich text (RTF)"),
    "sqlite": (b"SQLite format 3\0" + b"\0" * 99, "a database"),
    "tiff": (b"II*\0" + b"\0" * 99, "a TIFF image"),
    "bmp": (b"BM\x9a\0\0\0\0\0\0\0" + b"\0" * 99, "a bitmap image"),
    "ico": (b"\0\0\1\0\1\0\x10\x10" + b"\0" * 50, "an icon"),
    "psd": (b"8BPS\0\1" + b"\0" * 50, "a Photoshop image"),
    "heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC image"),
    "avif": (b"\0\0\0\x1cftypavif\0\0\0\0", "an AVIF image"),
    "mp4": (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "a film or a recording"),
    "mp3": (b"ID3\x03\0\0\0\0\0\0\xff\xfb", "a sound recording"),
    "wav": (b"RIFF\x24\0\0\0WAVEfmt \0", "a recording"),
    "webm": (b"\x1aE\xdf\xa3\0\0", "a film"),
    "font": (b"wOF2\0\1\0\0", "a font"),
    "noise": (bytes(range(256)) * 8, "no kind of file that is read here"),
    "zeros": (b"\0" * 1_000, "no kind of file that is read here"),
    "text with a zero": (b"hello\0world", "no kind of file that is read here"),
    "half utf-16": ("half".encode("utf-16-le")[:-1], "no kind of file"),
    "png head only": (b"\x89PNG\r\n\x1a\n", "an image that is damaged"),
    "jpeg head only": (b"\xff\xd8\xff\xe0\0\x10JFIF", "an image that is damaged"),
    "gif head only": (b"GIF89a/*", "an image that is damaged"),
    "gif that is javascript": (b"GIF89a=1;alert(1)//" + b"a" * 99, "is damaged"),
    "cut jpeg": (documents.image("JPEG", (400, 400))[:600], "is damaged"),
    "pixel bomb": (documents.png_that_claims(60_000, 60_000), "50 million pixels"),
    "pixel bomb within": (documents.png_that_claims(7_000, 7_000), "is damaged"),
    "flat pixel bomb": (documents.png_that_claims(2**31 - 1, 1), "50 million pixels"),
    "pdf and zip": (
        documents.pdf("hello") + documents.archive({"a.html": "<script>"}),
        "a PDF and an archive at once",
    ),
    "text and zip": (
        b"hello\n" + documents.archive({"a": "b"}, packed=False),
        "",
    ),
    "docm": (
        documents.archive(
            {
                "[Content_Types].xml": "x",
                "word/document.xml": "x",
                "word/vbaProject.bin": "x",
            }
        ),
        "a Word document with macros",
    ),
    "zip bomb": (
        documents.word_bomb(b" " * 60_000_000),
        "would unpack to far too much",
    ),
    "many entries": (
        documents.archive({f"{n}": "" for n in range(packages.MOST_ENTRIES + 1)}),
        "would unpack to far too much",
    ),
}


@pytest.mark.parametrize("data", TEXTS.values(), ids=TEXTS)
def test_what_people_write_is_text(data):
    found = look(data)

    assert (found.refusal, found.kind, found.media_type) == ("", "text", "text/plain")


@pytest.mark.parametrize(("data", "said"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_taken_is_named(data, said):
    found = look(data)

    assert said in found.refusal and found.refusal.startswith("It is ")
    assert found.image is None and found.kind == ""


def test_there_are_enough_of_them():
    assert len(TEXTS) + len(REFUSED) >= 60


def test_documents_are_known_by_what_they_hold():
    assert look(documents.pdf("hello")).kind == "pdf"
    assert look(b"\xef\xbb\xbf\n" + documents.pdf("hello")).kind == "pdf"
    assert look(documents.word("hello")).kind == "docx"


def test_a_protected_archive_is_refused():
    data = bytearray(documents.archive({"a.txt": "a"}))
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as whole:
        start = whole.start_dir
    data[6] |= 1  # in the entry …
    data[start + 8] |= 1  # … and in the list of entries

    assert "protected with a password" in look(bytes(data)).refusal


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_picture_is_made_anew_in_its_own_format(form):
    found = look(documents.image(form, (40, 30)))

    assert found.image is not None
    again = Image.open(io.BytesIO(found.image))
    assert (again.format, again.size) == (form, (40, 30))
    assert (found.media_type, found.width, found.height) == (
        f"image/{form.lower()}",
        40,
        30,
    )


def test_a_photograph_tells_nothing_but_what_is_seen():
    found = look(documents.photograph())

    assert found.image is not None and b"SECRET" not in found.image
    again = Image.open(io.BytesIO(found.image))
    assert not again.getexif() and "comment" not in again.info
    assert again.size == (40, 60)  # turned as the camera said


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize(
    "hidden", [b"<script>HIDDEN</script>", documents.archive({"HIDDEN": "x"})]
)
def test_what_hangs_on_a_picture_is_gone(form, hidden):
    found = look(documents.image(form) + hidden)

    assert found.image is not None
    assert b"HIDDEN" not in found.image and b"PK\x03\x04" not in found.image


def test_of_an_animation_the_first_frame_is_kept():
    found = look(documents.animation())

    assert found.image is not None
    again = Image.open(io.BytesIO(found.image))
    assert getattr(again, "n_frames", 1) == 1
    assert again.convert("RGB").getpixel((5, 5)) == (255, 0, 0)


def test_a_large_picture_is_made_smaller():
    found = look(documents.image("JPEG", (5_000, 1_000)))

    assert max(found.width, found.height) == 2_048
    assert found.width / found.height == pytest.approx(5, rel=0.01)


def test_a_see_through_picture_stays_so():
    made = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(made, "PNG")
    found = look(made.getvalue())

    assert found.image is not None
    assert Image.open(io.BytesIO(found.image)).getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_any_kind_of_png_is_taken(mode):
    made = io.BytesIO()
    Image.new(mode, (30, 30)).save(made, "PNG")

    assert look(made.getvalue()).refusal == ""


def test_a_printers_jpeg_is_taken():
    made = io.BytesIO()
    Image.new("CMYK", (30, 30)).save(made, "JPEG")
    found = look(made.getvalue())

    assert found.image is not None
    assert Image.open(io.BytesIO(found.image)).mode == "RGB"
