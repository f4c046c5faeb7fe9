"""What a file is called, and what that claims it is. Names are never believed."""

from __future__ import annotations

import re
import unicodedata

from conversations.core.first_words import one_line

LONGEST = 120  # characters
LONGEST_ENDING = 16
NAMELESS = "file"
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # on some system, or in its shell
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)

MARKDOWN = frozenset(("md", "markdown", "mdown", "mkd"))
TABLES = frozenset(("csv", "tsv"))
_CODE = """
    bash bat c cc cfg clj conf cpp cs css dart diff ex go gradle h hpp hs htm html ini
    java jl js json jsx kt less lua m mjs mm patch php pl proto ps1 py pyi r rb rs scala
    scss sh sql svelte svg swift tf toml ts tsx vb vue xml yaml yml zig
"""
CODE = frozenset(_CODE.split())
# endings that promise something which only its content can be
PROMISED = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "webp": "image/webp",
    "gif": "image/gif",
}


def clean_name(given: str) -> str:
    """The name as it is shown and offered for saving: the last part of a path, on one
    line, without what cannot be seen or what a system could take for more than a name.
    """
    name = unicodedata.normalize("NFC", given.encode("utf-8", "replace").decode())
    name = one_line(re.split(r"[/\\]", name.rstrip("/\\"))[-1])
    name = _FORBIDDEN.sub("_", name).lstrip(". ").rstrip(". ")
    if not name:
        return NAMELESS
    if _DEVICES.match(name):
        name = f"_{name}"
    return _shortened(name)


def same_name(name: str) -> str:
    """Two names that a person takes for the same are the same here."""
    return unicodedata.normalize("NFKC", name).casefold()


def ending(name: str) -> str:
    """``report.PDF`` → ``pdf``; "" without one."""
    stem, dot, last = name.rpartition(".")
    return last.lower() if dot and stem and len(last) <= LONGEST_ENDING else ""


def kind_of_text(name: str) -> str:
    """What a file that is proven to be text may be called: a ``File.Kind``."""
    last = ending(name)
    if last in MARKDOWN:
        return "markdown"
    if last in TABLES:
        return "csv"
    return "code" if last in CODE else "text"


def promised(name: str) -> str:
    """The media type that the name promises; "" when it promises none."""
    return PROMISED.get(ending(name), "")


def _shortened(name: str) -> str:
    """The ending stays: it tells people, and their computers, what to do with it."""
    if len(name) <= LONGEST:
        return name
    last = ending(name)
    tail = f"…{'.' if last else ''}{last}"
    return name[: LONGEST - len(tail)].rstrip(". ") + tail
