"""Texts of an idle conversation in cold storage."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone

from chatsite.lib.crypto import CannotOpen, open_bytes, seal_bytes
from chatsite.lib.fields import ELSEWHERE, Sealed
from chatsite.lib.ids import uuid7
from conversations.core.packs import BadPack, pack, unpack
from conversations.models.owned import Owned

REFERENCE = len(ELSEWHERE) + 16  # bytes; no sealed text is so short
OPENED = 8_000_000  # characters that stay open in a process, about
_HOPS = 3  # a text that is being moved is looked for so often


class ColdPart(Owned):
    """A piece of what was said in an idle conversation: packed, compressed, sealed. In
    the fields that a text came from is a reference to its part, and who reads such a
    field is given the text. When the conversation is opened the texts come back, and
    the part goes.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, related_name="cold_parts"
    )
    number = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()  # texts in it
    sealed = models.BinaryField()
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "number"], name="one_cold_part_a_number"
            )
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.conversation_id}"

    @property
    def reference(self) -> Sealed:
        return Sealed(ELSEWHERE + self.id.bytes)

    def put(self, texts: Mapping[str, str]) -> None:
        """Seal these texts, by ``name_of``, and see that they can be read again."""
        self.rows = len(texts)
        self.sealed = seal_bytes(self.sealing_key(), pack(texts), self._place())
        if self.texts() != texts:
            raise CannotOpen(self._place())

    def texts(self) -> dict[str, str]:
        """Raises ``CannotOpen`` when it was changed, moved or cut."""
        place = self._place()
        try:
            return unpack(open_bytes(self.sealing_key(), bytes(self.sealed), place))
        except BadPack as problem:
            raise CannotOpen(place) from problem

    @classmethod
    def text_of(cls, row: Owned, field: Any, reference: bytes) -> str:
        """The packed text that a field's reference leads to; raises ``CannotOpen``."""
        row.sealing_key()
        for _ in range(_HOPS):
            texts = cls._opened(reference, row.owner_id)
            if texts is not None:
                break
            # it came back since the row was read
            here = type(row)._base_manager.filter(pk=row.pk)
            now = here.values_list(field.attname, flat=True).first()
            if now is None or now[:1] != ELSEWHERE:
                return field.open_packed(row, bytes(now or b""))
            reference = now
        text = (texts or {}).get(name_of(type(row), field.attname, row.pk))
        if text is None:
            raise CannotOpen(field.place(row))
        return text

    @classmethod
    def _opened(cls, reference: bytes, owner: UUID) -> Mapping[str, str] | None:
        """The texts of a part; None when there is no such part any more."""
        try:
            part_id = UUID(bytes=bytes(reference[len(ELSEWHERE) :]))
        except ValueError as problem:
            raise CannotOpen("cold part") from problem
        if (known := _memory.get(part_id, owner)) is not None:
            return known
        part = cls.objects.filter(id=part_id, owner_id=owner).first()
        if part is None:
            return None
        texts = part.texts()
        _memory.put(part_id, owner, texts)
        return texts

    def _place(self) -> str:
        """What the seal is bound to."""
        whose = f"{self._meta.db_table}|{self.owner_id}|{self.pk}|sealed"
        return f"{whose}|{self.conversation_id}|{self.number}"


def name_of(model: type[models.Model], field: str, pk: UUID) -> str:
    """What a text is called in a part."""
    return f"{model._meta.model_name}.{field}:{pk.hex}"


class _Memory:
    """The parts that were read last. A part never changes, and whoever asks has shown
    that the person's key is there.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._parts: OrderedDict[tuple[UUID, UUID], Mapping[str, str]] = OrderedDict()
        self._size = 0

    def get(self, part: UUID, owner: UUID) -> Mapping[str, str] | None:
        with self._lock:
            if (found := self._parts.get((part, owner))) is not None:
                self._parts.move_to_end((part, owner))
            return found

    def put(self, part: UUID, owner: UUID, texts: Mapping[str, str]) -> None:
        with self._lock:
            if (part, owner) in self._parts:
                return
            self._parts[part, owner] = texts
            self._size += _size(texts)
            while self._size > OPENED:
                self._size -= _size(self._parts.popitem(last=False)[1])

    def forget(self) -> None:
        with self._lock:
            self._parts.clear()
            self._size = 0


def _size(texts: Mapping[str, str]) -> int:
    return sum(map(len, texts.values()))


_memory = _Memory()


def forget() -> None:
    """Let go of what was opened."""
    _memory.forget()
