"""What an erasure must leave alone, and what it must not leave."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connections

from accounts import data_requests
from accounts.models import DataRequest, User

ERASE = DataRequest.Kind.ERASE
# these grow or change whoever is erased
LIVING = {
    "accounts_auditevent",
    "accounts_auditanchor",
    "accounts_datarequest",
    "accounts_erasedperson",
    "django_migrations",
}


def ask(person: User, **fields: Any) -> DataRequest:
    origin = DataRequest.Origin.PERSON
    return data_requests.ask(ERASE, person, by=person, origin=origin, **fields)


def carry_out(request: DataRequest, *, pieces: int = 10_000) -> DataRequest:
    """So many pieces of it, by a worker that then is never heard of again."""
    worker = data_requests.Worker()
    request.refresh_from_db()
    assert worker.claim(request)
    for _ in range(pieces):
        if not worker.carry_on(request):
            break
    request.refresh_from_db()
    return request


def left_alone(request: DataRequest) -> None:
    """Whoever worked on it is taken for dead from now on."""
    long_ago = request.created - 10 * data_requests.STALE
    DataRequest.objects.filter(id=request.id).update(heartbeat=long_ago)


def rows_of_everybody() -> Counter[str]:
    """A hash of each row of each table that is people's, as the database has them."""
    found: Counter[str] = Counter()
    for alias in ("default", "keys"):
        connection = connections[alias]
        with connection.cursor() as cursor:
            names = set(connection.introspection.table_names(cursor)) - LIVING
            for name in sorted(each for each in names if "_fts" not in each):
                cursor.execute(f'SELECT * FROM "{name}"')
                for row in cursor.fetchall():
                    told = repr([name, *map(_plain, row)]).encode()
                    found[f"{name} {hashlib.sha256(told).hexdigest()}"] += 1
    return found


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def forms_of(user_id: UUID) -> list[bytes]:
    """An id as databases, pages and programs write it."""
    return [user_id.hex.encode(), str(user_id).encode(), user_id.bytes]


def database_files(*aliases: str) -> list[Path]:
    files = [
        Path(str(connections[alias].settings_dict["NAME"]) + end)
        for alias in aliases or ("default", "keys")
        for end in ("", "-wal")
    ]
    return [file for file in files if file.exists()]


def found_in(files: Iterable[Path], needles: Iterable[bytes | str]) -> list[str]:
    """Which of the needles are in which files, byte for byte."""
    wanted = [each.encode() if isinstance(each, str) else each for each in needles]
    return [
        f"{needle!r} in {file.name}"
        for file in files
        for data in [file.read_bytes()]
        for needle in wanted
        if needle in data
    ]
