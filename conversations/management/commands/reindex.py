"""``manage.py reindex``: make the search index again, or what is missing of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import User
from chatsite.lib.progress import Progress
from conversations import conf
from conversations.core.embeddings import Embedder
from conversations.services import embedding, indexing, vectors


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
        indexed = self._all("Indexing", indexing.Missing(owner))
        self.stdout.write(f"{indexed:,} indexed. The index is complete.")
        if conf.embedding_model():
            missing = vectors.Missing(self._embedder(), owner)
            embedded = self._all("Embedding", missing)
            self.stdout.write(f"{embedded:,} embedded. The vectors are complete.")

    def _all(self, what: str, missing: indexing.Missing | vectors.Missing) -> int:
        with Progress(self.stdout, what, missing.count()) as bar:
            while some := missing.index_some():
                bar.add(some)
        return bar.done

    def _embedder(self) -> Embedder:
        """Raises ``CommandError`` where only the server that runs can make vectors."""
        opened = embedding.embedder()
        if not opened.name:
            raise CommandError("The demo model makes vectors only while it is served.")
        return opened

    def _owner(self, email: str) -> UUID:
        person = User.objects.filter(email=email.lower()).first()
        if person is None:
            raise CommandError(f"There is nobody with the email address {email}.")
        return person.id
