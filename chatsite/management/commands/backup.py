"""``manage.py backup``: content, data keys, audit checkpoints, into a directory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chatsite.backups.content import Trouble, content
from chatsite.backups.making import make
from chatsite.lib.progress import Progress


class Command(BaseCommand):
    help = "Make a backup into a new directory, while the product runs or not."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place", type=Path, metavar="DIR")
        parser.add_argument(
            "--with-secrets",
            action="store_true",
            help="also VAR_DIR/keys: whoever has the backup can then read it",
        )

    def handle(self, *, place: Path, with_secrets: bool, **options: Any) -> None:
        try:
            with Progress(self.stdout, "Copying", content().size()) as bar:
                made = make(place, bar.add, with_secrets=with_secrets)
        except (Trouble, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self.stdout.write(f"{made.people:,} people, {made.bytes:,} bytes in {place}")
        self.stdout.write(
            "Move keys/ elsewhere, and keep it for a week at most: an erased person's"
            " key is in it as long."
        )
        if not with_secrets:
            self.stdout.write(_without_secrets())


def _without_secrets() -> str:
    if settings.MASTER_KEY_FILE is None:
        return "MASTER_KEYS is not in it. Without it nothing can be read."
    return (
        f"{settings.MASTER_KEY_FILE} is not in it. Without it nothing can be read: keep"
        " a copy of it somewhere else."
    )
