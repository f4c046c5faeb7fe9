"""Word documents, by python-docx: headings, paragraphs, lists and tables in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO

from docx import Document
from docx.table import Table
from docx.text.paragraph import Paragraph

from conversations.core.blocks import Block, Kind
from conversations.extraction.found import End, Event, Progress
from conversations.extraction.packages import NotTaken, check_word
from conversations.extraction.readers.plain import pieces

DAMAGED = "It is damaged, so it cannot be read."
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def read(data: bytes, pages: int) -> Iterator[Event]:
    try:
        check_word(data)
        document = Document(BytesIO(data))
        total = len(document.element.body)
        for number, part in enumerate(document.iter_inner_content()):
            yield Progress(number * 100 // max(total, 1))
            yield from _blocks(part)
    except NotTaken as problem:
        yield End(str(problem), failed=True)
    except MemoryError:
        raise
    except Exception:  # whatever libraries come to raise that read such files
        yield End(DAMAGED, failed=True)


def _blocks(part: Paragraph | Table) -> Iterator[Block]:
    if isinstance(part, Table):
        yield from _rows(part)
        return
    text = _clean(part.text).strip()
    if text:
        style = (part.style.name if part.style is not None else "") or ""
        if style.startswith(("Heading", "Title")):
            yield from pieces(Block(text, "heading"))
        else:
            listed = (
                style.startswith("List")
                or part._p.pPr is not None
                and (part._p.pPr.numPr is not None)
            )
            yield from pieces(Block(f"- {text}" if listed else text))


def _rows(table: Table) -> Iterator[Block]:
    """The first row names the columns. Merged cells are told once."""
    for number, row in enumerate(table.rows):
        cells: list[str] = []
        last = None
        for cell in row.cells:
            if cell._tc is not last:
                cells.append(" ".join(_clean(cell.text).split()))
            last = cell._tc
        if any(cells):
            kind: Kind = "row" if number else "header"
            yield from pieces(Block(" | ".join(cells), kind))


def _clean(text: str) -> str:
    return _UNSEEN.sub("", text)
