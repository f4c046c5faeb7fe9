"""What came along with a message: the demo model sees no image, and says so."""

from __future__ import annotations

import re
from typing import Any

_LINE = re.compile(r"^\[(image|file): (.+)\]$", re.M)
_UNSEEN = re.compile(r" – this model cannot see images$")
_DATA_URL = re.compile(r"data:([\w.+/-]+);base64,")


def without_attachments(text: str) -> str:
    """Return what the person said, without the lines about what came along."""
    return _LINE.sub("", text).strip()


def received(text: str) -> str:
    """Return an honest word on what came with a message, or nothing."""
    found = [(kind, _UNSEEN.sub("", what)) for kind, what in _LINE.findall(text)]
    images = [what for kind, what in found if kind == "image"]
    if images:
        return (
            f"I was sent {_listed(images)}. I am the demo model and cannot see images: "
            "this is all I know of it. Set `OPENAI_API_KEY` for a model that can."
        )
    files = [what for kind, what in found if kind == "file"]
    if files and not without_attachments(text):
        return f"I was given {_listed(files)}. Ask me what it says."
    return ""


def line_of_image(part: dict[str, Any]) -> str:
    """Return what can be told of an image that came as itself: its type and size."""
    url = part.get("image_url")
    url = url.get("url") if isinstance(url, dict) else url
    if not isinstance(url, str):
        return ""
    if not (data := _DATA_URL.match(url)):
        return "[image: at some address]"
    size = (len(url) - data.end()) * 3 // 4 - url[-2:].count("=")
    return f"[image: {data[1]}, {size} bytes]"


def _listed(names: list[str]) -> str:
    named = [f"`{name}`" for name in names]
    return " and ".join(filter(None, [", ".join(named[:-1]), named[-1]]))
