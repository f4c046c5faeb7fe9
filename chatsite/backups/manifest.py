"""What a backup is made of: its files, with their hashes, and when it was made."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

FILE = "manifest.json"
FORM = 1
PIECE = 4 << 20


class NotABackup(Exception):
    """The directory holds no backup, or not as it was written; says what is wrong."""


@dataclass(frozen=True, slots=True)
class Manifest:
    made: str
    site: str
    vendor: str  # of the content's database
    migrations: list[str]  # "accounts.0005_privacy"
    people: int
    audit: dict[str, Any]  # {"seq", "head"} of the last event
    files: dict[str, dict[str, Any]]  # by path: {"sha256", "bytes"}
    form: int = FORM

    @property
    def bytes(self) -> int:
        return sum(each["bytes"] for each in self.files.values())

    def write(self, place: Path) -> None:
        (place / FILE).write_text(json.dumps(asdict(self), indent=2) + "\n")


def read(place: Path) -> Manifest:
    """Raises ``NotABackup``."""
    try:
        found = Manifest(**json.loads((place / FILE).read_text()))
    except (OSError, ValueError, TypeError) as problem:
        raise NotABackup(f"There is no backup in {place}.") from problem
    if found.form != FORM:
        raise NotABackup(
            f"This backup has form {found.form}: it is of a newer version."
        )
    return found


def hashed(place: Path) -> dict[str, dict[str, Any]]:
    """All files in it."""
    files = sorted(file for file in place.rglob("*") if file.is_file())
    return {
        file.relative_to(place).as_posix(): {
            "sha256": _digest(file, lambda size: None),
            "bytes": file.stat().st_size,
        }
        for file in files
        if file.name != FILE
    }


def check(place: Path, manifest: Manifest, seen: Callable[[int], object]) -> None:
    """Raises ``NotABackup`` for the first file that is not as it was. What was taken
    away on purpose, such as the keys, is for others to miss.
    """
    for name, told in manifest.files.items():
        file = place / name
        if not file.is_file():
            seen(told["bytes"])
        elif _digest(file, seen) != told["sha256"]:
            raise NotABackup(f"{name} is not as it was when the backup was made.")


def _digest(file: Path, seen: Callable[[int], object]) -> str:
    digest = hashlib.sha256()
    for piece in _pieces(file):
        digest.update(piece)
        seen(len(piece))
    return digest.hexdigest()


def _pieces(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            yield piece
