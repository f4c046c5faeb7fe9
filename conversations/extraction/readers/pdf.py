"""PDF, by pypdf: the text of each page."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from io import BytesIO

from pypdf import PdfReader

from conversations.extraction.found import End, Event, Progress
from conversations.extraction.readers.plain import paragraphs

PROTECTED = "It is protected with a password, so it cannot be read."
DAMAGED = "It is damaged, so it cannot be read."
NO_TEXT = "There is no text in it: its pages are pictures."
_HYPHENATED = re.compile(r"(?<=[^\W\d_])-\n(?=[a-zà-ÿ])")
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


def read(data: bytes, pages: int) -> Iterator[Event]:
    try:
        reader = PdfReader(BytesIO(data))
        # without a password to open it, only what may be done with it is restricted
        if reader.is_encrypted and not reader.decrypt(""):
            yield End(PROTECTED, failed=True)
            return
        total = len(reader.pages)
    except MemoryError:
        raise
    except Exception:  # whatever a library comes to raise that reads such files
        yield End(DAMAGED, failed=True)
        return
    yield from _pages(reader, total, min(total, pages))


def _pages(reader: PdfReader, total: int, read: int) -> Iterator[Event]:
    has_text, broken = False, 0
    for number in range(1, read + 1):
        yield Progress((number - 1) * 100 // read, total)
        try:
            text = reader.pages[number - 1].extract_text()
        except Exception:  # one page that cannot be read is no reason to stop
            broken += 1
            continue
        text = _HYPHENATED.sub("", _UNSEEN.sub("", text))
        for block in paragraphs(text, number):
            has_text = True
            yield block
    if total == 0 or (broken == read and not has_text):
        yield End(DAMAGED, failed=True)
    else:
        yield End(_problem(has_text, broken, total, read))


def _problem(has_text: bool, broken: int, total: int, read: int) -> str:
    said = []
    if not has_text:
        said.append(NO_TEXT)
    if broken:
        said.append(f"{broken} of its pages could not be read.")
    if total > read:
        said.append(f"Only the first {read} of its {total} pages were read.")
    return " ".join(said)
