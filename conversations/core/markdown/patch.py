"""What a browser is told when the HTML of a growing reply changes."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^>]*>")
_VOID = frozenset({"br", "hr", "input"})


@dataclass(frozen=True, slots=True)
class Patch:
    """A change of the open part: ``open = open.slice(0, keep) + html``.

    The first ``done`` units of the result are final and hold ``blocks`` elements. With
    ``keep`` at -1 the whole message is replaced. Lengths are in UTF-16 units, which is
    how JavaScript counts.
    """

    keep: int
    html: str
    done: int = 0
    blocks: int = 0


def change(before: str, closed: str, after: str) -> Patch:
    """The patch from an open part to newly closed HTML and the open part after it."""
    new = closed + after
    keep = _common_prefix(before, new)
    return Patch(
        utf16_length(new[:keep]), new[keep:], utf16_length(closed), count_blocks(closed)
    )


def utf16_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


def count_blocks(html: str) -> int:
    """How many elements stand at the top level of sanitised HTML."""
    depth = blocks = 0
    for slash, name in _TAG.findall(html):
        if slash:
            depth -= 1
        else:
            blocks += not depth
            depth += name not in _VOID
    return blocks


def _common_prefix(one: str, other: str) -> int:
    # Comparing slices is far quicker than comparing characters in a loop.
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
