"""Numbers in a finished reply that become links to what they cite.

The links are ours: they are put into HTML that the sanitiser has let through, to
addresses that this product made, and never into code, formulas or other links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

MARK = re.compile(r"\[(\d{1,3})\]")
_TAG = re.compile(r"""(<(?:"[^"]*"|'[^']*'|[^'">])*>)""")
_NAME = re.compile(r"</?([a-zA-Z][\w-]*)")
_UNTOUCHED = frozenset(("a", "button", "code", "math", "pre", "svg"))


@dataclass(frozen=True, slots=True)
class Cited:
    """Where something stands, in words and as an address of ours."""

    title: str
    address: str


def linked(html: str, sources: Mapping[int, Cited]) -> tuple[str, list[int]]:
    """The ``html`` of a reply with its numbers as links to ``sources``, and which of
    them it cites, in order.
    """
    if not sources or "[" not in html:
        return html, []
    cited: set[int] = set()

    def link(found: re.Match[str]) -> str:
        mark = int(found[1])
        if mark not in sources:
            return found[0]
        cited.add(mark)
        return _link(found[0], mark, sources[mark])

    parts = _TAG.split(html)
    depth = 0
    for at, part in enumerate(parts):
        if at % 2 == 0:
            if not depth:
                parts[at] = MARK.sub(link, part)
        elif (name := _NAME.match(part)) and name[1].lower() in _UNTOUCHED:
            depth = max(0, depth + (-1 if part.startswith("</") else 1))
    return "".join(parts), sorted(cited)


def _link(text: str, mark: int, source: Cited) -> str:
    title = escape(f"Source {mark}: {source.title}")
    address = escape(source.address)
    return (
        f'<a class="cite" href="{address}" data-nav title="{title}" '
        f'aria-label="{title}">{text}</a>'
    )
