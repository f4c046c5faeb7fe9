"""A reply that broke off, as it was last seen: with its open end mended."""

from __future__ import annotations

from .stream import MarkdownStream


def render_unfinished(source: str) -> str:
    """Return the sanitised HTML that a stream of ``source`` would show by now."""
    stream = MarkdownStream()
    stream.feed(source)
    stream.flush()
    return stream.html
