"""Files for tests, made through the ORM: read already, as a test needs them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from accounts.models import User
from conversations.core.tokens import count
from conversations.models import File, Passage
from conversations.services import file_parts
from conversations.services.file_versions import Marks

# one pixel
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753"
    "de0000000c49444154789c6390c9080000017800d50953e5760000000049454e"
    "44ae426082"
)


def make_file(
    owner: User, name: str, *texts: str, pages: Sequence[int] = (), **fields: object
) -> UUID:
    """A file that was uploaded, with these passages, and not sent yet."""
    data = "\n\n".join(texts).encode()
    file = File(
        owner_id=owner.id,
        name=name,
        **{
            "kind": "text",
            "media_type": "text/plain",
            "size": len(data),
            "status": File.Status.READY,
            **fields,
        },
    )
    marks = Marks(owner.id)
    file.name_hash, file.digest = marks.of_name(name), marks.of_content([data])
    file.save(force_insert=True)
    file_parts.store(file_parts.sealed(file, data))
    numbered = enumerate(texts, start=1)
    Passage.objects.bulk_create(
        Passage(
            file=file,
            owner_id=owner.id,
            number=number,
            page=pages[number - 1] if pages else None,
            body=text,
            tokens=count(text),
        )
        for number, text in numbered
    )
    return file.id


def make_image(owner: User, name: str = "photo.png", **fields: object) -> UUID:
    """A picture of one pixel that says it has more."""
    sizes = {"width": 640, "height": 480} | fields
    file = File(
        owner_id=owner.id,
        name=name,
        kind="image",
        media_type="image/png",
        size=len(PNG),
        status=File.Status.READY,
        done=100,
        **sizes,
    )
    marks = Marks(owner.id)
    file.name_hash, file.digest = marks.of_name(name), marks.of_content([PNG])
    file.save(force_insert=True)
    file_parts.store(file_parts.sealed(file, PNG))
    return file.id
