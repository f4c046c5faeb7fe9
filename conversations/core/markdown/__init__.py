"""Markdown of a reply to sanitised HTML, at once or while it grows."""

from .patch import Patch, utf16_length
from .render import render
from .stream import MarkdownStream
from .unfinished import render_unfinished

# Raised whenever the HTML of any text changes: stored HTML is kept together with it.
RENDERER_VERSION = 3

__all__ = [
    "RENDERER_VERSION",
    "MarkdownStream",
    "Patch",
    "render",
    "render_unfinished",
    "utf16_length",
]
