"""A person's originals: what their placeholders stand for, sealed under their key.

The same value has the same number for good. What this process put or restored it keeps
in memory, for a while: to restore a page costs no query for each message, and a value
that has been restored is found again wherever it stands (``core.redaction.Known``).
"""

from __future__ import annotations

import hmac
import threading
import time
from collections import OrderedDict, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import IntegrityError, connection, transaction
from django.db.models import Max, Q

from accounts import keyring
from chatsite.lib.fields import SealedTextField, Unreadable
from conversations.core.redaction import (
    Known,
    Type,
    find,
    named,
    restore,
    to_placeholders,
)
from conversations.models import Placeholder

BLOCK = 256  # numbers that are read together
AT_ONCE = 400  # hashes that a query names
TRIES = 20
PEOPLE = 500  # in memory
VALUES = 50_000  # of each of them
TEXTS, LONGEST = 4, 100_000  # that were placed last, of each; characters of one
KEPT_SECONDS = 900.0  # of somebody who does nothing

Value = tuple[Type, str]
Name = tuple[Type, int]


class PersonsVault:
    """``Vault`` of one person. Raises ``CannotOpen`` when their key is gone."""

    def __init__(self, owner: UUID) -> None:
        self.owner = owner
        self._kept = _memory.of(owner)
        self._read: dict[Name, str] = {}

    def get(self, kind: Type, number: int) -> str | None:
        name = (kind, number)
        if name not in self._kept.values and name not in self._read:
            self.read([name])
        return self._kept.values.get(name) or self._read.get(name)

    def read(self, names: Collection[Name]) -> None:
        """Make these ready to be got, together: one query, or none."""
        blocks = {
            (number - 1) // BLOCK
            for kind, number in names
            if (kind, number) not in self._kept.values
            and (kind, number) not in self._read
        }
        if not blocks:
            return
        near = Q()
        for block in blocks:
            near |= Q(number__gt=block * BLOCK, number__lte=(block + 1) * BLOCK)
        rows = Placeholder.objects.filter(near, owner_id=self.owner)
        found = {
            (Type(row.kind), row.number): row.original
            for row in rows
            if row.number is not None and not isinstance(row.original, Unreadable)
        }
        self._read |= found
        if _may_keep():
            self._kept.keep(found)

    def put_all(self, values: Sequence[Value]) -> list[int]:
        """One query where all are known, a few where some are new. What is new is
        stored for good, so do it before a transaction that others may wait for.
        """
        self._kept.see(values)
        numbers = {v: self._kept.numbers.get(v) for v in values}
        if wanted := [value for value, number in numbers.items() if number is None]:
            numbers |= self._numbered(wanted)
        return [numbers[value] or 0 for value in values]

    def restored(self, text: str) -> str:
        """With the originals, which are known from here on wherever they stand."""
        if names := named(text):
            self.read(names)
            self._kept.see((name[0], v) for name in names if (v := self.get(*name)))
        return restore(text, self)

    def placed(self, text: str, *, cut: bool = False) -> str:
        """A person's words with placeholders; ``cut``: the end may be half a value. The
        same again, which is asked for while it is stored, costs nothing.
        """
        if (made := self._kept.placed.get((self.known.version, text))) is None:
            half = self.known.cut_off(text) if cut else []
            made = to_placeholders(
                text, self, known=self.known, look=lambda text: [*find(text), *half]
            )
            if _may_keep():
                self._kept.remember(text, made)
        return made

    @property
    def known(self) -> Known:
        return self._kept.known

    # --- helpers
    def _numbered(self, wanted: Iterable[Value]) -> dict[Value, int]:
        hashes = _hashes(self.owner, wanted)
        for attempt in range(TRIES):
            rows = _rows(self.owner, hashes.values())
            numbers = {
                value: row.number
                for value, hashed in hashes.items()
                if (row := rows.get(hashed)) and row.number is not None
            }
            if len(numbers) == len(hashes):
                break
            try:
                with transaction.atomic():
                    self._add({v: h for v, h in hashes.items() if v not in numbers})
            except IntegrityError:  # another numbered the same at this moment
                if attempt == TRIES - 1:
                    raise
        found = {(kind, numbers[kind, value]): value for kind, value in numbers}
        self._read |= found
        if _may_keep():
            self._kept.keep(found)
        return numbers

    def _add(self, hashes: Mapping[Value, str]) -> None:
        rows = _rows(self.owner, hashes.values())
        last = _last_numbers(self.owner)
        new = []
        for (kind, value), hashed in hashes.items():
            row = rows.get(hashed)
            if row is not None and row.number is not None:
                continue  # another numbered it since
            number = last[kind] = last[kind] + 1
            if row is None:
                row = Placeholder(
                    owner_id=self.owner, kind=kind, original_hash=hashed, number=number
                )
                row.original = value
                new.append(row)
            else:  # it was masked once
                Placeholder.objects.filter(id=row.id, number=None).update(
                    number=number, **SealedTextField.sealed(row, original=value)
                )
        _not_yet()
        # in one order, so that of two at once only one waits
        Placeholder.objects.bulk_create(sorted(new, key=lambda row: row.kind))


