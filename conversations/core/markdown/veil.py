"""Hides from the Markdown parser what it must not read, and shows it again after.

Unicode keeps a few code points that are never characters. Four of them serve as marks
here; a text that contains them loses them in ``clean``, so nobody can forge a mark.
"""

from __future__ import annotations

import html
import re
from typing import Literal

LESS = "\ufdd0"  # stands for "<"
BACKSLASH = "\ufdd1"  # stands for "\"
_OPEN, _CLOSE = "\ufdd2", "\ufdd3"  # around a hidden text, in hexadecimal digits

# raw: a line shown as it is written; maths: a formula; pending: one still being typed.
Kind = Literal["raw", "maths", "pending"]

_FORBIDDEN = re.compile("[\x00\ud800-\udfff\ufdd0-\ufdd3]")
_HIDDEN = re.compile(f"(?:###### )?{_OPEN}([a-z]+)-([0-9a-f]*){_CLOSE}")
_HEADING = re.compile(f"<h6>{_OPEN}(maths|pending)-([0-9a-f]*){_CLOSE}</h6>")


def clean(text: str) -> str:
    """Bring line ends to one form and replace what cannot be shown or encoded."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _FORBIDDEN.sub("\ufffd", text)


def hide(kind: Kind, text: str) -> str:
    """Return one line that means nothing to the parser and holds the text.

    A formula becomes a heading, because that is the one block of a single line which
    may follow anything: it ends a paragraph or a table, and fits inside a list item.
    """
    mark = f"{_OPEN}{kind}-{text.encode().hex()}{_CLOSE}"
    return mark if kind == "raw" else f"###### {mark}"


def show(parsed: str) -> str:
    """Undo ``hide`` in parsed HTML, and leave formulas as ``<x-maths>`` elements."""
    if _OPEN in parsed:
        parsed = _HEADING.sub(_formula, parsed)
        parsed = _HIDDEN.sub(lambda match: html.escape(_text(match[2])), parsed)
    return parsed.replace(LESS, "&lt;").replace(BACKSLASH, "\\")


def _formula(match: re.Match[str]) -> str:
    return f"<x-{match[1]}>{html.escape(_text(match[2]))}</x-{match[1]}>"


def _text(digits: str) -> str:
    return bytes.fromhex(digits).decode()
