"""``manage.py verifyaudit``: whether the audit log is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.audit import checkpoints, rules
from accounts.audit.verifying import Report, verify
from accounts.models import AuditEvent
from chatsite.lib.progress import Progress


class Command(BaseCommand):
    help = (
        "Go through the audit log and tell what was changed, removed or put in order"
        " anew. That its end was cut off shows only with checkpoints."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--checkpoints",
            dest="file",
            type=Path,
            metavar="FILE",
            help="a copy from elsewhere, instead of the one in VAR_DIR/audit",
        )
        parser.add_argument(
            "--sign", action="store_true", help="write a checkpoint if all is well"
        )

    def handle(self, *, file: Path | None, sign: bool, **options: Any) -> None:
        report = self._verify(self._file(file))
        for finding in report.findings:
            self.stdout.write(finding)
        if report.found > len(report.findings):
            self.stdout.write(f"… {report.found:,} findings in all.")
        if report.found:
            raise CommandError("The audit log is not as it was written.")
        if gone := rules.missing():
            raise CommandError(
                "The log is whole, but nothing in the database keeps it so: these"
                f" triggers are missing: {', '.join(gone)}."
            )
        self.stdout.write(_told(report))
        if sign:
            self._sign()

    def _file(self, given: Path | None) -> Path | None:
        if given and not given.is_file():
            raise CommandError(f"There is no file {given}.")
        usual = checkpoints.path()
        return given or (usual if usual.is_file() else None)

    def _verify(self, file: Path | None) -> Report:
        signed = checkpoints.read(file) if file else ()
        total = AuditEvent.objects.count()
        with Progress(self.stdout, "Verifying", total) as bar:
            return verify(signed, bar.add)

    def _sign(self) -> None:
        if made := checkpoints.checkpoint():
            self.stdout.write(f"Checkpoint of event {made.seq:,} written.")


def _told(report: Report) -> str:
    if not report.events:
        return "The audit log is empty."
    numbers = f"{report.first:,} to {report.last:,}"
    against = f"checkpoints that agree: {report.checkpoints:,}"
    if not report.checkpoints:
        against = "no checkpoint says where it ended, so its end may have been cut off"
    return f"{report.events:,} events, {numbers}: the chain is whole; {against}."
