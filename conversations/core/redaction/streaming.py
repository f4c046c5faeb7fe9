"""Masking a reply while it streams: what is shown is what will be stored."""

from __future__ import annotations

import re

from .finding import find
from .spans import Span

WINDOW = 160  # characters from the first sign of a value on; longer than any but keys
UNBROKEN = 4_096  # characters of one word: tokens are long
KEY = 16_384  # characters of a private key
CONTEXT = 96  # characters before, which may say what a number is

_SIGN = re.compile(r"[\d@%&(\[{]")
_END = re.compile(r"-----END[^\n-]*-----")


class Masker:
    """Gives what was fed, masked. Held back is an end that a value may have begun in:
    the last word or two of plain words, up to ``WINDOW`` characters of numbers.
    """

    def __init__(self) -> None:
        self._before = ""  # as it was fed
        self._held = ""

    def feed(self, delta: str) -> str:
        self._held += delta
        return self._settle(_open_from(self._held))

    def end(self) -> str:
        return self._settle(len(self._held))

    def _settle(self, cut: int) -> str:
        start = len(self._before)
        text = self._before + self._held
        found = find(text) if cut else []
        for span in found:  # what has begun is not cut
            if span.start - start < cut < span.end - start:
                cut = max(0, span.start - start)
        done = start + cut
        shown = "".join(_masked(text, found, start, done))
        self._before = text[max(0, done - CONTEXT) : done]
        self._held = text[done:]
        return shown


def _masked(text: str, found: list[Span], start: int, end: int) -> list[str]:
    parts: list[str] = []
    done = start
    for span in found:
        if start < span.end <= end:
            parts += (text[done : max(done, span.start)], f"[{span.type}]")
            done = span.end
    return [*parts, text[done:end]]


def _open_from(text: str) -> int:
    """Where a value may have begun that the end of ``text`` cuts."""
    cut = _last_words(text)
    if sign := _SIGN.search(text, max(0, len(text) - WINDOW)):
        cut = min(cut, _word_start(text, sign.start()))
    key = text.rfind("-----BEGIN", max(0, len(text) - KEY))
    if key >= 0 and not _END.search(text, key):
        cut = min(cut, key)
    return cut


def _last_words(text: str) -> int:
    """Where the last word begins, and the one before it while no space ends it."""
    end = len(text.rstrip())
    start = _word_start(text, end)
    if end < len(text):
        return start
    return _word_start(text, len(text[:start].rstrip()))


def _word_start(text: str, at: int) -> int:
    least = max(0, len(text) - UNBROKEN)
    while at > least and not text[at - 1].isspace():
        at -= 1
    return at
