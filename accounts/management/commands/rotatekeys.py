"""``manage.py rotatekeys``: every data key wrapped by the newest master key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import keyring
from accounts.audit import record
from accounts.models import DataKey
from chatsite.lib.progress import Progress
from chatsite.lib.secret_files import put_first

KEPT_FOR = (
    "Keep the older master keys as long as you keep backups of data keys that were made"
    " before."
)
SHOWN = 10  # people whose key is lost


class Command(BaseCommand):
    help = (
        "Wrap every data key with the newest master key, the first in MASTER_KEYS. What"
        " people wrote is not touched. Interrupted, it is begun again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new",
            action="store_true",
            help="make a master key first, where they lie in VAR_DIR",
        )

    def handle(self, *, new: bool, **options: Any) -> None:
        if new:
            self._make()
        changed, lost = self._rewrap()
        newest, *older = keyring.master_fingerprints()
        # no event for nothing
        if changed or lost:
            record(
                "accounts.master_key_rotated",
                newest=newest,
                older=older[:50],
                changed=changed,
                lost=len(lost),
            )
        total = DataKey.objects.count()
        self.stdout.write(
            f"Wrapped anew: {changed:,}. Under master key {newest} are"
            f" {total - len(lost):,} of {total:,} data keys."
        )
        if lost:
            self._complain(lost)
        if older:
            self.stdout.write(KEPT_FOR)

    def _make(self) -> None:
        if settings.MASTER_KEY_FILE is None:
            raise CommandError(
                "MASTER_KEYS is set: put a new key first there, restart every server,"
                " then run rotatekeys. A server that does not know the new key cannot"
                " open what it wraps."
            )
        put_first(settings.MASTER_KEY_FILE, Fernet.generate_key().decode())
        keyring.read_again()

    def _rewrap(self) -> tuple[int, list[UUID]]:
        changed, lost = 0, []
        after: UUID | None = None
        with Progress(self.stdout, "Wrapping", DataKey.objects.count()) as bar:
            while (done := keyring.rewrap_some(after)).last is not None:
                after = done.last
                changed += done.changed
                lost += done.lost
                bar.add(done.seen)
        return changed, lost

    def _complain(self, lost: list[UUID]) -> None:
        shown = ", ".join(map(str, lost[:SHOWN]))
        raise CommandError(
            f"{len(lost):,} data keys cannot be opened by any master key: {shown}."
            " Put the one that wrapped them into MASTER_KEYS."
        )
