"""Data keys and the list of erased people, as lines: the same for every database, and
so that a restore can take what it may.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from accounts.keyring import fingerprint
from accounts.models import DataKey, ErasedPerson

FILE = "keys/keys.jsonl"
BATCH = 500


@dataclass(slots=True)
class Restored:
    keys: int = 0
    listed: int = 0
    erased: set[UUID] = field(default_factory=set)  # on the list now


def save(to: Path) -> None:
    """Keys as they are stored: wrapped by the master keys, which are not here."""
    with to.open("w") as file:
        for key in DataKey.objects.order_by("user_id").iterator(BATCH):
            _write(
                file,
                kind="key",
                user_id=str(key.user_id),
                wrapped=b64encode(bytes(key.wrapped)).decode(),
                created=key.created.isoformat(),
            )
        for person in ErasedPerson.objects.order_by("erased").iterator(BATCH):
            _write(
                file,
                kind="erased",
                user_id=str(person.user_id),
                pseudonym=str(person.pseudonym),
                request_id=str(person.request_id),
                key=person.key,
                erased=person.erased.isoformat(),
            )


def opens(saved: Path) -> bool:
    """Whether the present master keys open the first of them; True of none."""
    first = next((line for line in _lines(saved) if line["kind"] == "key"), None)
    return first is None or bool(fingerprint(b64decode(first["wrapped"])))


def load(saved: Path) -> Restored:
    """What is missing, of the list first. A key that is there stays as it is: it can
    only be wrapped anew; the key of an erased person does not come back.
    """
    done = Restored()
    for line in _lines(saved):
        if line["kind"] == "erased":
            done.listed += _list(line)
    done.erased = set(ErasedPerson.objects.values_list("user_id", flat=True))
    keys = (line for line in _lines(saved) if line["kind"] == "key")
    wanted = (line for line in keys if UUID(line["user_id"]) not in done.erased)
    for some in _batches(wanted):
        done.keys += _add(some)
    return done


def _list(line: dict[str, Any]) -> bool:
    told = {
        "pseudonym": UUID(line["pseudonym"]),
        "request_id": UUID(line["request_id"]),
        "key": line["key"],
        "erased": datetime.fromisoformat(line["erased"]),
    }
    user_id = UUID(line["user_id"])
    made = ErasedPerson.objects.get_or_create(user_id=user_id, defaults=told)[1]
    DataKey.objects.filter(user_id=user_id).delete()
    return made


def _add(lines: list[dict[str, Any]]) -> int:
    wanted = {UUID(line["user_id"]): line for line in lines}
    there = DataKey.objects.filter(user_id__in=wanted)
    for user_id in there.values_list("user_id", flat=True):
        del wanted[user_id]
    rows = [
        DataKey(
            user_id=user_id,
            wrapped=b64decode(line["wrapped"]),
            created=datetime.fromisoformat(line["created"]),
        )
        for user_id, line in wanted.items()
    ]
    return len(DataKey.objects.bulk_create(rows))


def _lines(saved: Path) -> Iterator[dict[str, Any]]:
    with saved.open() as file:
        yield from map(json.loads, file)


def _batches(lines: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    left = iter(lines)
    while some := list(islice(left, BATCH)):
        yield some


def _write(file: Any, **line: Any) -> None:
    file.write(json.dumps(line) + "\n")
