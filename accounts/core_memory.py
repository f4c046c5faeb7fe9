"""Core memory: two blocks of text that go with every turn, how the assistant is with a
person and what it knows of them. The person and the model both may write in them.

A block is never changed. Other words are another version; the newest is in force. Every
change locks the person's row first, so of two at once each sees the other's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from accounts.models import CoreMemory
from accounts.remembering import lock, seen
from chatsite.lib.fields import Unreadable

LONGEST = 2_000  # characters of a block; every turn pays for them
VERSIONS = 50  # of a block that are kept
KEPT = timedelta(days=1)  # a change can be taken back for so long
LABELS = tuple(CoreMemory.Label.values)

Label = Literal["assistant", "person"]
Source = Literal["person", "model"]


class BadMemory(ValueError):
    """The change is refused; ``str()`` is a sentence for who asked for it."""


class NoSuchVersion(Exception):
    """There is no such version, as far as this person may know."""


@dataclass(frozen=True, slots=True)
class Written:
    """``changed``: False when the block read just so already; ``version`` is then the
    one that does, None when nothing was ever written.
    """

    version: CoreMemory | None
    changed: bool = True


def current(owner_id: UUID) -> dict[str, CoreMemory]:
    """The newest version of each block, by label; one that was never written is not
    there. One query.
    """
    newer = CoreMemory.objects.filter(
        owner_id=OuterRef("owner_id"),
        label=OuterRef("label"),
        version__gt=OuterRef("version"),
    )
    rows = CoreMemory.objects.filter(~Exists(newer), owner_id=owner_id)
    return {row.label: row for row in rows}


def versions(owner_id: UUID, label: Label) -> list[CoreMemory]:
    """All that are kept, the newest first."""
    return list(_versions(owner_id, label))


@transaction.atomic
def write(
    owner_id: UUID,
    label: Label,
    text: str,
    *,
    onto: int | None = None,
    source: Source = "person",
    source_message: UUID | None = None,
) -> Written:
    """Let a block read ``text`` from now on; "" empties it. ``onto``: the version that
    was looked at, 0 for none. Raises ``BadMemory``, also when there is a later one.
    """
    lock(owner_id)
    newest = _versions(owner_id, label).values_list("version", flat=True).first()
    if onto is not None and onto != (newest or 0):
        raise BadMemory("It was changed meanwhile. Look at it again before you save.")
    return _write(owner_id, label, text, source, source_message)


@transaction.atomic
def append(
    owner_id: UUID,
    label: Label,
    text: str,
    *,
    source: Source = "person",
    source_message: UUID | None = None,
) -> Written:
    """Add a line at the end of a block. Raises ``BadMemory``."""
    lock(owner_id)
    if not _clean(text):
        raise BadMemory("Say what should be added.")
    whole = f"{_readable(owner_id, label)}\n{text}".lstrip("\n")
    return _write(owner_id, label, whole, source, source_message)


@transaction.atomic
def replace(
    owner_id: UUID,
    label: Label,
    old: str,
    new: str,
    *,
    source: Source = "person",
    source_message: UUID | None = None,
) -> Written:
    """Put ``new`` in the place of ``old``; "" takes it out. Raises ``BadMemory`` when
    ``old`` is not there, or more than once.
    """
    lock(owner_id)
    now, old = _readable(owner_id, label), _clean(old)
    times = now.count(old) if old else 0
    if times != 1:
        where = "more than once" if times else "nowhere"
        raise BadMemory(f"The words to replace stand {where} in this block.")
    whole = now.replace(old, new)
    return _write(owner_id, label, whole, source, source_message)


@transaction.atomic
def restore(owner_id: UUID, version_id: UUID) -> Written:
    """Let a block read again as it did in that version, as a version of its own.

    Raises ``NoSuchVersion``; ``BadMemory`` when it cannot be opened.
    """
    lock(owner_id)
    old = get(owner_id, version_id)
    if isinstance(old.text, Unreadable):
        raise BadMemory("That version cannot be decrypted.")
    return _write(owner_id, old.label, old.text, "person", None)


@transaction.atomic
def undo(owner_id: UUID, version_id: UUID) -> bool:
    """Take back a change: the version goes, and the one before it is in force again.

    False, and nothing is changed, when it is not the newest of its block, or is more
    than a day old.
    """
    lock(owner_id)
    made = CoreMemory.objects.filter(owner_id=owner_id, id=version_id).first()
    if made is None or made.created < timezone.now() - KEPT:
        return False
    newest = _versions(owner_id, made.label).first()
    if newest is None or newest.id != made.id:
        return False
    made.delete()
    return True


def get(owner_id: UUID, version_id: UUID) -> CoreMemory:
    """Raises ``NoSuchVersion``."""
    found = CoreMemory.objects.filter(owner_id=owner_id, id=version_id).first()
    if found is None:
        raise NoSuchVersion
    return found


# --- helpers
def _versions(owner_id: UUID, label: str) -> QuerySet[CoreMemory]:
    rows = CoreMemory.objects.filter(owner_id=owner_id, label=label)
    return rows.order_by("-version")


def _readable(owner_id: UUID, label: Label) -> str:
    newest = _versions(owner_id, label).first()
    if newest is not None and isinstance(newest.text, Unreadable):
        raise BadMemory("This block cannot be decrypted. Write it anew.")
    return newest.text if newest else ""


def _write(
    owner_id: UUID,
    label: str,
    text: str,
    source: Source,
    source_message: UUID | None,
) -> Written:
    if label not in LABELS:
        raise BadMemory(f"The blocks are: {', '.join(LABELS)}.")
    text = _checked(text)
    newest = _versions(owner_id, label).first()
    if text == (newest.text if newest else ""):
        return Written(newest, changed=False)
    number = newest.version + 1 if newest else 1
    made = CoreMemory.objects.create(
        owner_id=owner_id,
        label=label,
        version=number,
        text=text,
        source=source,
        source_message=source_message,
    )
    _versions(owner_id, label).filter(version__lte=number - VERSIONS).delete()
    return Written(made)


def _checked(text: str) -> str:
    text = _clean(text)
    if len(text) > LONGEST:
        raise BadMemory(
            f"A block has at most {LONGEST:,} characters; this would be {len(text):,}."
            " Make it shorter first."
        )
    return text


def _clean(text: str) -> str:
    """Lines of what can be seen."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").splitlines()
    return "\n".join(map(_seen, lines)).strip()


def _seen(line: str) -> str:
    return seen(line).rstrip()
