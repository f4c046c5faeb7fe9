"""``manage.py retention``: let go of what has been kept long enough, now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from accounts import retention
from accounts.models import LegalHold, RetentionRule
from accounts.retention import AUDIT, COLD, TRASH, Preview, Rule
from chatsite.lib.progress import Progress
from conversations.services import cold, expiring

HEAD = ("", "kept", "overdue", "oldest", "on hold")
Overdue = dict[str, tuple[Rule, Preview]]


class Command(BaseCommand):
    help = (
        "Remove what has been kept long enough, and move idle conversations to cold "
        "storage. The server does the same every hour."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would go; change nothing"
        )

    def handle(self, *, dry_run: bool, **options: Any) -> None:
        try:
            self._run(dry_run)
        except DatabaseError as problem:
            raise CommandError(f"The database failed: {problem}") from problem

    def _run(self, dry_run: bool) -> None:
        overdue = retention.previews()
        self._table(overdue)
        if held := LegalHold.objects.filter(lifted=None).count():
            self.stdout.write(f"Legal holds: {held:,}.")
        if dry_run:
            self.stdout.write("Nothing was changed.")
            return
        gone = self._expire(_count(overdue))
        if trimmed := expiring.trim_audit(at_once=True):
            gone[AUDIT] = trimmed
        moved = self._freeze(overdue[COLD][1].count)
        for name, count in gone.items():
            self.stdout.write(f"{RetentionRule.Class(name).label}: {count:,} removed.")
        if not gone:
            self.stdout.write("Nothing was removed.")
        if moved:
            self.stdout.write(f"Conversations moved to cold storage: {moved:,}.")

    def _expire(self, total: int) -> dict[str, int]:
        gone: dict[str, int] = {}
        with Progress(self.stdout, "Removing", total) as bar:
            while some := expiring.expire_some():
                for name, count in some.items():
                    gone[name] = gone.get(name, 0) + count
                bar.add(sum(some.values()))
        return gone

    def _freeze(self, total: int) -> int:
        with Progress(self.stdout, "Moving", total) as bar:
            while (piece := cold.freeze_some()) is not None:
                bar.add(piece.is_last)
        return bar.done

    def _table(self, overdue: Overdue) -> None:
        rows = [HEAD] + [
            (RetentionRule.Class(name).label, _kept(name, rule), *_told(preview))
            for name, (rule, preview) in overdue.items()
        ]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            cells = zip(row, widths, _ALIGN, strict=True)
            line = "  ".join(align(cell, width) for cell, width, align in cells)
            self.stdout.write(line.rstrip())


_ALIGN: tuple[Callable[[str, int], str], ...] = (
    str.ljust, str.ljust, str.rjust, str.ljust, str.rjust,
)  # fmt: skip


def _kept(name: str, rule: Rule) -> str:
    if rule.days is None:
        return "for ever"
    days = f"{rule.days:,} day{'s' if rule.days > 1 else ''}"
    if name == TRASH:
        return f"{days} since it was deleted"
    return f"{days} {RetentionRule.Mode(rule.mode).label}"


def _told(preview: Preview) -> tuple[str, str, str]:
    more = "+" if preview.more else ""
    oldest = f"{preview.oldest:%Y-%m-%d}" if preview.oldest else ""
    return f"{preview.count:,}{more}", oldest, f"{preview.held:,}"


def _count(overdue: Overdue) -> int:
    stay = (AUDIT, COLD)
    return sum(found.count for name, (_, found) in overdue.items() if name not in stay)
