"""Files of the cast, uploaded and read as in the product, and at once."""

from __future__ import annotations

import uuid
from uuid import UUID

from accounts.models import User
from conversations.extraction import readers
from conversations.models import File
from conversations.services import messages, reading_files, uploading
from conversations.services.acknowledging import Posted

TEXT = b"The harbour of Odda is seven metres deep.\n\nIt freezes in a cold spring.\n"


def upload(
    by: User,
    data: bytes = TEXT,
    name: str = "odda.txt",
    conversation: UUID | None = None,
) -> File:
    return uploading.upload(
        by=by.id, name=name, chunks=[data], conversation_id=conversation
    )


def send(by: User, *files: File, text: str = "Look", **fields: object) -> Posted:
    asked = {"request_id": uuid.uuid4(), "text": text, **fields}
    return messages.post(by=by.id, attachments=[file.id for file in files], **asked)


def read_all() -> list[File]:
    """Read what waits, one after another and in this process; the files as they are
    then.
    """
    done = []
    while reading := reading_files.claim(uuid.uuid4()):
        data = reading.data()
        if data is not None:
            reading.take(readers.read(reading.file.kind, data, 500))
        done.append(File.objects.get(id=reading.file.id))
    return done
