"""Pictures made anew: only what is seen is kept.

Decoding and encoding again leaves behind where a photograph was taken, who took it,
and whatever was hidden in or after it. The format stays, so the name stays true; of an
animation the first frame is kept. Colours are taken for sRGB.
"""

from __future__ import annotations

import warnings
from io import BytesIO
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from conversations.extraction.found import Found
from conversations.extraction.packages import NotTaken

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2048  # pixels; models look at no more
_HOW: dict[str, dict[str, Any]] = {
    "PNG": {"optimize": False},
    "JPEG": {"quality": 88, "optimize": True},
    "WEBP": {"quality": 88, "method": 4},
    "GIF": {"optimize": False},
}
_MODES = {
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA"),
    "JPEG": ("L", "RGB"),
    "WEBP": ("RGB", "RGBA"),
    "GIF": ("1", "L", "P"),
}
DAMAGED = "It is an image that is damaged."
TOO_MANY_PIXELS = "It is an image of more than 50 million pixels."


def made_anew(data: bytes) -> Found:
    """Raises ``NotTaken``."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about what an upload may hold
            picture, form = _opened(data)
            made = BytesIO()
            picture.save(made, form, **_HOW[form])
    except MemoryError:
        raise NotTaken("It is an image that is too large to be looked at.") from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise NotTaken(DAMAGED) from None
    except Image.DecompressionBombError:
        raise NotTaken(TOO_MANY_PIXELS) from None
    return Found(
        kind="image",
        media_type=f"image/{form.lower()}",
        named="an image",
        width=picture.width,
        height=picture.height,
        image=made.getvalue(),
    )


def _opened(data: bytes) -> tuple[Image.Image, str]:
    source = Image.open(BytesIO(data), formats=FORMATS)
    form = source.format or ""
    if source.width * source.height > MOST_PIXELS:
        raise NotTaken(TOO_MANY_PIXELS)
    source.draft(None, (LONGEST_SIDE, LONGEST_SIDE))  # a JPEG is decoded smaller
    source.load()
    picture = ImageOps.exif_transpose(source)
    if picture.mode not in _MODES[form] or max(picture.size) > LONGEST_SIDE:
        picture = _in_true_colours(picture)
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    picture = _of_mode(picture, form)
    clean = Image.new(picture.mode, picture.size)
    clean.paste(picture)  # a new image has none of the old one's metadata
    if picture.mode == "P":
        _keep_palette(picture, clean)
    return clean, form


def _in_true_colours(picture: Image.Image) -> Image.Image:
    see_through = picture.mode in ("LA", "PA", "RGBA", "RGBa", "La")
    if see_through or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")


def _of_mode(picture: Image.Image, form: str) -> Image.Image:
    if picture.mode in _MODES[form]:
        return picture
    if form == "GIF":
        return picture.convert("RGBA").quantize(256)
    return picture.convert("RGB")


def _keep_palette(picture: Image.Image, clean: Image.Image) -> None:
    if palette := picture.getpalette():
        clean.putpalette(palette)
    if "transparency" in picture.info:
        clean.info["transparency"] = picture.info["transparency"]
