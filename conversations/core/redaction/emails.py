"""E-mail addresses. Each ``@`` is looked at once, with what stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .spans import Span, Type

# Letters of scripts that put spaces between words: elsewhere an address ends where the
# next word begins.
LETTERS = (
    "A-Za-z\u0300-\u036f\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0370-\u03ff\u0400-\u0587"
    "\u05d0-\u05ea\u0620-\u064a\u0900-\u0dff\u10a0-\u10ff\u1e00-\u1fff"
)
_LOCAL = re.compile(rf"[{LETTERS}0-9._+'\-!#$%^~]*")  # on the reversed text before it
_QUOTED = re.compile(r'"[^"\n]{1,64}"')  # reversed as well: it reads the same
# ann/sales@…, bounces+ann=example.com@…; elsewhere these signs stand before an address.
_ROUTE = re.compile(
    rf"(?:(?<![^\s<(\"',;])[{LETTERS}0-9._\-]+/|[{LETTERS}0-9._\-]+\+[{LETTERS}0-9._\-]*=)\Z"
)
_DOMAIN = re.compile(
    rf"(?:[{LETTERS}0-9\-]+\.)+(?P<last>xn--[A-Za-z0-9\-]+|[{LETTERS}]{{2,}})"
    r"|(?:[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+\.)+[A-Za-z]{2,}"
)
_VERSION = re.compile(r"v?\d+\.\d+\.")  # a package at a version
# Endings of files and units, and methods after a matrix product; no domains end so.
_NO_DOMAINS = """
png jpg jpeg gif svg webp avif bmp ico css js mjs ts tsx jsx json html htm xml txt pdf
yml yaml toml lock exe dll tar gz service socket timer target mount slice local
localdomain dot sum mean transpose reshape
"""
_NAMES = re.compile(  # of a file that is called by an address
    rf"(?:[{LETTERS}0-9\-]{{1,63}}\.){{1,3}}(?:com|org|net|edu|gov|info)"
    r"(?=\.[A-Za-z]{2,5}(?![A-Za-z.]))"
)
_SERVICES = frozenset({"git", "hg", "svn"})  # who logs in there is nobody
LONGEST_LOCAL = 254


def emails(text: str) -> Iterator[Span]:
    at = text.find("@")
    before = 0
    while at >= 0:
        start = _local_start(text, before, at)
        domain = _domain(text, at + 1) if start < at else None
        if domain and _is_address(text, start, at, domain):
            yield _without_emphasis(text, start, domain.end())
        before, at = at + 1, text.find("@", at + 1)


def _local_start(text: str, before: int, at: int) -> int:
    if quoted := _QUOTED.match(text[max(0, at - 66) : at][::-1]):
        return at - quoted.end()
    first = max(before, at - LONGEST_LOCAL)
    local = _LOCAL.match(text[first:at][::-1])
    start = at - len(local[0].rstrip(".'-!#$%^~")) if local else at
    if start < at and text[start - 1 : start] in ("/", "="):
        route = _ROUTE.search(text, max(first, start - 64), start)
        return route.start() if route else start
    return start


def _domain(text: str, at: int) -> re.Match[str] | None:
    domain = _DOMAIN.match(text, at)
    if domain and (domain["last"] or "").lower() in _NO_DOMAINS.split():
        return _NAMES.match(text, at)
    return domain


def _is_address(text: str, start: int, at: int, domain: re.Match[str]) -> bool:
    local, host = text[start:at], domain[0]
    if local.lower() in _SERVICES or _is_login(text, start):
        return False
    return not _VERSION.match(host)


def _is_login(text: str, start: int) -> bool:
    """Whether what stands before the sign is a password: ``https://user:word@host``."""
    if text[start - 1 : start] != ":":
        return False
    scheme = text.rfind("://", max(0, start - 100), start)
    return scheme >= 0 and not re.search(r"[\s/?]", text[scheme + 3 : start])


def _without_emphasis(text: str, start: int, end: int) -> Span:
    """``_ann@example.com_``: the underscores are Markdown's."""
    if text[start] == "_" and text[end : end + 1] == "_":
        start += 1
    return Span(Type.EMAIL, start, end)
