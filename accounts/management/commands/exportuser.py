"""``manage.py exportuser``: everything about a person into one file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts import data_requests
from accounts.audit import record
from accounts.exporting import Archive
from accounts.models import DataRequest, User
from chatsite.lib.progress import Progress


class Command(BaseCommand):
    help = (
        "Write everything about a person into a zip that only you can read. The file"
        " is there when it is whole; until then it has another, hidden name beside it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument(
            "-o", "--output", metavar="FILE.zip", type=Path, required=True
        )
        parser.add_argument(
            "--force", action="store_true", help="overwrite a file of that name"
        )

    def handle(self, *, email: str, output: Path, force: bool, **options: Any) -> None:
        person = User.objects.filter(email=email.lower()).first()
        if person is None:
            raise CommandError(f"There is nobody with the email address {email}.")
        if output.exists() and not force:
            raise CommandError(f"There is a file {output} already. --force overwrites.")
        started = timezone.now()
        archive = Archive(person)
        try:
            with _written_whole(output, force) as file:
                self._write(archive, file)
        except FileExistsError as problem:
            raise CommandError(f"There is a file {output} by now.") from problem
        except OSError as problem:
            raise CommandError(f"{output}: {problem.strerror}.") from problem
        self._keep(archive, started)
        self._tell(archive, output)

    def _write(self, archive: Archive, file: BinaryIO) -> None:
        with Progress(self.stdout, "Exporting", archive.total) as bar:
            for piece in archive.pieces():
                file.write(piece)
                bar.add(archive.rows - bar.done)

    @transaction.atomic
    def _keep(self, archive: Archive, started: datetime) -> None:
        """Among the requests, as one that was answered at once."""
        request = data_requests.answered(archive, started)
        record(
            "accounts.export_made",
            subject=archive.person,
            export=request.pk,
            by=DataRequest.Origin.COMMAND,
            rows=archive.rows,
            size=archive.size,
        )

    def _tell(self, archive: Archive, output: Path) -> None:
        for name, rows in archive.counts.items():
            if rows:
                self.stdout.write(f"{rows:>10,}  {name.replace('_', ' ')}")
        self.stdout.write(f"{archive.size:,} bytes in {output}")
        self.stdout.write(f"SHA-256 {archive.digest.hexdigest()}")


@contextmanager
def _written_whole(path: Path, force: bool) -> Iterator[BinaryIO]:
    """A file beside ``path``, its owner's only, that takes the name when all is in it
    and on the disk.
    """
    descriptor, beside = tempfile.mkstemp(
        prefix=f".{path.name}.", suffix=".part", dir=path.parent
    )
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            os.replace(beside, path)
        else:
            os.link(beside, path)  # fails when another was faster
    finally:
        Path(beside).unlink(missing_ok=True)
