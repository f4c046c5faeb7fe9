"""``manage.py verifycertificate``: whether to believe a certificate of an erasure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.erasure import certificates


class Command(BaseCommand):
    help = (
        "Tell whether this site signed a certificate of an erasure, whether it was"
        " changed since, and whether the audit log says the same."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")

    def handle(self, *, file: Path, **options: Any) -> None:
        certificate = self._read(file)
        verdict = certificates.verify(certificate)
        for line in verdict.notes:
            self.stdout.write(line)
        if verdict.wrong:
            raise CommandError(" ".join(verdict.wrong))
        rows = sum(certificate["rows"]["before"].values())
        self.stdout.write(
            f"Signed by this site: {certificate['pseudonym']} was erased,"
            f" {rows:,} rows and the key, on {certificate['finished']}."
        )

    def _read(self, file: Path) -> dict[str, Any]:
        try:
            found = json.loads(file.read_text())
        except OSError as problem:
            raise CommandError(f"{file} cannot be read.") from problem
        except ValueError as problem:
            raise CommandError(f"{file} is no certificate.") from problem
        if not isinstance(found, dict):
            raise CommandError(f"{file} is no certificate.")
        return found
