"""``manage.py restore``: a backup in place of what is there, but for erased people."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chatsite.backups import data_keys, manifest, restoring
from chatsite.backups.content import InUse, Trouble
from chatsite.backups.manifest import Manifest, NotABackup
from chatsite.lib.progress import Progress


class Command(BaseCommand):
    help = (
        "Put a backup in the place of what is there. The product must not run. People"
        " who were erased since are erased again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place", type=Path, metavar="DIR")
        parser.add_argument("--yes", action="store_true", help="do not ask")
        parser.add_argument(
            "--keys",
            type=Path,
            metavar="FILE",
            help="the keys.jsonl, where it was kept elsewhere; else the one in DIR",
        )

    def handle(
        self, *, place: Path, yes: bool, keys: Path | None, **options: Any
    ) -> None:
        place = place.absolute()
        try:
            found = manifest.read(place)
            with Progress(self.stdout, "Checking", found.bytes) as bar:
                manifest.check(place, found, bar.add)
            keys = self._keys(place, keys)
            restoring.check(place, found, keys)
            if not yes:
                self._ask(found)
            with Progress(self.stdout, "Restoring", _size(found)) as bar:
                done = restoring.restore(place, found, keys, bar.add)
        except InUse as problem:
            raise CommandError(
                f"{problem} End every server, worker and shell of this site first."
            ) from problem
        except (NotABackup, Trouble, OSError) as problem:
            raise CommandError(str(problem)) from problem
        self._tell(found, done)

    def _keys(self, place: Path, given: Path | None) -> Path | None:
        if given is not None and not given.is_file():
            raise CommandError(f"There is no file {given}.")
        found = given or place / data_keys.FILE
        return found if found.is_file() else None

    def _ask(self, found: Manifest) -> None:
        if not sys.stdin.isatty():
            raise CommandError("Say --yes: there is nobody to ask.")
        self.stdout.write(
            f"The backup of {found.made}, with {found.people:,} people, replaces all"
            f" that {settings.SITE_NAME} has now. What was said since is lost."
        )
        if input("Type “restore” to go on: ").strip() != "restore":
            raise CommandError("Nothing was changed.")

    def _tell(self, found: Manifest, done: restoring.Done) -> None:
        self.stdout.write(
            f"Restored as it was on {found.made}: {found.people:,} people,"
            f" {done.keys:,} data keys that were missing."
        )
        if done.erased:
            self.stdout.write(
                f"{done.erased:,} people came back and were erased again."
            )
        if done.waiting:
            days = restoring.PAUSE.days
            self.stdout.write(
                f"{done.waiting:,} erasures that were asked for wait {days} days: look"
                " whether somebody had changed their mind."
            )
        self.stdout.write("Everybody must sign in again.")
        if done.failed:
            raise CommandError(
                f"{done.failed:,} people who came back could not be erased. They are"
                " shut out; the server tries again. See the data requests."
            )


def _size(found: Manifest) -> int:
    return sum(
        told["bytes"]
        for name, told in found.files.items()
        if name.startswith("content")
    )
