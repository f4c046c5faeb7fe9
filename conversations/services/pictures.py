"""The images of a prompt, read where they are sent."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from chatsite.lib.crypto import CannotOpen
from conversations.core.model_api import Image, Item
from conversations.models import File
from conversations.services import files


def pictured(owner_id: UUID, items: Iterable[Item]) -> tuple[Item, ...]:
    """The items with the content of their images. One that cannot be opened is left
    away; what the text says of it stays.
    """
    items = tuple(items)
    ids = {image.id for item in items for image in item.images}
    if not ids:
        return items
    rows = File.objects.filter(owner_id=owner_id, kind=File.Kind.IMAGE).in_bulk(ids)
    urls = {id: _data_url(file) for id, file in rows.items()}
    return tuple(
        replace(item, images=tuple(_read(item.images, urls))) if item.images else item
        for item in items
    )


def _read(images: Iterable[Image], urls: dict[UUID, str]) -> Iterable[Image]:
    return (Image(one.id, urls[one.id]) for one in images if urls.get(one.id))


def _data_url(file: File) -> str:
    try:
        content = b"".join(files.content(file))
    except CannotOpen:
        return ""
    return f"data:{file.media_type};base64,{b64encode(content).decode()}"
