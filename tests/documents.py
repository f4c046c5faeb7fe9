"""Files for tests, made as they are needed: honest ones, and ones that lie."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence

from docx import Document
from PIL import Image
from pypdf import PdfReader, PdfWriter


def pdf(*pages: str) -> bytes:
    """A PDF whose pages have these lines in Helvetica; "" is a page without text."""
    kids = " ".join(f"{4 + 2 * n} 0 R" for n in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for number, text in enumerate(pages):
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            "/Resources << /Font << /F1 3 0 R >> >> "
            f"/Contents {5 + 2 * number} 0 R >>"
        )
        drawn = _drawn(text)
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
    return _assembled(objects)


def _drawn(text: str) -> str:
    if not text:
        return "0 0 10 10 re f"
    lines = [f"({_escaped(line)}) Tj T*" for line in text.split("\n")]
    return "BT /F1 11 Tf 14 TL 50 750 Td\n" + "\n".join(lines) + "\nET"


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _assembled(objects: Sequence[str]) -> bytes:
    made, offsets = b"%PDF-1.4\n", []
    for number, text in enumerate(objects, 1):
        offsets.append(len(made))
        made += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(made)
    made += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    made += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    made += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n".encode()
    return made + f"startxref\n{start}\n%%EOF\n".encode()


def locked_pdf(password: str, *, owner: str = "owner") -> bytes:
    """``password`` "" is one that anybody can open."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf("The tide is out."))))
    writer.encrypt(password, owner, algorithm="AES-256")
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()


def word(*paragraphs: str, headings: Sequence[str] = ()) -> bytes:
    document = Document()
    for heading in headings:
        document.add_heading(heading, 1)
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    return saved(document)


def saved(document: Document) -> bytes:
    made = io.BytesIO()
    document.save(made)
    return made.getvalue()


def archive(entries: dict[str, bytes | str], *, packed: bool = True) -> bytes:
    made = io.BytesIO()
    how = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(made, "w", how) as package:
        for name, content in entries.items():
            package.writestr(name, content)
    return made.getvalue()


def word_bomb(document: bytes) -> bytes:
    """A Word document with ``document`` for its main part."""
    entries: dict[str, bytes | str] = {}
    with zipfile.ZipFile(io.BytesIO(word("x"))) as honest:
        for name in honest.namelist():
            entries[name] = honest.read(name)
    entries["word/document.xml"] = document
    return archive(entries)


def image(form: str = "PNG", size: tuple[int, int] = (40, 30), **how: object) -> bytes:
    mode = "P" if form == "GIF" else "RGB"
    picture = Image.linear_gradient("L").resize(size).convert(mode)
    made = io.BytesIO()
    picture.save(made, form, **how)
    return made.getvalue()


def photograph() -> bytes:
    """A JPEG that tells where and by whom it was taken."""
    picture = Image.new("RGB", (60, 40), "teal")
    about = Image.Exif()
    about[0x010F], about[0x013B] = "SECRETCAM", "SECRETARTIST"
    about[0x0112] = 6  # to be turned by a quarter
    about.get_ifd(0x8825).update({1: "N", 2: (59.0, 54.0, 0.0)})
    made = io.BytesIO()
    picture.save(made, "JPEG", exif=about, comment=b"SECRETCOMMENT")
    return made.getvalue()


def animation() -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    made = io.BytesIO()
    frames[0].save(made, "GIF", save_all=True, append_images=frames[1:])
    return made.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few bytes that would be ``width`` × ``height`` pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    rows = zlib.compress(b"\0" * 10_000)
    parts = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*part) for part in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check
