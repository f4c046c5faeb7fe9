"""Making a backup."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from accounts.audit import record
from accounts.audit.chain import stamp
from accounts.audit.recording import latest
from accounts.models import User
from chatsite.backups import data_keys, manifest
from chatsite.backups.content import Trouble, content
from chatsite.backups.manifest import Manifest

COPIED = ("audit", "certificates")  # directories of VAR_DIR
SECRETS = ("master_key", "audit_key", "secret_key")  # files of VAR_DIR/keys


def make(
    place: Path, seen: Callable[[int], object], *, with_secrets: bool = False
) -> Manifest:
    """``place`` is there when all is in it. Raises ``Trouble``."""
    database = content()
    with _made_whole(place) as making:
        file = making / database.file
        file.parent.mkdir(mode=0o700)
        database.save(file, seen)
        # after the content: everybody in it whose key is not here was erased meanwhile
        (making / data_keys.FILE).parent.mkdir(mode=0o700)
        data_keys.save(making / data_keys.FILE)
        _copy_files(making)
        if with_secrets:
            _copy_secrets(making)
        made = _described(making)
        made.write(making)
    record("accounts.backup_made", size=made.bytes, secrets=with_secrets)
    return made


def applied_migrations() -> list[str]:
    """Of the content's database, as names."""
    applied = MigrationRecorder(connections["default"]).applied_migrations()
    return sorted(f"{app}.{name}" for app, name in applied)


def _described(making: Path) -> Manifest:
    seq, head = latest() or (0, "")
    return Manifest(
        made=stamp(timezone.now()),
        site=settings.SITE_NAME,
        vendor=connections["default"].vendor,
        migrations=applied_migrations(),
        people=User.objects.count(),
        audit={"seq": seq, "head": head},
        files=manifest.hashed(making),
    )


@contextmanager
def _made_whole(place: Path) -> Iterator[Path]:
    """A directory of one owner beside ``place``, that takes its name at the end."""
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        raise Trouble(f"{place} is not empty.")
    place.parent.mkdir(parents=True, exist_ok=True)
    making = Path(tempfile.mkdtemp(prefix=f".{place.name}.", dir=place.parent))
    mask = os.umask(0o077)
    try:
        yield making
        if place.exists():
            place.rmdir()
        making.rename(place)
    finally:
        os.umask(mask)
        shutil.rmtree(making, ignore_errors=True)


def _copy_files(making: Path) -> None:
    for name in COPIED:
        there = Path(settings.VAR_DIR) / name
        if there.is_dir():
            shutil.copytree(there, making / name, copy_function=shutil.copyfile)


def _copy_secrets(making: Path) -> None:
    (making / "secrets").mkdir(mode=0o700)
    for name in SECRETS:
        file = Path(settings.VAR_DIR) / "keys" / name
        if file.is_file():
            shutil.copyfile(file, making / "secrets" / name)
