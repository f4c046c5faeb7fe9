"""Whether bytes are text, and in which encoding."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# what text has beside letters: tab, newlines, form feed, and the escape of logs
_CONTROLS = re.compile("[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_STRANGE = re.compile("[\x80-\x9f\ufffe\uffff]")
_PROBE = 64 * 1024  # bytes that are enough to judge by
_LEAST_LETTERS = 0.7  # of a text in an old encoding


def decoded(data: bytes) -> str | None:
    """The text, its newlines made ``\\n``; None when it is none."""
    text = _unicode(data)
    if text is None:
        text = _old_encoding(data)
    if text is None or _CONTROLS.search(text) or _STRANGE.search(text):
        return None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _unicode(data: bytes) -> str | None:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _strictly(data, encoding)
    if b"\x00" in data[:_PROBE]:
        return _strictly(data, _utf16_without_mark(data[:_PROBE]))
    return _strictly(data, "utf-8")


def _utf16_without_mark(start: bytes) -> str:
    """Most text has many characters below 256: every other byte of it is zero."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    half = max(len(start) // 2, 1)
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half else ""


def _old_encoding(data: bytes) -> str | None:
    """Windows-1252 takes nearly any bytes: most of them must be what people write."""
    text = _strictly(data, "cp1252")
    if text is None:
        return None
    start = text[:_PROBE]
    usual = sum(char.isalnum() or char.isspace() for char in start)
    return text if usual >= _LEAST_LETTERS * len(start) else None


def _strictly(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding) if encoding else None
    except UnicodeDecodeError:
        return None