def saw(owner: UUID, values: Iterable[Value]) -> None:
    """That these were masked: only their hashes are kept."""
    hashes = _hashes(owner, values)
    if not hashes:
        return
    rows = [
        Placeholder(owner_id=owner, kind=kind, original_hash=hashed, original="")
        for (kind, _), hashed in sorted(hashes.items())
    ]
    Placeholder.objects.bulk_create(rows, ignore_conflicts=True)


def forget(owner: UUID | None = None) -> None:
    """Drop what this process has in memory, of a person who is erased or of all."""
    _memory.forget(owner)


def _hashes(owner: UUID, values: Iterable[Value]) -> dict[Value, str]:
    """Keyed, so that nobody without the person's key can try values."""
    info, size = b"conversations.Placeholder.original_hash", SHA256.digest_size
    key = HKDF(SHA256(), size, None, info).derive(keyring.data_key(owner))
    return {
        (kind, value): hmac.new(key, _data(kind, value), "sha256").hexdigest()
        for kind, value in values
    }


def _data(kind: Type, value: str) -> bytes:
    return f"{kind}\0{value}".encode("utf-8", "surrogatepass")


def _rows(owner: UUID, hashes: Collection[str]) -> dict[str, Placeholder]:
    wanted = list(hashes)
    found: dict[str, Placeholder] = {}
    for at in range(0, len(wanted), AT_ONCE):
        rows = Placeholder.objects.filter(
            owner_id=owner, original_hash__in=wanted[at : at + AT_ONCE]
        ).only("owner_id", "number", "original_hash")
        found |= {row.original_hash: row for row in rows}
    return found


def _last_numbers(owner: UUID) -> dict[str, int]:
    rows = Placeholder.objects.filter(owner_id=owner, number__isnull=False)
    last = rows.order_by().values_list("kind").annotate(Max("number"))
    return defaultdict(int, dict(last))


# --- in memory
class _Kept:
    """Of one person. ``known``: values that were put or restored here; ``values`` and
    ``numbers``: those that are stored for good.
    """

    def __init__(self) -> None:
        self.known = Known()
        self.values: dict[Name, str] = {}
        self.numbers: dict[Value, int] = {}
        self.placed: dict[tuple[int, str], str] = {}
        self.used = 0.0

    def keep(self, found: Mapping[Name, str]) -> None:
        if len(self.values) > VALUES:
            self.values, self.numbers = {}, {}
        for (kind, number), value in found.items():
            self.values[kind, number] = value
            self.numbers[kind, value] = number

    def remember(self, text: str, placed: str) -> None:
        if len(self.placed) >= TEXTS:
            self.placed = {}
        if len(text) <= LONGEST:
            self.placed[self.known.version, text] = placed

    def see(self, values: Iterable[Value]) -> None:
        for kind, value in values:
            self.known.add(kind, value)


class _Memory:
    """Of the people who did something last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._people: OrderedDict[UUID, _Kept] = OrderedDict()

    def of(self, owner: UUID) -> _Kept:
        with self._lock:
            now = time.monotonic()
            kept = self._people.setdefault(owner, _Kept())
            kept.used = now
            self._people.move_to_end(owner)
            while self._is_too_much(now):
                self._people.popitem(last=False)
            return kept

    def forget(self, owner: UUID | None) -> None:
        with self._lock:
            if owner is None:
                self._people.clear()
            else:
                self._people.pop(owner, None)

    def _is_too_much(self, now: float) -> bool:
        if len(self._people) < 2:
            return False
        oldest = next(iter(self._people.values()))
        return len(self._people) > PEOPLE or now - oldest.used > KEPT_SECONDS


_memory = _Memory()
_thread = threading.local()


def _not_yet() -> None:
    """What this thread's transaction stores may yet be rolled back."""
    if connection.in_atomic_block:
        _thread.unsure = True


def _may_keep() -> bool:
    """Whether what is read now is stored for good."""
    if not connection.in_atomic_block:
        _thread.unsure = False
    return not getattr(_thread, "unsure", False)
