"""Bringing a backup back, and whoever was erased not with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from accounts import data_requests, keyring, replaying
from accounts.audit import checkpoint, record
from accounts.audit.checkpoints import path as checkpoints_path
from accounts.models import DataRequest, Device
from chatsite.backups import data_keys
from chatsite.backups.content import Trouble, content
from chatsite.backups.manifest import Manifest

PAUSE = timedelta(days=7)  # before erasures that had not begun go on
Seen = Callable[[int], object]


@dataclass(slots=True)
class Done:
    keys: int  # that were missing
    erased: int  # people who came back, and are gone again
    failed: int  # of them, who could not be erased
    waiting: int  # erasures asked for, not begun: they wait again
    devices: int  # signed out


def check(place: Path, manifest: Manifest, keys: Path | None) -> None:
    """Raises ``Trouble`` when this backup cannot be restored here and now."""
    if manifest.vendor != connections["default"].vendor:
        raise Trouble(
            f"It is of {manifest.vendor}, and this site uses"
            f" {connections['default'].vendor}."
        )
    if not (place / content().file).is_file():
        raise Trouble(f"{content().file} is missing.")
    disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    known = {f"{app}.{name}" for app, name in disk}
    if newer := sorted(set(manifest.migrations) - known):
        raise Trouble(f"It was made by a newer version: {newer[-1]} is not known here.")
    if keys is not None and not data_keys.opens(keys):
        raise Trouble(
            "The data keys in it were wrapped by another master key. Put that into"
            " MASTER_KEYS, or into VAR_DIR/keys, first."
        )
    content().check_unused()


def restore(place: Path, manifest: Manifest, keys: Path | None, seen: Seen) -> Done:
    """What ``check`` let pass. Raises ``Trouble``."""
    content().load(place / content().file, seen)
    for alias in connections:
        call_command("migrate", database=alias, verbosity=0, interactive=False)
    restored = data_keys.load(keys) if keys else data_keys.Restored()
    _bring_back_files(place)
    devices = Device.objects.all().delete()[0]  # one that was signed out is back
    waiting = _let_wait()
    record(
        "accounts.backup_restored",
        made=manifest.made.partition("+")[0],
        people=manifest.people,
        keys=restored.keys,
    )
    checkpoint()
    erased, failed = erase_again()
    return Done(restored.keys, erased, failed, waiting, devices)


def erase_again() -> tuple[int, int]:
    """Everybody on the list who is here: how many are gone, how many could not go."""
    worker, erased, failed = data_requests.Worker(), 0, 0
    for user_id in list(replaying.came_back()):
        keyring.forget(user_id)
        request = replaying.again(user_id)
        if request is not None and _is_done(worker, request):
            erased += 1
        else:
            failed += 1
    return erased, failed


def _is_done(worker: data_requests.Worker, request: DataRequest) -> bool:
    request.refresh_from_db()
    if not worker.claim(request):
        return False
    while worker.carry_on(request):
        pass
    request.refresh_from_db()
    return request.certificate is not None and not request.certificate["remains"]


def _let_wait() -> int:
    """Erasures that had not begun may have been cancelled after the backup was made."""
    status = DataRequest.Status
    asked = DataRequest.objects.filter(
        kind=DataRequest.Kind.ERASE,
        status__in=[status.WAITING, status.QUEUED],
        started=None,
    )
    until = timezone.now() + PAUSE  # whether or not a hold is lifted meanwhile
    return asked.update(status=status.WAITING, not_before=until, problem="")


def _bring_back_files(place: Path) -> None:
    """The checkpoints that fit the restored log; the later ones stay beside them."""
    present, saved = checkpoints_path(), place / "audit" / checkpoints_path().name
    if present.exists():
        now = timezone.now().strftime("%Y%m%dT%H%M%S")
        present.rename(present.with_name(f"checkpoints-until-{now}.jsonl"))
    if saved.is_file():
        present.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.copyfile(saved, present)
        present.chmod(0o600)
    certificates = Path(settings.VAR_DIR) / "certificates"
    for each in sorted((place / "certificates").glob("*.json")):
        if not (certificates / each.name).exists():
            certificates.mkdir(mode=0o700, exist_ok=True)
            shutil.copyfile(each, certificates / each.name)
            (certificates / each.name).chmod(0o600)
