"""``manage.py reindex``: make the search index again, or what is missing of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from chatsite.lib.progress import Progress
from conversations.services import indexing


class Command(BaseCommand):
    help = (
        "Index what the search does not know yet. It can be interrupted at any time, "
        "and goes on where it was when it is called again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--user", metavar="EMAIL", help="of this person only")
        parser.add_argument(
            "--all", action="store_true", help="also what is indexed already"
        )

    def handle(self, *, user: str | None, all: bool, **options: Any) -> None:
        owner = self._owner(user) if user else None
        if all:
            indexing.rebuild(owner)
        missing = indexing.Missing(owner)
        with Progress(self.stdout, "Indexing", missing.count()) as bar:
            while indexed := missing.index_some():
                bar.add(indexed)
        self.stdout.write(f"{bar.done:,} indexed. The index is complete.")

    def _owner(self, email: str) -> UUID:
        person = User.objects.filter(email=email.lower()).first()
        if person is None:
            raise CommandError(f"There is nobody with the email address {email}.")
        return person.id
